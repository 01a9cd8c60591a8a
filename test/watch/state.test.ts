import { strict as assert } from "node:assert";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { look } from "../../src/watch/engine";
import { blank, type Known, loadKnown, saveKnown } from "../../src/watch/state";
import { CHARGING, HOUR, START, settingsOf, status, Watched } from "./support";

/** More than any vehicle has. */
function fullest(): Known {
	const spot = { latitude: -48.123456789012, longitude: -111.123456789012, at: START };
	const ends = { since: START, startedAt: START, odometer: 123_456.789, spot, level: 66.123456, residual: 44.1234 };
	const stops = { stopOdometer: 123_999.999, stopSpot: spot, stopLevel: 55.123456, stopResidual: 33.1234 };
	const waits = { endedAt: START, until: START, found: 123.456, unseen: false, seenAt: START, asked: 4 };
	return {
		...blank(START, START),
		...{
			batteryAt: START,
			level: 66.666666,
			range: 321.123456,
			capacity: 77.123456,
			residual: 55.1234,
			chargingAt: START,
		},
		...{
			plugged: false,
			status: "A".repeat(30),
			endsAt: START,
			nextStart: 1439,
			session: "s".repeat(16),
			driving: false,
		},
		charge: {
			...{
				session: "s".repeat(16),
				startedAt: START,
				startLevel: 10.123456,
				startRange: 100.123456,
				startResidual: 10.1234,
			},
			...{ level: 80.123456, range: 300.123456, residual: 60.1234, levelAt: START, residualAt: START },
			...{
				byLevel: 1234.1234,
				byResidual: 1234.1234,
				odometer: 123_456.789,
				ended: { at: START, seen: START, paid: false },
			},
		},
		paid: Array.from({ length: 5 }, () => [55.123, 22.1234]),
		...{
			drive: ends,
			odometer: 123_456.789,
			pending: [0, 1].map(() => ({ ...ends, ...stops, ...waits })),
			trippedAt: START,
			spot,
		},
		...{ inside: "abcd".repeat(4), outside: "abcd".repeat(96), doorsAt: START, locked: false },
		open: ["Driver", "Passenger", "RearLeft", "RearRight", "RearWindow", "Trunk", "Hood"],
		...{ climateAt: START, climate: "Disabled", privacy: "Geolocation" },
		...{ low: { threshold: 12.5, told: false }, high: { threshold: 87.5, told: false } },
		alerts: { askedAt: START, active: Array(12).fill("12345678"), upTo: START, oldest: START },
		maintenance: { askedAt: START, due: false },
	};
}

describe("watch: what is known of a vehicle", () => {
	it("is plain JSON that comes back as it was", () => {
		const known = fullest();
		assert.deepEqual(loadKnown(JSON.parse(JSON.stringify(saveKnown(known)))), known);
	});

	it("takes less than 2 kB where a vehicle has everything, and a third of that on a usual day", () => {
		const bytes = Buffer.byteLength(JSON.stringify(saveKnown(fullest())));
		assert.ok(bytes < 2000, `${bytes} bytes`);
		const car = new Watched();
		car.look(status(START));
		car.look(status(START + HOUR, { charging: CHARGING }));
		const usual = Buffer.byteLength(JSON.stringify(saveKnown(car.known as Known)));
		assert.ok(usual < 700, `${usual} bytes`);
	});

	it("is forgotten where it can't be read, or is of a newer version", () => {
		const known = fullest();
		const saved = saveKnown(known) as unknown[];
		for (const broken of [
			undefined,
			null,
			"x",
			[],
			{},
			[2, ...saved.slice(1)],
			saved.slice(0, 20),
			[...saved.slice(0, 6), "60"],
		])
			assert.equal(loadKnown(broken), undefined);
	});

	it("takes less than 3 kB of memory a vehicle, so that 10,000 fit into 30 MB", () => {
		setFlagsFromString("--expose-gc");
		const collect: () => void = runInNewContext("gc");
		const settings = settingsOf();
		const all: (Known | undefined)[] = [];
		collect();
		const before = process.memoryUsage().heapUsed;
		for (let index = 0; index < 1000; index++) {
			const context = { vehicle: `VF3${index}`, now: START, settings, pricing: null };
			const first = look(undefined, status(START + index), context).known;
			all.push(look(first, status(START + HOUR + index, { charging: CHARGING }), context).known);
		}
		collect();
		const used = (process.memoryUsage().heapUsed - before) / all.length;
		assert.ok(used < 3000, `${used.toFixed(0)} bytes`);
	});
});
