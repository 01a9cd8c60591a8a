import { createHash } from "node:crypto";
import type { NodeAPI } from "node-red";
import { SharedAccount } from "../../storage/shared/shared-account";
import { storeOf } from "../store/connection";
import { type Properties, text } from "../values";
import type { AccountCredentials } from "./credentials";
import { readAccountSettings } from "./settings";

/**
 * An account as it stands in its store.
 *
 * @param id of the account node
 * @throws ERR_BAD_INPUT for a store that is missing or can't be one
 */
export function sharedAccountOf(
	RED: NodeAPI,
	id: string,
	config: Properties,
	credentials: AccountCredentials,
): SharedAccount {
	const connection = storeOf(RED, config.store);
	if (!connection) throw new Error("The account has no store.");
	return new SharedAccount(connection.store(), text(config.shareAs) ?? id, boundTo(config, credentials));
}

/** A hash of what tells customers apart: nothing of one may ever reach another. */
export function boundTo(config: Properties, credentials: AccountCredentials): string {
	const { server, family, root, tokenUrl, realm, fleetId } = readAccountSettings(config, credentials);
	const customer =
		server === "demo"
			? [server, family.id]
			: [root?.href, tokenUrl, credentials.clientId?.trim(), realm, fleetId, text(credentials.secretHeaders)];
	return createHash("sha256").update(JSON.stringify(customer)).digest("hex");
}
