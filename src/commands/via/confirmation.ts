import type { Confirmation } from "../../api/commands/via";
import { moment } from "../../api/summaries/moment";
import { at } from "../../json";

/** Whether a summary of a vehicle's state says what was asked; undefined where it says nothing of it. */
export function shows(confirmation: Confirmation, summary: unknown): boolean | undefined {
	if ("isNewer" in confirmation) return undefined;
	const value = at(summary, ...confirmation.path.split("."));
	if (value === undefined || value === null) return undefined;
	return "is" in confirmation ? value === confirmation.is : value !== confirmation.isNot;
}

/** When the vehicle told that part of its state, or any (epoch milliseconds), whichever is later. */
function timeOf({ path }: Confirmation, summary: unknown): number | undefined {
	const [block = ""] = path.split(".");
	const times = [at(summary, block, "updatedAt"), at(summary, "updatedAt")].map((time) => moment(time)?.ms);
	const known = times.filter((time) => time !== undefined);
	return known.length === 0 ? undefined : Math.max(...known);
}

/**
 * Whether a state shows that a command was carried out: it says what was asked, and the state before did not, or it is
 * newer than that.
 *
 * @param before the state before the command was sent; undefined where nobody knows it
 * @param since when that was, epoch milliseconds by the clock of whoever tells the state
 */
export function isConfirmed(confirmation: Confirmation, now: unknown, before: unknown, since: number): boolean {
	const isNewer = "isNewer" in confirmation;
	if (!isNewer && shows(confirmation, now) !== true) return false;
	const told = timeOf(confirmation, now);
	const toldBefore = timeOf(confirmation, before);
	// An older state may come back behind a newer one.
	if (!isNewer && shows(confirmation, before) === false) return (told ?? since) >= (toldBefore ?? 0);
	return told !== undefined && told > (toldBefore ?? since);
}

/** Whether a state that the vehicle has told since, and not before, says something else than what was asked. */
export function isContradicted(confirmation: Confirmation, now: unknown, before: unknown, since: number): boolean {
	const told = timeOf(confirmation, now) ?? 0;
	return shows(confirmation, now) === false && told > Math.max(since, timeOf(confirmation, before) ?? 0);
}
