import type { ErrorCode, StellantisError } from "../../error";

/** Failures that are the account's, whichever vehicle was asked for. */
const OF_ALL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
	"ERR_NO_ACCOUNT",
	"ERR_SIGN_IN_NEEDED",
	"ERR_UNAUTHORIZED",
	"ERR_RATE_LIMITED",
	"ERR_SERVER",
	"ERR_NETWORK",
	"ERR_TIMEOUT",
]);

/** Knows which failures are news: the first of an outage of the account, and of a vehicle that could be looked at before. */
export class Outages {
	readonly #failing = new Set<string>();
	#isOut = false;

	/** @returns true where it is news; `vehicle` is undefined for what was not asked of one vehicle */
	failed(vehicle: string | undefined, { code }: StellantisError): boolean {
		const name = vehicle ?? "";
		const isNews = !this.#isOut && !this.#failing.has(name);
		this.#failing.add(name);
		if (OF_ALL.has(code)) this.#isOut = true;
		return isNews;
	}

	/** A look that went well. */
	passed(vehicle: string | undefined): void {
		this.#isOut = false;
		this.#failing.delete(vehicle ?? "");
	}

	/** True while nothing can be had of the account. */
	get isOut(): boolean {
		return this.#isOut;
	}

	/** True while looks at any vehicle fail. */
	get isAny(): boolean {
		return this.#failing.size > 0;
	}

	/** True for a vehicle whose last look failed. */
	has(vehicle: string): boolean {
		return this.#failing.has(vehicle);
	}

	/** A vehicle that is watched no more. */
	forget(vehicle: string): void {
		this.#failing.delete(vehicle);
	}
}
