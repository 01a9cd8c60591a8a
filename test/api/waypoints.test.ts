import { strict as assert } from "node:assert";
import fc from "fast-check";
import { lineString } from "../../src/api/waypoints";
import { anyAnswer, isPlain } from "./summaries/arbitrary";

const feature = (...coordinates: unknown[]) => ({
	type: "Feature",
	geometry: { type: "Point", coordinates },
	properties: { heading: 12 },
});

describe("waypoints", () => {
	it("become the path of a trip, longitude first, in their order, with the altitude where it is known", () => {
		const path = lineString([feature(8.1, 50.2), feature(8.2, 50.3, 120), { type: "Point", coordinates: [8.3, 50.4] }]);
		assert.deepEqual(path, {
			type: "LineString",
			coordinates: [
				[8.1, 50.2],
				[8.2, 50.3, 120],
				[8.3, 50.4],
			],
		});
	});

	it("that are no places are skipped", () => {
		const broken = [null, 7, "x", [], {}, feature(), feature(8), feature(8, 91), feature(181, 8), feature("a", 1)];
		assert.deepEqual(lineString([...broken, feature(8.5, 50.5, null)]).coordinates, [[8.5, 50.5]]);
	});

	it("that arrive page by page need no array of all", () => {
		function* pages() {
			yield* [feature(1, 2)];
			yield* [feature(3, 4)];
		}
		assert.equal(lineString(pages()).coordinates.length, 2);
	});

	it("none at all are an empty path", () => {
		assert.deepEqual(lineString([]), { type: "LineString", coordinates: [] });
	});

	it("never hold anything but numbers", () => {
		fc.assert(
			fc.property(fc.array(anyAnswer), (positions) => {
				const { coordinates } = lineString(positions);
				assert.ok(coordinates.length <= positions.length);
				assert.ok(coordinates.every((one) => one.every((number) => typeof number === "number") && isPlain(one)));
			}),
		);
	});
});
