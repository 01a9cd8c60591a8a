import assert from "node:assert/strict";
import { FixedSignIn } from "../../../src/transport/auth/fixed-sign-in";

describe("a sign-in that only the API can tell the end of", () => {
	const told: string[] = [];
	let signIn: FixedSignIn;
	beforeEach(() => {
		told.length = 0;
		signIn = new FixedSignIn("Fill in a new one.", {
			onSignInLost: ({ code, message }) => told.push(`${code} ${message}`),
			onSignInBack: () => told.push("back"),
		});
	});
	const answer = (...codes: number[]) => {
		for (const code of codes) signIn.answered(code);
	};

	it("is lost once three requests in a row were refused, whatever else fails between them", () => {
		answer(401, 401, 200, 401, 503, 401, 404);
		assert.deepEqual([told, signIn.reason], [[], undefined]);
		answer(401, 401, 401);
		assert.deepEqual([told, signIn.reason], [["ERR_UNAUTHORIZED Fill in a new one."], "Fill in a new one."]);
	});

	it("is back with the first success, and then takes twice as much to be lost", () => {
		answer(401, 401, 401, 403, 204);
		assert.deepEqual([told.splice(0).length, signIn.reason], [2, undefined]);
		answer(401, 401, 401, 401, 401);
		assert.deepEqual(told, []);
		answer(401, 200);
		assert.equal(told.length, 2);
	});
});
