import { type PendingSignIns, pendingSignIns } from "../../transport/auth/pending";

/** The sign-ins of one account that were begun and wait for their answer. */
export interface SignIns {
	pending: PendingSignIns;
	/** States of the sign-ins begun, the latest last; some may be used up or outdated. */
	begun: string[];
}

const MOST_BEGUN = 20;

/** Beside the accounts, not in them: a sign-in goes on while its account is deployed anew. */
const accounts = new Map<string, SignIns>();

/** The sign-ins of an account, kept as long as the process lives. */
export function signInsOf(accountId: string): SignIns {
	let signIns = accounts.get(accountId);
	if (!signIns) {
		signIns = { pending: pendingSignIns(), begun: [] };
		accounts.set(accountId, signIns);
	}
	return signIns;
}

/** Notes a sign-in that was begun, so that a bare code that is pasted later finds it. */
export function noteBegun({ begun }: SignIns, state: string): void {
	begun.push(state);
	if (begun.length > MOST_BEGUN) begun.shift();
}

/** The sign-in that a pasted text belongs to: the one whose state it carries, else the one begun last. */
export function stateOfPaste({ begun, pending }: SignIns, text: string): string | undefined {
	const waiting = begun.filter((state) => pending.has(state));
	return waiting.find((state) => text.includes(state)) ?? waiting.at(-1);
}

/** Id of the account that waits for an answer with this state; undefined for an unknown, used or outdated one. */
export function accountOfState(state: string): string | undefined {
	for (const [id, { pending }] of accounts) if (pending.has(state)) return id;
	return undefined;
}
