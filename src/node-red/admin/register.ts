import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { NodeAPI } from "node-red";
import { loadLibraries } from "../../libraries";
import type { AdminRoutes } from "./routes";

/** Apps that have the routes: Node-RED runs a node's file again when its module is switched off and on. */
const served = new WeakSet<object>();

/**
 * Registers the admin routes, once for a runtime (see `adminRoutes`). What answers is loaded with the first question.
 */
export function registerAdminRoutes(RED: NodeAPI): void {
	const app = RED.httpAdmin;
	if (served.has(app)) return;
	served.add(app);
	let loading: Promise<AdminRoutes> | undefined;
	const answer = (handlerOf: (routes: AdminRoutes, request: Request) => RequestHandler<never> | undefined) => {
		return async (request: Request, response: Response, next: NextFunction) => {
			loading ??= load(RED);
			try {
				const handler = handlerOf(await loading, request) as RequestHandler | undefined;
				if (handler) await handler(request, response, next);
				else next();
			} catch (error) {
				next(error);
			}
		};
	};
	const named = (handlers: AdminRoutes["get"], { params: { name = "" } }: Request) =>
		Object.hasOwn(handlers, name) ? handlers[name] : undefined;
	const path = "/stellantis/account/:id/:name";
	app.get(
		path,
		RED.auth.needsPermission("stellantis.read"),
		answer(({ get }, request) => named(get, request)),
	);
	app.post(
		path,
		RED.auth.needsPermission("stellantis.write"),
		answer(({ post }, request) => named(post, request)),
	);
	app.get(
		"/stellantis/overview",
		RED.auth.needsPermission("stellantis.read"),
		answer(({ overview }) => overview),
	);
	app.get(
		"/stellantis/callback",
		answer(({ callback }) => callback),
	);
}

async function load(RED: NodeAPI): Promise<AdminRoutes> {
	await loadLibraries("got", "url-template");
	const { adminRoutes } = require("./routes") as typeof import("./routes");
	return adminRoutes(RED);
}
