import { strict as assert } from "node:assert";
import { summarizeStatus } from "../../src/api/summaries/status";
import { readStatus, stateTime, type WatchedStatus } from "../../src/watch/reading";
import { HOME, iso, START } from "./support";

/** A status of user-v4, as the API gives it. */
function resource(level: number, energy: object = {}) {
	const at = iso(START);
	return {
		updatedAt: at,
		lastPosition: {
			type: "Feature",
			geometry: { type: "Point", coordinates: [HOME.longitude, HOME.latitude, 500] },
			properties: { updatedAt: at },
		},
		energies: [
			{
				updatedAt: at,
				type: "Electric",
				level,
				autonomy: 180,
				extension: {
					electric: {
						battery: { load: { capacity: 50_000, residual: 30_000 } },
						charging: { plugged: true, status: "InProgress", remainingTime: "PT1H" },
					},
				},
				...energy,
			},
		],
		doorsState: { updatedAt: at, lockedStates: ["Locked"], opening: [{ identifier: "Trunk", state: "Open" }] },
		ignition: { type: "Stop" },
		odometer: { mileage: 12_345.6 },
	};
}

function read(answer: object) {
	const summary: WatchedStatus = summarizeStatus(answer, { speed: "km/h" });
	return readStatus(summary, stateTime(summary) ?? Number.NaN, undefined);
}

describe("watch: what is read of a summary", () => {
	it("is what the status node makes of an answer", () => {
		const reading = read(resource(60));
		assert.equal(reading.updatedAt, START);
		assert.deepEqual([reading.level, reading.range, reading.capacity, reading.residual], [60, 180, 50, 30]);
		assert.deepEqual([reading.plugged, reading.status, reading.endsAt], [true, "InProgress", START + 3_600_000]);
		assert.deepEqual(
			[reading.locked, reading.open, reading.ignition, reading.odometer],
			[true, ["Trunk"], "Stop", 12_345.6],
		);
		assert.deepEqual(reading.spot, { ...HOME, at: START });
		assert.equal(reading.hasTank, false);
	});

	it("leaves out an energy that the level contradicts", () => {
		assert.equal(read(resource(80)).residual, null);
		assert.equal(read(resource(70)).residual, 30);
	});

	it("is nothing where an answer says nothing", () => {
		const reading = readStatus({}, START, undefined);
		assert.deepEqual(
			Object.entries(reading).filter(([, value]) => value !== null && value !== false),
			[
				["updatedAt", START],
				["maintenance", { days: null, distance: null }],
			],
		);
	});
});
