import assert from "node:assert/strict";
import { type Simulator, startSimulator } from "../../demo/index";
import {
	type FlowMessage,
	type FlowNode,
	load,
	logText,
	type Outcome,
	run,
	stopFlows,
	useRuntime,
} from "../support/runtime";

/** Nodes as a hand or an old version may have written them, and the same as they are saved today. */
const PAIRS: [old: FlowNode, today: FlowNode][] = [
	[
		{ id: "node", type: "stellantis-vehicle-list", maxItems: "2" },
		{ id: "node", type: "stellantis-vehicle-list", configVersion: 1, output: "item", maxItems: 2, parallel: 1 },
	],
	[
		{ id: "node", type: "stellantis-status" },
		{
			id: "node",
			type: "stellantis-status",
			configVersion: 1,
			vehicle: "vehicle",
			vehicleType: "msg",
			scope: "vehicle",
		},
	],
	[
		{ id: "node", type: "stellantis-trips", from: "P2D", output: "array", parallel: "2", states: "Nominal" },
		{
			id: "node",
			type: "stellantis-trips",
			configVersion: 1,
			vehicle: "vehicle",
			vehicleType: "msg",
			from: "P2D",
			fromType: "str",
			output: "array",
			parallel: 2,
			states: ["Nominal"],
			order: "descending",
			waypoints: false,
		},
	],
	[
		{ id: "node", type: "stellantis-alerts", output: "array" },
		{ id: "node", type: "stellantis-alerts", configVersion: 1, output: "array", active: "any", onlyNew: false },
	],
	[
		{ id: "node", type: "stellantis-resource" },
		{
			id: "node",
			type: "stellantis-resource",
			configVersion: 1,
			resource: "capability",
			target: "",
			targetType: "str",
		},
	],
];

describe("nodes of old flows", () => {
	useRuntime();
	const demo = { id: "account", type: "stellantis-account" };
	let vehicle: FlowMessage["vehicle"] & object;
	before(async () => {
		const simulator: Simulator = await startSimulator();
		const [car] = simulator.vehicles;
		await simulator.close();
		assert.ok(car);
		vehicle = { id: car.id, vin: car.vin };
	});

	/** What a flow sees of an outcome and does not change with the time of day. */
	const seen = ({ items, completions, errors }: Outcome) => ({
		errors: errors.map(({ error }) => error?.message),
		items: items.map(({ payload, parts, vehicle: car }) => ({
			keys: Object.keys(payload as object),
			parts: parts && { ...parts, id: "" },
			car: car?.id,
		})),
		completions: completions.map(({ payload }) => payload),
	});

	for (const [old, today] of PAIRS)
		it(`${old.type} does what it did, without a version and most properties`, async () => {
			await load([demo, { account: "account", ...old }]);
			const before = seen(await run("node", { vehicle }));
			await stopFlows();
			await load([
				{ ...demo, configVersion: 1, server: "demo", api: "user-v4" },
				{ account: "account", ...today },
			]);
			assert.deepEqual(before, seen(await run("node", { vehicle })));
			assert.deepEqual(before.errors, []);
			assert.ok(before.items.length > 0);
		});

	it("work when a newer version saved them, and the log says so", async () => {
		const future = { configVersion: 9, lens: "wide" };
		await load([
			{ ...demo, ...future, server: "demo", api: "user-v4" },
			{
				id: "node",
				type: "stellantis-status",
				account: "account",
				vehicle: vehicle.vin,
				vehicleType: "str",
				...future,
			},
		]);
		const { items } = await run("node");
		assert.equal(items[0]?.vehicle?.id, vehicle.id);
		assert.equal(logText().match(/newer version of node-red-contrib-stellantis/g)?.length, 2);
	});
});
