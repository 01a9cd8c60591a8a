import assert from "node:assert/strict";
import type { ApiEvent } from "../../../src/api/notifications";
import { VehicleNames } from "../../../src/node-red/events/vehicle-names";

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
		const account = () => ({ connected: async () => ({ vehicles, commands }) });
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
});
