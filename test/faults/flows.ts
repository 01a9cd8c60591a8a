import assert from "node:assert/strict";
import { leaksIn } from "../secrets/scan";
import { type FaultApi, VEHICLES } from "./api";
import type { Credentials, Flow, Msg, Outcome, Runtime } from "./runtime";

/** Secrets of the account under test, easy to recognise and full of letters that encodings change. */
export const SECRETS = {
	accessToken: "cnry-typed/access+t0ken~1=",
	clientSecret: "cnry client&secret/2+=é",
	password: 'cnry"pass:word/3+=',
	secretHeader: "cnry-gateway/secret+4=",
	proxyPassword: "cnry@proxy:pass/5+",
	passphrase: "cnry-passphrase/6+",
};

/** An account at the API under test, with short times. */
export function accountAt(api: { url: string }, changes: object = {}): Flow {
	return {
		id: "acc",
		type: "stellantis-account",
		server: "live",
		api: "user-v4",
		auth: "token",
		baseUrl: `${api.url}/connectedcar/v4`,
		tokenUrl: `${api.url}/token`,
		authorizeUrl: `${api.url}/authorize`,
		timeout: 1,
		retries: 0,
		...changes,
	};
}

export function credentialsWith(changes: Record<string, string> = {}): Credentials {
	return {
		acc: {
			clientId: "client-1",
			clientSecret: SECRETS.clientSecret,
			accessToken: SECRETS.accessToken,
			username: "fleet",
			password: SECRETS.password,
			secretHeaders: JSON.stringify({ "x-gateway": SECRETS.secretHeader }),
			...changes,
		},
	};
}

export function listNode(id = "list", changes: object = {}): Flow {
	return { id, type: "stellantis-vehicle-list", account: "acc", wires: [["items"], ["completion"]], ...changes };
}

export const idsOf = ({ items }: Outcome) => items.map(({ payload }) => (payload as { id: string }).id);

/** A whole collection: every item once, in order, with the completion message that says so. */
export function assertWhole(outcome: Outcome): void {
	assert.deepEqual(outcome.errors.map(errorOf), []);
	assert.deepEqual(idsOf(outcome), VEHICLES);
	assert.deepEqual(
		outcome.items.map(({ parts }) => (parts as { index: number }).index),
		VEHICLES.map((_, index) => index),
	);
	assert.equal(outcome.completions.length, 1);
	const [{ payload } = {}] = outcome.completions as { payload?: { items: number; complete: boolean } }[];
	assert.equal(payload?.items, VEHICLES.length);
	assert.equal(payload.complete, true);
}

/** A collection that broke off: an error with a code, what came before it, and all of the rest with `msg.resume`. */
export async function assertBrokenOff(outcome: Outcome, code: string, runtime: Runtime): Promise<Msg> {
	assert.equal(outcome.errors.length, 1, `items: ${idsOf(outcome)}, completions: ${outcome.completions.length}`);
	const [error = {}] = outcome.errors;
	assert.equal(errorOf(error).code, code, errorOf(error).message);
	assert.equal(outcome.completions.length, 0);
	assert.equal("cause" in errorOf(error), false);
	const before = idsOf(outcome);
	assert.deepEqual(before, VEHICLES.slice(0, before.length));
	const rest = await runtime.send("list", { resume: JSON.parse(JSON.stringify(error.resume)) });
	assert.deepEqual(rest.errors.map(errorOf), []);
	assert.deepEqual([...before, ...idsOf(rest)], VEHICLES);
	assert.equal(rest.completions.length, 1);
	return error;
}

export function errorOf(msg: Msg): { code: string; message: string } {
	return msg.error as { code: string; message: string };
}

/** Nothing that the runtime showed holds a secret of the account, or a token that the server has issued. */
export function assertNothingLeaked(runtime: Runtime, api?: FaultApi): void {
	const secrets = { ...SECRETS, ...Object.fromEntries((api?.issued ?? []).map((token, n) => [`token ${n}`, token])) };
	for (const text of runtime.written) assert.deepEqual(leaksIn(text, secrets), [], text.slice(0, 500));
}
