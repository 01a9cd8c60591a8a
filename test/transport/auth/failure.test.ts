import assert from "node:assert/strict";
import { refusedAtPage } from "../../../src/transport/auth/failure";

describe("an error that the sign-in page sends back", () => {
	it("is a sentence that says what to do, also for a code that nobody knows", () => {
		assert.match(refusedAtPage("access_denied", undefined).message, /agree to the access/);
		for (const code of ["new_code", "constructor", "toString"])
			assert.match(refusedAtPage(code, undefined).message, /^The sign-in page answered with an error\. Check/);
	});
});
