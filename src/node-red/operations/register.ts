import type { Request, RequestHandler, Response } from "express";
import type { NodeAPI } from "node-red";
import { flowsStateOf } from "../flows-state";
import { operationsSettings } from "./settings";

/** Apps that have the routes: Node-RED runs a node's file again when its module is switched off and on. */
const served = new WeakSet<object>();

/**
 * Registers the routes for health and metrics below Node-RED's HTTP root, where settings.js gives them a path, once for
 * a runtime. They stay whatever is deployed; what answers is loaded only where there is something to answer.
 */
export function registerOperations(RED: NodeAPI): void {
	const { health, metrics, problems } = operationsSettings(RED);
	const { httpNodeRoot, httpNodeAuth } = RED.settings as { httpNodeRoot?: unknown; httpNodeAuth?: unknown };
	const app = RED.httpNode;
	if (app && served.has(app)) return;
	for (const problem of problems) RED.log.error(problem);
	if (!health && !metrics) return;
	if (!app || httpNodeRoot === false) {
		RED.log.error(
			"Node-RED's HTTP root is switched off (httpNodeRoot: false in settings.js), so stellantis.health and stellantis.metrics can't be served. Give httpNodeRoot a path.",
		);
		return;
	}
	served.add(app);
	// Has to hear of the first start.
	flowsStateOf(RED);
	if (health) {
		const { healthOf } = require("./health") as typeof import("./health");
		app.get(health.path, (request: Request, response: Response) => {
			const { body, isReady } = healthOf(RED);
			const status = "ready" in request.query && !isReady ? 503 : 200;
			response.set("cache-control", "no-store").status(status).json(body);
		});
	}
	if (!metrics) return;
	// Both take the one header Authorization.
	if (httpNodeAuth && typeof httpNodeAuth !== "function" && !Array.isArray(httpNodeAuth))
		RED.log.error(
			"stellantis.metrics can't be read: Node-RED asks for a password at its HTTP root (httpNodeAuth in settings.js), in the header that has to carry the token. Make httpNodeAuth a function that lets the path of the metrics pass.",
		);
	const { metricsRoute } = require("./metrics") as typeof import("./metrics");
	const answer: RequestHandler | undefined = metricsRoute(RED, metrics);
	if (answer) app.get(metrics.path, answer);
}
