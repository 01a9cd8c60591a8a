import { strict as assert } from "node:assert";
import fc from "fast-check";
import { Budget } from "../../src/watch/looks/budget";
import { DueHeap } from "../../src/watch/looks/due";
import type { NextLook, VehicleState } from "../../src/watch/looks/pace";
import { Schedule } from "../../src/watch/looks/schedule";
import type { Pace } from "../../src/watch/settings";
import { DAY, HOUR, MINUTE, START } from "./support";

const PACE: Pace = { driving: MINUTE, charging: 5 * MINUTE, parked: 15 * MINUTE, share: 0.5 };
const URGENCY = { driving: 0, charging: 1, parked: 3 } as const;

function next(state: VehicleState, now: number, interval = PACE[state]): NextLook {
	return { state, urgency: URGENCY[state], interval, at: now + interval };
}

interface World {
	schedule: Schedule;
	budget: Budget;
	/** What each vehicle does at a time. */
	state(vehicle: string, now: number): VehicleState;
	/** Calls of a sweep. */
	pages?: number;
}

/** Runs a schedule from `from` to `to` as the node does; when each look was, and what was spent. */
function run({ schedule, budget, state, pages = 0 }: World, from: number, to: number) {
	const looks = new Map<string, number[]>();
	const sweeps: number[] = [];
	const spent: number[] = [];
	let rounds = 0;
	const seen = (vehicle: string, now: number) => {
		schedule.set(vehicle, next(state(vehicle, now), now), now);
		if (!looks.has(vehicle)) looks.set(vehicle, []);
		looks.get(vehicle)?.push(now);
	};
	let now = from;
	for (;;) {
		const taken = schedule.take(now, 50);
		if (taken.sweep) {
			budget.spend(pages, now);
			for (let page = 0; page < pages; page++) spent.push(now);
			sweeps.push(now);
			for (const vehicle of schedule.vehicles) schedule.set(vehicle, next(state(vehicle, now), now), now);
		}
		for (const vehicle of taken.vehicles) {
			budget.spend(1, now);
			spent.push(now);
			seen(vehicle, now);
		}
		const at = schedule.nextAt(now);
		if (at === null || at > to) break;
		assert.ok(++rounds < 500_000, "goes on for ever");
		// A look takes a while.
		now = Math.max(at, now + 200);
	}
	return { looks, sweeps, spent };
}

const vehicles = (count: number) => Array.from({ length: count }, (_, index) => `VF3${String(index).padStart(6, "0")}`);

/** The most calls within any 24 hours. */
function mostInADay(spent: readonly number[]): number {
	let most = 0;
	for (let first = 0, last = 0; last < spent.length; last++) {
		while ((spent[last] ?? 0) - (spent[first] ?? 0) >= DAY) first++;
		most = Math.max(most, last - first + 1);
	}
	return most;
}

describe("watch: the schedule of many vehicles", () => {
	it("looks at each as often as its state wants", () => {
		const budget = new Budget(1);
		budget.told({ limit: 100_000, remaining: null, resetAt: null }, START);
		const schedule = new Schedule({ ...PACE, share: 1 }, budget);
		for (const vehicle of ["driving", "charging", "parked"]) schedule.add(vehicle, START);
		const { looks } = run({ schedule, budget, state: (vehicle) => vehicle as VehicleState }, START, START + HOUR - 1);
		assert.deepEqual(
			["driving", "charging", "parked"].map((vehicle) => looks.get(vehicle)?.length),
			[60, 12, 4],
		);
	});

	it("spreads the first looks of many, and does those of a few at once", () => {
		const few = new Schedule(PACE, new Budget(1));
		for (const vehicle of vehicles(5)) few.add(vehicle, START);
		assert.equal(few.take(START, 10).vehicles.length, 5);
		const budget = new Budget(1);
		const many = new Schedule(PACE, budget);
		for (const vehicle of vehicles(1000)) many.add(vehicle, START);
		const { looks } = run({ schedule: many, budget, state: () => "parked" }, START, START + HOUR);
		assert.equal(looks.size, 1000);
		const perMinute = new Map<number, number>();
		for (const time of [...looks.values()].flat()) {
			const minute = Math.floor((time - START) / MINUTE);
			perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
		}
		for (const [minute, count] of perMinute) assert.ok(count < 110, `${count} looks in minute ${minute}`);
	});

	it("takes those that matter first", () => {
		const schedule = new Schedule(PACE, new Budget(1));
		for (const state of ["parked", "charging", "driving"] as const) {
			schedule.add(state, START);
			schedule.set(state, next(state, START), START);
		}
		schedule.add("changed", START);
		schedule.set("changed", { ...next("parked", START), urgency: 2 }, START);
		assert.deepEqual(schedule.take(START + HOUR, 2).vehicles, ["driving", "charging"]);
		assert.deepEqual(schedule.take(START + HOUR, 9).vehicles, ["changed", "parked"]);
		assert.deepEqual(schedule.take(START + HOUR, 9).vehicles, [], "each once");
	});

	it("never spends more than its share within any 24 hours, whatever happens, and looks on all day", () => {
		for (const [count, limit, driving] of [
			[1, null, 1],
			[3, 400, 1],
			[200, 5000, 0.3],
			[50, 1000, 1],
		] as const) {
			const budget = new Budget(0.5);
			if (limit !== null) budget.told({ limit, remaining: null, resetAt: null }, START);
			const schedule = new Schedule(PACE, budget);
			for (const vehicle of vehicles(count)) schedule.add(vehicle, START);
			const busy = (vehicle: string) => Number(vehicle.slice(3)) < count * driving;
			const world: World = { schedule, budget, state: (vehicle) => (busy(vehicle) ? "driving" : "parked") };
			const { spent } = run(world, START, START + 3 * DAY);
			const most = (limit ?? 500 * count) * 0.5;
			assert.ok(mostInADay(spent) <= most, `${mostInADay(spent)} of ${most}`);
			const secondDay = spent.filter((time) => time >= START + DAY && time < START + 2 * DAY);
			assert.ok(secondDay.length > most * 0.6, `${secondDay.length} of ${most} are used`);
			const gaps = secondDay.slice(1).map((time, index) => time - (secondDay[index] ?? 0));
			assert.ok(Math.max(...gaps) < 4 * HOUR, `no look for ${Math.max(...gaps) / HOUR} h of ${count} vehicles`);
		}
	});

	it("leaves a car at home its pace through two trips and a night of charging, within 250 calls", () => {
		const budget = new Budget(0.5);
		const schedule = new Schedule(PACE, budget);
		schedule.add("car", START);
		const state = (_: string, now: number): VehicleState => {
			const hour = ((now - START) / HOUR) % 24;
			if (hour < 0.5 || (hour >= 9 && hour < 9.5)) return "driving";
			return hour >= 14 && hour < 22 ? "charging" : "parked";
		};
		const { looks, spent } = run({ schedule, budget, state }, START, START + DAY);
		assert.ok(spent.length <= 250, `${spent.length} calls`);
		const times = looks.get("car") ?? [];
		const slow = times
			.slice(1)
			.filter((time, index) => time - (times[index] ?? 0) > PACE[state("car", times[index] ?? 0)] * 1.01);
		assert.deepEqual(slow, []);
		assert.equal(schedule.state(START + DAY).stretch, 1);
	});

	it("says what stretches it, by how much, and what is next", () => {
		const budget = new Budget(0.5);
		budget.told({ limit: 480, remaining: null, resetAt: null }, START);
		const schedule = new Schedule(PACE, budget);
		for (const vehicle of vehicles(10)) schedule.add(vehicle, START);
		const state = schedule.state(START);
		assert.deepEqual(state, {
			watched: 10,
			nextLook: START,
			stretch: 4,
			stretchedBy: "share",
			used: 0,
			allowance: 240,
		});
		schedule.take(START, 10);
		for (const vehicle of vehicles(10)) schedule.set(vehicle, next("parked", START), START);
		assert.equal(schedule.state(START).nextLook, START + HOUR);
		assert.equal(new Schedule(PACE, new Budget(1)).state(START).nextLook, null);
	});

	it("leaves room for the calls that are made beside the looks", () => {
		const budget = new Budget(0.5);
		budget.told({ limit: 1920, remaining: null, resetAt: null }, START);
		const schedule = new Schedule(PACE, budget);
		for (const vehicle of vehicles(10)) schedule.add(vehicle, START);
		assert.equal(schedule.state(START).stretch, 1);
		schedule.others = 20;
		assert.equal(schedule.state(START).stretch, 1.5);
	});

	it("stands still when the quota has ended, and goes on when it is whole again", () => {
		const budget = new Budget(0.5);
		const schedule = new Schedule(PACE, budget);
		schedule.add("car", START);
		budget.told({ limit: 1000, remaining: 0, resetAt: START + 12 * HOUR }, START);
		assert.deepEqual(schedule.take(START, 5).vehicles, []);
		assert.equal(schedule.state(START).stretchedBy, "quota");
		assert.equal(schedule.nextAt(START), START + 12 * HOUR);
		assert.deepEqual(schedule.take(START + 12 * HOUR, 5).vehicles, ["car"]);
	});

	it("does not put the next look off for days because the last one took what was left", () => {
		for (const [limit, resetAt, latest] of [
			[1000, START + 12 * HOUR, START + 12.25 * HOUR],
			[2, null, START + 25.25 * HOUR],
		] as const) {
			const budget = new Budget(0.5);
			const schedule = new Schedule(PACE, budget);
			schedule.add("car", START);
			assert.deepEqual(schedule.take(START, 5).vehicles, ["car"]);
			budget.spend(1, START);
			budget.told({ limit, remaining: resetAt === null ? null : 0, resetAt }, START);
			schedule.pace = PACE;
			schedule.set("car", next("parked", START), START);
			assert.ok((schedule.nextAt(START) ?? 0) <= latest);
			assert.deepEqual(schedule.take(latest, 5).vehicles, ["car"]);
		}
	});

	it("tries once an hour where the server doesn't say when that will be", () => {
		const budget = new Budget(0.5);
		const schedule = new Schedule(PACE, budget);
		schedule.add("car", START);
		budget.told({ limit: 1000, remaining: 0, resetAt: null }, START);
		assert.equal(schedule.nextAt(START), START + HOUR);
		assert.deepEqual(schedule.take(START + HOUR, 5).vehicles, ["car"]);
	});

	it("looks at once where there is a reason, at most once a minute", () => {
		const schedule = new Schedule(PACE, new Budget(1));
		schedule.add("car", START);
		schedule.take(START, 5);
		schedule.set("car", next("parked", START), START);
		assert.equal(schedule.hurry("car", START + 20_000), START + MINUTE);
		assert.deepEqual(schedule.take(START + 59_000, 5).vehicles, []);
		assert.deepEqual(schedule.take(START + MINUTE, 5).vehicles, ["car"]);
		schedule.set("car", next("parked", START + MINUTE), START + MINUTE);
		assert.equal(schedule.hurry("car", START + 5 * MINUTE), START + 5 * MINUTE);
		assert.equal(schedule.hurry("nobody", START), null);
	});

	it("looks again a minute after a look during which there was a reason", () => {
		const schedule = new Schedule(PACE, new Budget(1));
		schedule.add("car", START);
		schedule.take(START, 5);
		schedule.hurry("car", START + 1000);
		schedule.set("car", next("parked", START + 2000), START + 2000);
		assert.deepEqual(schedule.take(START + 2000 + MINUTE, 5).vehicles, ["car"]);
		schedule.set("car", next("parked", START + 2 * MINUTE), START + 2 * MINUTE);
		assert.deepEqual(schedule.take(START + 4 * MINUTE, 5).vehicles, [], "and then no more");
	});

	it("comes back to a vehicle whose look failed, after its interval", () => {
		const schedule = new Schedule(PACE, new Budget(1));
		schedule.add("car", START);
		schedule.take(START, 5);
		schedule.failed("car", START);
		const at = schedule.nextAt(START) ?? 0;
		assert.ok(at > START + 10 * MINUTE && at <= START + 15 * MINUTE);
		assert.deepEqual(schedule.take(at, 5).vehicles, ["car"]);
	});

	it("forgets a vehicle that has left", () => {
		const schedule = new Schedule(PACE, new Budget(1));
		for (const vehicle of vehicles(3)) schedule.add(vehicle, START);
		schedule.take(START, 0);
		schedule.remove("VF3000001");
		schedule.set("VF3000001", next("driving", START), START);
		assert.deepEqual(schedule.take(START, 9).vehicles, ["VF3000000", "VF3000002"]);
		assert.equal(schedule.state(START).watched, 2);
	});

	it("goes on where our clock was set back", () => {
		const budget = new Budget(0.5);
		const schedule = new Schedule(PACE, budget);
		schedule.add("car", START);
		run({ schedule, budget, state: () => "charging" }, START, START + HOUR);
		schedule.hurry("car", START - DAY);
		assert.deepEqual(schedule.take(START - DAY, 5).vehicles, ["car"]);
		assert.ok(budget.used(START - DAY) > 0, "what was spent stays spent");
	});

	it("keeps what was spent over a restart", () => {
		const budget = new Budget(0.5);
		budget.vehicles = 1;
		budget.spend(100, START);
		const again = new Budget(0.5, JSON.parse(JSON.stringify(budget.spent)));
		again.vehicles = 1;
		assert.equal(again.left(START + HOUR), 150);
		assert.equal(new Budget(0.5, [["x", 1], null, [1]] as never).used(START), 0);
	});
});

describe("watch: the budget of several instances", () => {
	it("leaves each its part of what all may spend, of the share as of what the server says is left", () => {
		const budget = new Budget(0.5);
		budget.told({ limit: 1_000, remaining: null, resetAt: null }, START);
		budget.part = 0.25;
		assert.deepEqual([budget.allowance, budget.left(START)], [500, 125]);
		budget.byOthers = [[[Math.floor(START / HOUR), 200]], [[Math.floor(START / HOUR) - 1, 100]], "what is this"];
		budget.spend(40, START);
		assert.deepEqual([budget.used(START), budget.left(START)], [340, 40]);
		assert.deepEqual(budget.spent, [[Math.floor(START / HOUR), 40]]);
		budget.told({ limit: 1_000, remaining: 80, resetAt: START + HOUR }, START);
		assert.equal(budget.left(START), 10);
		// A day later what the others have spent counts no more.
		assert.equal(budget.left(START + DAY + 2 * HOUR), 125);
	});

	it("lets nobody spend where it has no vehicle, and all of it where it has all", () => {
		const budget = new Budget(0.5);
		budget.vehicles = 0;
		budget.part = 0;
		assert.deepEqual([budget.allowance, budget.left(START)], [0, 0]);
		budget.vehicles = 3;
		budget.part = 0.3;
		assert.deepEqual([budget.allowance, budget.left(START)], [2_500, 750]);
	});
});

describe("watch: the schedule of a fleet-wide collection", () => {
	it("reads it where that takes fewer calls than vehicle by vehicle, each page counted", () => {
		const budget = new Budget(0.5);
		budget.told({ limit: 100_000, remaining: null, resetAt: null }, START);
		const schedule = new Schedule(PACE, budget, 4);
		const all = vehicles(400);
		for (const vehicle of all) schedule.add(vehicle, START);
		const world: World = {
			schedule,
			budget,
			pages: 20,
			state: (vehicle) => (vehicle < "VF3000100" ? "driving" : "parked"),
		};
		const { looks, sweeps, spent } = run(world, START, START + HOUR - 1);
		assert.equal(sweeps.length, 60);
		assert.equal(looks.size, 0);
		assert.equal(spent.length, budget.used(START + HOUR - 1));
	});

	it("looks at a few that drive one by one, and at all again by the collection", () => {
		const budget = new Budget(1);
		budget.told({ limit: 100_000, remaining: null, resetAt: null }, START);
		const schedule = new Schedule({ ...PACE, share: 1 }, budget, 100);
		for (const vehicle of vehicles(110)) schedule.add(vehicle, START);
		const { looks, sweeps } = run(
			{ schedule, budget, pages: 100, state: (vehicle) => (vehicle === "VF3000001" ? "driving" : "parked") },
			START,
			START + HOUR - 1,
		);
		assert.equal(sweeps.length, 1, "the first look");
		assert.ok((looks.get("VF3000001")?.length ?? 0) >= 58);
	});

	it("looks at one vehicle at once between two sweeps", () => {
		const budget = new Budget(0.5);
		const schedule = new Schedule(PACE, budget, 2);
		for (const vehicle of vehicles(500)) schedule.add(vehicle, START);
		assert.equal(schedule.take(START, 5).sweep, true);
		for (const vehicle of schedule.vehicles) schedule.set(vehicle, next("parked", START), START);
		schedule.hurry("VF3000007", START + 2 * MINUTE);
		assert.equal(schedule.nextAt(START), START + 2 * MINUTE);
		assert.deepEqual(schedule.take(START + 2 * MINUTE, 5), { sweep: false, vehicles: ["VF3000007"] });
	});

	it("stretches the sweeps to its share of the quota, all day", () => {
		const budget = new Budget(0.5);
		budget.told({ limit: 5000, remaining: null, resetAt: null }, START);
		const schedule = new Schedule(PACE, budget, 5);
		for (const vehicle of vehicles(500)) schedule.add(vehicle, START);
		const state = (vehicle: string): VehicleState => (vehicle.endsWith("7") ? "driving" : "parked");
		const { sweeps, spent } = run({ schedule, budget, pages: 5, state }, START, START + DAY);
		assert.ok(spent.length <= 2500, `${spent.length} calls`);
		assert.ok(spent.length > 2000, `${spent.length} calls`);
		const gaps = sweeps.slice(1).map((time, index) => time - (sweeps[index] ?? 0));
		assert.ok(Math.max(...gaps) < 5 * MINUTE, `${Math.max(...gaps) / MINUTE} min between sweeps`);
	});

	it("gives every vehicle of a fleet its turn that is due at once after a restart", () => {
		const budget = new Budget(0.5);
		budget.told({ limit: 1e9, remaining: null, resetAt: null }, START);
		const schedule = new Schedule(PACE, budget);
		const all = vehicles(2_000);
		for (const vehicle of all) schedule.add(vehicle, START, next("parked", START - DAY));
		const taken: string[] = [];
		while (schedule.nextAt(START) === START) taken.push(...schedule.take(START, 4).vehicles);
		assert.deepEqual(taken.sort(), [...all].sort());
	});

	it("takes some microseconds for a look of one of 10,000 vehicles, as for one of 500", () => {
		/** Processor time of a look in µs: the least of three rounds, for a busy machine only adds to it. */
		const perLook = (size: number, pages: number | null) => {
			const budget = new Budget(0.5);
			budget.told({ limit: 1e9, remaining: null, resetAt: null }, START);
			const schedule = new Schedule(PACE, budget, pages);
			const all = vehicles(size);
			for (const vehicle of all) schedule.add(vehicle, START);
			let now = START;
			const rounds = [0, 1, 2].map(() => {
				const began = process.cpuUsage();
				// as many looks of few as of many, or the time is too short for the clock of some systems
				for (let looks = 0; looks < 10_000; looks += size) {
					schedule.take(now, size);
					for (const vehicle of all) schedule.set(vehicle, next("parked", now), now);
					now += 15 * MINUTE;
				}
				return process.cpuUsage(began).user / 10_000;
			});
			return Math.min(...rounds);
		};
		for (const pages of [100, null]) {
			perLook(10_000, pages);
			// What other processes take of the caches only adds to some of these.
			const tries = [1, 2, 3].map(() => [perLook(500, pages), perLook(10_000, pages)] as const);
			const few = Math.min(...tries.map(([each]) => each));
			const many = Math.min(...tries.map(([, each]) => each));
			assert.ok(many < 20, `${many} µs`);
			// what went through all of them would take twenty times as long
			assert.ok(many < few * 6, `${many} µs, of 500 ${few}`);
		}
	});
});

describe("watch: what is due", () => {
	it("comes in order, however it is moved and taken out", () => {
		const item = fc.record({
			due: fc.integer({ min: 0, max: 50 }),
			moved: fc.option(fc.integer({ min: 0, max: 50 })),
			out: fc.boolean(),
		});
		fc.assert(
			fc.property(fc.array(item, { maxLength: 60 }), (items) => {
				const heap = new DueHeap<{ due: number; place: number }>();
				const all = items.map(({ due }) => ({ due, place: -1 }));
				for (const one of all) heap.put(one, one.due);
				for (const [index, { moved, out }] of items.entries()) {
					const one = all[index];
					if (one === undefined) continue;
					if (moved !== null) heap.put(one, moved);
					if (out) heap.take(one);
				}
				const found: number[] = [];
				for (let first = heap.first; first !== undefined; first = heap.first) {
					found.push(first.due);
					heap.take(first);
				}
				const expected = items.filter(({ out }) => !out).map(({ due, moved }) => moved ?? due);
				assert.deepEqual(
					found,
					expected.sort((a, b) => a - b),
				);
			}),
		);
	});
});
