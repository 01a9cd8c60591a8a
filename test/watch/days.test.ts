import { strict as assert } from "node:assert";
import fc from "fast-check";
import { answer, type LookContext, look } from "../../src/watch/engine";
import type { ChargePayload, EventKind, WatchEvent } from "../../src/watch/events";
import { Budget } from "../../src/watch/looks/budget";
import { Schedule } from "../../src/watch/looks/schedule";
import { readPrice } from "../../src/watch/prices";
import { withSessions } from "../../src/watch/rules/sessions";
import { type Known, loadKnown, saveKnown } from "../../src/watch/state";
import { CAPACITY, Car, type Choice, PLACES } from "./car";
import { DAY, HOUR, iso, MINUTE, START, settingsOf, status } from "./support";

const ZONES = new Map([
	[0, "home"],
	[1, "work"],
]);
const zones = [...ZONES].map(([place, name]) => ({ name, ...PLACES[place] }));
const PRICE = 0.3;
const pricing = readPrice(PRICE).pricing;
const WATCHED: EventKind[] = [
	"driving-started",
	"driving-ended",
	"trip-ended",
	"plugged",
	"unplugged",
	"charging-started",
	"charging-ended",
	"zone-left",
	"zone-entered",
];

const part = fc.noBias(fc.integer({ min: 0, max: 1000 })).map((thousandth) => thousandth / 1000);
const choices = fc.array(fc.record<Choice>({ what: part, wait: part, length: part, where: part }), {
	minLength: 30,
	maxLength: 60,
});

let simulated = 0;

/** What a car tells, told to the engine at some moments, with what happens on the way. */
interface Telling {
	known: Known | undefined;
	events: WatchEvent[];
}

function contextAt(now: number, settings: LookContext["settings"]): LookContext {
	return { vehicle: "VF3DEMO", now, settings, pricing };
}

/** One look, twice from the same: it must tell the same, as after a crash. */
function lookTwice(telling: Telling, state: unknown, context: LookContext) {
	const result = look(telling.known, state, context);
	if (result.events.length > 0 && telling.known !== undefined) {
		const saved = JSON.stringify(saveKnown(telling.known));
		const loaded = loadKnown(JSON.parse(saved));
		assert.deepEqual(loaded, telling.known);
		const again = look(loaded, state, context);
		assert.deepEqual(again.events, result.events);
		const later = look(telling.known, state, { ...context, now: context.now + HOUR });
		assert.deepEqual(idsOf(later.events).slice(0, 1), idsOf(result.events).slice(0, 1));
		assert.ok(JSON.stringify(saveKnown(result.known as Known)).length < 2000);
	}
	telling.known = result.known;
	telling.events.push(...result.events);
	return result;
}

function idsOf(events: readonly WatchEvent[]): string[] {
	return events.map(({ event }) => event.id);
}

describe("watch: simulated days", () => {
	after(() => assert.ok(simulated > 2000, `${simulated} days`));

	it("every plug, charge, drive, trip and zone is told once, and nothing that did not happen, through noise", function () {
		this.timeout(120_000);
		const noise = fc.array(fc.constantFrom("none", "none", "same", "older", "nulls", "suspect", "stuck", "silent"), {
			minLength: 7,
			maxLength: 23,
		});
		const settings = settingsOf({ events: WATCHED, zones, parked: 5, driving: 2 });
		fc.assert(
			fc.property(choices, noise, fc.integer({ min: 1, max: 20 }), (chosen, noises, delay) => {
				const car = new Car(START, chosen);
				simulated += (car.end - START) / DAY;
				const telling: Telling = { known: undefined, events: [] };
				let last = car.at(START);
				let looks = 0;
				for (let now = START; now < car.end; ) {
					const context = contextAt(now, settings);
					const state = car.at(now);
					const kind = noises[looks++ % noises.length];
					if (kind !== "none" && kind !== "stuck" && telling.known !== undefined) {
						// What comes between says nothing new, whatever it says.
						const wrong = { ...car.at(now + 2 * HOUR), updatedAt: kind === "same" ? last.updatedAt : iso(now - DAY) };
						const nulls = { ...status(now), ...emptied(), updatedAt: iso(now) };
						const doubtful = { ...car.at(now + 3 * HOUR), updatedAt: iso(now), suspect: ALL_SUSPECT };
						const told = kind === "nulls" ? nulls : kind === "suspect" ? doubtful : kind === "silent" ? null : wrong;
						const before = telling.events.length;
						lookTwice(telling, told, context);
						assert.equal(telling.events.length, before, kind);
						// The truth comes a little later than the noise.
						now += 1000;
						state.updatedAt = iso(now);
					}
					if (kind === "stuck") Object.assign(state.charging, { updatedAt: last.charging.updatedAt });
					const { wants, next } = lookTwice(telling, state, contextAt(now, settings));
					last = state;
					if (wants.trips !== null) ask(telling, car, wants.trips.since, delay, contextAt(now, settings));
					now = Math.max(now + 30_000, next.at);
				}
				checkAll(car, telling.events);
				checkCharges(car, telling.events);
			}),
			{ numRuns: 8, endOnFailure: true },
		);
	});

	it("a car at home with two trips and a night of charging takes at most 300 calls, and nothing is noticed late", () => {
		const trip = { what: 0, wait: 0.3, length: 0.3, where: 0 };
		const car = new Car(START, [trip, { ...trip, where: 0.6 }, { what: 1, wait: 0.2, length: 0.7, where: 0.5 }]);
		assert.ok((car.charges[0]?.end ?? 0) < START + DAY && car.trips.length === 2);
		const settings = settingsOf({ zones });
		const budget = new Budget(settings.share);
		const schedule = new Schedule(settings, budget);
		schedule.add("car", START);
		const telling: Telling = { known: undefined, events: [] };
		let calls = 0;
		const spend = (now: number) => {
			calls++;
			budget.spend(1, now);
		};
		for (let now = START; now < START + DAY; now = schedule.nextAt(now) ?? Number.NaN) {
			if (schedule.take(now, 1).vehicles.length === 0) continue;
			const context = contextAt(now, settings);
			spend(now);
			const { wants, next } = lookTwice(telling, car.at(now), context);
			schedule.set("car", next, now);
			if (wants.trips !== null) {
				spend(now);
				ask(telling, car, wants.trips.since, 3, context);
			}
			if (!wants.alerts && !wants.maintenance) continue;
			spend(now);
			if (wants.maintenance) spend(now);
			const found = { ...(wants.alerts ? { alerts: [] } : {}), ...(wants.maintenance ? { maintenance: null } : {}) };
			telling.known = answer(telling.known as Known, found, context).known;
		}
		assert.ok(calls <= 250, `${calls} calls`);
		assert.equal(schedule.state(START + DAY).stretch, 1);
		const most: Partial<Record<EventKind, number>> = {
			plugged: 15,
			"charging-started": 15,
			"charging-ended": 5,
			"driving-started": 15,
			"driving-ended": 1,
		};
		for (const [kind, moments] of car.truth(ZONES)) {
			const times = telling.events
				.filter(({ event }) => event.kind === kind)
				.map(({ event }) => Date.parse(event.seenAt));
			const expected = moments.filter((moment) => moment < START + DAY - HOUR);
			assert.equal(times.length, expected.length, kind);
			for (const [index, time] of times.entries())
				assert.ok(
					time - (expected[index] ?? 0) <= (most[kind] ?? 45) * MINUTE,
					`${kind} ${(time - (expected[index] ?? 0)) / MINUTE}`,
				);
		}
	});

	it("through gaps of hours each trip is told once, and what is told of cables and charges makes sense", function () {
		this.timeout(120_000);
		const gaps = fc.array(fc.integer({ min: 3, max: 600 }), { minLength: 5, maxLength: 40 });
		const settings = settingsOf({ events: WATCHED, zones });
		fc.assert(
			fc.property(choices, gaps, (chosen, minutes) => {
				const car = new Car(START, chosen);
				simulated += (car.end - START) / DAY;
				const telling: Telling = { known: undefined, events: [] };
				let looks = 0;
				for (let now = START; now < car.end + HOUR; now += (minutes[looks++ % minutes.length] ?? 5) * MINUTE) {
					const context = contextAt(now, settings);
					const { wants } = lookTwice(telling, car.at(now), context);
					if (wants.trips !== null) ask(telling, car, wants.trips.since, 4, context);
				}
				for (let now = car.end + 2 * HOUR; now < car.end + 4 * HOUR; now += 10 * MINUTE) {
					const context = contextAt(now, settings);
					const { wants } = lookTwice(telling, car.at(now), context);
					if (wants.trips !== null) ask(telling, car, wants.trips.since, 4, context);
				}
				const ids = idsOf(telling.events);
				assert.equal(new Set(ids).size, ids.length);
				alternate(telling.events, "plugged", "unplugged");
				alternate(telling.events, "driving-started", "driving-ended");
				const trips = telling.events.filter(({ event }) => event.kind === "trip-ended");
				const told = trips.map(({ payload }) => (payload as { id: string }).id).sort();
				assert.deepEqual(told, car.trips.map(({ start }) => `trip-${start}`).sort());
				for (const { payload } of telling.events.filter(({ event }) => event.kind === "charging-ended"))
					assert.ok(isPartOfTruth(car, payload as ChargePayload), JSON.stringify(payload));
			}),
			{ numRuns: 140, endOnFailure: true },
		);
	});

	it("nothing that is sent makes it throw, and nothing but a newer state is one", () => {
		const value = fc.oneof(
			fc.constantFrom(
				null,
				undefined,
				true,
				"",
				"Open",
				"InProgress",
				iso(START + HOUR),
				iso(START - HOUR),
				-1,
				0,
				1e308,
				Number.NaN,
			),
			fc.anything({ maxDepth: 1 }),
		);
		const names = Object.keys(status(START));
		const inner = [
			"updatedAt",
			"level",
			"range",
			"capacity",
			"energy",
			"plugged",
			"status",
			"nextStart",
			"latitude",
			"longitude",
			"open",
			"locked",
		];
		const block = fc.oneof(value, fc.dictionary(fc.constantFrom(...inner), value));
		const odd = fc.oneof(value, fc.dictionary(fc.constantFrom(...names), block));
		const answers = fc.array(
			fc.oneof(
				value,
				fc.dictionary(
					fc.constantFrom(
						"startedAt",
						"stoppedAt",
						"distance",
						"id",
						"done",
						"type",
						"active",
						"endAt",
						"start",
						"end",
						"gain",
					),
					value,
				),
			),
			{ maxLength: 4 },
		);
		const settings = settingsOf({ zones, firstRun: "all" });
		fc.assert(
			fc.property(
				fc.array(odd, { maxLength: 5 }),
				answers,
				fc.integer({ min: -DAY, max: 30 * DAY }),
				(states, found, ahead) => {
					let known = look(undefined, status(START), contextAt(START, settings)).known as Known;
					for (const state of [...states, status(START + 2 * HOUR, { odometer: 10_020 })]) {
						const context = contextAt(START + HOUR + ahead, settings);
						const result = look(known, state, context);
						if (!result.newer && result.events.some(({ event }) => event.kind !== "stale"))
							assert.fail("tells without a newer state");
						known = result.known as Known;
						const answered = answer(known, { trips: found, alerts: found, maintenance: null }, context);
						known = withSessions(answered.known, result.events, found, context).known;
						assert.deepEqual(loadKnown(JSON.parse(JSON.stringify(saveKnown(known)))), known);
					}
				},
			),
			{ numRuns: 500 },
		);
	});
});

const ALL_SUSPECT = [
	...["battery", "charging", "doors", "climate", "position", "privacy", "maintenance"],
	...["ignition", "moving", "odometer"],
];

function emptied() {
	const block = {
		updatedAt: null,
		level: null,
		range: null,
		plugged: null,
		status: null,
		latitude: null,
		longitude: null,
	};
	const alone = { odometer: null, ignition: null, moving: null, privacy: null };
	return {
		...alone,
		battery: block,
		charging: block,
		doors: { locked: null, open: [], updatedAt: null },
		climate: block,
		position: block,
	};
}

function ask(telling: Telling, car: Car, since: string, delay: number, context: LookContext): void {
	const all = car.tripsAt(context.now, delay * MINUTE);
	// One that was told before comes along, as in a page of the API.
	const found = all.slice(0, all.filter(({ startedAt }) => Date.parse(startedAt) >= Date.parse(since)).length + 1);
	const result = answer(telling.known as Known, { trips: found }, context);
	telling.known = result.known;
	telling.events.push(...result.events);
}

/** Every truth is told once, soon after, and nothing else. */
function checkAll(car: Car, events: readonly WatchEvent[]): void {
	for (const [kind, moments] of car.truth(ZONES)) {
		const told = events.filter(({ event }) => event.kind === kind).map(({ event }) => Date.parse(event.seenAt));
		const late = told.map((time, index) => time - (moments[index] ?? Number.NaN));
		assert.equal(told.length, moments.length, `${kind}: ${told.length} told of ${moments.length}`);
		// A zone is left and entered on the way; a trip comes as late as the API has it.
		const most = kind === "trip-ended" ? 45 : 25;
		const least = kind === "zone-entered" ? -15 : 0;
		for (const each of late)
			assert.ok(each >= least * MINUTE && each <= most * MINUTE, `${kind} ${each / MINUTE} min late`);
	}
	const ids = idsOf(events);
	assert.equal(new Set(ids).size, ids.length, "each with an id of its own");
}

function checkCharges(car: Car, events: readonly WatchEvent[]): void {
	const ends = events
		.filter(({ event }) => event.kind === "charging-ended")
		.map(({ payload }) => payload as ChargePayload);
	for (const [index, { startLevel, endLevel, startedAt, energy, drawn, cost, session }] of ends.entries()) {
		const truth = car.charges[index];
		assert.ok(truth !== undefined);
		const near = (told: number | null, is: number, by: number, what: string) =>
			assert.ok(told !== null && Math.abs(told - is) <= by, `${what} ${told} is ${is}`);
		near(startLevel, truth.startLevel, 1, "start");
		near(endLevel, truth.endLevel, 1, "end");
		near(Date.parse(startedAt ?? ""), truth.start, 25 * MINUTE, "started");
		near(energy, ((truth.endLevel - truth.startLevel) * CAPACITY) / 100, 0.05, "energy");
		near(drawn, (energy ?? 0) / 0.9, 0.01, "drawn");
		near(cost, (drawn ?? 0) * PRICE, 0.01, "cost");
		assert.equal(typeof session, "string");
	}
	assert.equal(new Set(ends.map(({ session }) => session)).size, ends.length);
}

/** A pair of opposites comes one after the other. */
function alternate(events: readonly WatchEvent[], one: EventKind, other: EventKind): void {
	const kinds = events.map(({ event }) => event.kind).filter((kind) => kind === one || kind === other);
	for (const [index, kind] of kinds.entries()) if (index > 0) assert.notEqual(kind, kinds[index - 1], kinds.join(" "));
	if (kinds.length > 0) assert.equal(kinds[0], one);
}

/** A charge that is told was one or more of the truth, and never more than they brought. */
function isPartOfTruth(car: Car, { energy, startLevel, endLevel }: ChargePayload): boolean {
	const levels = car.charges.map((charge) => [charge.startLevel, charge.endLevel]);
	if (startLevel !== null && !levels.some(([from = 0, to = 0]) => startLevel >= from - 1 && startLevel <= to + 1))
		return false;
	if (endLevel !== null && !levels.some(([from = 0, to = 0]) => endLevel >= from - 1 && endLevel <= to + 1))
		return false;
	return energy === null || energy <= CAPACITY;
}
