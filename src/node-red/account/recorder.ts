import { type ApiErrorDetails, StellantisError } from "../../error";
import { defined } from "../../json";
import type { RequestRecord } from "../../transport/observed";

/** An error as a flow or the editor got it. */
export interface ErrorRecord {
	/** Epoch milliseconds. */
	time: number;
	/** Id of the node that failed, or of the account. */
	node: string;
	code: string;
	message: string;
	statusCode?: number;
	apiError?: ApiErrorDetails;
}

/** Records that are kept of each kind; the oldest go first. */
const MOST = 50;
/** Most characters of an address or a message. */
const LONGEST = 2_000;

/** Remembers the last requests and errors of an account, for a person who looks for the reason of a failure. */
export class Recorder {
	readonly #requests: RequestRecord[] = [];
	readonly #errors: ErrorRecord[] = [];

	/** The last requests, oldest first. */
	get requests(): readonly RequestRecord[] {
		return this.#requests;
	}

	/** The last errors, oldest first. */
	get errors(): readonly ErrorRecord[] {
		return this.#errors;
	}

	/** Notes an exchange; an address that is too long loses its query. */
	request(record: RequestRecord): void {
		const { url } = record;
		keep(this.#requests, url.length > LONGEST ? { ...record, url: copied(url.replace(/[?#].*$/s, "")) } : record);
	}

	/** Notes an error of a node; what is none of ours is noted without its words, which nobody has checked. */
	failure(error: unknown, node: string): void {
		const known = error instanceof StellantisError ? error : undefined;
		const { statusCode, apiError } = known ?? {};
		keep(this.#errors, {
			time: Date.now(),
			node,
			code: known?.code ?? "unexpected",
			message: copied(known?.message ?? ""),
			...defined({ statusCode, apiError }),
		});
	}
}

function keep<T>(list: T[], record: T): void {
	if (list.push(record) > MOST) list.shift();
}

/** The beginning of a text, in memory of its own: a slice would keep the whole text alive. */
function copied(text: string): string {
	return text.length > LONGEST ? Buffer.from(text.slice(0, LONGEST)).toString() : text;
}
