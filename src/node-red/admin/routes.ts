import type { Request, RequestHandler, Response } from "express";
import type { NodeAPI } from "node-red";
import { badInput, StellantisError } from "../../error";
import { defined } from "../../json";
import type { SignInState } from "../../transport/auth/authenticator";
import type { AuthorizationCodeAuth } from "../../transport/auth/authorization-code";
import { parsePasted } from "../../transport/auth/paste";
import type { RateLimit } from "../../transport/response";
import { type AccountConnection, accountOf, isSignIn } from "../account/connection";
import type { Connected } from "../account/open";
import { accountOfState, noteBegun, signInsOf, stateOfPaste } from "../account/sign-ins";
import { CREDENTIALS } from "../credentials";
import { checkAccount, STEPS } from "./checks";
import { DemoAccounts } from "./demo-accounts";
import { diagnose } from "./diagnostics/diagnose";
import { confirmedOrigin, editorPath, jsonBody, refuseForeignPages } from "./guard";
import { line, linesTo } from "./lines";
import { LOOKUPS, lookUp } from "./lookups/look-up";
import { overview } from "./overview";
import { PAGE_HEADERS, PRIVATE_HEADERS, page } from "./page";
import { explainRefusal } from "./refusal";
import { signInStateOf } from "./sign-in-state";
import { whileWaitedFor } from "./waited-for";

/** What the form shows of an account. */
export interface AccountState extends SignInState {
	rateLimit?: RateLimit;
}

type Action<Account = AccountConnection> = (request: Request, account: Account, id: string) => Promise<object>;
/** Lends the account of an id as long as the work takes. */
type Lender<Account = AccountConnection> = <T>(id: string, work: (account: Account) => Promise<T>) => Promise<T>;

/** What answers below `<admin root>/stellantis`: by the last part of the address, and a browser that comes back. */
export interface AdminRoutes {
	get: Readonly<Record<string, RequestHandler<{ id: string }>>>;
	post: Readonly<Record<string, RequestHandler<{ id: string }>>>;
	/** What is going on in all accounts, see {@link overview}. */
	overview: RequestHandler;
	callback: RequestHandler;
}

/**
 * The admin routes below `<admin root>/stellantis`. An account is asked as it is deployed; the routes marked * answer
 * for `demo.user-v4`, `demo.accounts-v1` and `demo.fleet-v3` too: the demo API, for accounts that are not deployed yet.
 * Reading needs the permission `stellantis.read`, everything that is posted `stellantis.write`.
 *
 * | | answer |
 * |---|---|
 * | `GET account/:id/state` | {@link AccountState} |
 * | `POST account/:id/sign-in` `{origin, path}` of the editor | `{url, redirectUri}`: the page to open, where it sends the browser back |
 * | `POST account/:id/paste` `{text}` | {@link AccountState} |
 * | `POST account/:id/sign-out` | {@link AccountState} |
 * | `POST account/:id/test` (it sends requests) | lines of JSON, each sent at once: `{steps}`, then {@link Check}s, at last `{done: true}` |
 * | `GET account/:id/vehicles?search=&limit=` * | `{vehicles: [{id, vin, label, brand, model, picture}], complete}` |
 * | `GET account/:id/links?vehicle=` * | `{links: [{rel, title, templated}]}` of the vehicle; without one of the user or fleet |
 * | `GET account/:id/commands?vehicle=` * | `{commands: {[id]: false}}`: those that the vehicle is known to lack |
 * | `GET account/:id/channels` * | `{channels: [{id, label, status, running}]}` |
 * | `GET account/:id/monitors?vehicle=&channel=` * | `{monitors: [{id, label, status}]}` |
 * | `GET account/:id/position?vehicle=` * | `{position: {latitude, longitude, updatedAt}}`, where the vehicle was last |
 * | `GET account/:id/given` | `{given: [name]}` of the credentials that are there, also of an account that is disabled; never a value |
 * | `GET account/:id/diagnostics` * | a file for a bug report, see {@link diagnose} |
 * | `GET overview?search=&limit=` | {@link overview}: what is going on in all accounts that run; it asks nothing of the API |
 * | `GET callback`, without a permission: a browser that comes back carries no Node-RED token, only a state that works once | a page |
 *
 * Keys without a value are absent. Errors are `{error: {code, message}}` with a 4xx status; when lines have been sent
 * already, it is the last of them. No answer holds a secret.
 */
export function adminRoutes(RED: NodeAPI): AdminRoutes {
	const post = (action: Action) =>
		answering(deployed(RED), (request, connection, id) => {
			request.body = jsonBody(request);
			return action(request, connection, id);
		});
	const demos = new DemoAccounts(RED);
	const deployedOrDemo: Lender = (id, work) =>
		DemoAccounts.isDemo(id) ? demos.use(id, work) : deployed(RED)(id, work);
	const lookups = Object.entries(LOOKUPS).map(([name, lookup]) => [
		name,
		answering(deployedOrDemo, (request, connection, id) => lookUp(lookup, request, connection, id)),
	]);
	return {
		get: {
			state: answering(deployed(RED), (_request, connection) => stateOf(connection)),
			given: answering(anyAccount, async (_request, _connection, id) => ({ given: givenOf(RED, id) })),
			diagnostics: answering(deployedOrDemo, diagnosticsFile(RED)),
			...Object.fromEntries(lookups),
		},
		post: {
			"sign-in": post((request, connection, id) => startSignIn(RED, request, connection, id)),
			paste: post(finishByPaste),
			"sign-out": post(signOut),
			test: post(test),
		},
		overview: (request, response) => overviewOf(RED, request, response),
		callback: (request, response) => void finishByBrowser(RED, request, response),
	};
}

const deployed =
	(RED: NodeAPI): Lender =>
	async (id, work) =>
		work(accountOf(RED, id));

/** Lends nothing: for what is known of an account whether it runs or not. */
const anyAccount: Lender<undefined> = (_id, work) => work(undefined);

function answering<Account extends AccountConnection | undefined>(
	lend: Lender<Account>,
	action: Action<Account>,
): RequestHandler<{ id: string }> {
	return async (request, response) => {
		const { id } = request.params;
		let asked: AccountConnection | undefined;
		response.set(PRIVATE_HEADERS);
		try {
			refuseForeignPages(request as Request);
			const answer = await lend(id, (connection) => {
				asked = connection;
				return action(request as Request, connection, id);
			});
			if (response.headersSent) response.end(line(answer));
			else response.json(answer);
		} catch (error) {
			// Nobody is there any more to read it.
			if (response.closed) return;
			if (error instanceof StellantisError) asked?.recorder.failure(error, id);
			const { status, message, ...more } = explainRefusal(error);
			const answer = { error: { ...more, message: asked?.redact(message) ?? message } };
			if (response.headersSent) response.end(line(answer));
			else response.status(status).json(answer);
		}
	};
}

/** Names of the credentials that a node has, without any value. None of a node that is no account, or not there. */
function givenOf(RED: NodeAPI, id: string): string[] {
	let isAccount = false;
	// by what is deployed: one that is switched off does not run, and has its credentials
	RED.nodes.eachNode((config) => {
		isAccount ||= config.id === id && config.type === "stellantis-account";
	});
	const credentials: Partial<Record<string, unknown>> = isAccount ? { ...RED.nodes.getCredentials(id) } : {};
	return Object.keys(CREDENTIALS["stellantis-account"] ?? {}).filter((name) => !isBlank(credentials[name]));
}

const isBlank = (value: unknown) => typeof value !== "string" || value.trim() === "";

async function overviewOf(RED: NodeAPI, request: Request, response: Response): Promise<void> {
	response.set(PRIVATE_HEADERS);
	try {
		refuseForeignPages(request);
		response.json(await overview(RED, request.query));
	} catch (error) {
		const { status, code, message } = explainRefusal(error);
		response.status(status).json({ error: { code, message } });
	}
}

const diagnosticsFile =
	(RED: NodeAPI): Action =>
	async (request, connection, id) => {
		const report = await diagnose(RED, connection, id);
		const day = new Date().toISOString().slice(0, 10);
		request.res?.attachment(`stellantis-diagnostics-${day}.json`);
		return report;
	};

async function stateOf(connection: AccountConnection): Promise<AccountState> {
	const { rateLimit } = connection;
	return { ...(await signInStateOf(connection)), ...defined({ rateLimit }) };
}

async function startSignIn(
	RED: NodeAPI,
	request: Request,
	connection: AccountConnection,
	id: string,
): Promise<{ url: string; redirectUri: string }> {
	const origin = confirmedOrigin(request.body.origin, request);
	const path = editorPath(request.body.path);
	const connected = await connection.connected();
	const redirectUri = connected.redirectUri ?? `${origin}${path ?? adminRoot(RED)}stellantis/callback`;
	const { url, state } = await signInOf(connected).startSignIn({ redirectUri });
	noteBegun(signInsOf(id), state);
	return { url, redirectUri };
}

async function finishByPaste(request: Request, connection: AccountConnection, id: string): Promise<AccountState> {
	const { text } = request.body as { text?: unknown };
	if (typeof text !== "string") throw badInput("Nothing was pasted.");
	const auth = signInOf(await connection.connected());
	await auth.finishSignIn(text, stateOfPaste(signInsOf(id), text));
	connection.signInChanged();
	return stateOf(connection);
}

async function signOut(_request: Request, connection: AccountConnection): Promise<AccountState> {
	await signInOf(await connection.connected()).signOut();
	connection.signInChanged();
	return stateOf(connection);
}

async function test(request: Request, connection: AccountConnection, id: string): Promise<object> {
	const tell = linesTo(request.res as Response);
	tell({ steps: STEPS });
	await whileWaitedFor(request, connection, (signal) => checkAccount(connection, id, tell, signal));
	return { done: true };
}

/** The sign-in page has sent the browser back: whoever carries the state of a sign-in ends it, once. */
async function finishByBrowser(RED: NodeAPI, request: Request, response: Response): Promise<void> {
	response.set(PAGE_HEADERS);
	let connection: AccountConnection | undefined;
	let id: string | undefined;
	try {
		// Express lets HEAD through too; a preview must not use the sign-in up.
		if (request.method !== "GET") {
			response.status(405).set("allow", "GET").end();
			return;
		}
		const address = new URL(request.originalUrl, "http://localhost").href;
		const state = new URL(address).searchParams.get("state") ?? "";
		id = accountOfState(state);
		if (id === undefined)
			throw badInput("This sign-in was not begun here, took too long, or was used before. Begin it again.");
		connection = accountOf(RED, id);
		refuseFailedSignIn(address, state, id);
		await signInOf(await connection.connected()).finishSignIn(address, state);
		connection.signInChanged();
		response.send(page("Signed in", "You can close this page and go back to Node-RED."));
	} catch (error) {
		if (id !== undefined) connection?.recorder.failure(error, id);
		const { status, message } = explainRefusal(error);
		response.status(status).send(page("Not signed in", message));
	}
}

/** A state is used up by an answer without a code as well. */
function refuseFailedSignIn(address: string, state: string, id: string): void {
	try {
		parsePasted(address, state);
	} catch (error) {
		signInsOf(id).pending.take(state);
		throw error;
	}
}

function signInOf({ auth }: Connected): AuthorizationCodeAuth {
	if (isSignIn(auth)) return auth;
	throw badInput("This account does not sign in as a person. Choose that in its field method and deploy.");
}

/** Where the editor is, with a slash at both ends. */
function adminRoot(RED: NodeAPI): string {
	const root: unknown = RED.settings.httpAdminRoot;
	if (root === false) throw new StellantisError("ERR_NOT_SUPPORTED", "Node-RED's editor is switched off.");
	const segments = typeof root === "string" ? root.split("/").filter((segment) => segment !== "") : [];
	return segments.length === 0 ? "/" : `/${segments.join("/")}/`;
}
