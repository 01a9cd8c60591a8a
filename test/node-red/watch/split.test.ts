import assert from "node:assert/strict";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { PoolOptions } from "../../../src/storage/shared/pool";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { FakeApi } from "../../support/fake-api";
import { closeStores, freshPlace, storeAt } from "../../support/postgres";
import { TcpProxy } from "../../support/tcp-proxy";
import { HOUR, MINUTE, START, type TestWatch, TurnedClock, WatchBench } from "./support";

const CARS = Array.from({ length: 12 }, (_, n) => ({ id: `car${n}`, vin: `VR3UHZKXBN00000${10 + n}` }));
const EVENTS = { events: ["plugged", "unplugged"] };

describe("watch: shared by instances", () => {
	let api: FakeApi;
	let place: PoolOptions;
	let plugged: boolean;
	let updatedAt: number;
	const running: [WatchBench, TestWatch][] = [];
	before(async () => {
		api = await FakeApi.start();
	});
	after(() => api.stop());
	beforeEach(async () => {
		place = await freshPlace();
		plugged = false;
		updatedAt = START - HOUR;
		api.clear();
		api.on("/user/vehicles", { body: { _embedded: { vehicles: CARS } } });
		for (const { id } of CARS)
			api.on(`/user/vehicles/${id}/status`, () => {
				const createdAt = new Date(updatedAt).toISOString();
				const charging = { plugged, status: plugged ? "Stopped" : "Disconnected" };
				const energy = { createdAt, type: "Electric", level: 50, extension: { electric: { charging } } };
				return { body: { createdAt, updatedAt: createdAt, energies: [energy], _links: {} } };
			});
	});
	afterEach(async () => {
		for (const [bench, watch] of running.splice(0)) await bench.close(watch);
		await closeStores();
	});

	/** One of several instances. */
	async function begin(
		name: string,
		{ folder, properties = {}, port = place.port, now = START, isAlone = false } = {} as {
			folder?: string;
			properties?: Record<string, unknown>;
			port?: number;
			now?: number;
			isAlone?: boolean;
		},
	): Promise<[WatchBench, TestWatch]> {
		const store = isAlone ? undefined : new SharedAccount(storeAt({ ...place, port }), "fleet", "customer");
		const headers = [{ name: "x-instance", value: name }];
		const config = { api: "user-v4", baseUrl: api.root, auth: "none", headers, retries: 0 };
		const bench = new WatchBench(new TurnedClock(now), config, {}, undefined, folder, store);
		const watch = await bench.start("w", { ...EVENTS, ...properties });
		running.push([bench, watch]);
		return [bench, watch];
	}

	/** Turns everybody's clock on, little by little, until something is so. */
	async function until(isSo: () => boolean, step = 1_000): Promise<void> {
		while (!isSo()) {
			for (const [bench] of running) await bench.turn(step);
			await wait(20);
		}
	}

	const looks = () =>
		api.requests
			.filter(({ path }) => path.endsWith("/status"))
			.map(({ path, headers }) => ({ car: path.split("/")[3], by: headers["x-instance"] }));

	/** Two instances, each with some of the cars, which have all been looked at. */
	async function two(properties: Record<string, unknown> = {}) {
		const a = await begin("a", { properties });
		const b = await begin("b", { properties });
		const isDivided = () => a[1].here > 0 && b[1].here > 0 && a[1].here + b[1].here === CARS.length;
		await until(() => isDivided() && new Set(looks().map(({ car }) => car)).size === CARS.length);
		for (const [bench] of running) await bench.turn(2 * MINUTE);
		const before = looks();
		const owner = (car: string) => before.findLast((look) => look.car === car)?.by;
		api.requests.length = 0;
		return { a, b, ownerAt: owner };
	}

	it("looks at every car that a message or an event asks for, whichever instance hears of it and whichever has it", async () => {
		const { a, b } = await two();
		await a[0].shared.look(a[1].watcher);
		await until(() => looks().length === CARS.length);
		const owner = new Map(looks().map(({ car, by }) => [car, by]));
		assert.equal(owner.size, CARS.length);
		assert.deepEqual([[...owner.values()].filter((by) => by === "a").length, b[1].here], [a[1].here, b[1].here]);
		const ofB = CARS.filter(({ id }) => owner.get(id) === "b");
		const [first, second] = ofB;
		assert.ok(first && second);
		for (const [bench] of running) await bench.turn(2 * MINUTE);
		api.requests.length = 0;
		await a[0].shared.look(a[1].watcher, first.vin);
		await a[0].shared.heardOf({ vin: second.vin });
		await until(() => looks().length === 2);
		assert.deepEqual(
			looks().toSorted((one, other) => String(one.car).localeCompare(String(other.car))),
			[first, second]
				.map(({ id }) => ({ car: id, by: "b" }))
				.toSorted((one, other) => one.car.localeCompare(other.car)),
		);
		await assert.rejects(a[0].shared.look(a[1].watcher, "unknown-id"), { code: "ERR_BAD_INPUT" });
	});

	it("forgets what is known of every car, wherever it is looked at", async () => {
		plugged = true;
		const { a, b } = await two({ firstRun: "all" });
		assert.equal(a[1].events().length + b[1].events().length, CARS.length);
		const before = b[1].events().length;
		await a[0].shared.forget(a[1].watcher);
		await a[0].shared.look(a[1].watcher);
		await until(() => a[1].events().length + b[1].events().length === 2 * CARS.length);
		assert.ok(b[1].here > 0);
		assert.equal(b[1].events().length - before, b[1].here);
	});

	it("counts what all have spent against the share of the quota, and takes its part of what is left", async () => {
		const { a, b } = await two();
		// What each has spent by itself is less.
		await until(() => [a[1], b[1]].every(({ state }) => (state?.used ?? 0) > CARS.length));
		assert.deepEqual(
			[a[1], b[1]].map(({ state }) => state?.allowance),
			[CARS.length * 250, CARS.length * 250],
		);
	});

	it("goes on from what this machine has kept in files, once: a change since then is told, none for the first time", async () => {
		const folder = mkdtempSync(join(tmpdir(), "stellantis-watch-"));
		const [alone, watch] = await begin("alone", { isAlone: true, folder });
		await alone.turn(HOUR);
		await alone.shared.leave(watch.watcher, false);
		await alone.account.close();
		running.length = 0;
		assert.ok(readdirSync(folder).some((name) => name.startsWith("watch-w.")));
		plugged = true;
		updatedAt = START + HOUR;
		const now = START + HOUR + MINUTE;
		const a = await begin("a", { folder, now });
		await until(() => a[1].here === CARS.length);
		const b = await begin("b", { now });
		await until(() => a[1].events().length + b[1].events().length === CARS.length);
		assert.deepEqual(
			readdirSync(folder).filter((name) => name.startsWith("watch-w.")),
			[],
		);
		assert.deepEqual(
			[...new Set([...a[1].events(), ...b[1].events()].map(({ event }) => event.since))],
			["2026-03-01T23:00:00Z"],
		);
	});

	it("gives its cars to the other when it stops, which knows what was known", async () => {
		const { a, b } = await two();
		const ofB = b[1].here;
		await b[0].close(b[1]);
		running.splice(
			running.findIndex(([bench]) => bench === b[0]),
			1,
		);
		await until(() => a[1].here === CARS.length);
		assert.ok(ofB > 0);
		plugged = true;
		updatedAt = a[0].clock.now();
		await until(() => a[1].events().length === CARS.length, MINUTE);
	});

	it("says to a message that its wish can't be passed on while the store is away, and that it is", async () => {
		const wire = await TcpProxy.to(place.port);
		try {
			const a = await begin("a", { port: wire.port });
			const b = await begin("b");
			await until(() => a[1].here > 0 && b[1].here > 0);
			wire.cut();
			await assert.rejects(a[0].shared.look(a[1].watcher), { code: "ERR_STORE" });
			await until(() => a[1].failures.length > 0 && a[1].here === 0 && b[1].here === CARS.length);
			assert.deepEqual(
				a[1].failures.map(({ code }) => code),
				["ERR_STORE"],
			);
			assert.equal(a[1].state?.failing, true);
			wire.mend();
			await until(() => a[1].here > 0 && a[1].state?.failing === false);
		} finally {
			for (const [bench, watch] of running.splice(0)) await bench.close(watch);
			await wire.stop();
		}
	});
});
