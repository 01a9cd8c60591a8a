/**
 * The address, the log and the sending of an events node, without Node-RED: light enough to be killed a hundred times.
 * Tells its parent where it listens, and of every event that is sent.
 */
import { EventEmitter } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Express, RequestHandler } from "express";
import { Inbox, type Waiting, waitingShape } from "../../../src/node-red/events/inbox";
import { digestOfSecret, knowAddress } from "../../../src/node-red/events/route";
import { SeenEvents } from "../../../src/node-red/events/seen-events";
import { FlowsState } from "../../../src/node-red/flows-state";
import { DurableQueue } from "../../../src/storage/durable-queue";

const [folder = ""] = process.argv.slice(2);

async function main(): Promise<void> {
	const events = new EventEmitter();
	const flows = new FlowsState(events as never);
	events.emit("flows:started");
	const inbox = new Inbox({
		queue: new DurableQueue<Waiting>({ folder, name: "events-n.log", schema: waitingShape, gather: 10 }),
		seen: await SeenEvents.open(join(folder, "events-n")),
		flows,
		wants: () => true,
		hear: () => {},
		name: async () => undefined,
		deliver: async ({ id }) => void process.send?.({ sent: Number(id) }),
		gather: 10,
		onError: (error) => process.send?.({ error: String(error) }),
		onOutage: (error) => process.send?.({ error: String(error) }),
	});
	inbox.start();
	const { app, server } = lightApp();
	knowAddress(app, { path: "/events", digest: digestOfSecret("secret") }).open({
		isOpen: () => true,
		receive: (text, body, { vin }) => inbox.take(text, body, vin),
		refused: () => {},
	});
	server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

/** The little of Express that the route uses; Express itself takes most of the time that the child needs to start. */
function lightApp(): { app: Express; server: Server } {
	let handler: RequestHandler | undefined;
	const all = (_path: string, given: RequestHandler) => {
		handler = given;
	};
	const server = createServer((incoming, outgoing) => {
		const secret = incoming.url?.split("/").at(-1);
		const get = (name: string) => incoming.headers[name];
		const request = Object.assign(incoming, { params: { secret }, query: {}, get });
		const response = Object.assign(outgoing, {
			status(code: number) {
				outgoing.statusCode = code;
				return outgoing;
			},
			set(name: string, value: string) {
				outgoing.setHeader(name, value);
				return outgoing;
			},
		});
		void handler?.(request as never, response as never, () => {});
	});
	return { app: { all, use: () => {} } as unknown as Express, server };
}

process.once("disconnect", () => process.exit());
// Its modules are loaded while the one before it still works.
process.once("message", () => void main());
process.send?.("loaded");
