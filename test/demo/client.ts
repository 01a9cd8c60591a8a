/** The smallest client there is, so that tests of the simulator depend on nothing but the simulator. */
import type { FamilyId, Simulator } from "../../demo";

export const families = ["user-v4", "accounts-v1", "fleet-v3"] as const;
/** Below its root, what a family calls the account or fleet that everything else belongs to. */
export const roots = { "user-v4": "/user", "accounts-v1": "/accounts", "fleet-v3": "/fleets/demo-fleet" };
/** Below that, its return channels. */
export const channelPaths = { "user-v4": "callbacks", "accounts-v1": "channels", "fleet-v3": "remote/callbacks" };

export interface Answer {
	status: number;
	headers: Headers;
	body: unknown;
}

/** What is known of a demo API that runs, here or in another process. */
export type Reached = Pick<Simulator, "baseUrl" | "credentials">;

/** Reads a path below a family's root, or an absolute address, with the family's credentials unless others are given. */
export function get(
	simulator: Reached,
	family: FamilyId,
	path: string,
	change: (request: { url: URL; headers: Headers }) => void = () => {},
): Promise<Answer> {
	return ask(simulator, family, "GET", path, undefined, change);
}

/** Sends a body; text goes as it is, everything else as JSON. */
export function send(
	simulator: Reached,
	family: FamilyId,
	method: "POST" | "PUT" | "DELETE",
	path: string,
	body?: unknown,
): Promise<Answer> {
	const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
	return ask(simulator, family, method, path, text, ({ headers }) => headers.set("content-type", "application/json"));
}

async function ask(
	simulator: Reached,
	family: FamilyId,
	method: string,
	path: string,
	body: string | undefined,
	change: (request: { url: URL; headers: Headers }) => void,
): Promise<Answer> {
	const { clientId, accessToken, username, password, realm } = simulator.credentials(family);
	const url = new URL(path.startsWith("http") ? path : simulator.baseUrl(family) + path);
	const headers = new Headers();
	if (family !== "accounts-v1") url.searchParams.set("client_id", clientId);
	headers.set(
		"authorization",
		accessToken ? `Bearer ${accessToken}` : `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
	);
	if (realm) headers.set("x-introspect-realm", realm);
	const request = { url, headers };
	change(request);
	const response = await fetch(request.url, {
		method,
		headers: request.headers,
		...(body === undefined ? {} : { body }),
	});
	const text = await response.text();
	return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}
