import assert from "node:assert/strict";
import { ChannelsApi } from "../support/channels-api";
import type { FlowNode } from "../support/runtime";
import { WebhookRuntime } from "../support/webhook-runtime";

const PUBLIC = "https://home.example/red";

describe("vehicle watch beside an events node", () => {
	const now = Date.now;
	/** How far (ms) the clock is put forward. */
	let ahead = 0;
	let api: ChannelsApi;
	let runtime: WebhookRuntime;
	before(() => {
		Date.now = () => now() + ahead;
	});
	after(() => {
		Date.now = now;
	});
	beforeEach(async () => {
		ahead = 0;
		api = await ChannelsApi.start();
		runtime = new WebhookRuntime();
		plug(false);
	});
	afterEach(async () => {
		await runtime.stop();
		await api.stop();
		runtime.dispose();
	});

	function plug(plugged: boolean): void {
		const createdAt = new Date(Date.now()).toISOString();
		const charging = { plugged, status: plugged ? "Stopped" : "Disconnected" };
		const energies = [{ createdAt, type: "Electric", level: 50, extension: { electric: { charging } } }];
		for (const { id } of api.vehicles) api.states.set(id, { createdAt, updatedAt: createdAt, energies, _links: {} });
	}

	const watch: FlowNode = {
		...{ id: "watch", type: "stellantis-watch", account: "account", events: ["plugged"], parked: 60 },
		wires: [["out"], ["out"]],
	};
	const events = (kinds: string): FlowNode => ({
		...{ id: "events", type: "stellantis-events", account: "account", kinds, label: "kitchen" },
		...{ path: "stellantis/events", publicUrl: PUBLIC, wires: [[]] },
	});
	const looks = () => api.calls.filter(({ path }) => path.endsWith("/status")).length;
	const monitorEvent = {
		...{ callbackId: "cb-1", attributes: [{ key: "vin", value: "VR3UPHNKSKT100002" }], type: "Monitor" },
		...{ date: "2026-05-04T10:00:00Z", monitorEvent: { monitorId: "m-1", values: [] } },
	};

	for (const [kinds, what] of [
		["monitor", "that the node sends"],
		["remote", "of a kind that the node does not send"],
	] as const)
		it(`looks at a vehicle at once of which an event is heard ${what}`, async () => {
			await runtime.load([api.account, watch, events(kinds)], api.credentials);
			await runtime.until(() => runtime.messages.filter((message) => message.watch).length === 2 && api.target !== "");
			plug(true);
			// A minute after its first look.
			ahead = 61_000;
			await runtime.post(api.target.slice(PUBLIC.length), monitorEvent);
			await runtime.until(() => runtime.messages.some(({ event }) => event !== undefined));
			const told = runtime.messages.flatMap(({ event, vehicle }) =>
				event === undefined ? [] : [[(event as { kind: string }).kind, vehicle?.id]],
			);
			assert.deepEqual(told, [["plugged", "vehicle-2"]]);
			assert.equal(looks(), 3);
		});
});
