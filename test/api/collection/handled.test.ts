import assert from "node:assert/strict";
import { Handled } from "../../../src/api/collection/handled";

const itemsOf = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => ({ id: `t${from + n}` }));

describe("the items that were handled", () => {
	it("are known however long ago that was", () => {
		const handled = new Handled([]);
		for (let from = 0; from < 50_000; from += 500)
			assert.equal(handled.select(itemsOf(from, from + 500), 0).length, 500);
		assert.deepEqual(handled.select([...itemsOf(0, 3), { id: "new" }, ...itemsOf(25_000, 25_003)], 0), [3]);
		assert.deepEqual([handled.size, handled.has({ id: "t7" }), handled.has({ id: "t50000" })], [50_001, true, false]);
	});

	it("are remembered in a position as many as the largest page has, the last ones, without those still to come", () => {
		const handled = new Handled([]);
		for (let from = 0; from < 10_000; from += 100) handled.select(itemsOf(from, from + 100), 0);
		const recent = handled.recent(itemsOf(9_950, 10_000));
		assert.equal(recent.length, 2_000);
		const resumed = new Handled(recent);
		assert.deepEqual(resumed.select(itemsOf(7_949, 7_951), 0), [0]);
		assert.deepEqual(new Handled(recent).select(itemsOf(9_949, 9_951), 0), [1]);
	});
});
