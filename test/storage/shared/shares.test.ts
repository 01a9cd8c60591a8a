import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import type { PoolOptions } from "../../../src/storage/shared/pool";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { Shares } from "../../../src/storage/shared/shares";
import { asOwner, closeStores, freshPlace, storeAt } from "../../support/postgres";

const WORK = "watch fleet node";
const OF = 64;
/** Milliseconds; long enough for a busy machine where a lease must not end. */
const LONG = 60_000;
const SHORT = 300;

describe("shares of a work that several instances do together", () => {
	let place: PoolOptions;
	beforeEach(async () => {
		place = await freshPlace();
	});
	afterEach(closeStores);

	/** An instance, and what it has of the work. */
	function instance(duration = LONG) {
		const store = storeAt(place);
		const shares = new Shares(new SharedAccount(store, "fleet", "customer"), OF, duration);
		return {
			...{ store, shares, has: [] as number[] },
			/** Leases, and gives back what it has beyond its part. */
			async turn(work = WORK) {
				const holding = (await shares.lease([work])).get(work);
				assert.ok(holding);
				const all = holding.shares.map(({ n }) => n);
				this.has = all.slice(0, holding.part);
				if (all.length > holding.part) await shares.giveBack(work, all.slice(holding.part));
				return holding;
			},
		};
	}

	type Instance = ReturnType<typeof instance>;

	/** Every share at exactly one, and each has as many as any other, give or take one. */
	function assertFair(...instances: Instance[]): void {
		const all = instances.flatMap(({ has }) => has);
		assert.deepEqual(
			all.toSorted((a, b) => a - b),
			Array.from({ length: OF }, (_, n) => n),
		);
		const counts = instances.map(({ has }) => has.length);
		assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `shares: ${counts}`);
	}

	async function settle(...instances: Instance[]): Promise<void> {
		for (let round = 0; round < 2; round++) for (const one of instances) await one.turn();
	}

	it("are divided fairly as instances come and go, and only as many change hands as must", async () => {
		const [a, b, c] = [instance(), instance(), instance()];
		await settle(a);
		assertFair(a);
		await settle(a, b);
		assertFair(a, b);
		const before = new Set(a.has);
		await settle(a, b, c);
		assertFair(a, b, c);
		assert.ok(a.has.every((n) => before.has(n)));
		await b.shares.giveBack(WORK);
		await settle(a, c);
		assertFair(a, c);
		const many = Array.from({ length: 7 }, () => instance());
		await settle(a, c, ...many);
		assertFair(a, c, ...many);
	});

	it("are never at two, however many ask at once", async () => {
		const instances = Array.from({ length: 5 }, () => instance());
		for (let round = 0; round < 6; round++) {
			const holdings = await Promise.all(instances.map((one) => one.turn()));
			const all = instances.flatMap(({ has }) => has);
			assert.equal(new Set(all).size, all.length);
			assert.equal(holdings.length, 5);
		}
		assertFair(...instances);
	});

	it("of several works fall to the same instance, whoever asks first", async () => {
		const [a, b] = [instance(), instance()];
		const works = ["watch fleet one", "watch fleet two"];
		const has = async ({ shares }: Instance) => {
			const holdings = await shares.lease(works);
			for (const [work, { shares: all, part }] of holdings)
				if (all.length > part)
					await shares.giveBack(
						work,
						all.slice(part).map(({ n }) => n),
					);
			return works.map((work) => holdings.get(work)?.shares.map(({ n }) => n));
		};
		await has(a);
		for (let round = 0; round < 2; round++) await Promise.all([has(a), has(b)]);
		const [one, two] = await has(b);
		assert.deepEqual(one, two);
		assert.equal(one?.length, OF / 2);
	});

	it("of an instance that is killed are taken over when its leases end, not before", async () => {
		const [dead, heir] = [instance(2_000), instance()];
		await settle(dead);
		await heir.turn();
		assert.deepEqual(heir.has, []);
		assert.equal(await heir.shares.free([WORK]), 0);
		await wait(2_000);
		assert.equal(await heir.shares.free([WORK]), OF);
		await heir.turn();
		assertFair(heir);
	});

	it("of an instance that has left the store are free at once", async () => {
		const [gone, heir] = [instance(), instance()];
		await settle(gone);
		await gone.store.close();
		await heir.turn();
		assertFair(heir);
	});

	it("stay with who had them, where nobody took them while the store was away for longer than the lease", async () => {
		const one = instance(SHORT);
		const before = await one.turn();
		await wait(SHORT);
		assert.deepEqual(await one.turn(), before);
	});

	it("let write only who has them, as it took them; what is written last stays for the next", async () => {
		const [a, b] = [instance(SHORT), instance()];
		const { shares: held } = await a.turn();
		const [first, second] = held;
		assert.ok(first && second);
		const change = (n: number, data: unknown) => ({ n, key: `car${n}`, data });
		assert.deepEqual(
			[...(await a.shares.write(WORK, [first, second], [change(first.n, "a"), change(second.n, "a")]))].toSorted(),
			[first.n, second.n],
		);
		await wait(SHORT);
		const { shares: taken } = await b.turn();
		assert.equal(taken.length, OF);
		assert.deepEqual([...(await a.shares.write(WORK, [first], [change(first.n, "late")]))], []);
		assert.deepEqual(
			await b.shares.read(WORK, taken),
			new Map([
				[`car${first.n}`, "a"],
				[`car${second.n}`, "a"],
			]),
		);
		// A holder that has had it before must have read it again, too.
		await b.shares.write(WORK, taken, [change(first.n, "b"), change(second.n, null)]);
		await b.shares.giveBack(WORK);
		await a.turn();
		assert.deepEqual([...(await a.shares.write(WORK, [first], [change(first.n, "late")]))], []);
		assert.deepEqual(await a.shares.read(WORK, held), new Map([[`car${first.n}`, "b"]]));
	});

	it("begin their lease anew with what is written", async () => {
		const [a, b] = [instance(SHORT), instance()];
		const { shares: held } = await a.turn();
		await wait(SHORT);
		await a.shares.write(WORK, held.slice(0, 1), []);
		await asOwner(
			place,
			`update ${place.schema}.share set until = until + interval '1 minute' where until > clock_timestamp()`,
		);
		await b.turn();
		assert.deepEqual(b.has.includes(held[0]?.n ?? 0), false);
	});

	it("take in what was kept elsewhere, but over nothing that is known", async () => {
		const a = instance();
		const { shares: held } = await a.turn();
		await a.shares.write(WORK, held, [{ n: 3, key: "known", data: "store" }]);
		const many = Array.from({ length: 1_200 }, (_, n) => ({ n: n % OF, key: `car${n}`, data: "file" }));
		await a.shares.enter(WORK, [...many, { n: 3, key: "known", data: "file" }]);
		const values = await a.shares.read(WORK, held);
		assert.deepEqual([values.size, values.get("known"), values.get("car1199")], [1_201, "store", "file"]);
		await a.shares.write(
			WORK,
			held,
			many.map((change) => ({ ...change, data: null })),
		);
		assert.deepEqual([...(await a.shares.read(WORK, held)).keys()], ["known"]);
	});
});
