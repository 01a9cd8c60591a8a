import type { Node, NodeAPI } from "node-red";
import { isFinal } from "../../../api/commands/status";
import { FAMILIES } from "../../../api/families";
import { journalIn } from "../../../commands/journal";
import { verifyJournal } from "../../../commands/journal-check";
import { unfinished } from "../../../commands/unfinished";
import { defined } from "../../../json";
import { errorName } from "../../../storage/storage-error";
import type { RequestRecord } from "../../../transport/observed";
import { proxyOf, tlsOf } from "../../account/config-nodes";
import type { AccountConnection } from "../../account/connection";
import type { AccountCredentials } from "../../account/credentials";
import type { ErrorRecord } from "../../account/recorder";
import { CREDENTIALS } from "../../credentials";
import { notedChannel } from "../../events/events-file";
import { folderOf } from "../../folder";
import { ownVersion } from "../../own-version";
import { MIGRATIONS } from "../../saved";
import type { Properties } from "../../values";
import { explainRefusal } from "../refusal";
import { signInStateOf } from "../sign-in-state";
import { Replacer } from "./replacer";
import { routeNameOf } from "./route-name";
import { headerSettings, settingsOf } from "./settings";

const NOTE =
	"This file is for a bug report. Names, ids, places, addresses, hosts, user data and secrets are replaced by names such as vehicle-1: the same value has the same name everywhere in this file, and in no other file. What is not known to be harmless is replaced too. Please look through it before you send it to anybody.";

/** Our nodes whose settings are told; all are counted. */
const MOST_NODES = 100;
/** Places told where the journal is damaged. */
const MOST_GAPS = 20;

/**
 * What a bug report needs to know of an account, free of everything private. No request is sent for it.
 *
 * @param id of the account node, or of a demo account that has no node
 * @returns the content of a JSON file; its first property says what was replaced
 */
export async function diagnose(RED: NodeAPI, connection: AccountConnection, id: string): Promise<object> {
	const replacer = new Replacer();
	const configs = configsOf(RED);
	const config = configs.find((each) => each.id === id) ?? { server: "demo", api: id.replace(/^demo\./, "") };
	const credentials = (RED.nodes.getNode(id) as Node<AccountCredentials> | null)?.credentials ?? {};
	// Ids and names that are known come first, so that requests and errors find them named.
	const account = describeAccount(RED, id, config, credentials, replacer);
	const nodes = await describeNodes(RED, id, configs, replacer);
	const commands = await describeCommands(RED, id, replacer);
	const report = {
		created: new Date().toISOString(),
		versions: versionsOf(RED),
		account,
		signIn: await describeSignIn(connection, replacer),
		quota: connection.rateLimit ?? null,
		nodes,
		commands,
		requests: connection.recorder.requests.map((record) => describeRequest(record, String(config.api), replacer)),
		errors: connection.recorder.errors.map((record) => describeError(record, replacer)),
	};
	const replaced = { note: NOTE, values: replacer.pseudonyms.counts };
	// Nothing of the kind should be left; a second look at every word costs nothing.
	return redacted({ replaced, ...report }, (text) => connection.redact(text)) as object;
}

/** The flow files as they are deployed, without credentials. */
function configsOf(RED: NodeAPI): Properties[] {
	const configs: Properties[] = [];
	RED.nodes.eachNode((config) => configs.push(config as unknown as Properties));
	return configs;
}

function versionsOf(RED: NodeAPI): object {
	const { version } = RED as unknown as { version?: () => string };
	return {
		package: ownVersion(),
		nodeRed: version?.() ?? null,
		node: process.version,
		platform: process.platform,
		architecture: process.arch,
	};
}

function describeAccount(
	RED: NodeAPI,
	id: string,
	config: Properties,
	credentials: AccountCredentials,
	replacer: Replacer,
): object {
	const { clientId, username } = credentials;
	if (clientId) replacer.pseudonyms.of("client", clientId);
	if (username) replacer.pseudonyms.of("user", username);
	return {
		id: replacer.pseudonyms.of("account", id),
		settings: settingsOf("stellantis-account", config, replacer),
		headers: headerSettings(config.headers, replacer),
		credentials: Object.fromEntries(
			Object.keys(CREDENTIALS["stellantis-account"] ?? {}).map((name) => [
				name,
				Boolean(credentials[name as keyof AccountCredentials]),
			]),
		),
		tls: attempted(() => {
			const tls = tlsOf(RED, config.tls);
			if (!tls) return null;
			const { cert, key, ca, passphrase, rejectUnauthorized } = tls;
			return {
				certificate: Boolean(cert),
				key: Boolean(key),
				ca: Boolean(ca),
				passphrase: Boolean(passphrase),
				checked: rejectUnauthorized !== false,
			};
		}),
		proxy: attempted(() => {
			const proxy = proxyOf(RED, config.proxy);
			if (!proxy) return null;
			const hasUser = new URL(proxy.url).username !== "";
			return { address: replacer.address(proxy.url), user: hasUser, exceptions: proxy.noProxy.length };
		}),
	};
}

function attempted(describe: () => object | null): object | null {
	try {
		return describe();
	} catch (error) {
		return { problem: explainRefusal(error).code };
	}
}

async function describeNodes(
	RED: NodeAPI,
	account: string,
	configs: readonly Properties[],
	replacer: Replacer,
): Promise<object> {
	const types: Record<string, { count: number; nodes: object[] }> = {};
	let told = 0;
	for (const config of configs) {
		const { type, id } = config;
		if (config.account !== account || typeof type !== "string" || !Object.hasOwn(MIGRATIONS, type)) continue;
		types[type] ??= { count: 0, nodes: [] };
		const ofType = types[type];
		ofType.count++;
		if (++told > MOST_NODES) continue;
		const channel = type === "stellantis-events" ? await notedChannel(folderOf(RED), String(id)) : undefined;
		ofType.nodes.push({
			id: replacer.pseudonyms.of("node", String(id)),
			...(config.d === true ? { disabled: true } : {}),
			...settingsOf(type, config, replacer),
			...(channel ? { registered: replacer.id("channel", channel.id) } : {}),
		});
	}
	return types;
}

async function describeCommands(RED: NodeAPI, account: string, replacer: Replacer): Promise<object> {
	const folder = folderOf(RED);
	try {
		const { lines, gaps, fromBeginning } = await verifyJournal(folder);
		const underWay = unfinished(await journalIn(folder).recent(), account).map(
			({ command, vehicle, channel, id, status }) => ({
				command,
				vehicle: replacer.id("vehicle", vehicle),
				channel: replacer.id("channel", channel),
				...(id === undefined ? {} : { id: replacer.id("remote-action", id) }),
				isFinal: isFinal(status),
			}),
		);
		const intact = gaps.length === 0;
		// Of all accounts of this Node-RED: they share one journal. No chain shows that its end was cut off.
		const journal = { intact, end: "unchecked", lines, fromBeginning, gaps: gaps.slice(0, MOST_GAPS) };
		return { journal, underWay };
	} catch (error) {
		const name = errorName(error);
		return { journal: { problem: /^E[A-Z]+$/.test(name) ? name : "unreadable" } };
	}
}

async function describeSignIn(connection: AccountConnection, replacer: Replacer): Promise<object> {
	const { signedIn, expiresAt, user, reason } = await signInStateOf(connection);
	return {
		signedIn,
		...defined({ expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString() }),
		...defined({ user: user === undefined ? undefined : replacer.pseudonyms.of("user", user) }),
		// Its sentence is for the form: it may quote a server.
		hasReason: reason !== undefined,
	};
}

/** A request by the name of its route: a path holds ids, and names of others' gateways. */
function describeRequest({ time, url, method, ...record }: RequestRecord, api: string, replacer: Replacer): object {
	const { host, pathname, searchParams } = new URL(url);
	const family = Object.values(FAMILIES).find(({ id }) => id === api) ?? FAMILIES["user-v4"];
	const { route, vehicle } = { ...(record.purpose === "api" ? routeNameOf(family, pathname) : undefined) };
	return {
		time: new Date(time).toISOString(),
		method,
		host: replacer.host(host),
		route: route ?? null,
		...defined({ vehicle: vehicle === undefined ? undefined : replacer.id("vehicle", decoded(vehicle)) }),
		query: replacer.parameters(searchParams),
		...record,
	};
}

function decoded(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

/** An error by its codes: what its sentence says of a vehicle or quotes of a server is nobody's business. */
function describeError({ time, node, code, statusCode, apiError }: ErrorRecord, replacer: Replacer): object {
	const apiCode = Number(apiError?.code);
	return {
		time: new Date(time).toISOString(),
		node: replacer.pseudonyms.of("node", node),
		code,
		// Codes of the API have up to five digits, the first three being the HTTP status.
		...defined({ statusCode, apiCode: Number.isInteger(apiCode) && apiCode < 100_000 ? apiCode : undefined }),
	};
}

function redacted(value: unknown, redact: (text: string) => string): unknown {
	if (typeof value === "string") return redact(value);
	if (Array.isArray(value)) return value.map((each) => redacted(each, redact));
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, redacted(each, redact)]));
}
