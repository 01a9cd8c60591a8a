import type { Request } from "express";
import type { AccountConnection } from "../../account/connection";
import { whileWaitedFor } from "../waited-for";
import { lookUpChannels, lookUpCommands, lookUpLinks, lookUpMonitors } from "./account";
import type { Asking } from "./asking";
import { lookUpPosition } from "./position";
import { ShortMemory } from "./short-memory";
import { lookUpVehicles } from "./vehicles";

/** One question of a form. */
export type Lookup = (asking: Asking) => Promise<object>;

/** What a form can ask of an account, by the name of its route. A vehicle is given as id or VIN. */
export const LOOKUPS: Readonly<Record<string, Lookup>> = {
	vehicles: lookUpVehicles,
	links: lookUpLinks,
	commands: lookUpCommands,
	channels: lookUpChannels,
	monitors: lookUpMonitors,
	position: lookUpPosition,
};

const memories = new WeakMap<AccountConnection, ShortMemory>();

/**
 * Answers a question of a form, as long as somebody waits for it and the account is there; from a short memory where
 * that can be, so that typing in a search field costs no quota.
 *
 * @param id of the account
 * @throws ERR_NO_ACCOUNT when the account closes meanwhile, and what the API answers
 */
export async function lookUp(
	lookup: Lookup,
	request: Request,
	connection: AccountConnection,
	id: string,
): Promise<object> {
	return whileWaitedFor(request, connection, async (signal) => {
		const connected = await connection.connected();
		const memory = memories.get(connection) ?? new ShortMemory(connection.signal);
		memories.set(connection, memory);
		return lookup({
			query: request.query,
			connection,
			connected,
			claim: { priority: "editor", owner: id },
			memory,
			signal,
		});
	});
}
