import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { Limiter } from "../../src/transport/limiter";
import { SharedPace } from "../../src/transport/shared-pace";
import { asOwner, closeStores, freshPlace, storeAt } from "../support/postgres";
import { AT_BEST } from "../support/takes-less";

describe("Requests a second that several Node-RED share", () => {
	afterEach(closeStores);

	const claim = { priority: "sweep", owner: "n" } as const;

	it("are no more than the cap in any second, and nearly as many", async function () {
		this.retries(AT_BEST);
		const place = await freshPlace();
		const stores = [storeAt(place), storeAt(place), storeAt(place)];
		await Promise.all(stores.map((store) => store.ready()));
		const limiters = stores.map(
			(store) => new Limiter({ concurrency: 20, requestsPerSecond: 100, shared: new SharedPace(store, "gate", 100) }),
		);
		const starts: number[] = [];
		const begun = performance.now();
		await Promise.all(
			limiters.flatMap((limiter) =>
				Array.from({ length: 70 }, () =>
					limiter.run(claim, undefined, async () => void starts.push(performance.now())),
				),
			),
		);
		const seconds = (performance.now() - begun) / 1000;
		const most = Math.max(...starts.map((at) => starts.filter((each) => each >= at && each < at + 1000).length));
		assert.ok(most <= 105, `${most} in a second`);
		assert.ok(starts.length / seconds >= 80, `${starts.length} in ${seconds} s`);
		for (const limiter of limiters) limiter.close();
	});

	it("pause for all when the server asks one to", async () => {
		const place = await freshPlace();
		const [one, other] = [storeAt(place), storeAt(place)].map(
			(store) => new Limiter({ concurrency: 5, requestsPerSecond: 50, shared: new SharedPace(store, "gate", 50) }),
		);
		assert.ok(one && other);
		await other.run(claim, undefined, async () => {});
		one.hold(0.6);
		while ((await asOwner(place, `select 1 from ${place.schema}.gate where held_until > 0`)).length === 0)
			await pause(5);
		const before = performance.now();
		await other.run(claim, undefined, async () => {});
		await other.run(claim, undefined, async () => {});
		assert.ok(performance.now() - before > 300);
		one.close();
		other.close();
	});

	it("go on with a share of the cap while the store is away", async function () {
		this.retries(AT_BEST);
		const place = await freshPlace();
		const stores = [storeAt(place), storeAt(place)];
		await Promise.all(stores.map((store) => store.ready()));
		const [store] = stores;
		assert.ok(store);
		const limiter = new Limiter({ concurrency: 20, requestsPerSecond: 40, shared: new SharedPace(store, "gate", 40) });
		await limiter.run(claim, undefined, async () => {});
		await asOwner(place, `alter table ${place.schema}.gate rename to gone`);
		const before = performance.now();
		await Promise.all(Array.from({ length: 21 }, () => limiter.run(claim, undefined, async () => {})));
		const took = performance.now() - before;
		assert.ok(took > 850 && took < 3000, `20 a second are this instance's: ${took} ms`);
		await asOwner(place, `alter table ${place.schema}.gone rename to gate`);
		limiter.close();
	});
});
