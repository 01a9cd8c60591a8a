import assert from "node:assert/strict";
import { isPending, statusOfCode } from "../../../../src/commands/via/home-assistant/codes";

describe("codes of Home Assistant's integration", () => {
	it("say what they stand for, and nothing where nobody knows them", () => {
		assert.equal(statusOfCode("0"), "done");
		assert.deepEqual([statusOfCode("903"), isPending("903")], [{ status: "SentToVehicle" }, true]);
		assert.equal((statusOfCode("502") as { failureCause: string }).failureCause, "SameActionInProgress");
		for (const code of ["constructor", "toString", "__proto__", "hasOwnProperty", "904"])
			assert.deepEqual([statusOfCode(code), isPending(code)], [undefined, false]);
	});
});
