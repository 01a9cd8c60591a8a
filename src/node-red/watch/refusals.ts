import type { StellantisError } from "../../error";

/** What no later try is likely to be given: no right to it, or no such thing. What is not found may be there next time. */
const LASTING: ReadonlySet<string> = new Set(["ERR_FORBIDDEN", "ERR_NOT_SUPPORTED"]);
/** When what was refused is asked for again (ms). */
const AGAIN = 86_400_000;

/** What the API refuses to tell of vehicles beside their states: it is asked for once a day, and said once an outage. */
export class Refusals {
	/** By what was asked for, and by vehicle: until when that is left. */
	readonly #until = new Map<string, Map<string, number>>();

	/** True where it was refused within the last day. */
	has(what: string, vehicle: string, now: number): boolean {
		const until = this.#until.get(what)?.get(vehicle);
		// A time further ahead is one of a clock that was set back.
		return until !== undefined && until > now && until <= now + AGAIN;
	}

	/** Takes note of a failure. @returns whether it is a refusal, and whether that is news: the first of its kind */
	failed(
		what: string,
		vehicle: string,
		{ code }: StellantisError,
		now: number,
	): { isRefusal: boolean; isNews: boolean } {
		if (!LASTING.has(code)) return { isRefusal: false, isNews: false };
		const refused = this.#until.get(what) ?? new Map<string, number>();
		const isNews = refused.size === 0;
		this.#until.set(what, refused.set(vehicle, now + AGAIN));
		return { isRefusal: true, isNews };
	}

	/** It was told. */
	passed(what: string, vehicle: string): void {
		this.#until.get(what)?.delete(vehicle);
	}

	/** A vehicle that is watched no more. */
	forget(vehicle: string): void {
		for (const refused of this.#until.values()) refused.delete(vehicle);
	}
}
