import assert from "node:assert/strict";
import { Refusals } from "../../../src/transport/auth/refusals";

describe("a sign-in that only the API can tell the end of", () => {
	const told: string[] = [];
	let refusals: Refusals;
	beforeEach(() => {
		told.length = 0;
		refusals = new Refusals("Fill in a new one.", {
			onSignInLost: ({ code, message }) => told.push(`${code} ${message}`),
			onSignInBack: () => told.push("back"),
		});
	});
	const answer = (...codes: number[]) => {
		for (const code of codes) refusals.answered(code);
	};

	it("is lost once three requests in a row were refused, whatever else fails between them", () => {
		answer(401, 401, 200, 401, 503, 401, 404);
		assert.deepEqual([told, refusals.reason], [[], undefined]);
		answer(401, 401, 401);
		assert.deepEqual([told, refusals.reason], [["ERR_UNAUTHORIZED Fill in a new one."], "Fill in a new one."]);
	});

	it("is back with the first success, and then takes twice as much to be lost", () => {
		answer(401, 401, 401, 403, 204);
		assert.deepEqual([told.splice(0).length, refusals.reason], [2, undefined]);
		answer(401, 401, 401, 401, 401);
		assert.deepEqual(told, []);
		answer(401, 200);
		assert.equal(told.length, 2);
	});
});
