import { strict as assert } from "node:assert";
import { EventEmitter, once } from "node:events";
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at } from "../../../src/json";
import { FakeApi } from "../../support/fake-api";
import { DAY, HOUR, MINUTE, type Sent, START, TurnedClock, WatchBench } from "./support";

const VIN = "VR3UHZKXBN0000001";

describe("watch: what goes wrong", () => {
	let api: FakeApi;
	let clock: TurnedClock;
	let bench: WatchBench;
	/** What the car tells from now on. */
	let car: { updatedAt: number; plugged: boolean; odometer: number; doors?: object };
	let id: string;
	before(async () => {
		api = await FakeApi.start();
	});
	after(() => api.stop());
	beforeEach(() => {
		api.clear();
		clock = new TurnedClock(START);
		car = { updatedAt: START - HOUR, plugged: false, odometer: 1000 };
		id = "one";
		serve("one");
		bench = new WatchBench(clock, { api: "user-v4", baseUrl: api.root, auth: "none", retries: 0 });
	});

	function serve(name: string, headers: Record<string, string> = {}): void {
		api.on("/user/vehicles", () => ({ body: { _embedded: { vehicles: [{ id, vin: VIN, label: "Car" }] } } }));
		api.on(`/user/vehicles/${name}/status`, () => {
			const createdAt = new Date(car.updatedAt).toISOString();
			const charging = { plugged: car.plugged, status: car.plugged ? "Stopped" : "Disconnected" };
			return {
				headers,
				body: {
					...{ createdAt, updatedAt: createdAt, odometer: { createdAt, mileage: car.odometer } },
					energies: [{ createdAt, type: "Electric", level: 50, extension: { electric: { charging } } }],
					...(car.doors === undefined ? {} : { doorsState: { createdAt, ...car.doors } }),
					_links: { self: { href: "status" } },
				},
			};
		});
	}

	function plug(plugged: boolean): void {
		car = { ...car, plugged, updatedAt: clock.now() };
	}

	const statusCalls = () => api.requests.filter(({ path }) => path.endsWith("/status")).length;

	it("tells an hour of failures once, and what has happened meanwhile when it is over", async () => {
		const watch = await bench.start("w", { events: ["plugged", "unplugged"] });
		await bench.turn(HOUR);
		const path = "/user/vehicles/one/status";
		api.fault(path, { status: 500, body: { code: 50000, message: "down" } }, { times: 4 });
		plug(true);
		await bench.turn(HOUR);
		assert.deepEqual([watch.failures.length, watch.failures[0]?.code], [1, "ERR_SERVER"]);
		assert.equal(watch.events().length, 0);
		assert.equal(watch.state?.failing, true);
		await bench.turn(HOUR);
		assert.deepEqual(
			watch.events().map(({ event }) => event.kind),
			["plugged"],
		);
		assert.equal(watch.state?.failing, false);
		api.fault(path, { status: 500 });
		await bench.turn(HOUR);
		assert.equal(watch.failures.length, 2);
		await bench.close(watch);
	});

	it("says so as long as every look fails, whatever else can be had, and of a vehicle that is not found", async () => {
		const watch = await bench.start("w", { events: [] });
		const other = await bench.start("other", { events: [] }, "VR3UHZKXBN0000009");
		await bench.turn(HOUR);
		assert.deepEqual([watch.state?.failing, other.state?.failing], [false, true]);
		for (const status of [403, 500]) {
			api.on("/user/vehicles/one/status", { status, body: { code: status * 100, message: "no" } });
			const count = watch.failures.length;
			for (let hour = 0; hour < 13; hour++) {
				await bench.turn(HOUR);
				assert.equal(watch.state?.failing, true, `after ${hour} hours of ${status}`);
			}
			assert.equal(watch.failures.length, count + 1);
			serve("one");
			await bench.turn(HOUR);
			assert.deepEqual([watch.state?.failing, other.state?.failing], [false, true]);
		}
		assert.deepEqual(
			other.failures.map(({ code }) => code),
			["ERR_NOT_FOUND"],
		);
		await bench.close(watch, other);
	});

	it("reads the list of all vehicles no more often because another watch names one that is not there", async () => {
		const lists = () => api.requests.filter(({ path, query }) => path === "/user/vehicles" && query.size > 0).length;
		const watch = await bench.start("w", { events: [] });
		const other = await bench.start("other", { events: [] }, "two");
		api.on("/user/vehicles/two", { status: 404, body: { code: 40400, message: "no such vehicle" } });
		await bench.turn(12 * HOUR);
		assert.ok(lists() <= 4, `${lists()} lists`);
		api.on("/user/vehicles/two", { body: { id: "two", vin: VIN, label: "Car" } });
		clock.set(clock.now() + 2 * MINUTE);
		await bench.shared.look(other.watcher);
		await bench.settled();
		assert.deepEqual([other.vehicles, other.state?.failing], [1, false]);
		await bench.close(watch, other);
	});

	describe("where flows stop while it tells", () => {
		const told: Sent[] = [];
		let run: AbortController;
		const of = (kind: string) => told.filter(({ event }) => event?.kind === kind).map(({ event }) => event?.id);
		const flowsRun = () => {
			run = new AbortController();
			bench.flows.run = run.signal;
		};
		beforeEach(() => {
			told.length = 0;
			flowsRun();
		});
		const start = () =>
			bench.start("w", { events: ["plugged", "unplugged"] }, undefined, (message) => {
				told.push(message);
				if (of("plugged").length === 1) run.abort();
			});

		it("tells it again as soon as they run again, in order, and then no more", async () => {
			let started = () => {};
			bench.flows.whenRunning = () => new Promise<void>((resolve) => (started = resolve));
			const watch = await start();
			await bench.turn(HOUR);
			plug(true);
			await bench.turn(HOUR);
			plug(false);
			// the flows are stopped, and nobody waits for them
			await bench.turn(2 * HOUR);
			assert.deepEqual([of("plugged").length, of("unplugged").length], [1, 0]);
			flowsRun();
			started();
			await bench.turn(2 * HOUR);
			assert.deepEqual([of("plugged").length, of("unplugged").length], [2, 1]);
			assert.equal(new Set(of("plugged")).size, 1);
			assert.deepEqual(
				told.flatMap(({ event }) => event?.kind ?? []),
				["plugged", "plugged", "unplugged"],
			);
			await bench.turn(2 * HOUR);
			assert.equal(told.filter(({ event }) => event).length, 3);
			await bench.close(watch);
		});

		it("leaves it to the next start where it closes, under the same id", async () => {
			bench.flows.whenRunning = () => Promise.reject(new Error("it closes"));
			const watch = await start();
			await bench.turn(HOUR);
			plug(true);
			await bench.turn(HOUR);
			assert.equal(of("plugged").length, 1);
			await bench.restart(watch);
			flowsRun();
			const next = await start();
			await bench.turn(HOUR);
			assert.equal(of("plugged").length, 2);
			assert.equal(new Set(of("plugged")).size, 1);
			await bench.close(next);
		});
	});

	describe("where it ends between a state that is on the disk and its message", () => {
		const states: Sent[] = [];
		let run: AbortController;
		beforeEach(() => {
			states.length = 0;
			run = new AbortController();
			bench.flows.run = run.signal;
			bench.flows.whenRunning = () => Promise.reject(new Error("it closes"));
		});
		const stateAt = (at: number) =>
			states.filter(({ summary }) => summary?.updatedAt === new Date(at).toISOString()).length;

		it("tells the state with its next look, whatever that brings, and then no more", async () => {
			const watch = await bench.start("w", { events: [] }, undefined, (message) => {
				states.push(message);
				if (states.length === 2) run.abort();
			});
			await bench.turn(HOUR);
			car = { ...car, updatedAt: clock.now() };
			await bench.turn(HOUR);
			assert.equal(stateAt(car.updatedAt), 1);
			for (const times of [1, 0, 0]) {
				await bench.restart(watch);
				bench.flows.run = new AbortController().signal;
				states.length = 0;
				const next = await bench.start("w", { events: [] }, undefined, (message) => states.push(message));
				await bench.turn(HOUR);
				assert.equal(stateAt(car.updatedAt), times);
				await bench.restart(next);
			}
		});

		it("does so after a crash, too", async () => {
			const folder = mkdtempSync(join(tmpdir(), "stellantis-watch-crashed-"));
			const watch = await bench.start("w", { events: [] }, undefined, (message) => {
				if (message.summary?.updatedAt === new Date(car.updatedAt).toISOString())
					cpSync(bench.folder, folder, { recursive: true });
			});
			await bench.turn(HOUR);
			car = { ...car, updatedAt: clock.now() };
			await bench.turn(HOUR);
			await bench.close(watch);
			const other = new WatchBench(clock, { api: "user-v4", baseUrl: api.root, auth: "none" }, {}, undefined, folder);
			const again = await other.start("w", { events: [] });
			await other.turn(2 * HOUR);
			assert.deepEqual(
				again.sent.map(({ summary }) => summary?.updatedAt),
				[new Date(car.updatedAt).toISOString()],
			);
			await other.close(again);
		});
	});

	it("tells alerts and maintenance again after a crash while they were told, under the same id, whatever the car says by then", async () => {
		const told: Sent[] = [];
		const folder = mkdtempSync(join(tmpdir(), "stellantis-watch-crashed-"));
		const alerts: unknown[] = [];
		let days = 100;
		api.on("/user/vehicles/one/alerts", () => ({ body: { _embedded: { alerts } } }));
		api.on("/user/vehicles/one/maintenance", () => ({ body: { daysBeforeMaintenance: days, _links: {} } }));
		const events = ["alert-started", "maintenance-due"];
		const watch = await bench.start("w", { events }, undefined, (message) => {
			if (message.event === undefined) return;
			if (told.length === 0) cpSync(bench.folder, folder, { recursive: true });
			told.push(message);
		});
		await bench.turn(HOUR);
		alerts.push({ id: "a", type: "X", active: true, startedAt: new Date(clock.now()).toISOString() });
		days = 20;
		await bench.turn(DAY);
		await bench.close(watch);
		car = { ...car, updatedAt: clock.now() };
		const other = new WatchBench(clock, { api: "user-v4", baseUrl: api.root, auth: "none" }, {}, undefined, folder);
		const again = await other.start("w", { events });
		await other.turn(DAY);
		const ids = (sent: Sent[]) => sent.map(({ event }) => `${event?.kind} ${event?.id}`).sort();
		assert.deepEqual(ids(again.events()), ids(told));
		assert.equal(told.length, 2);
		await other.close(again);
	});

	it("makes nothing of doors where only locks are told, also when it tells them again after a crash", async () => {
		const opening = [{ identifier: "Driver", state: "Open" }];
		const events = ["locked", "unlocked", "opened", "closed"];
		const folder = mkdtempSync(join(tmpdir(), "stellantis-watch-crashed-"));
		const told: Sent[] = [];
		const watch = await bench.start("w", { events }, undefined, (message) => {
			if (message.event === undefined) return;
			cpSync(bench.folder, folder, { recursive: true });
			told.push(message);
		});
		for (const doors of [
			{ lockedStates: ["Locked"], opening },
			{ lockedStates: ["Locked"] },
			{ lockedStates: ["Locked"], opening },
			{ lockedStates: ["Unlocked"] },
		]) {
			car = { ...car, doors, updatedAt: clock.now() };
			await bench.turn(HOUR);
		}
		await bench.close(watch);
		const kinds = (sent: Sent[]) => sent.map(({ event }) => event?.kind);
		assert.deepEqual(kinds(told), ["unlocked"]);
		assert.deepEqual(at(told[0], "summary", "doors", "open"), [], "the summary stays as it is");
		const other = new WatchBench(clock, { api: "user-v4", baseUrl: api.root, auth: "none" }, {}, undefined, folder);
		const again = await other.start("w", { events });
		assert.deepEqual(kinds(again.events()), ["unlocked"]);
		await other.close(again);
	});

	it("tells once that a car is silent for a day, and that it is heard of again", async () => {
		plug(true);
		const watch = await bench.start("w", { events: ["stale", "fresh"], staleAfter: 24 });
		await bench.turn(DAY + 2 * HOUR);
		assert.deepEqual(
			watch.events().map(({ event }) => event.kind),
			["stale"],
		);
		car.updatedAt = clock.now();
		await bench.turn(HOUR);
		assert.deepEqual(
			watch.events().map(({ event }) => event.kind),
			["stale", "fresh"],
		);
		await bench.close(watch);
	});

	it("looks on when the clock is set back by a day, and tells nothing twice", async () => {
		const watch = await bench.start("w", { events: ["plugged", "unplugged"] });
		await bench.turn(HOUR);
		plug(true);
		await bench.turn(HOUR);
		const before = statusCalls();
		clock.set(clock.now() - DAY);
		await bench.turn(HOUR);
		assert.ok(statusCalls() - before >= 3, `${statusCalls() - before} looks in an hour`);
		assert.equal(watch.events().length, 1);
		car = { ...car, plugged: false, updatedAt: car.updatedAt + MINUTE };
		await bench.turn(HOUR);
		assert.deepEqual(
			watch.events().map(({ event }) => event.kind),
			["plugged", "unplugged"],
		);
		await bench.close(watch);
	});

	it("makes a quota that nears its end last until it is whole again, and says so", async () => {
		let left = 20;
		const reset = START + 12 * HOUR;
		api.clear();
		serve("one");
		const headers = () => ({
			"x-ratelimit-limit-1": "1000",
			"x-ratelimit-remaining-1": String(Math.max(0, left--)),
			"x-ratelimit-reset": String(Math.max(1, Math.round((reset - clock.now()) / 1000))),
		});
		const path = "/user/vehicles/one/status";
		api.on(path, () => {
			const createdAt = new Date(clock.now()).toISOString();
			return { headers: headers(), body: { createdAt, updatedAt: createdAt, _links: {} } };
		});
		const watch = await bench.start("w", { events: [] });
		await bench.turn(12 * HOUR - MINUTE);
		assert.ok(left > 0 && statusCalls() >= 6, `${statusCalls()} looks, ${left} calls left`);
		assert.equal(watch.state?.stretchedBy, "quota");
		left = 1000;
		const before = statusCalls();
		await bench.turn(4 * HOUR);
		assert.ok(statusCalls() - before > 8, `${statusCalls() - before} looks`);
		await bench.close(watch);
	});

	it("tells with a state when the next look really is, also where a small quota stretches looks", async () => {
		const looks: number[] = [];
		api.on("/user/vehicles/one/status", () => {
			looks.push(clock.now());
			const createdAt = new Date(clock.now() - MINUTE).toISOString();
			const headers = { "x-ratelimit-limit-1": "24", "x-ratelimit-remaining-1": String(24 - looks.length) };
			return { headers, body: { createdAt, updatedAt: createdAt, odometer: { createdAt, mileage: 7 }, _links: {} } };
		});
		const watch = await bench.start("w", { events: [] });
		await bench.turn(10 * HOUR);
		const told = watch.sent.map(({ watch: { nextLook = "" } = {} }) => Date.parse(nextLook)).slice(0, -1);
		assert.ok(told.length >= 3, `${told.length} states`);
		for (const [index, next] of told.entries()) assert.ok(Math.abs(next - (looks[index + 1] ?? 0)) < MINUTE);
		await bench.close(watch);
	});

	it("waits from noon on, where the quota has ended then, until it is whole again at midnight", async () => {
		const watch = await bench.start("w", { events: ["plugged", "unplugged"] });
		await bench.turn(12 * HOUR);
		const midnight = START + DAY;
		serve("one", {
			...{ "x-ratelimit-limit-1": "1000", "x-ratelimit-remaining-1": "0" },
			"x-ratelimit-reset": String(12 * 3600),
		});
		const before = statusCalls();
		await bench.turn(HOUR);
		plug(true);
		await bench.turn(midnight - clock.now() - MINUTE);
		assert.equal(statusCalls() - before, 1, "the one that told");
		assert.equal(watch.state?.stretchedBy, "quota");
		serve("one", { "x-ratelimit-limit-1": "1000", "x-ratelimit-remaining-1": "999" });
		await bench.turn(HOUR);
		assert.deepEqual(
			watch.events().map(({ event }) => event.kind),
			["plugged"],
		);
		assert.deepEqual(watch.failures, []);
		await bench.close(watch);
	});

	it("follows a vehicle to its new id and knows it still", async () => {
		const watch = await bench.start("w", { events: ["plugged", "unplugged"] });
		await bench.turn(HOUR);
		id = "two";
		api.on("/user/vehicles/one/status", { status: 404, body: { code: 40400, message: "no such vehicle" } });
		serve("two");
		api.on("/user/vehicles/one/status", { status: 404, body: { code: 40400, message: "no such vehicle" } });
		plug(true);
		await bench.turn(HOUR);
		const [message, ...more] = watch.events();
		assert.deepEqual(
			[message?.event.kind, message?.vehicle.id, message?.topic, more.length],
			["plugged", "two", "two", 0],
		);
		assert.deepEqual(watch.failures, []);
		await bench.close(watch);
	});

	it("goes on after a restart where it was, and forgets a vehicle that has left the account", async () => {
		const settings = { events: ["plugged", "unplugged"] };
		let watch = await bench.start("w", settings);
		await bench.turn(HOUR);
		await bench.restart(watch);
		plug(true);
		watch = await bench.start("w", settings);
		await bench.turn(HOUR);
		assert.equal(watch.events().length, 1);
		api.on("/user/vehicles", { body: { _embedded: { vehicles: [{ id: "other", vin: "VR3UHZKXBN0000002" }] } } });
		api.on("/user/vehicles/other/status", { status: 404, body: { code: 40400, message: "nothing" } });
		await bench.turn(8 * HOUR);
		assert.deepEqual([...watch.watcher.vehicles], []);
		assert.equal(watch.vehicles, 1);
		await bench.close(watch);
	});

	it("shares the looks of two watches: the shortest interval counts, each tells its own", async () => {
		const slow = await bench.start("slow", { events: ["plugged"], parked: 60 });
		const quick = await bench.start("quick", { events: ["unplugged"], parked: 10 });
		await bench.turn(MINUTE);
		const before = statusCalls();
		plug(true);
		await bench.turn(2 * HOUR);
		plug(false);
		await bench.turn(HOUR);
		assert.ok(statusCalls() - before >= 15 && statusCalls() - before <= 19, `${statusCalls() - before} looks`);
		assert.deepEqual([slow.events().length, quick.events().length], [1, 1]);
		await bench.close(slow, quick);
	});

	it("looks at once when somebody asks or hears of the car, but at most once a minute", async () => {
		const watch = await bench.start("w", { events: ["plugged", "unplugged"] });
		await bench.turn(5 * MINUTE);
		plug(true);
		await bench.shared.look(watch.watcher);
		await bench.turn(1000);
		assert.equal(watch.events().length, 1);
		plug(false);
		await bench.shared.heardOf({ vin: VIN });
		await bench.turn(30_000);
		assert.equal(watch.events().length, 1);
		await bench.turn(31_000);
		assert.equal(watch.events().length, 2);
		await assert.rejects(bench.shared.look(watch.watcher, "unknown-id"), { code: "ERR_BAD_INPUT" });
		await bench.close(watch);
	});

	describe("asked for a look before the list of vehicles was read", () => {
		it("waits for it, and looks; also where somebody heard of the car", async () => {
			let answer = () => {};
			const gate = new Promise<void>((resolve) => (answer = resolve));
			api.on("/user/vehicles", async () => {
				await gate;
				return { body: { _embedded: { vehicles: [{ id, vin: VIN, label: "Car" }] } } };
			});
			const watch = await bench.start("w", { events: ["plugged"] });
			const asked = [
				bench.shared.look(watch.watcher),
				bench.shared.look(watch.watcher, VIN.toLowerCase()),
				bench.shared.heardOf({ vin: VIN }),
			];
			assert.equal(statusCalls(), 0);
			answer();
			await Promise.all(asked);
			await bench.settled();
			assert.equal(statusCalls(), 1);
			await bench.close(watch);
		});

		it("says why it can't be read, in place of a vehicle that is not watched", async () => {
			api.fault("/user/vehicles", { status: 503 }, { times: 4 });
			const watch = await bench.start("w", { events: ["plugged"] });
			await assert.rejects(bench.shared.look(watch.watcher, "one"), { code: "ERR_SERVER" });
			await assert.rejects(bench.shared.forget(watch.watcher), { code: "ERR_SERVER" });
			api.on("/user/vehicles", () => ({ body: { _embedded: { vehicles: [{ id, vin: VIN, label: "Car" }] } } }));
			await bench.turn(HOUR);
			await bench.shared.look(watch.watcher, "one");
			await assert.rejects(bench.shared.look(watch.watcher, "VR3UHZKXBN0000002"), { code: "ERR_NOT_FOUND" });
			await bench.close(watch);
		});

		it("tries again when the next message asks, though it would wait for longer by itself", async () => {
			api.on("/user/vehicles", { status: 503 });
			const watch = await bench.start("w", { events: ["plugged"] });
			await bench.turn(HOUR);
			serve("one");
			clock.set(clock.now() + 2 * MINUTE);
			await bench.shared.look(watch.watcher, "one");
			await bench.settled();
			assert.equal(statusCalls(), 1);
			await bench.close(watch);
		});
	});

	it("tells nothing of a look that was broken off, and begins anew with what it forgot", async () => {
		const watch = await bench.start("w", { events: ["plugged", "unplugged"] });
		await bench.turn(5 * MINUTE);
		plug(true);
		const held = new EventEmitter();
		api.fault("/user/vehicles/one/status", async () => {
			held.emit("asked");
			await once(held, "go");
			return { status: 503 };
		});
		await bench.shared.look(watch.watcher);
		const asked = once(held, "asked");
		const turning = bench.turn(MINUTE);
		await asked;
		bench.shared.reset(watch.watcher);
		held.emit("go");
		await turning;
		assert.deepEqual([watch.events().length, watch.failures.length], [0, 0]);
		await bench.shared.forget(watch.watcher);
		await bench.turn(HOUR);
		assert.equal(watch.events().length, 0);
		plug(false);
		await bench.turn(HOUR);
		assert.equal(watch.events().length, 1);
		await bench.close(watch);
	});
});
