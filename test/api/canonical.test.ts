import assert from "node:assert/strict";
import { canonical } from "../../src/api/canonical";

describe("the JSON that tells whether two things say the same", () => {
	it("is the same in whatever order the keys come, at any depth", () => {
		const one = { b: [{ y: 1, x: "é\n" }, null], a: { d: false, c: 1.5 } };
		const other = { a: { c: 1.5, d: false }, b: [{ x: "é\n", y: 1 }, null] };
		assert.equal(canonical(one), canonical(other));
		assert.equal(canonical(one), '{"a":{"c":1.5,"d":false},"b":[{"x":"é\\n","y":1},null]}');
	});

	it("tells the order of a list, and what stands where", () => {
		const different = [[1, 2], [2, 1], ["1", 2], { 1: 2 }, [[1], 2], "[1,2]", { a: { b: 1 } }, { a: 1, b: 1 }];
		assert.equal(new Set(different.map(canonical)).size, different.length);
	});

	it("leaves out what has no value, but keeps its place in a list", () => {
		assert.equal(canonical({ a: undefined, b: 1, c: undefined }), '{"b":1}');
		assert.equal(canonical([undefined, 1]), "[null,1]");
	});
});
