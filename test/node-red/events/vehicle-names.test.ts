import assert from "node:assert/strict";
import type { ApiEvent } from "../../../src/api/notifications";
import { StellantisError } from "../../../src/error";
import { VehicleNames } from "../../../src/node-red/events/vehicle-names";
import { AT_BEST } from "../../support/takes-less";

const VIN = "VR3UPHNKSKT100001";
const event = (more: Partial<ApiEvent> = {}): ApiEvent => ({
	kind: "monitor",
	id: "e",
	payload: {},
	vin: VIN,
	...more,
});

describe("the vehicle behind an event", () => {
	let now: number;
	let asked: string[];
	let known: Record<string, string>;
	/** Vehicles of the commands that the account has sent, and of those whose answer is still on its way. */
	let sent: Map<string, string>;
	let underway: Map<string, string>;
	const names = () => {
		const vehicles = {
			find: async (vin: string) => {
				asked.push(vin);
				const id = known[vin];
				if (id === undefined) throw new Error("not found");
				return { id, vin };
			},
		};
		const commands = {
			vehicleOf: (id: string) => (sent.has(id) ? { id: sent.get(id) } : undefined),
			settled: async () => {
				for (const [id, vehicle] of underway) sent.set(id, vehicle);
			},
		};
		const account = () => ({ connected: async () => ({ vehicles, commandSender: async () => commands }) });
		return new VehicleNames(account as never, { priority: "single", owner: "n" }, () => now);
	};

	beforeEach(() => {
		[now, asked, known] = [0, [], { [VIN]: "v1" }];
		[sent, underway] = [new Map([["r1", "v1"]]), new Map([["r2", "v2"]])];
	});

	it("is looked up once for many events, and again when that is some time ago", async () => {
		const vehicles = names();
		for (let n = 0; n < 3; n++) assert.deepEqual(await vehicles.of(event()), { id: "v1", vin: VIN });
		assert.equal(asked.length, 1);
		known[VIN] = "v2";
		now += 3600_000;
		assert.deepEqual(await vehicles.of(event()), { id: "v2", vin: VIN });
		assert.equal(asked.length, 2);
	});

	it("is its VIN where nobody knows it, and not asked for with every event", async () => {
		const vehicles = names();
		known = {};
		for (let n = 0; n < 3; n++) assert.deepEqual(await vehicles.of(event()), { vin: VIN });
		assert.equal(asked.length, 1);
		known = { [VIN]: "v1" };
		now += 3600_000;
		assert.deepEqual(await vehicles.of(event()), { id: "v1", vin: VIN });
	});

	it("is what the event says itself, without asking", async () => {
		const vehicles = names();
		assert.deepEqual(await vehicles.of(event({ vehicleId: "v9" })), { id: "v9", vin: VIN });
		assert.deepEqual(asked, []);
	});

	it("is that of the command it tells of, in a batch that names no vehicle", async () => {
		const vehicles = names();
		const { vin: _, ...unnamed } = event({ kind: "remote" });
		const news = (remoteActionId: string) => ({ ...unnamed, remote: { remoteActionId, status: "Success" } });
		assert.deepEqual(await vehicles.of(news("r1")), { id: "v1" });
		assert.deepEqual(await vehicles.of(news("r2")), { id: "v2" }, "though the API's answer comes after its event");
		assert.equal(await vehicles.of(news("of somebody else")), undefined);
		assert.deepEqual(asked, []);
	});

	describe("while the API takes long", () => {
		let answer: (() => void) | undefined;
		let at: number;
		const SLOW = Array.from({ length: 3_000 }, (_, n) => `VR3UPHNKSKT${String(n).padStart(6, "0")}`);
		const slowNames = () => {
			let running = 0;
			const answered = new Promise<void>((resolve) => {
				answer = resolve;
			});
			const vehicles = {
				find: async (vin: string) => {
					at = Math.max(at, ++running);
					await answered;
					running--;
					return { id: `id of ${vin}`, vin };
				},
			};
			return new VehicleNames((() => ({ connected: async () => ({ vehicles }) })) as never, {
				priority: "single",
				owner: "n",
			});
		};
		beforeEach(() => {
			[answer, at] = [undefined, 0];
		});

		it("is its VIN, and no event waits for it after the first moment", async function () {
			this.retries(AT_BEST);
			const vehicles = slowNames();
			const began = performance.now();
			for (const vin of SLOW) assert.deepEqual(await vehicles.of(event({ vin })), { vin });
			assert.ok(performance.now() - began < 3_000, `${performance.now() - began} ms`);
			answer?.();
			await new Promise(setImmediate);
			for (const vin of SLOW) assert.deepEqual(await vehicles.of(event({ vin })), { id: `id of ${vin}`, vin });
		});

		it("is asked for several at a time, but not thousands", async () => {
			const vehicles = slowNames();
			const all = SLOW.slice(0, 100).map((vin) => vehicles.of(event({ vin })));
			await Promise.race(all);
			assert.ok(at > 1 && at <= 10, `${at} at a time`);
			answer?.();
			await Promise.all(all);
		});
	});

	it("is not asked for by every event while the API is in trouble", async () => {
		let asked = 0;
		const vehicles = {
			find: async () => {
				asked++;
				throw new StellantisError("ERR_SERVER", "no");
			},
		};
		const account = () => ({ connected: async () => ({ vehicles }) });
		const names = new VehicleNames(account as never, { priority: "single", owner: "n" });
		for (let n = 0; n < 50; n++) await names.of(event({ vin: `VR3UPHNKSKT1000${n + 10}` }));
		assert.equal(asked, 1);
	});

	it("is asked for only where the event names a VIN that can be one", async () => {
		const vehicles = names();
		const vin = "x".repeat(500_000);
		assert.deepEqual(await vehicles.of(event({ vin })), { vin });
		assert.deepEqual(asked, []);
	});
});
