import { RecentMap } from "../../recent-map";
import { readStatus, type StatusUnits } from "./status";
import type { ReadStatus, StatusSummary } from "./status-summary";
import { goneBack, type Seen, seenAfter } from "./suspect";

/** Vehicles of which is remembered what was seen; beyond that those seen longest ago are forgotten. */
const MOST = 3_000;

/**
 * What an account has seen of its vehicles, so that an older answer behind a newer one, and an odometer that falls, don't
 * pass for news. It lasts as long as the account runs.
 */
export class StatusMemory {
	readonly #seen: RecentMap<string, Seen>;
	readonly #now: () => number;
	readonly #onSeen: (vehicle: string, summary: StatusSummary) => void;

	/** @param onSeen told of each summary, by what stays the same for its vehicle */
	constructor(
		most: number = MOST,
		now: () => number = Date.now,
		onSeen: (vehicle: string, summary: StatusSummary) => void = () => {},
	) {
		this.#seen = new RecentMap(most);
		this.#now = now;
		this.#onSeen = onSeen;
	}

	/**
	 * Summarizes a status as {@link summarizeStatus} does; `suspect` also names what goes back behind what was seen of that
	 * vehicle.
	 *
	 * @param vehicle what stays the same for a vehicle: its VIN, else its id; undefined where nobody can tell
	 */
	summarize(vehicle: string | undefined, resource: unknown, units: StatusUnits): StatusSummary {
		return this.read(vehicle, resource, units).summary;
	}

	/** The same, with the times of all values. */
	read(vehicle: string | undefined, resource: unknown, units: StatusUnits): ReadStatus {
		const reading = readStatus(resource, units);
		const { summary } = reading;
		if (vehicle === undefined) return reading;
		const seen = this.#seen.get(vehicle);
		if (seen) summary.suspect = [...new Set([...summary.suspect, ...goneBack(reading, seen)])];
		this.#seen.set(vehicle, seenAfter(reading, seen, this.#now()));
		this.#onSeen(vehicle, summary);
		return reading;
	}
}
