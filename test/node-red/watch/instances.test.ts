import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { ChildNodeRed } from "../../support/child";
import { FakeApi, liveAccount, liveCredentials } from "../../support/fake-api";
import { PlainTokenServer } from "../../support/oauth-server";
import { freshPlace } from "../../support/postgres";
import type { FlowMessage, FlowNode } from "../../support/runtime";
import { TcpProxy } from "../../support/tcp-proxy";

/** A look at a car by an instance, as the API has seen it. */
interface Look {
	by: number;
	from: number;
	/** Infinite while it is under way. */
	to: number;
}

interface Car {
	id: string;
	plugged: boolean;
	updatedAt: number;
	looks: Look[];
	/** What became of it, in order, from its first state on. */
	changes: { kind: string; at: number }[];
}

interface Told {
	by: number;
	kind: string;
	id: string;
	car: string;
	heardAt: number;
}

const CARS = 30;
/** Milliseconds within which another instance takes over. */
const HANDED_OVER = 20_000;
/** Milliseconds within which something has only just been told. */
const JUST = 1_500;
/** How long (ms) the API takes for an answer. */
const SLOW = 25;

describe("a watch that three Node-RED share by one store", function () {
	this.timeout(240_000);
	let api: FakeApi;
	const children: ChildNodeRed[] = [];
	const wires: TcpProxy[] = [];
	const cars: Car[] = [];
	const told: Told[] = [];
	const caught: { by: number; code: string }[] = [];
	/** Tells "news" of every look, message and error. */
	const news = new EventEmitter();
	/** When an instance could not say any more, to the store, that it had told something. */
	const broken: { by: number; at: number }[] = [];
	/** While true, a car changes again as soon as its last change was told. */
	let goesOn = true;

	before(async () => {
		api = await FakeApi.start();
		const place = await freshPlace();
		const { database, schema, user, password } = place;
		for (let n = 0; n < CARS; n++) {
			const car: Car = { id: `car${n}`, plugged: false, updatedAt: 0, looks: [], changes: [] };
			cars.push(car);
			change(car);
			api.on(`/user/vehicles/${car.id}/status`, ({ headers }) => look(car, Number(headers["x-instance"])));
		}
		api.on("/user/vehicles", {
			body: { _embedded: { vehicles: cars.map(({ id }, n) => ({ id, vin: `VR3UHZKXBN00000${10 + n}` })) } },
		});
		for (let n = 0; n < 3; n++) {
			const wire = await TcpProxy.to(place.port);
			wires.push(wire);
			const flow: FlowNode[] = [
				liveAccount(api, { store: "store", headers: [{ name: "x-instance", value: String(n) }] }),
				{ id: "store", type: "stellantis-store", host: "127.0.0.1", port: wire.port, database, schema },
				{
					...{ id: "watch", type: "stellantis-watch", account: "account", events: ["plugged", "unplugged"] },
					...{ parked: 0.02, firstRun: "all", wires: [["probe-event"], []] },
				},
				{ id: "probe-event", type: "probe", name: "event", wires: [] },
				{ id: "catch", x: 1, y: 1, type: "catch", scope: null, wires: [["probe-caught"]] },
				{ id: "probe-caught", type: "probe", name: "caught", wires: [] },
			];
			const types = ["account", "store", "watch"];
			children.push(new ChildNodeRed(types, flow, { ...liveCredentials, store: { user, password } }));
		}
	});
	after(async () => {
		for (const child of children) await child.remove();
		for (const wire of wires) await wire.stop();
		await api.stop();
	});

	function change(car: Car): void {
		car.plugged = !car.plugged;
		// Each state is newer than the last, however quickly they follow.
		car.updatedAt = Math.max(Date.now(), car.updatedAt + 1_000);
		car.changes.push({ kind: car.plugged ? "plugged" : "unplugged", at: car.updatedAt });
	}

	async function look(car: Car, by: number) {
		const one: Look = { by, from: Date.now(), to: Number.POSITIVE_INFINITY };
		car.looks.push(one);
		const { plugged } = car;
		const createdAt = new Date(car.updatedAt).toISOString();
		await wait(SLOW);
		one.to = Date.now();
		news.emit("news");
		const charging = { plugged, status: plugged ? "Stopped" : "Disconnected" };
		const energy = { createdAt, type: "Electric", level: 50, extension: { electric: { charging } } };
		// So many that looks follow each other as quickly as a test likes.
		const headers = { "x-ratelimit-limit-1": "100000000", "x-ratelimit-remaining-1": "100000000" };
		return { headers, body: { createdAt, updatedAt: createdAt, energies: [energy], _links: {} } };
	}

	async function begin(n: number): Promise<void> {
		const child = children[n];
		assert.ok(child);
		await child.start();
		child.collect("event", (msg) => {
			const { kind, id } = msg.event as { kind: string; id: string };
			const one = { by: n, kind, id, car: String(msg.topic), heardAt: Date.now() };
			const isAgain = told.some((other) => other.id === id);
			told.push(one);
			const car = cars.find(({ id: car }) => car === one.car);
			assert.ok(car);
			if (goesOn && !isAgain) change(car);
			news.emit("news");
		});
		child.collect("caught", (msg: FlowMessage) => {
			caught.push({ by: n, code: String(msg.error?.code) });
			news.emit("news");
		});
	}

	/** How many events of a car were told, what was told again not counted. */
	const toldOf = (id: string) => new Set(told.filter(({ car }) => car === id).map((one) => one.id)).size;

	function until(what: string, isSo: () => boolean, milliseconds = 60_000): Promise<void> {
		return new Promise((resolve, reject) => {
			const check = () => {
				if (!isSo()) return;
				clearTimeout(late);
				news.off("news", check);
				resolve();
			};
			const late = setTimeout(() => {
				news.off("news", check);
				const untold = cars.filter(({ id, changes }) => toldOf(id) < changes.length);
				const last = untold.map(({ id, looks }) => [id, looks.length, looks.at(-1)]);
				reject(new Error(`${what}: not within ${milliseconds} ms; not told of ${JSON.stringify(last)}`));
			}, milliseconds);
			news.on("news", check);
			check();
		});
	}

	/** Cars whose last look was an instance's. */
	const carsOf = (by: number) => cars.filter(({ looks }) => looks.at(-1)?.by === by);

	/** Each of these instances looks, and each car was looked at by the same one for a while. */
	const isDivided = (...among: number[]) =>
		among.every((by) => carsOf(by).length > 0) &&
		cars.every(({ looks }) => {
			const recent = looks.slice(-3);
			return recent.length === 3 && recent.every(({ by }) => by === recent[0]?.by && among.includes(by));
		});

	/** Whatever a car has become was told, each once; again only what had just left when an instance was killed or cut off. */
	function assertTold(): void {
		for (const { id, changes } of cars) {
			const own = told.filter(({ car }) => car === id);
			const first = own.filter((one, index) => own.findIndex((other) => other.id === one.id) === index);
			assert.deepEqual(
				first.map(({ kind }) => kind),
				changes.map(({ kind }) => kind).slice(0, first.length),
				id,
			);
			const again = own.filter((one) => !first.includes(one));
			for (const one of again) {
				const before = own.find((other) => other.id === one.id);
				assert.ok(before);
				const isClose = broken.some(({ by, at }) => by === before.by && Math.abs(before.heardAt - at) < JUST);
				assert.ok(isClose && before.kind === one.kind, `${id} was told twice`);
			}
			assert.ok(again.length <= broken.length, `${id}: ${again.length} again`);
		}
	}

	/** No car was ever looked at by two at a time, but where a killed one's last look was not over. */
	function assertApart(): void {
		for (const { id, looks } of cars)
			for (const [index, one] of looks.entries())
				for (const other of looks.slice(index + 1))
					if (other.by !== one.by)
						assert.ok(
							other.from >= one.to || one.to === Number.POSITIVE_INFINITY,
							`${id}: ${JSON.stringify([one, other])}`,
						);
	}

	const allTold = () => cars.every(({ id, changes }) => toldOf(id) >= changes.length);

	it("divides the cars as instances come, and tells the first state of each once", async () => {
		await begin(0);
		await until("all cars at the first", () => carsOf(0).length === CARS);
		await Promise.all([begin(1), begin(2)]);
		await until("divided", () => isDivided(0, 1, 2));
		assertApart();
		assertTold();
	});

	it("hands over within a lease when one is killed, misses no change and tells again only what it may have told", async () => {
		const before = told.length;
		await until("changes", () => told.length > before + 2 * CARS);
		const orphans = carsOf(2);
		await children[2]?.end("SIGKILL");
		const killedAt = Date.now();
		broken.push({ by: 2, at: killedAt });
		await until("taken over", () =>
			orphans.every(({ looks }) => looks.some(({ by, from }) => by !== 2 && from > killedAt)),
		);
		const took = Date.now() - killedAt;
		assert.ok(took < HANDED_OVER, `taken over after ${took} ms`);
		const later = told.length;
		await until("more changes", () => told.length > later + 2 * CARS);
		assertApart();
		assertTold();
	});

	it("hands over what an instance has that the store can't be reached from; it looks and tells no more", async () => {
		const orphans = carsOf(0);
		assert.ok(orphans.length > 0);
		wires[0]?.cut();
		const cutAt = Date.now();
		broken.push({ by: 0, at: cutAt });
		await until("taken over", () => orphans.every(({ looks }) => looks.at(-1)?.by === 1));
		const took = Date.now() - cutAt;
		assert.ok(took < HANDED_OVER, `taken over after ${took} ms`);
		await until("said", () => caught.some(({ by, code }) => by === 0 && code === "ERR_STORE"));
		const takenAt = Date.now();
		const later = told.length;
		await until("more changes", () => told.length > later + CARS);
		assert.deepEqual(
			cars.flatMap(({ looks }) => looks.filter(({ by, from }) => by === 0 && from > takenAt)),
			[],
		);
		assertApart();
		assertTold();
		wires[0]?.mend();
		await until("back", () => isDivided(0, 1));
	});

	it("loses nothing while the store is away for all, and tells each change once when it is back", async () => {
		for (const wire of wires) wire.cut();
		const cutAt = Date.now();
		broken.push({ by: 0, at: cutAt }, { by: 1, at: cutAt });
		goesOn = false;
		for (const car of cars.slice(0, CARS / 2)) if (toldOf(car.id) === car.changes.length) change(car);
		await until("said", () => caught.filter(({ code }) => code === "ERR_STORE").length >= 3);
		const before = told.length;
		// Longer than a lease: then nobody can be sure of what it has.
		await wait(17_000);
		const quietSince = Date.now();
		await wait(2_000);
		assert.deepEqual(
			cars.flatMap(({ looks }) => looks.filter(({ from }) => from > quietSince)),
			[],
		);
		assert.equal(told.length, before);
		assert.ok(!allTold());
		for (const wire of wires) wire.mend();
		await until("all told", allTold);
		assert.ok(Date.now() - cutAt > 17_000);
		const end = Date.now();
		await until("looked again", () => cars.every(({ looks }) => looks.some(({ from }) => from > end)));
		assertApart();
		assertTold();
		assert.deepEqual(
			caught.filter(({ code }) => code !== "ERR_STORE"),
			[],
		);
	});
});

describe("a watch whose sign-in is in a store that is away when Node-RED starts", function () {
	this.timeout(60_000);

	it("reads the list of vehicles as soon as the store is there", async () => {
		const [api, tokens, place] = await Promise.all([FakeApi.start(), new PlainTokenServer().start(), freshPlace()]);
		const wire = await TcpProxy.to(place.port);
		wire.cut();
		const now = new Date().toISOString();
		api.on("/user/vehicles", { body: { _embedded: { vehicles: [{ id: "v1", vin: "VR3UHZKXBN0000010" }] } } });
		api.on("/user/vehicles/v1/status", { body: { createdAt: now, updatedAt: now, _links: {} } });
		const { database, schema, user, password } = place;
		const child = new ChildNodeRed(
			["account", "store", "watch"],
			[
				liveAccount(api, { store: "store", auth: "authorization-code", tokenUrl: `${tokens.url}/token` }),
				{ id: "store", type: "stellantis-store", host: "127.0.0.1", port: wire.port, database, schema },
				{ id: "watch", type: "stellantis-watch", account: "account", wires: [[], ["probe-state"]] },
				{ id: "probe-state", type: "probe", name: "state", wires: [] },
				{ id: "caught", x: 1, y: 1, type: "catch", wires: [["probe-error"]] },
				{ id: "probe-error", type: "probe", name: "error", wires: [] },
			],
			{
				account: { clientId: "client-77", refreshToken: tokens.mintRefreshToken() },
				store: { user, password, key: "cnry-sealing-key-of-all" },
			},
		);
		try {
			await child.start();
			const { error } = await child.next("error");
			assert.equal(error?.code, "ERR_STORE");
			// The list has been tried in vain.
			await wait(3_000);
			const state = child.next("state");
			wire.mend();
			const before = performance.now();
			await state;
			assert.ok(performance.now() - before < 20_000);
		} finally {
			await child.remove();
			await wire.stop();
			await Promise.all([api.stop(), tokens.stop()]);
		}
	});
});
