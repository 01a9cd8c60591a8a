import assert from "node:assert/strict";
import { causeInWords, commandStatusOf, isEnd, statusOfWords } from "../../../src/api/commands/status";

describe("the status of a command", () => {
	it("is known however its words are cased, with blanks around them", () => {
		const read = (status: unknown, failureCause?: unknown) => commandStatusOf({ status, failureCause });
		assert.deepEqual(read(" success\n"), { status: "Success" });
		assert.deepEqual(read("FAILED", "doorsopen "), { status: "Failed", failureCause: "DoorsOpen" });
		assert.deepEqual(read("senttovehicle"), { status: "SentToVehicle" });
		assert.deepEqual(read(" Teleporting "), { status: "Teleporting" });
		for (const nothing of [undefined, null, 5, "", " ", ["Success"]]) assert.equal(read(nothing), undefined);
	});

	it("is an end where an event says so, unless its word is one of the way", () => {
		const ends = (status: string, failureCause?: string) => {
			const told = statusOfWords(status, failureCause, true);
			return told && [told.status, isEnd(told)];
		};
		assert.deepEqual(ends("alreadydone"), ["AlreadyDone", true]);
		assert.deepEqual(ends("Success", "None"), ["Success", true]);
		assert.deepEqual(ends("SentToVehicle", "VehicleError"), ["Failed", true]);
		assert.deepEqual(ends("Teleported"), ["Teleported", true]);
		assert.deepEqual(ends("SentToVehicle"), ["SentToVehicle", false]);
		const pending = statusOfWords("Teleported", undefined);
		assert.equal(pending && isEnd(pending), false);
	});

	it("gives a cause in words, and one that is not known as it is", () => {
		assert.equal(causeInWords("DoorsOpen"), "a door is open (DoorsOpen)");
		for (const cause of ["constructor", "__proto__", "toString", "NewCause"]) assert.equal(causeInWords(cause), cause);
	});
});
