import assert from "node:assert/strict";
import { RenewalPauses } from "../../src/transport/renewal-pauses";

const at = (path: string) => new URL(`https://api.example/connectedcar/v4${path}`);

describe("a vehicle that is refused with a renewed sign-in", () => {
	let now: number;
	let pauses: RenewalPauses;
	beforeEach(() => {
		now = 1_000;
		pauses = new RenewalPauses(() => now);
	});

	it("costs no renewal for minutes, whatever is read of it, and the others are left alone", () => {
		pauses.add(at("/user/vehicles/a/status?x=1"));
		assert.ok(pauses.has(at("/user/vehicles/a/status")));
		assert.ok(pauses.has(at("/user/vehicles/a/trips/7/alerts")));
		assert.ok(!pauses.has(at("/user/vehicles/b/status")));
		assert.ok(!pauses.has(at("/user/vehicles/ab")));
		assert.ok(!pauses.has(at("/user/vehicles")));
		assert.ok(!pauses.has(at("/user")));
		now += 4 * 60_000;
		assert.ok(pauses.has(at("/user/vehicles/a")));
		now += 2 * 60_000;
		assert.ok(!pauses.has(at("/user/vehicles/a")));
	});

	it("waits longer each time, up to an hour, until it is open again", () => {
		const minutes = () => {
			let passed = 0;
			for (; pauses.has(at("/fleets/f/vehicles/a")); passed++) now += 60_000;
			return passed;
		};
		const waited = Array.from({ length: 6 }, () => {
			pauses.add(at("/fleets/f/vehicles/a/status"));
			return minutes();
		});
		assert.deepEqual(waited, [5, 10, 20, 40, 60, 60]);
		pauses.delete(at("/fleets/f/vehicles/a"));
		pauses.add(at("/fleets/f/vehicles/a"));
		assert.equal(minutes(), 5);
	});

	it("holds for a path without a vehicle as it stands", () => {
		pauses.add(at("/user/callbacks"));
		assert.ok(pauses.has(at("/user/callbacks")));
		assert.ok(!pauses.has(at("/user")));
	});

	it("remembers no more than a thousand", () => {
		for (let n = 0; n < 1001; n++) pauses.add(at(`/user/vehicles/v${n}`));
		assert.ok(!pauses.has(at("/user/vehicles/v0")));
		assert.ok(pauses.has(at("/user/vehicles/v1")));
	});
});
