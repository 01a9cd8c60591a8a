import type { NodeAPI } from "node-red";
import type { AccountConnection } from "./connection";

/** By the events of a runtime, which all nodes of it share. */
const running = new WeakMap<object, Set<AccountConnection>>();

/** The accounts of a runtime that run now: not those of a disabled flow, nor those that close. */
export function runningAccounts({ events }: Pick<NodeAPI, "events">): Set<AccountConnection> {
	const accounts = running.get(events) ?? new Set();
	running.set(events, accounts);
	return accounts;
}
