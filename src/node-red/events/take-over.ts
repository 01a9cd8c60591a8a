import type { NodeAPI } from "node-red";
import { jsonBody, refuseForeignPages } from "../admin/guard";
import { PRIVATE_HEADERS } from "../admin/page";
import { explainRefusal, Refusal } from "../admin/refusal";
import type { EventsNode } from "./input";

/** Apps that have the route: Node-RED runs a node's file again when its module is switched off and on. */
const served = new WeakSet<object>();

/**
 * Registers `POST <admin root>/stellantis/events/:id/take-over` (permission `stellantis.write`), the button of the
 * node's form: the deployed node takes the channel over that has its label, whoever has made it. Answers `{}`, or
 * `{error: {code, message}}` with a 4xx status.
 */
export function registerTakeOver(RED: NodeAPI): void {
	const app = RED.httpAdmin;
	if (served.has(app)) return;
	served.add(app);
	app.post("/stellantis/events/:id/take-over", RED.auth.needsPermission("stellantis.write"), (request, response) => {
		response.set(PRIVATE_HEADERS);
		const node = RED.nodes.getNode(String(request.params.id)) as EventsNode | null;
		const takeOver = async () => {
			refuseForeignPages(request);
			jsonBody(request);
			if (node?.type !== "stellantis-events" || !node.takeOver)
				throw new Refusal(404, "This node keeps no channel: deploy it first, with an account and a public URL.");
			await node.takeOver();
		};
		takeOver().then(
			() => response.json({}),
			(error: unknown) => {
				const { status, code, message } = explainRefusal(error);
				response.status(status).json({ error: { code, message: node?.redact?.(message) ?? message } });
			},
		);
	});
}
