import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ownText } from "../src/text";

describe("a text of its own", () => {
	for (const text of ["", "0123456789abcdef", "Citroën ë-C4", "🚗", "half a pair \ud83d", '"\\\n\u2028'])
		it(`is the same text: ${JSON.stringify(text)}`, () => assert.equal(ownText(text), text));

	// What is remembered of 50,000 vehicles would keep a link of each.
	it("does not keep the text alive that it is a part of", () => {
		setFlagsFromString("--expose-gc");
		const gc = runInNewContext("gc") as () => void;
		const heap = () => {
			gc();
			return process.memoryUsage().heapUsed;
		};
		const before = heap();
		// Written as bytes, so that each is one text and no sum of texts.
		const parts = Array.from({ length: 200 }, (_, index) => {
			const whole = Buffer.alloc(100_000, 97 + (index % 26)).toString("latin1");
			return ownText(whole.slice(-32));
		});
		const kept = heap() - before;
		assert.equal(parts.length, 200);
		assert.ok(kept < 5_000_000, `${kept} bytes`);
	});
});
