import assert from "node:assert/strict";
import { keyIn, keyOf, newSweepId, readLeases } from "../../src/sweep/lease";
import {
	acknowledge,
	begin,
	claim,
	closed,
	goneFrom,
	isRefusal,
	listed,
	listingFailed,
	type Moment,
	type Sweep,
	type Turn,
	type Work,
} from "../../src/sweep/sweep";

const LEASE = 120_000;

/** A clock, and instances that come and go. */
class World {
	now = 1_000_000;
	readonly dead = new Set<string>();
	get moment(): Moment {
		return { now: this.now, isAlive: (instance) => !this.dead.has(instance) };
	}
}

const begun = (world: World, instance = "a", maxItems: number | null = null): Sweep => {
	const order = { id: "s1", instance, leaseTime: LEASE, minInterval: 60_000, maxItems };
	const sweep = begin(undefined, order, world.moment);
	assert.ok(!isRefusal(sweep));
	return sweep;
};
const list = (sweep: Sweep, ticket: Turn, world: World, count: number, isLast = false) =>
	listed(sweep, ticket, { count, total: 9, pageCount: 3, isLast }, world.moment);
const ask = <Kind extends Work["kind"]>(sweep: Sweep, instance: string, world: World, kind: Kind) => {
	const work = claim(sweep, instance, world.moment);
	assert.equal(work.kind, kind);
	return work as Work & { kind: Kind };
};
const back = (sweep: Sweep, world: World, page: number, item?: number, hasFailed = false) =>
	acknowledge(sweep, [{ page, item, hasFailed }], world.moment);
/** A sweep of one page of three, in the hands of a. */
const onePage = (world: World) => {
	const sweep = begun(world);
	list(sweep, sweep.lister as Turn, world, 3, true);
	return sweep;
};

describe("the state of a shared sweep", () => {
	let world: World;
	beforeEach(() => {
		world = new World();
	});

	it("begins once, and again only when it is over and the interval has passed", () => {
		const sweep = onePage(world);
		const order = { id: "s2", instance: "b", leaseTime: LEASE, minInterval: 60_000, maxItems: null };
		assert.deepEqual(begin(sweep, order, world.moment), { why: "running" });
		back(sweep, world, 1);
		ask(sweep, "a", world, "complete");
		assert.ok(closed(sweep, "a"));
		assert.deepEqual(begin(sweep, order, world.moment), { why: "too-soon", until: 1_060_000 });
		world.now += 60_000;
		assert.equal((begin(sweep, order, world.moment) as Sweep).id, "s2");
		world.now -= 3_600_000;
		assert.equal((begin(sweep, order, world.moment) as Sweep).id, "s2", "a clock that was put back");
	});

	it("lets one instance list at a time, and each hold two pages", () => {
		const sweep = begun(world);
		assert.equal(ask(sweep, "b", world, "wait").isSoon, true);
		assert.equal(list(sweep, sweep.lister as Turn, world, 3), 1);
		assert.equal(list(sweep, ask(sweep, "a", world, "list").ticket, world, 3), 2);
		assert.equal(ask(sweep, "a", world, "wait").until, world.now + LEASE, "two are at hand");
		const { ticket, page } = ask(sweep, "b", world, "list");
		assert.equal(page, 3);
		assert.equal(list(sweep, { holder: "a", at: world.now }, world, 3), undefined, "not its turn");
		assert.equal(list(sweep, ticket, world, 3, true), 3);
		ask(sweep, "b", world, "wait");
		assert.deepEqual(back(sweep, world, 1), [1]);
		ask(sweep, "a", world, "wait");
	});

	it("counts the first return of an item, whether it has failed, and no other", () => {
		const sweep = onePage(world);
		back(sweep, world, 1, 0);
		back(sweep, world, 1, 0, true);
		back(sweep, world, 1, 1, true);
		back(sweep, world, 1, 1);
		back(sweep, world, 1, 7);
		back(sweep, world, 4, 0);
		assert.deepEqual(back(sweep, world, 1, 2), [1]);
		assert.deepEqual(ask(sweep, "a", world, "complete").completion, {
			items: 3,
			pages: 1,
			total: 9,
			complete: true,
			sweep: "s1",
			unacknowledged: 0,
			failed: 1,
		});
	});

	it("hands out only what is not back, three times at most, each time nothing came back for the lease", () => {
		const sweep = onePage(world);
		world.now += LEASE - 1;
		ask(sweep, "a", world, "wait");
		back(sweep, world, 1, 1);
		world.now += LEASE - 1;
		ask(sweep, "a", world, "wait");
		world.now += 1;
		assert.deepEqual(ask(sweep, "b", world, "hand-out"), { kind: "hand-out", page: 1, places: [0, 2], attempt: 2 });
		world.now += LEASE;
		assert.equal(ask(sweep, "b", world, "hand-out").attempt, 3);
		world.now += LEASE;
		back(sweep, world, 1, 0);
		ask(sweep, "b", world, "wait");
		world.now += LEASE;
		const { completion } = ask(sweep, "b", world, "complete");
		assert.deepEqual([completion.complete, completion.unacknowledged], [false, 1]);
	});

	it("takes the pages, the listing and the completion of an instance that is gone", () => {
		const sweep = begun(world);
		world.dead.add("a");
		const { ticket } = ask(sweep, "b", world, "list");
		assert.equal(list(sweep, ticket, world, 3, true), 1);
		world.dead.add("b");
		assert.deepEqual(ask(sweep, "c", world, "hand-out").places, [0, 1, 2]);
		back(sweep, world, 1);
		ask(sweep, "c", world, "complete");
		ask(sweep, "d", world, "wait");
		world.dead.add("c");
		assert.equal(ask(sweep, "d", world, "complete").completion.sweep, "s1");
		assert.equal(closed(sweep, "c"), false);
		assert.equal(closed(sweep, "d"), true);
		ask(sweep, "d", world, "over");
	});

	it("tells items that are gone as unacknowledged, and does not wait for them", () => {
		const sweep = onePage(world);
		back(sweep, world, 1, 0);
		goneFrom(sweep, 1, [0, 1, 2]);
		const { completion } = ask(sweep, "a", world, "complete");
		assert.deepEqual([completion.unacknowledged, completion.complete], [2, false]);
	});

	it("tries a list that fails again after growing pauses, and ends incomplete when it fails for long", () => {
		const sweep = onePage(world);
		sweep.listing = "open";
		back(sweep, world, 1);
		const pauses: number[] = [];
		for (let isOver = false; !isOver; ) {
			const { ticket } = ask(sweep, "a", world, "list");
			isOver = listingFailed(sweep, ticket, 0, world.moment);
			if (isOver) break;
			const { until } = ask(sweep, "a", world, "wait");
			pauses.push((until - world.now) / 1000);
			world.now = until;
		}
		assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
		assert.equal(ask(sweep, "a", world, "complete").completion.complete, false);
	});

	it("lists no more than asked", () => {
		const sweep = begun(world, "a", 4);
		list(sweep, sweep.lister as Turn, world, 3);
		const { ticket, room } = ask(sweep, "a", world, "list");
		assert.equal(room, 1);
		list(sweep, ticket, world, 1);
		acknowledge(
			sweep,
			[1, 2].map((page) => ({ page, item: undefined, hasFailed: false })),
			world.moment,
		);
		const { completion } = ask(sweep, "a", world, "complete");
		assert.deepEqual([completion.items, completion.complete, completion.unacknowledged], [4, false, 0]);
	});
});

describe("a lease", () => {
	const key = keyOf("node", "account", "/user/vehicles");
	const sweep = newSweepId(key);

	it("is read with others or alone, and nothing is read of what is none", () => {
		const lease = { sweep, page: 1, item: 0 };
		const read = { ...lease, hasFailed: true };
		assert.deepEqual(readLeases(lease, true, "node"), [read]);
		assert.deepEqual(readLeases([lease, null, [], {}, "x", { sweep, page: -1 }, { sweep, page: 2 }], true, "node"), [
			read,
			{ sweep, page: 2, item: undefined, hasFailed: true },
		]);
		for (const none of [
			undefined,
			null,
			"",
			[],
			{},
			{ sweep: 5, page: 1 },
			{ sweep: "s", page: 1 },
			{ ...lease, item: "0" },
		])
			assert.deepEqual(readLeases(none, false, "node"), []);
		assert.deepEqual(readLeases(lease, false, "other"), [], "of another node");
	});

	it("tells by the sweep's id, and by that of a sequence, whose it is", () => {
		assert.equal(keyIn(sweep, "node"), key);
		assert.equal(keyIn(`${sweep}.1.1`, "node"), key);
		assert.equal(keyIn("6f1e", "node"), undefined);
		assert.notEqual(key, keyOf("node", "account", "/user/vehicles?x=1"));
	});
});
