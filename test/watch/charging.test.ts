import { strict as assert } from "node:assert";
import { answer } from "../../src/watch/engine";
import { sessionSoFar } from "../../src/watch/rules/charge";
import { withSessions } from "../../src/watch/rules/sessions";
import {
	battery,
	CHARGING,
	DAY,
	HOUR,
	iso,
	kindsOf,
	MINUTE,
	payloadOf,
	START,
	settingsOf,
	status,
	Watched,
} from "./support";

const PLUGGED = { plugged: true, status: "Stopped" };
const FINISHED = { plugged: true, status: "Finished" };

describe("watch: plug and charge", () => {
	it("tells plugged, charging-started, charging-ended and unplugged, each once", () => {
		const car = new Watched();
		assert.deepEqual(car.kinds(status(START)), []);
		assert.deepEqual(car.kinds(status(START + 15 * MINUTE, { charging: PLUGGED })), ["plugged"]);
		assert.deepEqual(car.kinds(status(START + 30 * MINUTE, { charging: CHARGING })), ["charging-started"]);
		assert.deepEqual(car.kinds(status(START + 35 * MINUTE, { charging: CHARGING, battery: battery(62) })), []);
		assert.deepEqual(car.kinds(status(START + 90 * MINUTE, { charging: FINISHED, battery: battery(80) })), [
			"charging-ended",
			"battery-high",
		]);
		assert.deepEqual(
			car.kinds(
				status(START + 2 * HOUR, { charging: { status: "Disconnected", plugged: false }, battery: battery(80) }),
			),
			["unplugged"],
		);
	});

	it("ends a charge when the cable is pulled, also where its status is told no more", () => {
		const car = new Watched();
		car.look(status(START, { charging: CHARGING }));
		const pulled = car.look(status(START + 10 * MINUTE, { charging: { plugged: false, status: null } }));
		assert.deepEqual(kindsOf(pulled.events), ["charging-ended", "unplugged"]);
		assert.equal(payloadOf(pulled.events, "charging-ended").reason, "unplugged");
		const silent = { plugged: null, status: null };
		assert.deepEqual(car.kinds(status(START + 20 * MINUTE, { charging: silent })), []);
		assert.deepEqual(car.kinds(status(START + HOUR, { charging: CHARGING })), ["plugged", "charging-started"]);
	});

	it("measures a charge by what the battery holds", () => {
		const car = new Watched({ price: 0.3, currency: "EUR", efficiency: 80 });
		car.look(status(START));
		car.look(status(START + 10 * MINUTE, { charging: CHARGING, battery: battery(60) }));
		car.look(status(START + 70 * MINUTE, { charging: CHARGING, battery: battery(70) }));
		const { events } = car.look(
			status(START + 75 * MINUTE, { charging: { ...FINISHED, limit: "Partial" }, battery: battery(72) }),
		);
		const { session, ...payload } = payloadOf(events, "charging-ended");
		assert.match(session, /^[\w-]{16}$/);
		assert.deepEqual(payload, {
			startedAt: iso(START + 10 * MINUTE),
			endedAt: iso(START + 75 * MINUTE),
			duration: 65 * 60,
			startLevel: 60,
			endLevel: 72,
			energy: 6,
			drawn: 7.5,
			power: 5.54,
			range: 36,
			odometer: 10_000,
			place: { zone: null, latitude: 48.1, longitude: 11.5, updatedAt: iso(START + 75 * MINUTE) },
			cost: 2.25,
			currency: "EUR",
			reason: "limit",
			source: "status",
		});
	});

	it("shows the charge so far beside the state", () => {
		const car = new Watched({ price: 0.3 });
		car.look(status(START));
		assert.equal(car.look(status(START + 5 * MINUTE)).session, null);
		car.look(status(START + 10 * MINUTE, { charging: CHARGING }));
		const { session } = car.look(status(START + 40 * MINUTE, { charging: CHARGING, battery: battery(64) }));
		assert.equal(session?.energy, 2);
		assert.equal(session?.duration, 30 * 60);
		assert.equal(session?.endedAt, null);
		assert.equal(session?.reason, null);
		assert.equal(car.look(status(START + 45 * MINUTE, { charging: FINISHED, battery: battery(64) })).session, null);
	});

	it("takes the own capacity of a car that tells too little, and level and capacity where the energy contradicts", () => {
		const charged = (properties: Record<string, unknown>, more: object) => {
			const car = new Watched(properties);
			car.look(status(START, { battery: battery(20, more) }));
			car.look(status(START + 5 * MINUTE, { charging: CHARGING, battery: battery(20, more) }));
			const { events } = car.look(status(START + 65 * MINUTE, { charging: FINISHED, battery: battery(40, more) }));
			return payloadOf(events, "charging-ended").energy;
		};
		assert.equal(charged({}, { capacity: 37.2, energy: null }), 7.44);
		assert.equal(charged({ capacity: 50 }, { capacity: 37.2, energy: 9 }), 10);
		assert.equal(charged({}, { energy: 49 }), 10, "an energy far from the level does not count");
		assert.equal(charged({}, { energy: 12, capacity: 50 }), 10, "an energy that stands still does not count");
		assert.equal(charged({}, { energy: null, capacity: null }), null);
	});

	for (const [what, later] of [
		["is told no more after its first minutes", { energy: null }],
		["stands still after its first minutes", { energy: 13 }],
	] as const)
		it(`measures a charge by its level where what the battery holds ${what}`, () => {
			const car = new Watched({ price: 0.3 });
			car.look(status(START, { battery: battery(20) }));
			car.look(status(START + 5 * MINUTE, { charging: CHARGING, battery: battery(26) }));
			for (const level of [36, 46, 70])
				car.look(status(START + level * MINUTE, { charging: CHARGING, battery: battery(level, later) }));
			const { events } = car.look(status(START + 80 * MINUTE, { charging: FINISHED, battery: battery(80, later) }));
			const { energy, drawn, cost } = payloadOf(events, "charging-ended");
			assert.deepEqual([energy, drawn, cost], [30, 33.333, 10]);
		});

	it("measures a charge by what the battery holds where the last state leaves that out, but has the same level", () => {
		const car = new Watched();
		const more = { capacity: null };
		car.look(status(START, { battery: battery(20, more) }));
		car.look(status(START + 5 * MINUTE, { charging: CHARGING, battery: battery(30, more) }));
		const { events } = car.look(
			status(START + 10 * MINUTE, { charging: FINISHED, battery: battery(30, { ...more, energy: null }) }),
		);
		assert.equal(payloadOf(events, "charging-ended").energy, 5);
	});

	it("begins a charge with nothing that was told of another level long before", () => {
		const car = new Watched();
		car.look(status(START, { battery: battery(70) }));
		car.look(status(START + HOUR, { battery: battery(20, { energy: null }), odometer: 10_090 }));
		car.look(
			status(START + 65 * MINUTE, { battery: battery(20, { energy: null }), charging: CHARGING, odometer: 10_090 }),
		);
		const { events } = car.look(
			status(START + 120 * MINUTE, { charging: FINISHED, battery: battery(80), odometer: 10_090 }),
		);
		assert.equal(payloadOf(events, "charging-ended").energy, 30);
	});

	it("says why a charge ended", () => {
		const reason = (level: number, charging: object) => {
			const car = new Watched();
			car.look(status(START));
			car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
			return payloadOf(
				car.look(status(START + 10 * MINUTE, { charging, battery: battery(level) })).events,
				"charging-ended",
			).reason;
		};
		assert.equal(reason(100, FINISHED), "full");
		assert.equal(reason(97, { ...FINISHED, limit: "Full" }), "full");
		assert.equal(reason(80, { ...FINISHED, limit: "Partial" }), "limit");
		assert.equal(reason(80, FINISHED), "limit");
		assert.equal(reason(70, { plugged: false, status: "Disconnected" }), "unplugged");
		assert.equal(reason(70, { plugged: true, status: "Stopped" }), "stopped");
		assert.equal(reason(70, { plugged: true, status: "Failure" }), "failed");
		assert.equal(reason(70, { plugged: true, status: "Paused" }), "unknown");
	});

	it("keeps the session of a charge that resumes within ten minutes, and ends the whole", () => {
		const car = new Watched({ price: 0.25, efficiency: 100 });
		car.look(status(START));
		car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
		const first = car.look(status(START + 35 * MINUTE, { charging: PLUGGED, battery: battery(65) }));
		const resumed = car.look(status(START + 42 * MINUTE, { charging: CHARGING, battery: battery(65) }));
		assert.deepEqual(kindsOf(resumed.events), ["charging-started"]);
		const second = car.look(status(START + 72 * MINUTE, { charging: FINISHED, battery: battery(70) }));
		const [one, other] = [first, second].map(({ events }) => payloadOf(events, "charging-ended"));
		assert.equal(one?.session, other?.session);
		assert.equal(payloadOf(resumed.events, "charging-started").session, one?.session);
		assert.deepEqual([one?.energy, other?.energy], [2.5, 5]);
		assert.deepEqual([one?.cost, other?.cost], [0.625, 1.25]);
		assert.equal(other?.startedAt, iso(START + 5 * MINUTE));
		assert.notEqual(first.events[0]?.event.id, second.events[0]?.event.id);
		assert.deepEqual(car.known?.paid, [[5, 1.25]], "paid once");
	});

	for (const [what, between, after] of [
		["later than that", PLUGGED, 50],
		["after the cable was pulled", { plugged: false, status: "Disconnected" }, 42],
	] as const)
		it(`gives a charge that begins ${what} a session of its own`, () => {
			const car = new Watched();
			car.look(status(START));
			car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
			car.look(status(START + 35 * MINUTE, { charging: between, battery: battery(65) }));
			car.look(status(START + 40 * MINUTE, { charging: PLUGGED, battery: battery(65) }));
			car.look(status(START + after * MINUTE, { charging: CHARGING, battery: battery(65) }));
			const { events } = car.look(status(START + 72 * MINUTE, { charging: FINISHED, battery: battery(70) }));
			const ends = car.events.filter(({ event }) => event.kind === "charging-ended");
			assert.equal(new Set(ends.map(({ payload }) => (payload as { session: string }).session)).size, 2);
			assert.equal(payloadOf(events, "charging-ended").energy, 2.5);
		});

	it("tells nothing of what was seen first, and of a charge that ran then only its end, with null for what nobody knows", () => {
		const car = new Watched({ price: 1 });
		assert.deepEqual(car.kinds(status(START, { charging: CHARGING, battery: battery(40) })), []);
		const { events } = car.look(status(START + HOUR, { charging: FINISHED, battery: battery(70) }));
		const end = payloadOf(events, "charging-ended");
		assert.deepEqual(
			[end.startedAt, end.startLevel, end.energy, end.drawn, end.power, end.duration, end.cost, end.currency],
			Array(8).fill(null),
		);
		assert.equal(end.endLevel, 70);
	});

	it("tells all that is the case at first, if it should", () => {
		const car = new Watched({ firstRun: "all" });
		assert.deepEqual(
			car.kinds(status(START, { charging: CHARGING, battery: battery(10), doors: { open: ["Trunk"], locked: false } })),
			["unlocked", "plugged", "charging-started", "battery-low", "opened"],
		);
	});

	it("tells of a charge that nobody saw what can be known", () => {
		const car = new Watched({ price: 0.2, efficiency: 100 });
		car.look(status(START, { charging: PLUGGED, battery: battery(30) }));
		const at = START + 8 * HOUR;
		const { events } = car.look(
			status(at, { charging: { ...FINISHED, updatedAt: iso(at - HOUR) }, battery: battery(80) }),
		);
		assert.deepEqual(kindsOf(events), ["charging-ended", "battery-high"]);
		const end = payloadOf(events, "charging-ended");
		assert.equal(end.startedAt, null);
		assert.equal(end.endedAt, iso(at - HOUR));
		assert.deepEqual([end.startLevel, end.endLevel, end.energy, end.cost], [30, 80, 25, 5]);
		assert.deepEqual([end.duration, end.power], [null, null]);
	});

	for (const [what, changes] of [
		["drove and wasn't plugged in", { odometer: 10_060, battery: battery(68) }],
		["is a hybrid whose engine charges", { odometer: 10_060, fuel: { level: 40, range: 300 }, battery: battery(90) }],
		["rose less than a charge would", { battery: battery(63) }],
		["rose faster than any charger", { battery: battery(100), updatedAt: iso(START + 2 * MINUTE) }],
		["rose while its range fell", { battery: battery(100, { range: 10, energy: 50 }) }],
	] as const)
		it(`makes no charge of a level that ${what}`, () => {
			const car = new Watched({ events: ["charging-ended", "charging-started"] });
			car.look(status(START, { fuel: "fuel" in changes ? changes.fuel : {} }));
			assert.deepEqual(car.kinds(status(START + 2 * HOUR, changes)), []);
		});

	it("makes no second charge of a level that comes in late", () => {
		const car = new Watched();
		car.look(status(START));
		car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
		car.look(
			status(START + 65 * MINUTE, { charging: { plugged: false, status: "Disconnected" }, battery: battery(66) }),
		);
		assert.deepEqual(car.kinds(status(START + 80 * MINUTE, { battery: battery(74) })), []);
	});

	it("tells both charges where the car drove between two looks", () => {
		const car = new Watched();
		car.look(status(START));
		car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
		const at = START + 6 * HOUR;
		const { events } = car.look(status(at, { charging: CHARGING, odometer: 10_040, battery: battery(50) }));
		assert.deepEqual(kindsOf(events), ["charging-ended", "unplugged", "plugged", "charging-started"]);
		const end = payloadOf(events, "charging-ended");
		assert.deepEqual([end.energy, end.endedAt, end.reason], [null, null, "unplugged"]);
		assert.notEqual(payloadOf(events, "charging-started").session, end.session);
	});

	it("believes no cable while the car drives", () => {
		const car = new Watched();
		car.look(status(START));
		const drives = { ignition: "Start", moving: true, odometer: 10_003 };
		assert.deepEqual(car.kinds(status(START + 15 * MINUTE, { ...drives, charging: CHARGING })), ["driving-started"]);
	});

	it("tells once of a cable that was seen before the end of the drive was told", () => {
		for (const untold of [{ ignition: null, moving: null }, { suspect: ["ignition"] }]) {
			const car = new Watched();
			car.look(status(START));
			car.look(status(START + 15 * MINUTE, { ignition: "Start", moving: true, odometer: 10_010 }));
			const parked = { odometer: 10_020, charging: CHARGING };
			const plugged = status(START + 30 * MINUTE, { ...parked, ...untold });
			assert.deepEqual(car.kinds(plugged), ["plugged", "charging-started"]);
			assert.deepEqual(car.kinds(status(START + 35 * MINUTE, { ...parked, ...untold })), []);
			assert.deepEqual(car.kinds(status(START + 40 * MINUTE, parked)), ["driving-ended"]);
		}
	});

	it("tells of another cable after a drive when that is over, where none was told in between", () => {
		const car = new Watched();
		car.look(status(START, { charging: PLUGGED }));
		const drive = { ignition: "Start", charging: PLUGGED };
		assert.deepEqual(car.kinds(status(START + 5 * MINUTE, { ...drive, moving: true, odometer: 10_003 })), [
			"driving-started",
		]);
		assert.deepEqual(car.kinds(status(START + 6 * MINUTE, { ...drive, moving: false, odometer: 10_003 })), []);
		assert.deepEqual(car.kinds(status(START + 10 * MINUTE, { charging: PLUGGED, odometer: 10_003 })), [
			"unplugged",
			"driving-ended",
			"plugged",
		]);
	});

	it("ends a charge whose block is stale while the car drives with what the battery held at its end", () => {
		const car = new Watched();
		car.look(status(START));
		car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
		car.look(status(START + 25 * MINUTE, { charging: CHARGING, battery: battery(66) }));
		const drives = { ignition: "Start", moving: true };
		car.look(status(START + 30 * MINUTE, { ...drives, charging: CHARGING, odometer: 10_002, battery: battery(64) }));
		const { events } = car.look(status(START + 40 * MINUTE, { ...drives, odometer: 10_010, battery: battery(60) }));
		const end = payloadOf(events, "charging-ended");
		assert.deepEqual([end.endLevel, end.energy, end.reason], [66, 3, "unplugged"]);
	});

	it("tells a failure only where no charge had started", () => {
		const car = new Watched();
		car.look(status(START));
		const failure = { plugged: true, status: "Failure" };
		assert.deepEqual(car.kinds(status(START + 5 * MINUTE, { charging: failure })), ["plugged", "charging-failed"]);
		assert.deepEqual(car.kinds(status(START + 10 * MINUTE, { charging: failure })), []);
		car.look(status(START + 15 * MINUTE, { charging: CHARGING }));
		assert.deepEqual(car.kinds(status(START + 20 * MINUTE, { charging: failure })), ["charging-ended"]);
	});

	it("tells no failure of a cable on which a charge has ended long before, but of the next one", () => {
		const car = new Watched({ events: ["charging-failed", "charging-ended"] });
		const failure = { plugged: true, status: "Failure" };
		const unplugged = { plugged: false, status: "Disconnected" };
		car.look(status(START));
		car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
		assert.deepEqual(car.kinds(status(START + 10 * MINUTE, { charging: PLUGGED })), ["charging-ended"]);
		assert.deepEqual(car.kinds(status(START + HOUR, { charging: failure })), []);
		car.look(status(START + 65 * MINUTE, { charging: PLUGGED }));
		assert.deepEqual(car.kinds(status(START + 70 * MINUTE, { charging: failure })), []);
		car.look(status(START + 75 * MINUTE, { charging: CHARGING }));
		assert.deepEqual(car.kinds(status(START + 80 * MINUTE, { charging: unplugged })), ["charging-ended"]);
		assert.deepEqual(car.kinds(status(START + 85 * MINUTE, { charging: failure })), ["charging-failed"]);
	});

	it("reads plugged from the status where the plug isn't told", () => {
		const car = new Watched();
		car.look(status(START, { charging: { plugged: null, status: "Disconnected" } }));
		assert.deepEqual(car.kinds(status(START + 5 * MINUTE, { charging: { plugged: null, status: "Stopped" } })), [
			"plugged",
		]);
		assert.deepEqual(car.kinds(status(START + 10 * MINUTE, { charging: { plugged: null, status: null } })), []);
		assert.deepEqual(car.kinds(status(START + 15 * MINUTE, { charging: { plugged: null, status: "Disconnected" } })), [
			"unplugged",
		]);
	});

	it("charges at the zone's price where there is one", () => {
		const zones = [
			{ name: "town", latitude: 48.1, longitude: 11.5, radius: 5000, price: 9 },
			{ name: "home", latitude: 48.1, longitude: 11.5, price: "0.1" },
		];
		const car = new Watched({ price: 1, zones, efficiency: 100 });
		car.look(status(START));
		car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
		const { events } = car.look(status(START + 65 * MINUTE, { charging: FINISHED, battery: battery(80) }));
		const end = payloadOf(events, "charging-ended");
		assert.equal(end.place.zone, "home");
		assert.equal(end.cost, 1);
	});

	it("spreads the energy evenly between looks over the rows of the price", () => {
		const price = [{ from: "22:00", to: "06:00", price: 0.1 }, { price: 0.4 }];
		const car = new Watched({ price, timeZone: "Europe/Berlin", efficiency: 100 });
		const evening = Date.parse("2026-05-04T19:00:00Z"); // 21:00 there
		car.look(status(evening - 10 * MINUTE, { battery: battery(50) }));
		const charging = { ...CHARGING, updatedAt: iso(evening) };
		car.look(status(evening, { charging, battery: battery(50) }));
		const { events } = car.look(status(evening + 2 * HOUR, { charging: FINISHED, battery: battery(70) }));
		assert.equal(payloadOf(events, "charging-ended").cost, 2.5);
	});

	it("has no cost where a part of the charge has no price, nor where none is set", () => {
		const cost = (price: unknown) => {
			const car = new Watched({ price });
			car.look(status(START));
			car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
			return payloadOf(
				car.look(status(START + 3 * HOUR, { charging: FINISHED, battery: battery(80) })).events,
				"charging-ended",
			).cost;
		};
		assert.equal(cost([{ from: "08:00", to: "09:00", price: 0.1 }]), null);
		assert.equal(cost(""), null);
	});

	it("gives trips the mean price of the last charges", () => {
		const car = new Watched({ price: 0.3, efficiency: 75, currency: "EUR" });
		car.look(status(START));
		car.look(status(START + 5 * MINUTE, { charging: CHARGING }));
		car.look(status(START + 65 * MINUTE, { charging: FINISHED, battery: battery(80) }));
		car.look(status(START + 2 * HOUR, { odometer: 10_030, battery: battery(70) }));
		const trip = {
			id: "t",
			startedAt: iso(START + 80 * MINUTE),
			stoppedAt: iso(START + 110 * MINUTE),
			distance: 30,
			electric: { consumption: 5 },
		};
		const { events } = answer(car.known as never, { trips: [trip] }, { ...car.context, now: START + 125 * MINUTE });
		const { cost, currency, source, ...rest } = payloadOf(events, "trip-ended");
		assert.deepEqual({ cost, currency, source }, { cost: 2, currency: "EUR", source: "trips" });
		assert.deepEqual(rest, trip, "the trip as it came");
	});
});

describe("watch: charging sessions of the API", () => {
	function charged() {
		const car = new Watched({ price: 0.5, efficiency: 100 }, { hasSessions: true });
		car.look(status(START));
		car.look(status(START + 15 * MINUTE, { charging: CHARGING, battery: battery(62) }));
		const last = car.look(status(START + 2 * HOUR, { charging: FINISHED, battery: battery(80) }));
		return { car, last };
	}
	const session = {
		start: iso(START + 3 * MINUTE),
		end: iso(START + 110 * MINUTE),
		startEnergy: { level: 59 },
		endEnergy: { level: 80 },
		gain: { power: 11_000, autonomy: 66 },
		finishReason: "Finished",
	};

	it("are wished for when a charge has ended, where the API has them", () => {
		const { car, last } = charged();
		assert.deepEqual(last.wants.sessions, { since: iso(START + 15 * MINUTE - 30 * MINUTE) });
		assert.equal(car.look(status(START + 3 * HOUR, { charging: FINISHED, battery: battery(80) })).wants.sessions, null);
	});

	it("are the source where one fits", () => {
		const { car, last } = charged();
		const context = { settings: car.context.settings, pricing: car.context.pricing, now: START + 2 * HOUR };
		const { events, known } = withSessions(last.known as never, last.events, [session], context);
		const end = payloadOf(events, "charging-ended");
		assert.deepEqual(
			[end.source, end.energy, end.cost, end.range, end.startedAt, end.endedAt, end.startLevel, end.duration],
			["sessions", 11, 5.5, 66, session.start, session.end, 59, 107 * 60],
		);
		assert.equal(events[0]?.event.id, last.events[0]?.event.id);
		assert.deepEqual(known.paid, [[11, 5.5]]);
	});

	it("tell the reason in our words, and none that nobody knows", () => {
		const reason = (finishReason: string) => {
			const { car, last } = charged();
			const context = { settings: car.context.settings, pricing: car.context.pricing, now: START + 2 * HOUR };
			const events = last.events.map((one) => ({ ...one, payload: { ...one.payload, reason: "unknown" } }));
			const told = withSessions(last.known as never, events as never, [{ ...session, finishReason }], context);
			return payloadOf(told.events, "charging-ended").reason;
		};
		assert.deepEqual(["Stopped", "NewReason", "constructor"].map(reason), ["stopped", "unknown", "unknown"]);
	});

	it("leave the end as it was seen where none fits", () => {
		const { car, last } = charged();
		const context = { settings: car.context.settings, pricing: car.context.pricing, now: START + 2 * HOUR };
		const others = [
			{ ...session, start: iso(START - DAY), end: iso(START - DAY + HOUR) },
			{ ...session, end: null },
			null,
			{ ...session, end: iso(START + 20 * MINUTE) },
		];
		assert.deepEqual(withSessions(last.known as never, last.events, others, context).events, last.events);
	});

	for (const hours of [0.5, 1, 5, 20])
		it(`are the source of a charge that nobody saw, and that ended ${hours} h before the look`, () => {
			const price = [{ from: "00:00", to: "06:00", price: 0.1 }, { price: 0.3 }];
			const car = new Watched({ price, efficiency: 100 }, { hasSessions: true });
			car.look(status(START, { battery: battery(40) }));
			const { known, events } = car.look(status(START + DAY, { battery: battery(62) }));
			const end = START + DAY - hours * HOUR;
			const own = { start: iso(end - 3 * HOUR), end: iso(end), gain: { power: 11_000 } };
			const { settings, pricing } = car.context;
			const now = START + DAY + MINUTE;
			const found = [own, { ...own, start: iso(START - DAY), end: iso(START - HOUR) }];
			const told = withSessions(known as never, events, found, { settings, pricing, now });
			const { source, startedAt, endedAt, duration, power, cost } = payloadOf(told.events, "charging-ended");
			assert.deepEqual([source, startedAt, endedAt, duration, power], ["sessions", own.start, own.end, 10_800, 3.67]);
			const dear = { 0.5: 1.5, 1: 1, 5: 0, 20: 3 }[hours] ?? Number.NaN;
			assert.equal(cost, Math.round((0.1 * (3 - dear) + 0.3 * dear) * (11 / 3) * 10_000) / 10_000);
		});

	it("tell nothing of a vehicle that isn't charging", () => {
		const car = new Watched();
		car.look(status(START));
		assert.equal(sessionSoFar(car.known as never, settingsOf()), null);
	});
});
