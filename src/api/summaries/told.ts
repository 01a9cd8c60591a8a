import type { Picked } from "./entries";
import { latest, type Moment } from "./moment";

/** What a status says, value by value: when the API last touched each, by its path in the summary. */
export class Told {
	/** Epoch milliseconds, of the values that have a time. */
	readonly times = new Map<string, number>();
	readonly #status: number | undefined;
	#youngest: Moment | null;

	/** @param status the time of the status itself, which holds for values without one of their own */
	constructor(status: Moment | null) {
		this.#status = status?.ms;
		this.#youngest = status;
		if (status) this.times.set("updatedAt", status.ms);
	}

	/** The youngest time of all that was told so far, of the status itself too; null where nothing has a time. */
	get youngest(): Moment | null {
		return this.#youngest;
	}

	/** The value, after its time was noted. */
	value<T>(path: string, { value, time }: Picked<T>): T | null {
		const ms = time?.ms ?? this.#status;
		if (value !== null && ms !== undefined) this.times.set(path, ms);
		if (value !== null) this.#youngest = latest([this.#youngest, time]);
		return value;
	}
}
