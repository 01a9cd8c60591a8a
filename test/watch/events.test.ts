import { strict as assert } from "node:assert";
import { answer } from "../../src/watch/engine";
import { EVENT_KINDS } from "../../src/watch/events";
import type { Known } from "../../src/watch/state";
import {
	battery,
	CHARGING,
	DAY,
	HOME,
	HOUR,
	iso,
	kindsOf,
	MINUTE,
	payloadOf,
	START,
	status,
	Watched,
	WORK,
} from "./support";

describe("watch: doors, climate, privacy", () => {
	it("tells what was locked, unlocked, opened and closed", () => {
		const car = new Watched();
		car.look(status(START));
		const first = car.look(status(START + MINUTE, { doors: { locked: false, open: ["Driver", "Trunk"] } }));
		assert.deepEqual(kindsOf(first.events), ["unlocked", "opened"]);
		const opened = { opened: ["Driver", "Trunk"], closed: [], open: ["Driver", "Trunk"] };
		assert.deepEqual(payloadOf(first.events, "opened"), opened);
		const second = car.look(status(START + 2 * MINUTE, { doors: { locked: true, open: ["Trunk", "Hood"] } }));
		assert.deepEqual(kindsOf(second.events), ["locked", "opened", "closed"]);
		assert.deepEqual(payloadOf(second.events, "closed"), {
			opened: ["Hood"],
			closed: ["Driver"],
			open: ["Hood", "Trunk"],
		});
	});

	it("makes nothing of doors that aren't told", () => {
		const car = new Watched();
		car.look(status(START, { doors: { locked: false, open: ["Driver"] } }));
		assert.deepEqual(car.kinds(status(START + MINUTE, { doors: { locked: null, open: null } })), []);
		assert.deepEqual(car.kinds(status(START + 2 * MINUTE, { doors: { locked: null, open: [], updatedAt: null } })), []);
		assert.deepEqual(
			car.kinds(status(START + 3 * MINUTE, { doors: { locked: false, open: [] }, suspect: ["doors.open"] })),
			[],
		);
		assert.deepEqual(car.kinds(status(START + 4 * MINUTE, { doors: { locked: false, open: [] } })), ["closed"]);
	});

	it("tells climate that starts and ends, for whatever reason", () => {
		const car = new Watched();
		car.look(status(START));
		assert.deepEqual(car.kinds(status(START + MINUTE, { climate: { status: "Failure" } })), []);
		assert.deepEqual(car.kinds(status(START + 2 * MINUTE, { climate: { status: "Enabled" } })), ["climate-started"]);
		const { events } = car.look(
			status(START + 3 * MINUTE, { climate: { status: "Failure", failureCause: "LowBattery" } }),
		);
		assert.deepEqual(payloadOf(events, "climate-ended"), { status: "Failure", failureCause: "LowBattery" });
	});

	it("tells privacy that is turned on and off", () => {
		const car = new Watched();
		car.look(status(START));
		assert.deepEqual(car.kinds(status(START + MINUTE, { privacy: "Geolocation" })), ["privacy-on"]);
		assert.deepEqual(car.kinds(status(START + 2 * MINUTE, { privacy: "Full" })), []);
		assert.deepEqual(car.kinds(status(START + 3 * MINUTE, { privacy: null })), []);
		assert.deepEqual(car.kinds(status(START + 4 * MINUTE)), ["privacy-off"]);
	});
});

describe("watch: battery thresholds", () => {
	const levels = (properties: object, ...row: number[]) => {
		const car = new Watched({ events: ["battery-low", "battery-high"], ...properties });
		return row.map((level, index) => car.kinds(status(START + index * MINUTE, { battery: battery(level) })).join());
	};
	for (const [what, properties, row, told] of [
		["falls below low", {}, [21, 20, 19, 18], ["", "", "battery-low", ""]],
		["rises to high", {}, [79, 80, 81], ["", "battery-high", ""]],
		["flickers about low", {}, [21, 19, 21, 19, 22, 19], ["", "battery-low", "", "", "", "battery-low"]],
		["flickers about high", {}, [79, 80, 79, 80, 78, 80], ["", "battery-high", "", "", "", "battery-high"]],
		["is low at first", {}, [10, 9, 30, 10], ["", "", "", "battery-low"]],
		["is low at first and all is told", { firstRun: "all" }, [10, 9], ["battery-low", ""]],
		["has no thresholds", { low: "", high: "" }, [50, 5, 95], ["", "", ""]],
	] as const)
		it(`where a level ${what}`, () => {
			assert.deepEqual(levels(properties, ...row), told);
		});

	it("are seen for the first time when they were changed", () => {
		const car = new Watched({ low: 20 });
		car.look(status(START, { battery: battery(40) }));
		const other = new Watched({ low: 50 });
		other.known = car.known;
		assert.deepEqual(other.kinds(status(START + MINUTE, { battery: battery(40) })), []);
		assert.deepEqual(other.kinds(status(START + 2 * MINUTE, { battery: battery(60) })), []);
		assert.deepEqual(other.kinds(status(START + 3 * MINUTE, { battery: battery(49) })), ["battery-low"]);
	});
});

describe("watch: zones", () => {
	const home = { name: "home", ...HOME, radius: 150 };
	/** So many metres north of home. */
	const north = (metres: number) => ({
		position: { latitude: HOME.latitude + metres / 111_195, longitude: HOME.longitude },
	});

	it("are entered at their radius and left 50 m beyond", () => {
		const car = new Watched({ zones: [home] });
		const told = [400, 160, 140, 160, 190, 210, 190, 140].map((metres, index) =>
			car.kinds(status(START + index * MINUTE, north(metres))).join(),
		);
		assert.deepEqual(told, ["", "", "zone-entered", "", "", "zone-left", "", "zone-entered"]);
		assert.equal(car.events[0]?.payload && (car.events[0].payload as { zone: string }).zone, "home");
	});

	it("are left before others are entered", () => {
		const car = new Watched({ zones: [home, { name: "work", ...WORK }] });
		car.look(status(START));
		const { events } = car.look(status(START + HOUR, { position: WORK }));
		assert.deepEqual(kindsOf(events), ["zone-left", "zone-entered"]);
		assert.deepEqual(payloadOf(events, "zone-entered"), { zone: "work", ...WORK });
	});

	it("are new when they are set or moved, and told at once if all is", () => {
		const without = new Watched();
		without.look(status(START));
		const car = new Watched({ zones: [home] });
		car.known = without.known;
		assert.deepEqual(car.kinds(status(START + MINUTE)), []);
		assert.deepEqual(car.kinds(status(START + HOUR, { position: WORK })), ["zone-left"]);
		const moved = new Watched({ zones: [{ ...home, ...WORK }] });
		moved.known = car.known;
		assert.deepEqual(moved.kinds(status(START + 2 * HOUR, { position: WORK })), []);
		const all = new Watched({ zones: [home], firstRun: "all", events: ["zone-entered"] });
		assert.deepEqual(all.kinds(status(START)), ["zone-entered"]);
	});

	it("two of one place are told each, with ids of their own", () => {
		const car = new Watched({ zones: [home, { ...home, name: "street" }] });
		car.look(status(START, { position: WORK }));
		const { events } = car.look(status(START + HOUR));
		assert.equal(new Set(events.map(({ event }) => event.id)).size, 2);
	});
});

describe("watch: silence", () => {
	it("is told after a day of a car that is plugged in, and that it is over", () => {
		const car = new Watched();
		car.look(status(START, { charging: { plugged: true, status: "Stopped" } }));
		assert.deepEqual(car.kinds(null, START + DAY), []);
		const { events } = car.look(null, START + DAY + MINUTE);
		assert.deepEqual(payloadOf(events, "stale"), { updatedAt: iso(START) });
		assert.deepEqual(car.kinds(null, START + 2 * DAY), []);
		assert.deepEqual(car.kinds(status(START + 3 * DAY, { charging: { plugged: true, status: "Stopped" } })), ["fresh"]);
	});

	it("of a parked car is told after eight days, or never", () => {
		const car = new Watched();
		car.look(status(START));
		assert.deepEqual(car.kinds(null, START + 8 * DAY), []);
		assert.deepEqual(car.kinds(null, START + 8 * DAY + MINUTE), ["stale"]);
		const never = new Watched({ staleAfter: "" });
		never.look(status(START));
		assert.deepEqual(never.kinds(null, START + 300 * DAY), []);
	});

	it("is told of a newer state that is too old itself, and at first if all is", () => {
		const plugged = { charging: { plugged: true, status: "Stopped" } };
		const car = new Watched();
		car.look(status(START, plugged));
		assert.deepEqual(car.kinds(status(START + HOUR, plugged), START + 3 * DAY), ["stale"]);
		assert.deepEqual(car.kinds(status(START + 2 * HOUR, plugged), START + 3 * DAY), []);
		assert.deepEqual(car.kinds(status(START + 3 * DAY, plugged)), ["fresh"]);
		const events = ["stale", "fresh"];
		assert.deepEqual(new Watched({ events }).kinds(status(START, plugged), START + 3 * DAY), []);
		assert.deepEqual(new Watched({ events, firstRun: "all" }).kinds(status(START, plugged), START + 3 * DAY), [
			"stale",
		]);
	});

	it("has the same id however often it is noticed", () => {
		const car = new Watched();
		car.look(status(START));
		const before = car.known;
		const ids = [9, 10].map((days) => {
			car.known = before;
			return car.look(null, START + days * DAY).events[0]?.event.id;
		});
		assert.equal(ids[0], ids[1]);
	});
});

describe("watch: alerts and maintenance", () => {
	const alert = (id: string, active: boolean, at: number) => ({
		id,
		type: "LowTirePressure",
		active,
		startedAt: iso(at),
		...(active ? {} : { endAt: iso(at + HOUR) }),
	});

	function asked(car: Watched, now: number, alerts: readonly unknown[] | null) {
		const result = answer(car.known as Known, { alerts }, { ...car.context, now });
		car.known = result.known;
		return result.events;
	}

	it("alerts are asked for hourly, only if they are chosen", () => {
		const car = new Watched();
		assert.equal(car.look(status(START)).wants.alerts, true);
		asked(car, START + MINUTE, []);
		assert.equal(car.look(null, START + HOUR).wants.alerts, false);
		assert.equal(car.look(null, START + HOUR + MINUTE).wants.alerts, true);
		asked(car, START + HOUR + MINUTE, null);
		assert.equal(car.look(null, START + HOUR + 2 * MINUTE).wants.alerts, false, "failed for an hour, too");
		assert.equal(new Watched({ events: ["plugged"] }).look(status(START)).wants.alerts, false);
		const spared = new Watched({}, { stretch: 3 });
		spared.known = car.known;
		assert.equal(spared.look(null, START + 3 * HOUR).wants.alerts, false);
		assert.equal(spared.look(null, START + 4 * HOUR + MINUTE).wants.alerts, true);
	});

	it("alerts start and end once, those of one pause, too", () => {
		const car = new Watched();
		car.look(status(START));
		assert.deepEqual(asked(car, START, [alert("a", true, START - DAY)]), []);
		const first = asked(car, START + 3 * HOUR, [alert("b", true, START + HOUR), alert("a", true, START - DAY)]);
		assert.deepEqual(payloadOf(first, "alert-started"), alert("b", true, START + HOUR));
		assert.deepEqual(asked(car, START + 4 * HOUR, [alert("b", true, START + HOUR)]), []);
		const ended = asked(car, START + 5 * HOUR, [
			alert("c", false, START + 4 * HOUR),
			alert("b", true, START + HOUR),
			alert("a", false, START - DAY),
		]);
		assert.deepEqual(kindsOf(ended), ["alert-started", "alert-ended", "alert-ended"]);
		assert.equal(new Set(ended.map(({ event }) => event.id)).size, 3);
		assert.deepEqual(
			asked(car, START - DAY, [alert("c", false, START + 4 * HOUR)]),
			[],
			"though our clock was set back",
		);
		assert.deepEqual(asked(car, START + 6 * HOUR, [alert("a", false, START - DAY), null, 7, {}]), []);
	});

	it("alerts and maintenance have the same id when they are told again beside a newer state", () => {
		const found = {
			alerts: [alert("a", true, START + HOUR), alert("b", false, START + HOUR)],
			maintenance: { days: 20, distance: 5000 },
		};
		const car = new Watched();
		car.look(status(START));
		const calm = { alerts: [], maintenance: { days: 100, distance: 5000 } };
		car.known = answer(car.known as Known, calm, { ...car.context, now: START }).known;
		const ids = [0, 3].map((later) => {
			const { known } = later === 0 ? car : car.look(status(START + later * HOUR));
			const { events } = answer(known as Known, found, { ...car.context, now: START + (25 + later) * HOUR });
			assert.deepEqual(kindsOf(events), ["alert-started", "alert-started", "alert-ended", "maintenance-due"]);
			return events.map(({ event }) => event.id);
		});
		assert.deepEqual(ids[1], ids[0]);
	});

	it("an alert of a car whose clock is ahead is told once, and hides none of the others", () => {
		const car = new Watched();
		car.look(status(START));
		asked(car, START, []);
		const ahead = alert("ahead", true, START + 400 * DAY);
		assert.deepEqual(kindsOf(asked(car, START + HOUR, [ahead])), ["alert-started"]);
		const over = alert("ahead", false, START + 400 * DAY);
		const events = asked(car, START + 3 * HOUR, [alert("b", false, START + HOUR), over]);
		assert.deepEqual(kindsOf(events), ["alert-started", "alert-ended", "alert-ended"]);
		assert.deepEqual(asked(car, START + 4 * HOUR, [alert("b", false, START + HOUR), over]), []);
	});

	for (const order of ["newest", "oldest"])
		it(`of more than twelve active alerts, ${order} first, each starts once and ends`, () => {
			const car = new Watched();
			car.look(status(START));
			const told = (now: number, count: number, ...ended: number[]) => {
				const all = Array.from({ length: count }, (_, index) =>
					alert(`a${index}`, !ended.includes(index), START + (index - 20) * MINUTE),
				);
				const found = order === "newest" ? all.toReversed() : all;
				return asked(car, now, found).map(({ event, payload }) => [event.kind, (payload as { id: string }).id]);
			};
			assert.deepEqual(told(START, 12), []);
			assert.deepEqual(told(START + HOUR, 14), [
				["alert-started", "a12"],
				["alert-started", "a13"],
			]);
			assert.deepEqual(told(START + 2 * HOUR, 14), []);
			assert.deepEqual(told(START + 3 * HOUR, 14, 5, 6), [
				["alert-ended", "a5"],
				["alert-ended", "a6"],
			]);
			assert.deepEqual(told(START + 4 * HOUR, 14, 0, 5, 6), [["alert-ended", "a0"]]);
		});

	it("alerts that began long ago are asked for once a day as long as one is active, and tell no start", () => {
		const car = new Watched();
		car.look(status(START));
		asked(car, START, [alert("a", true, START - HOUR)]);
		const wanted = (now: number) => {
			const { alerts, oldAlerts } = car.look(null, now).wants;
			if (alerts) asked(car, now, []);
			return oldAlerts?.since ?? null;
		};
		const days = Array.from({ length: 20 * 24 }, (_, index) => wanted(START + (index + 1) * HOUR));
		assert.deepEqual(
			days.map((since, index) => (since === null ? null : index)).filter((index) => index !== null),
			[15, 16, 17, 18, 19, 20].map((day) => day * 24 - 2),
		);
		assert.equal(
			days.find((since) => since !== null),
			iso(START - HOUR),
		);
		const events = asked(car, START + 21 * DAY, [alert("a", false, START - HOUR), alert("b", true, START - DAY)]);
		assert.deepEqual(kindsOf(events), ["alert-ended"]);
	});

	for (const [what, again] of [
		["a while later", START + 3 * HOUR],
		["as of the same moment", START + HOUR],
	] as const)
		it(`an alert that is back ${what} has other ids, though the state stands`, () => {
			const car = new Watched();
			car.look(status(START));
			asked(car, START, []);
			const events = [
				...asked(car, START + 2 * HOUR, [alert("a", true, START + HOUR)]),
				...asked(car, START + 3 * HOUR, [{ ...alert("a", false, START + HOUR), endAt: iso(START + 2 * HOUR) }]),
				...asked(car, START + 4 * HOUR, [alert("a", true, again)]),
				...asked(car, START + 5 * HOUR, [{ ...alert("a", false, again), endAt: iso(START + 4 * HOUR) }]),
			];
			assert.deepEqual(kindsOf(events), ["alert-started", "alert-ended", "alert-started", "alert-ended"]);
			assert.equal(new Set(events.map(({ event }) => event.id)).size, 4);
		});

	it("maintenance is asked for daily, only if it is chosen and not told with the state", () => {
		const car = new Watched();
		assert.equal(car.look(status(START)).wants.maintenance, true);
		const given = answer(
			car.known as Known,
			{ maintenance: { days: 100, distance: 5000 } },
			{ ...car.context, now: START },
		);
		car.known = given.known;
		assert.equal(car.look(null, START + 23 * HOUR).wants.maintenance, false);
		assert.equal(car.look(null, START + 24 * HOUR).wants.maintenance, true);
		const told = new Watched();
		assert.equal(told.look(status(START, { maintenance: { days: 40 } })).wants.maintenance, false);
	});

	for (const [what, row, told] of [
		[
			"30 days are left",
			[
				[31, 5000],
				[30, 5000],
				[29, 4900],
			],
			["", "maintenance-due", ""],
		],
		[
			"1,000 km are left",
			[
				[90, 1001],
				[89, 1000],
			],
			["", "maintenance-due"],
		],
		[
			"it was due at first",
			[
				[3, 50],
				[2, 40],
				[365, 20_000],
				[30, 9000],
			],
			["", "", "", "maintenance-due"],
		],
		[
			"what made it due isn't told",
			[
				[90, 1100],
				[90, 900],
				[89, null],
				[88, 800],
			],
			["", "maintenance-due", "", ""],
		],
	] as const)
		it(`maintenance is due once when ${what}`, () => {
			const car = new Watched({ events: ["maintenance-due"] });
			const kinds = row.map(([days, distance], index) =>
				car.kinds(status(START + index * DAY, { maintenance: { days, distance } })).join(),
			);
			assert.deepEqual(kinds, told);
		});
});

describe("watch: times, ids and order", () => {
	const plug = { charging: { plugged: true, status: "Stopped" } };

	it("an event has the block's own time, that of the state before, and ours", () => {
		const car = new Watched();
		car.look(status(START));
		const at = START + 14 * MINUTE;
		const charging = { ...plug.charging, updatedAt: iso(at) };
		const { events } = car.look(status(START + 15 * MINUTE, { charging }), START + 20 * MINUTE);
		const { id, ...head } = events[0]?.event ?? {};
		assert.match(String(id), /^[\w-]{22}$/);
		assert.deepEqual(head, {
			kind: "plugged",
			at: iso(at),
			since: iso(START),
			seenAt: iso(START + 20 * MINUTE),
			date: iso(at),
		});
	});

	it("a block whose time stands still has none of its own", () => {
		const car = new Watched();
		car.look(status(START));
		const charging = { ...plug.charging, updatedAt: iso(START) };
		const doors = { locked: false, updatedAt: iso(START) };
		const { events } = car.look(status(START + 15 * MINUTE, { charging, doors }), START + 20 * MINUTE);
		assert.deepEqual(kindsOf(events), ["unlocked", "plugged"]);
		for (const { event } of events) assert.deepEqual([event.at, event.date], [null, iso(START + 20 * MINUTE)]);
	});

	it("an event that is told again has the same id, also if it is seen in a later state", () => {
		const car = new Watched();
		car.look(status(START));
		const before = car.known;
		const [first] = car.look(status(START + MINUTE, plug)).events;
		car.known = before;
		const [again] = car.look(status(START + MINUTE, plug)).events;
		assert.deepEqual(again, first);
		car.known = before;
		const [later] = car.look(status(START + 5 * MINUTE, plug)).events;
		assert.equal(later?.event.id, first?.event.id);
	});

	it("another vehicle, and the next time, have other ids", () => {
		const ids = ["A", "B"].flatMap((vehicle) => {
			const car = new Watched({}, { vehicle });
			car.look(status(START));
			for (const minutes of [1, 2, 3]) car.look(status(START + minutes * MINUTE, minutes % 2 ? plug : {}));
			return car.events.map(({ event }) => event.id);
		});
		assert.equal(ids.length, 6);
		assert.equal(new Set(ids).size, 6);
	});

	it("what is seen at once comes in order", () => {
		const zones = [
			{ name: "home", ...HOME },
			{ name: "work", ...WORK },
		];
		const car = new Watched({ zones });
		car.look(status(START, { charging: { plugged: true, status: "Stopped" }, battery: battery(85) }));
		car.look(status(START + MINUTE, { charging: CHARGING, battery: battery(85), climate: { status: "Enabled" } }));
		const leaving = car.kinds(
			status(START + 20 * MINUTE, {
				charging: { plugged: false, status: "Disconnected" },
				doors: { locked: false, open: ["Driver"] },
				ignition: "Start",
				moving: true,
				odometer: 10_009,
				position: WORK,
				battery: battery(70),
			}),
		);
		assert.deepEqual(leaving, [
			"charging-ended",
			"unplugged",
			"unlocked",
			"driving-started",
			"zone-left",
			"zone-entered",
			"opened",
			"climate-ended",
		]);
		const arriving = car.kinds(
			status(START + 40 * MINUTE, { charging: CHARGING, odometer: 10_010, battery: battery(80) }),
		);
		assert.deepEqual(arriving, [
			"zone-left",
			"zone-entered",
			"driving-ended",
			"locked",
			"plugged",
			"charging-started",
			"battery-high",
			"closed",
		]);
	});

	it("only what is chosen is told, and the rest is known all the same", () => {
		const car = new Watched({ events: ["unplugged"] });
		car.look(status(START));
		assert.deepEqual(car.kinds(status(START + MINUTE, plug)), []);
		assert.deepEqual(car.kinds(status(START + 2 * MINUTE)), ["unplugged"]);
		const none = new Watched({ events: [] });
		none.look(status(START));
		assert.deepEqual(none.kinds(status(START + MINUTE, plug)), []);
	});

	it("every kind of the contract is known", () => {
		assert.equal(EVENT_KINDS.length, 25);
	});
});

describe("watch: answers that change nothing", () => {
	const changed = {
		charging: { plugged: true, status: "InProgress" },
		doors: { locked: false, open: ["Driver"] },
		battery: battery(10),
		privacy: "Full",
		ignition: "Start",
		moving: true,
		climate: { status: "Enabled" },
		position: WORK,
	};
	const zones = [{ name: "home", ...HOME }];

	for (const [what, state] of [
		["the same state again", status(START, changed)],
		["an older one", status(START - MINUTE, changed)],
		["one without a time", { ...status(START + HOUR, changed), updatedAt: null }],
		["one of a future that no clock explains", status(START + 30 * DAY, changed)],
		["nothing at all", {} as never],
		[
			"one whose blocks are older",
			status(START + HOUR, {
				...Object.fromEntries(
					(["battery", "charging", "doors", "climate", "position"] as const).map((block) => [
						block,
						{ ...changed[block], updatedAt: iso(START - MINUTE) },
					]),
				),
			}),
		],
		[
			"one of which all is suspect",
			status(START + HOUR, {
				...changed,
				suspect: [
					"battery.level",
					"charging.plugged",
					"charging.status",
					"doors",
					"privacy",
					"ignition",
					"climate.status",
					"position",
				],
			}),
		],
		[
			"one of nulls",
			{
				updatedAt: iso(START + HOUR),
				...{ battery: null, charging: null, fuel: null, odometer: null, position: null, doors: null, climate: null },
				...{ ignition: null, moving: null, privacy: null, maintenance: null, suspect: null },
			} as never,
		],
	] as const)
		it(what, () => {
			const car = new Watched({ zones });
			car.look(status(START));
			assert.deepEqual(car.kinds(state, START + HOUR), []);
			assert.deepEqual(car.kinds(status(START + 2 * HOUR)), [], "and nothing comes back");
		});

	it("and keep what is known as the same object", () => {
		const car = new Watched();
		car.look(status(START));
		const { known } = car;
		assert.equal(car.look(status(START), START + MINUTE).newer, false);
		assert.deepEqual(car.known, known);
	});

	it("a clock that was set back hides no change", () => {
		const car = new Watched();
		car.look(status(START), START + MINUTE);
		const plugged = status(START + 2 * MINUTE, { charging: { plugged: true, status: "Stopped" } });
		assert.deepEqual(car.kinds(plugged, START - 20 * DAY), ["plugged"]);
		assert.deepEqual(car.kinds(status(START + 4 * MINUTE), START - 20 * DAY), ["unplugged"]);
	});
});
