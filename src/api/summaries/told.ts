import type { Picked } from "./entries";

/** What a status says, value by value: when the API last touched each, by its path in the summary. */
export class Told {
	/** Epoch milliseconds, of the values that have a time. */
	readonly times = new Map<string, number>();
	readonly #status: number | undefined;

	/** @param status the time of the status itself, which holds for values without one of their own */
	constructor(status: { ms: number } | null) {
		this.#status = status?.ms;
		if (status) this.times.set("updatedAt", status.ms);
	}

	/** The value, after its time was noted. */
	value<T>(path: string, { value, time }: Picked<T>): T | null {
		const ms = time?.ms ?? this.#status;
		if (value !== null && ms !== undefined) this.times.set(path, ms);
		return value;
	}
}
