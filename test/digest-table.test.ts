import assert from "node:assert/strict";
import { digestOf } from "../src/digest";
import { DigestMap, DigestSet } from "../src/digest-table";

const textOf = (index: number) => `https://api.example/vehicles/${index.toString(16).padStart(32, "0")}`;

describe("what is remembered against repeats", () => {
	it("is exact, with at most 33 bytes an item", () => {
		const set = new DigestSet();
		for (let index = 0; index < 100_000; index++) {
			const digest = digestOf(textOf(index));
			assert.equal(set.has(digest), false);
			set.add(digest);
			set.add(digest);
			if (index >= 1_000) assert.ok(set.bytes <= 33 * set.size, `${set.bytes / set.size} bytes`);
		}
		assert.equal(set.size, 100_000);
		for (let index = 0; index < 100_000; index++) assert.ok(set.has(digestOf(textOf(index))));
		for (let index = 100_000; index < 110_000; index++) assert.ok(!set.has(digestOf(textOf(index))));
	});

	it("may bring a number along, which can be another one later", () => {
		const map = new DigestMap();
		for (let index = 0; index < 10_000; index++) map.set(digestOf(textOf(index)), index);
		for (let index = 0; index < 10_000; index += 2) map.set(digestOf(textOf(index)), -index);
		assert.equal(map.size, 10_000);
		for (let index = 0; index < 10_000; index++)
			assert.equal(map.get(digestOf(textOf(index))), index % 2 === 0 ? 0 - index : index);
		assert.equal(map.get(digestOf(textOf(10_000))), undefined);
		assert.equal(map.has(digestOf(textOf(10_000))), false);
	});

	it("tells digests apart that begin alike, at the end of its memory too", () => {
		const set = new DigestSet();
		const digests = [1, -1, 511].flatMap((first) =>
			[0, 1].flatMap((third) => [0, 7].map((fourth) => ({ first, second: 0, third, fourth }))),
		);
		for (const [place, digest] of digests.entries()) {
			set.add(digest);
			assert.deepEqual(
				digests.map((each) => set.has(each)),
				digests.map((_, other) => other <= place),
			);
		}
	});

	it("takes no two texts for one, however alike they are", () => {
		const texts = new Set<string>();
		for (let length = 0; length <= 20; length++)
			for (const unit of ["a", "b", "\0", "\u0100", "\ud800"])
				for (let place = 0; place <= length; place++)
					texts.add("a".repeat(place) + unit + "a".repeat(length - place)).add(unit.repeat(length));
		const digests = new Set([...texts].map((text) => Object.values(digestOf(text)).join()));
		assert.equal(digests.size, texts.size);
	});
});
