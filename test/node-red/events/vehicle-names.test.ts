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
	const names = () => {
		const vehicles = {
			find: async (vin: string) => {
				asked.push(vin);
				const id = known[vin];
				if (id === undefined) throw new Error("not found");
				return { id, vin };
			},
		};
		const account = () => ({ connected: async () => ({ vehicles }) });
		return new VehicleNames(account as never, { priority: "single", owner: "n" }, () => now);
	};

	beforeEach(() => {
		[now, asked, known] = [0, [], { [VIN]: "v1" }];
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
});
