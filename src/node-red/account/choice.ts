import type { NodeAPI } from "node-red";
import { quote } from "../../api/time";
import { StellantisError } from "../../error";
import { text } from "../values";
import { type AccountConnection, accountOf } from "./connection";
import { runningAccounts } from "./running";

/** The account that a message is worked on with. */
export interface ChosenAccount {
	account: AccountConnection;
	/** What people call it, where the message has chosen it; undefined where it said nothing. */
	name: string | undefined;
}

/**
 * The account for a message: the node's own, or the one that `msg.account` names by its id or its name, where that one
 * may be chosen by a message and is of the same family. Only accounts that run are looked at, none by a node's other
 * properties; a word that fits several fits none.
 *
 * @param own id of the account that the node has chosen
 * @param wanted `msg.account`
 * @throws ERR_NO_ACCOUNT
 */
export function accountOfMessage(RED: NodeAPI, own: unknown, wanted: unknown): ChosenAccount {
	const account = accountOf(RED, own);
	// A change node sets null where it has nothing to set.
	if (wanted === undefined || wanted === null || wanted === "") return { account, name: undefined };
	const word = typeof wanted === "string" ? text(wanted) : undefined;
	if (word === undefined) throw noAccount(wanted, "it must be the id or the name of an account, as text");
	const fitting = [...runningAccounts(RED)].filter(({ id, name }) => id === word || name === word);
	const [chosen] = fitting;
	if (!chosen) throw noAccount(word, "no account that runs has this id or name");
	if (fitting.length > 1) throw noAccount(word, `${fitting.length} accounts are called so; name it by its id`);
	if (chosen !== account) {
		if (!chosen.isByMessage)
			throw noAccount(word, 'this account may not be chosen by a message; its form allows that with "By message"');
		if (chosen.api !== account.api)
			throw noAccount(word, `it is of the API ${quote(chosen.api)}, and the node's own of ${quote(account.api)}`);
	}
	return { account: chosen, name: chosen.name ?? chosen.id };
}

function noAccount(wanted: unknown, why: string): StellantisError {
	return new StellantisError("ERR_NO_ACCOUNT", `msg.account is ${quote(wanted)}: ${why}.`);
}
