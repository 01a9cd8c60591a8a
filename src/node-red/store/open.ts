import type { NodeAPI } from "node-red";
import { badInput } from "../../error";
import { PostgresStore } from "../../storage/shared/postgres-store";
import type { SharedStore } from "../../storage/shared/store";
import { isLoopback } from "../../transport/loopback";
import { tlsOf } from "../account/config-nodes";
import { ownVersion } from "../own-version";
import { STORE } from "../properties";
import { numberValue, type Properties, text } from "../values";

/** What a store's form keeps apart from the flow. */
export interface StoreCredentials {
	user?: string;
	password?: string;
	key?: string;
}

/** The shortest key that seals a sign-in. */
const SHORTEST_KEY = 16;

/**
 * The store that a form describes, and what people should know of it.
 *
 * @throws ERR_BAD_INPUT naming the field that can't be used
 */
export function openStore(
	RED: NodeAPI,
	config: Properties,
	{ user, password, key }: StoreCredentials,
): { store: SharedStore; warning: string | undefined } {
	const host = needed(text(config.host) ?? STORE.host.value, "host");
	const database = needed(text(config.database) ?? STORE.database.value, "database");
	const schema = text(config.schema) ?? STORE.schema.value;
	if (!STORE.schema.looks.pattern.test(schema))
		throw badInput("The store's schema must be of small letters, digits and _, such as stellantis.");
	if (key?.trim() && key.trim().length < SHORTEST_KEY)
		throw badInput(`The store's key is too short: enter at least ${SHORTEST_KEY} characters, the same everywhere.`);
	const tls = tlsOf(RED, config.tls, "store");
	const options = {
		host,
		port: numberValue(config.port, "port", STORE.port.range, STORE.port.value),
		database,
		schema,
		user: needed(text(user), "user"),
		password: password ?? "",
		tls,
		userDir: RED.settings.userDir,
	};
	const warning =
		tls || isLoopback(host)
			? undefined
			: "The store is on another machine and no TLS configuration is chosen: what is shared can be read on the way.";
	return { store: new PostgresStore(options, ownVersion() ?? "unknown"), warning };
}

function needed(value: string | undefined, field: string): string {
	if (value === undefined || value === "") throw badInput(`The store has no ${field}. Open it and enter one.`);
	return value;
}
