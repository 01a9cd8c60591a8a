import type { NodeAPI } from "node-red";
import type { RequestRecord } from "../../transport/observed";
import type { AccountConnection } from "../account/connection";
import { isScarce } from "../account/notices";
import { runningAccounts } from "../account/running";
import { flowsStateOf } from "../flows-state";
import { folderProblem } from "../folder-watch";

/** Something that is wrong, for people and programs. */
export interface Problem {
	what:
		| "flows-stopped"
		| "folder"
		| "settings"
		| "sign-in-lost"
		| "sign-in-ends"
		| "quota-low"
		| "paused"
		| "api"
		| "channel-lost"
		| "store";
	/** Name of the account; absent where it is about all of them. */
	account?: string;
	/** A sentence, free of secrets. */
	message: string;
}

/** How this Node-RED is. */
export interface Health {
	body: {
		/** True when nothing is wrong. */
		ok: boolean;
		/** Accounts that run, and how many of them were used since they started. */
		accounts: { running: number; used: number };
		problems: Problem[];
	};
	/** False when no account can be used at all: flows are stopped, or every account that was used fails or misses its store. */
	isReady: boolean;
}

/** How the accounts are that run, from what is known: nothing is asked of an API. */
export function healthOf(RED: NodeAPI): Health {
	const accounts = [...runningAccounts(RED)];
	const used = accounts.filter(({ isUsed }) => isUsed);
	const general: Problem[] = [];
	if (!flowsStateOf(RED).isRunning)
		general.push({ what: "flows-stopped", message: "Node-RED's flows don't run: no message gets through." });
	const folder = folderProblem(RED);
	if (folder !== undefined) general.push({ what: "folder", message: folder });
	const failing = used.map((account) => failuresOf(account));
	const warnings = used.flatMap(warningsOf);
	// Who asks a store in vain can still read, and live on: it is only better not to be given work.
	const isUsable =
		used.length === 0 || used.some(({ storeAway }, n) => storeAway === undefined && failing[n]?.length === 0);
	const problems = [...general, ...failing.flat(), ...warnings];
	return {
		body: { ok: problems.length === 0, accounts: { running: accounts.length, used: used.length }, problems },
		isReady: general.length === 0 && isUsable,
	};
}

/** What keeps an account from working. */
function failuresOf(account: AccountConnection): Problem[] {
	const { signInState, failure } = account;
	if (failure !== undefined) return [problemOf(account, "settings", failure)];
	if (signInState && !signInState.signedIn)
		return [problemOf(account, "sign-in-lost", signInState.reason ?? "There is no usable sign-in: sign in again.")];
	return [];
}

/** What may come to that. */
function warningsOf(account: AccountConnection): Problem[] {
	const { signInEnds, rateLimit, pause, notices, storeAway } = account;
	const problems: Problem[] = [];
	if (signInEnds !== undefined)
		problems.push(problemOf(account, "sign-in-ends", `The sign-in ends at ${new Date(signInEnds).toISOString()}.`));
	const { remaining, limit } = rateLimit?.day ?? {};
	if (isScarce(rateLimit))
		problems.push(problemOf(account, "quota-low", `${remaining} of the ${limit} requests of this day are left.`));
	if (pause > 0) problems.push(problemOf(account, "paused", `The API asks for a pause of ${pause} s.`));
	const failed = lastFailures(account);
	if (failed !== undefined) problems.push(problemOf(account, "api", failed));
	if (notices.channelLost !== undefined) problems.push(problemOf(account, "channel-lost", notices.channelLost));
	if (storeAway !== undefined) problems.push(problemOf(account, "store", storeAway));
	return problems;
}

/** Requests in a row that must have failed before anybody hears of it: a single one may be one car's. */
const IN_A_ROW = 3;

/** What the last requests came to, where nothing came of any of them. */
function lastFailures({ recorder }: AccountConnection): string | undefined {
	const last = recorder.requests.filter(({ error }) => error !== "aborted").slice(-IN_A_ROW);
	const latest = last.at(-1);
	if (last.length < IN_A_ROW || !latest || !last.every(isAway)) return undefined;
	const { time, duration, statusCode, error } = latest;
	return `The API is away: the last ${IN_A_ROW} requests failed, the latest at ${new Date(time + duration).toISOString()} (${statusCode ?? error}).`;
}

/** An API that has no such thing (501) is there. */
function isAway({ statusCode, error = "" }: RequestRecord): boolean {
	return statusCode === undefined
		? ["ERR_NETWORK", "ERR_TIMEOUT"].includes(error)
		: statusCode >= 500 && statusCode !== 501;
}

function problemOf(account: AccountConnection, what: Problem["what"], message: string): Problem {
	return { what, account: account.name ?? "", message: account.redact(message) };
}
