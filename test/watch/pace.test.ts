import { strict as assert } from "node:assert";
import { CHARGING, DAY, HOUR, iso, MINUTE, START, status, Watched } from "./support";

/** Minutes until the next look after a state that is a minute old. */
function wait(changes: Parameters<typeof status>[1], properties: Record<string, unknown> = {}): number {
	const car = new Watched({ events: [], ...properties });
	car.look(status(START - 10 * MINUTE));
	const { next } = car.look(status(START, changes), START + MINUTE);
	return (next.at - START - MINUTE) / MINUTE;
}

describe("watch: when to look next", () => {
	it("is as often as the vehicle's state deserves", () => {
		assert.equal(wait({}), 15);
		assert.equal(wait({ charging: CHARGING }), 5);
		assert.equal(wait({ ignition: "Start", moving: true }), 1);
		assert.equal(wait({ charging: CHARGING }, { charging: 3 }), 3);
	});

	it("grows with the age of what a vehicle sends", () => {
		const car = new Watched({ events: [] });
		car.look(status(START));
		const { next } = car.look(status(START + MINUTE, { ignition: "Start", moving: true }));
		assert.deepEqual([next.state, next.urgency], ["driving", 0]);
		const waits = [5, 10, 40, 100, 400].map((age) => {
			const now = START + (1 + age) * MINUTE;
			return (car.look(null, now).next.at - now) / MINUTE;
		});
		assert.deepEqual(waits, [1, 1, 4, 10, 15]);
	});

	it("is half as often for a vehicle that stands for a day, and a quarter for a week", () => {
		const car = new Watched({ events: [] });
		car.look(status(START));
		const waits = [1, 23, 24, 167, 168].map((hours) => {
			const now = START + hours * HOUR;
			return (car.look(null, now).next.at - now) / MINUTE;
		});
		assert.deepEqual(waits, [15, 15, 30, 30, 60]);
		const { next } = car.look(status(START + 8 * DAY, { charging: { plugged: true, status: "Stopped" } }));
		assert.equal((next.at - START - 8 * DAY - MINUTE) / MINUTE, 15, "and again as often when it was touched");
	});

	it("is when the charge will be over, if that comes first", () => {
		assert.equal(wait({ charging: { ...CHARGING, endsAt: iso(START + 3 * MINUTE) } }), 3);
		assert.equal(wait({ charging: { ...CHARGING, endsAt: iso(START + HOUR) } }), 5);
		assert.equal(wait({ charging: { ...CHARGING, endsAt: iso(START - HOUR) } }), 5);
	});

	it("is when a delayed charge will begin by the car's clock, if it is plugged in", () => {
		const plugged = { plugged: true, status: "Stopped", nextStart: "10:06" };
		assert.equal(wait({ charging: plugged }, { timeZone: "Europe/Berlin" }), 6);
		assert.equal(wait({ charging: plugged }), 15);
		assert.equal(wait({ charging: { ...plugged, plugged: false } }, { timeZone: "Europe/Berlin" }), 15);
	});

	it("comes first for those that drive, charge, or have just changed", () => {
		const urgency = (changes: Parameters<typeof status>[1]) => {
			const car = new Watched({ events: [] });
			car.look(status(START - DAY));
			return car.look(status(START, changes)).next.urgency;
		};
		assert.equal(urgency({ ignition: "Start", moving: true }), 0);
		assert.equal(urgency({ charging: CHARGING }), 1);
		assert.equal(urgency({ doors: { locked: false } }), 2);
		assert.equal(urgency({}), 3);
	});

	it("is known where nothing of the vehicle is", () => {
		const { next, known } = new Watched().look(null, START);
		assert.equal(known, undefined);
		assert.equal(next.at, START + 15 * MINUTE);
	});
});
