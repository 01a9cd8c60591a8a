import { strict as assert } from "node:assert";
import { EventEmitter, once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { FakeApi } from "../support/fake-api";
import {
	type FlowMessage,
	type FlowNode,
	load,
	logText,
	redeploy,
	run,
	stopFlows,
	useRuntime,
	watch,
} from "../support/runtime";

const VIN = "VR3UHZKXBN0000001";
const userDir = mkdtempSync(join(tmpdir(), "stellantis-watch-"));

/** What arrives at an end of the flow, to be waited for. */
class Inbox {
	readonly messages: FlowMessage[] = [];
	readonly #arrived = new EventEmitter();

	constructor(kind: Parameters<typeof watch>[0]) {
		watch(kind, (msg) => {
			this.messages.push(msg);
			this.#arrived.emit("message");
		});
	}

	async next(fits: (msg: FlowMessage) => boolean = () => true): Promise<FlowMessage> {
		for (;;) {
			const found = this.messages.find(fits);
			if (found) {
				this.messages.splice(this.messages.indexOf(found), 1);
				return found;
			}
			await once(this.#arrived, "message");
		}
	}
}

describe("vehicle watch", () => {
	useRuntime({ userDir });
	let api: FakeApi;
	let car = { plugged: false, updatedAt: 0 };
	before(async () => {
		api = await FakeApi.start();
	});
	after(async () => {
		await api.stop();
		rmSync(userDir, { recursive: true, force: true });
	});
	beforeEach(() => {
		rmSync(join(userDir, "stellantis"), { recursive: true, force: true });
		api.clear();
		car = { plugged: false, updatedAt: Date.now() - 60_000 };
		api.on("/user/vehicles", { body: { _embedded: { vehicles: [{ id: "one", vin: VIN, label: "Ours" }] } } });
		api.on("/user/vehicles/one/status", () => {
			const createdAt = new Date(car.updatedAt).toISOString();
			const charging = { plugged: car.plugged, status: car.plugged ? "Stopped" : "Disconnected" };
			const energy = { createdAt, type: "Electric", level: 50, extension: { electric: { charging } } };
			// So many that looks follow each other as quickly as a test likes.
			const headers = { "x-ratelimit-limit-1": "100000000", "x-ratelimit-remaining-1": "100000000" };
			return { headers, body: { createdAt, updatedAt: createdAt, energies: [energy], _links: {} } };
		});
	});

	const flow = (properties: Record<string, unknown> = {}): FlowNode[] => [
		{
			...{ id: "account", type: "stellantis-account", server: "live", api: "user-v4" },
			...{ baseUrl: api.root, auth: "none", retries: 0 },
		},
		{ id: "watch", type: "stellantis-watch", account: "account", events: ["plugged"], ...properties },
	];

	it("tells the state first, and then what changes, in the messages of the contract", async () => {
		const states = new Inbox("completions");
		const events = new Inbox("items");
		await load(flow({ parked: 0.01, currency: "EUR" }));
		const { _msgid, watch: watched, ...state } = await states.next();
		assert.deepEqual(Object.keys(state).sort(), ["payload", "rateLimit", "statusCode", "summary", "topic", "vehicle"]);
		assert.deepEqual([state.topic, state.vehicle?.vin, state.statusCode], ["one", VIN, 200]);
		assert.deepEqual(Object.keys(watched as object), ["state", "nextLook", "session"]);
		const before = new Date(car.updatedAt).toISOString().replace(".000Z", "Z");
		car = { plugged: true, updatedAt: Date.now() };
		const { _msgid: _, event, ...message } = await events.next();
		assert.deepEqual(Object.keys(message).sort(), ["payload", "summary", "topic", "vehicle"]);
		assert.deepEqual(Object.keys(event as object).sort(), ["at", "date", "id", "kind", "seenAt", "since"]);
		assert.deepEqual(
			[(event as { kind: string }).kind, (event as { since: string }).since, message.vehicle?.label],
			["plugged", before, "Ours"],
		);
	});

	it("looks when a message comes, which itself goes nowhere", async () => {
		const states = new Inbox("completions");
		await load(flow({ parked: 0.02 }));
		await states.next();
		const { items, completed } = await run("watch", { payload: "look", topic: "mine" });
		assert.deepEqual([items.length, completed.length], [0, 1]);
		const { error } = await run("watch", { vehicle: { id: "stranger", vin: "VR3UHZKXBN0000009" } });
		assert.equal(error.error?.code, "ERR_BAD_INPUT");
	});

	it("names the properties that can't be used at deploy, and goes on without them", async () => {
		const errors = new Inbox("errors");
		const states = new Inbox("completions");
		const zones = [{ name: "home", latitude: 48, longitude: 2, radius: "" }];
		const price = '[{"from":"22:00","to":"06:00","price":0.1},{"from":"05:00","to":"07:00","price":0.2}]';
		await load(flow({ parked: 0, zones, price, priceType: "json" }));
		for (const field of ["parked", "zones", "price"]) {
			const { error } = await errors.next(({ error: one }) => one?.message.includes(`"${field}"`) === true);
			assert.equal(error?.code, "ERR_BAD_INPUT");
		}
		await states.next();
	});

	it("fills in environment variables also where they stand in rows of a price, and names those that are not set", async () => {
		process.env.STELLANTIS_TEST_PRICE = "0.25";
		const errors = new Inbox("errors");
		const states = new Inbox("completions");
		const price = (name: string) => JSON.stringify([{ price: ["${", name, "}"].join("") }]);
		const other = flow({ price: price("STELLANTIS_TEST_UNSET"), priceType: "json" })[1];
		const set = flow({ price: price("STELLANTIS_TEST_PRICE"), priceType: "json" });
		await load([...set, { ...other, id: "other" } as FlowNode]);
		const { error } = await errors.next();
		assert.deepEqual(
			[error?.source?.id, error?.code, error?.message.includes("Row 1")],
			["other", "ERR_BAD_INPUT", true],
		);
		for (const _ of ["watch", "other"]) await states.next();
		assert.deepEqual(errors.messages, []);
		delete process.env.STELLANTIS_TEST_PRICE;
	});

	it("names a price that can't be used when it is deployed, though no look is due", async () => {
		const errors = new Inbox("errors");
		const states = new Inbox("completions");
		await load(flow());
		await states.next();
		const price = [
			{ from: "22:00", to: "06:00", price: 0.1 },
			{ from: "05:00", to: "07:00", price: 0.2 },
		];
		await redeploy(flow({ price: JSON.stringify(price), priceType: "json" }), "nodes");
		const { error } = await errors.next();
		assert.deepEqual([error?.code, error?.message.includes('"price"')], ["ERR_BAD_INPUT", true]);
		assert.equal(api.count("/user/vehicles/one/status"), 1);
	});

	it("a failing look names the car as people do", async () => {
		const errors = new Inbox("errors");
		const answer = { status: 403, body: { code: 40300, message: "no" } };
		api.fault("/user/vehicles/one/status", answer, { times: 1 });
		await load(flow());
		const { error, vehicle } = await errors.next();
		assert.equal(vehicle?.id, "one");
		assert.match(error?.message ?? "", /GET status of Ours …0001 \(403\)/);
	});

	it("a failing look reaches the catch node once", async () => {
		const errors = new Inbox("errors");
		const states = new Inbox("completions");
		api.fault("/user/vehicles/one/status", { status: 403, body: { code: 40300, message: "no" } }, { times: 1 });
		await load(flow({ parked: 0.01 }));
		const failed = await errors.next();
		assert.deepEqual([failed.error?.code, failed.statusCode, failed.vehicle?.id], ["ERR_FORBIDDEN", 403, "one"]);
		assert.equal(errors.messages.length, 0);
		assert.equal(states.messages.length, 0);
	});

	it("says that an account is missing", async () => {
		const errors = new Inbox("errors");
		await load([{ id: "watch", type: "stellantis-watch" }]);
		assert.equal((await errors.next()).error?.code, "ERR_NO_ACCOUNT");
	});

	it("keeps what it knows over a deploy, and takes it along when it is deleted", async () => {
		const states = new Inbox("completions");
		const events = new Inbox("items");
		await load(flow({ parked: 0.01 }));
		await states.next();
		const files = () => readdirSync(join(userDir, "stellantis")).filter((file) => file.startsWith("watch-watch"));
		assert.equal(files().length, 1);
		car = { plugged: true, updatedAt: Date.now() };
		await redeploy(flow({ parked: 0.02 }), "nodes");
		assert.equal(((await events.next()).event as { kind: string }).kind, "plugged");
		await redeploy(flow().slice(0, 1), "full");
		assert.deepEqual(files(), []);
	});

	it("finds the vehicle that it names by an id under the id that it got meanwhile, at each start", async () => {
		const answer = api.on("/user/vehicles/one", { body: { id: "one", vin: VIN } });
		const states = new Inbox("completions");
		await load(flow({ parked: 0.01, vehicle: "one" }));
		await states.next();
		const gone = { status: 404, body: { code: 40400, message: "no such vehicle" } };
		answer.on("/user/vehicles/one", gone).on("/user/vehicles/one/status", gone);
		api.on("/user/vehicles", { body: { _embedded: { vehicles: [{ id: "other", vin: VIN }] } } });
		api.on("/user/vehicles/other/status", () => {
			const createdAt = new Date(car.updatedAt).toISOString();
			return { body: { createdAt, updatedAt: createdAt, energies: [], _links: {} } };
		});
		for (const name of ["first", "second"]) {
			car = { plugged: false, updatedAt: Date.now() };
			const [account, ...others] = flow({ parked: 0.01, vehicle: "one" });
			await redeploy([{ ...account, name } as FlowNode, ...others], "full");
			assert.equal((await states.next(({ topic }) => topic === "other")).vehicle?.vin, VIN, name);
		}
	});

	it("says once each time that its folder can't be used, and goes on", async () => {
		const folder = join(userDir, "stellantis");
		const events = new Inbox("items");
		const warnings = () => logText().split("can't keep what it knows").length - 1;
		await load(flow({ parked: 0.01, events: ["plugged", "unplugged"], firstRun: "all" }));
		const change = async () => {
			car = { plugged: !car.plugged, updatedAt: Date.now() };
			await events.next(({ summary }) => Date.parse((summary as { updatedAt: string }).updatedAt) === car.updatedAt);
		};
		await change();
		for (const outage of [1, 2]) {
			rmSync(folder, { recursive: true });
			writeFileSync(folder, "");
			for (let times = 0; times < 2; times++) await change();
			assert.equal(warnings(), outage);
			rmSync(folder);
			for (let times = 0; times < 2; times++) await change();
		}
	});

	it("keeps what it knows over a restart also where its folder was taken away before", async () => {
		const events = new Inbox("items");
		const states = new Inbox("completions");
		await load(flow({ parked: 0.01 }));
		await states.next();
		rmSync(join(userDir, "stellantis"), { recursive: true });
		car = { plugged: false, updatedAt: Date.now() - 30_000 };
		await states.next();
		await stopFlows();
		car = { plugged: true, updatedAt: Date.now() };
		await load(flow({ parked: 0.01 }));
		assert.equal(((await events.next()).event as { kind: string }).kind, "plugged");
	});

	it("keeps what it knows while it is disabled", async () => {
		const states = new Inbox("completions");
		const events = new Inbox("items");
		await load(flow({ parked: 0.01 }));
		await states.next();
		await redeploy(flow({ d: true }), "nodes");
		car = { plugged: true, updatedAt: Date.now() };
		await redeploy(flow({ parked: 0.01 }), "nodes");
		assert.equal(((await events.next()).event as { kind: string }).kind, "plugged");
	});

	it("keeps what it knows though its tab is deleted and it moves to another one, in the same deploy", async () => {
		const files = () => readdirSync(join(userDir, "stellantis")).filter((file) => file.startsWith("watch-watch"));
		const states = new Inbox("completions");
		const first = { id: "first", type: "tab" };
		await load([first, ...flow({ parked: 0.01, z: "first" })]);
		await states.next();
		const kept = files();
		await redeploy(flow({ parked: 0.01 }), "full");
		assert.deepEqual(files(), kept);
	});

	it("within a subflow takes along what it knows when it is deleted there, and keeps it over other deploys", async () => {
		const files = () => readdirSync(join(userDir, "stellantis")).filter((file) => file.startsWith("watch-in-a-flow"));
		const states = new Inbox("completions");
		const place = { x: 1, y: 1 };
		const subflow = (...nodes: FlowNode[]): FlowNode[] => [
			...flow().slice(0, 1),
			{ id: "sub", type: "subflow", in: [], out: [{ wires: [{ id: "in", port: 1 }] }], z: "" },
			{ id: "in-a-flow", type: "subflow:sub", wires: [["completions"]], ...place },
			...nodes,
		];
		const inner = { ...flow()[1], id: "in", z: "sub", wires: [[], []], ...place } as FlowNode;
		await load(subflow(inner));
		await states.next();
		assert.equal(files().length, 1);
		await redeploy(subflow({ ...inner, parked: 20 }), "nodes");
		assert.equal(files().length, 1);
		await redeploy(subflow(), "nodes");
		assert.deepEqual(files(), []);
	});

	it("deletes what one knew that is in no flow any more, when that is old", async () => {
		const folder = join(userDir, "stellantis");
		mkdirSync(folder);
		const old = (Date.now() - 31 * 86_400_000) / 1000;
		for (const name of ["watch", "gone", "gone-lately"]) {
			const file = join(folder, `watch-${name}.1.jsonl`);
			writeFileSync(file, "");
			if (name !== "gone-lately") utimesSync(file, old, old);
		}
		await load(flow({ d: true }));
		while (readdirSync(folder).length > 2) await nextTurn();
		assert.deepEqual(readdirSync(folder).sort(), ["watch-gone-lately.1.jsonl", "watch-watch.1.jsonl"]);
	});

	it("refuses a capacity for several vehicles at deploy by the name of its field, and watches them without it", async () => {
		const vehicles = ["one", "two"].map((id, index) => ({ id, vin: `VR3UHZKXBN000000${index + 1}` }));
		api.on("/user/vehicles", { body: { _embedded: { vehicles } } });
		const createdAt = new Date(car.updatedAt).toISOString();
		api.on("/user/vehicles/two/status", { body: { createdAt, updatedAt: createdAt, _links: {} } });
		const errors = new Inbox("errors");
		const states = new Inbox("completions");
		await load(flow({ capacity: 50 }));
		const { error } = await errors.next();
		assert.equal(error?.code, "ERR_BAD_INPUT");
		assert.match(String(error?.message), /"capacity"/);
		for (const id of ["one", "two"]) await states.next(({ topic }) => topic === id);
	});

	describe("with two vehicles, on a clock that is put forward", () => {
		const now = Date.now;
		let ahead = 0;
		let cars: Record<string, { plugged: boolean; updatedAt: number }>;
		beforeEach(() => {
			ahead = 0;
			Date.now = () => now() + ahead;
			const ids = ["one", "two"];
			cars = Object.fromEntries(ids.map((id) => [id, { plugged: false, updatedAt: now() - 60_000 }]));
			const vehicles = ids.map((id, index) => ({ id, vin: `VR3UHZKXBN000000${index + 1}` }));
			api.on("/user/vehicles", { body: { _embedded: { vehicles } } });
			for (const id of ids)
				api.on(`/user/vehicles/${id}/status`, () => {
					const { plugged = false, updatedAt = 0 } = cars[id] ?? {};
					const createdAt = new Date(updatedAt).toISOString();
					const charging = { plugged, status: plugged ? "Stopped" : "Disconnected" };
					const energy = { createdAt, type: "Electric", level: 50, extension: { electric: { charging } } };
					return { body: { createdAt, updatedAt: createdAt, energies: [energy], _links: {} } };
				});
		});
		afterEach(() => {
			Date.now = now;
		});

		const plug = (plugged: boolean, ...ids: string[]) => {
			for (const id of ids) cars[id] = { plugged, updatedAt: Date.now() };
		};
		const looksAt = (id: string) => api.requests.filter(({ path }) => path === `/user/vehicles/${id}/status`).length;
		const kindOf = ({ event }: FlowMessage) => (event as { kind: string }).kind;

		it("finds a vehicle that has come to the account when a message asks for it, or for all where there was none", async () => {
			const all = ["one", "two"].map((id, index) => ({ id, vin: `VR3UHZKXBN000000${index + 1}` }));
			let count = 0;
			api.on("/user/vehicles", () =>
				count === 0
					? { status: 404, body: { code: 40400, message: "none" } }
					: { body: { _embedded: { vehicles: all.slice(0, count) } } },
			);
			const states = new Inbox("completions");
			await load(flow());
			await run("watch");
			for (const { id } of all) {
				count++;
				ahead += 61_000;
				await run("watch", count === 1 ? {} : { vehicle: { id } });
				assert.equal((await states.next()).topic, id);
			}
			const { error } = await run("watch", { vehicle: { id: "stranger", vin: "VR3UHZKXBN0000009" } });
			assert.equal(error.error?.code, "ERR_BAD_INPUT");
			assert.equal(api.count("/user/vehicles"), 3);
		});

		it("looks at the one that a message names, and at most once a minute", async () => {
			const states = new Inbox("completions");
			const events = new Inbox("items");
			await load(flow());
			for (const id of ["one", "two"]) await states.next(({ topic }) => topic === id);
			ahead = 61_000;
			plug(true, "one", "two");
			await run("watch", { vehicle: { id: "two" } });
			const told = await events.next();
			assert.deepEqual([kindOf(told), told.topic], ["plugged", "two"]);
			assert.deepEqual([looksAt("one"), looksAt("two")], [1, 2]);
			ahead = 90_000;
			await run("watch");
			const other = await events.next();
			assert.deepEqual([kindOf(other), other.topic], ["plugged", "one"]);
			assert.deepEqual([looksAt("one"), looksAt("two")], [2, 2], "half a minute after the last look of the second");
		});

		it("shares looks between two watches of an account, of which each tells its own", async () => {
			const states = new Inbox("completions");
			const events = new Inbox("items");
			const other = { ...flow()[1], id: "other", events: ["unplugged"], parked: 5 } as FlowNode;
			await load([...flow(), other]);
			for (const id of ["one", "two"]) await states.next(({ topic }) => topic === id);
			// The second may have come a moment too late for the first looks.
			ahead = 61_000;
			await run("other");
			for (const id of ["one", "two"]) await states.next(({ topic }) => topic === id);
			const before = looksAt("one");
			for (const plugged of [true, false]) {
				ahead += 61_000;
				plug(plugged, "one");
				await run("other", { vehicle: { id: "one" } });
				assert.equal(kindOf(await events.next()), plugged ? "plugged" : "unplugged");
				for (const id of ["one", "one"]) await states.next(({ topic }) => topic === id);
			}
			assert.equal(looksAt("one"), before + 2);
			assert.deepEqual(events.messages, []);
		});

		it("begins anew with what a message lets it forget, and tells all that is the case if it should", async () => {
			const states = new Inbox("completions");
			const events = new Inbox("items");
			plug(true, "one");
			await load(flow({ firstRun: "all" }));
			for (const id of ["one", "two"]) await states.next(({ topic }) => topic === id);
			const first = await events.next();
			assert.deepEqual([kindOf(first), (first.event as { since: unknown }).since], ["plugged", null]);
			ahead = 61_000;
			await run("watch", { forget: true, vehicle: { id: "one" } });
			const again = await events.next();
			assert.deepEqual(again.event && { ...again.event, seenAt: 0, date: 0 }, {
				...(first.event as object),
				seenAt: 0,
				date: 0,
			});
			await states.next(({ topic }) => topic === "one");
			assert.equal(looksAt("two"), 1);
		});
	});
});
