import assert from "node:assert/strict";
import { at, defined, ownValue } from "../src/json";

describe("JSON shapes", () => {
	it("leave out what is undefined, and nothing else", () => {
		const all = { none: undefined, nothing: null, no: false, zero: 0, empty: "" };
		const left = defined(all);
		assert.deepEqual(Object.keys(left), ["nothing", "no", "zero", "empty"]);
		assert.ok("none" in all);
	});

	it("have no property that a document inherits", () => {
		assert.equal(at({ a: { b: 1 } }, "a", "b"), 1);
		for (const path of [["constructor"], ["a", "toString"], ["list", "0"]])
			assert.equal(at({ a: {}, list: [1] }, ...path), undefined);
		assert.equal(ownValue({ a: 1 }, "a"), 1);
		for (const key of ["b", "constructor", "__proto__"]) assert.equal(ownValue({ a: 1 }, key), undefined);
	});
});
