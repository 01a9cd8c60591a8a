import assert from "node:assert/strict";
import { type FamilyId, type Simulator, startSimulator } from "../../../demo";
import { type Answer, families, get, send } from "../client";

// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, read by name
type Body = any;

const channels: Record<FamilyId, string> = {
	"user-v4": "/user/callbacks",
	"accounts-v1": "/accounts/channels",
	"fleet-v3": "/fleets/demo-fleet/remote/callbacks",
};

const webhook = { target: "http://127.0.0.1:9/events/secret", name: "test" };
const subscriptions: Record<FamilyId, Body> = {
	"user-v4": { label: "mine", type: ["Monitor", "Remote"], callback: { webhook } },
	"accounts-v1": { label: "mine", type: ["Monitor", "Remote"], channel: { webhook } },
	"fleet-v3": { label: "mine", callback: { webhook }, remoteTypes: ["Doors"], retryPolicy: { policy: "None" } },
};

const triggerParam = {
	triggers: [{ name: "low", data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["30"] } }],
	boolExp: "low",
};
const monitors: Record<FamilyId, Body> = {
	"user-v4": { label: "low", triggerParam },
	"accounts-v1": { label: "low", triggerParam },
	"fleet-v3": { label: "low", triggerParam, subscribeParam: { callback: { webhook } } },
};

describe("channels and monitors of the demo API", () => {
	let simulator: Simulator;
	beforeEach(async () => {
		simulator = await startSimulator({ now: () => Date.parse("2026-03-11T09:12:00Z") });
	});
	afterEach(() => simulator.close());

	async function create(family: FamilyId): Promise<string> {
		const { status, body } = await send(simulator, family, "POST", channels[family], subscriptions[family]);
		assert.equal(status, 200);
		return (body as Body).callbackId ?? (body as Body).channelId;
	}

	function monitorPath(family: FamilyId, channel: string): string {
		const vehicle = simulator.vehicles[0]?.id;
		return {
			"user-v4": `/user/vehicles/${vehicle}/callbacks/${channel}/monitors`,
			"accounts-v1": `/accounts/channels/${channel}/monitors`,
			"fleet-v3": "/fleets/demo-fleet/monitors",
		}[family];
	}

	async function expect(status: number, answer: Promise<Answer>): Promise<Body> {
		const { status: got, body } = await answer;
		assert.equal(got, status, JSON.stringify(body));
		return body;
	}

	for (const family of families) {
		describe(family, () => {
			it("registers a channel, shows, changes, pauses, runs and deletes it", async () => {
				const id = await create(family);
				const path = `${channels[family]}/${id}`;
				const shown = await expect(200, get(simulator, family, path));
				assert.deepEqual([shown.id, shown.status, shown.subscribe], [id, "Running", subscriptions[family]]);
				const changed = { ...subscriptions[family], label: "renamed" };
				await expect(202, send(simulator, family, "PUT", path, changed));
				const paused = await expect(202, send(simulator, family, "PUT", `${path}/status`, { status: "Paused" }));
				assert.equal(paused.status, "Paused");
				const after = await expect(200, get(simulator, family, path));
				assert.deepEqual([after.subscribe.label, after.status], ["renamed", "Paused"]);
				await expect(202, send(simulator, family, "PUT", `${path}/status`, { status: "Running" }));
				assert.equal(await expect(204, send(simulator, family, "DELETE", path)), undefined);
				await expect(404, get(simulator, family, path));
				await expect(404, send(simulator, family, "DELETE", path));
			});

			it("refuses what the document doesn't allow, in the family's own words", async () => {
				const { label: _, ...rest } = subscriptions[family];
				const bad: unknown[] = [
					undefined,
					"{not json",
					"[]",
					{ label: "no webhook" },
					{ ...rest, callback: { webhook: { name: "x" } }, channel: { webhook: { name: "x" } } },
					{
						...rest,
						callback: { webhook: { ...webhook, target: "no address" } },
						channel: { webhook: { ...webhook, target: "ftp://x/" } },
					},
					{ ...rest, type: ["Something"], remoteTypes: ["Something"] },
				];
				for (const body of bad) {
					const { status, body: refusal } = await send(simulator, family, "POST", channels[family], body);
					assert.equal(status, 400, JSON.stringify(body));
					const keys =
						family === "accounts-v1" ? ["name", "debug", "message"] : ["code", "uuid", "message", "timestamp"];
					assert.deepEqual(Object.keys(refusal as object), keys);
				}
				const id = await create(family);
				await expect(400, send(simulator, family, "PUT", `${channels[family]}/${id}/status`, { status: "Failed" }));
				await expect(413, send(simulator, family, "POST", channels[family], JSON.stringify("x".repeat(300_000))));
			});

			it("registers a monitor, shows, changes, pauses and deletes it", async () => {
				const path = monitorPath(family, await create(family));
				const { monitorId, status } = await expect(202, send(simulator, family, "POST", path, monitors[family]));
				assert.equal(status, "Running");
				const shown = await expect(200, get(simulator, family, `${path}/${monitorId}`));
				assert.deepEqual(shown.monitor, monitors[family]);
				const changed = { ...monitors[family], label: "lower" };
				await expect(202, send(simulator, family, "PUT", `${path}/${monitorId}`, changed));
				await expect(202, send(simulator, family, "PUT", `${path}/${monitorId}/status`, { status: "Paused" }));
				const after = await expect(200, get(simulator, family, `${path}/${monitorId}`));
				assert.equal(after.monitor.label, "lower");
				assert.equal(after.status.status ?? after.status, "Paused");
				await expect(204, send(simulator, family, "DELETE", `${path}/${monitorId}`));
				await expect(404, get(simulator, family, `${path}/${monitorId}`));
			});

			it("refuses monitors that can't be", async () => {
				const path = monitorPath(family, await create(family));
				const low = triggerParam.triggers[0];
				const bad = [
					{ triggerParam: { triggers: [], boolExp: "low" } },
					{ triggerParam: { triggers: Array.from("abcdef", (name) => ({ ...low, name })), boolExp: "a" } },
					{ triggerParam: { triggers: [low, low], boolExp: "low" } },
					{ triggerParam: { triggers: [low], boolExp: "other" } },
					{ triggerParam: { triggers: [low], boolExp: "(low" } },
					{ triggerParam: { triggers: [{ name: "low" }], boolExp: "low" } },
					{ triggerParam: { triggers: [{ name: "low", data: { ...low?.data, op: "near" } }], boolExp: "low" } },
					{ label: undefined },
				];
				for (const change of bad) {
					await expect(400, send(simulator, family, "POST", path, { ...monitors[family], ...change }));
				}
			});

			it("says where the demo calls nobody", async () => {
				const list = await expect(200, get(simulator, family, channels[family]));
				const [preset] = list._embedded.callbacks ?? list._embedded.channels;
				assert.match(preset.demoNote, /this computer only/);
				const mine = await expect(200, get(simulator, family, `${channels[family]}/${await create(family)}`));
				assert.equal(mine.demoNote, undefined);
			});
		});
	}

	it("accounts-v1 allows five channels", async () => {
		for (let count = 1; count < 5; count++) await create("accounts-v1");
		const refusal = await expect(
			409,
			send(simulator, "accounts-v1", "POST", channels["accounts-v1"], subscriptions["accounts-v1"]),
		);
		assert.equal(refusal.name, "Conflict");
	});

	it("accounts-v1 deletes no channel while a monitor of it runs; user-v4 deletes both", async () => {
		for (const family of ["accounts-v1", "user-v4"] as const) {
			const id = await create(family);
			const path = monitorPath(family, id);
			const { monitorId } = await expect(202, send(simulator, family, "POST", path, monitors[family]));
			const channel = `${channels[family]}/${id}`;
			if (family === "accounts-v1") {
				await expect(409, send(simulator, family, "DELETE", channel));
				await expect(202, send(simulator, family, "PUT", `${path}/${monitorId}/status`, { status: "Paused" }));
			}
			await expect(204, send(simulator, family, "DELETE", channel));
		}
	});

	it("accounts-v1 says by handles which vehicles a monitor watches", async () => {
		const path = monitorPath("accounts-v1", await create("accounts-v1"));
		const { monitorId } = await expect(202, send(simulator, "accounts-v1", "POST", path, monitors["accounts-v1"]));
		const handles = `${path}/${monitorId}/handles`;
		const watched = async () => (await expect(200, get(simulator, "accounts-v1", handles)))._embedded;
		assert.deepEqual(await watched(), { vehicleIds: [], groups: [] });
		const [one, two] = simulator.vehicles.map((vehicle) => vehicle.id);
		const put = (body: unknown) => send(simulator, "accounts-v1", "PUT", handles, body);
		const answer = await expect(202, put({ action: "Add", vehicleIds: [one, two] }));
		assert.deepEqual(answer.handled.vehicleIds, [one, two]);
		await expect(202, put({ action: "Remove", vehicleIds: [one] }));
		assert.deepEqual(await watched(), { vehicleIds: [two], groups: [] });
		await expect(202, put({ action: "Add", groups: ["root"] }));
		assert.deepEqual(await watched(), { vehicleIds: [two], groups: ["root"] });
		await expect(400, put({ action: "Add", vehicleIds: ["nobody"] }));
		await expect(400, put({ action: "Swap" }));
	});
});
