import assert from "node:assert/strict";
import { type FamilyId, type Simulator, startSimulator } from "../../demo";
import { get, send } from "../demo/client";
import { HandTimers } from "../demo/hand";
import { Receiver } from "../demo/receiver";
import { assertFits } from "./deviations";
import { documentsPresent, openDocument } from "./openapi";

// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, read by name
type Body = any;

/** Paths as the documents spell them. */
const paths = {
	"user-v4": {
		channels: "/user/callbacks",
		channel: "/user/callbacks/{cbid}",
		monitors: "/user/vehicles/{id}/callbacks/{cbid}/monitors",
		remotes: "/user/vehicles/{id}/callbacks/{cbid}/remotes",
		state: "/user/vehicles/{id}/status",
	},
	"accounts-v1": {
		channels: "/accounts/channels",
		channel: "/accounts/channels/{cbid}",
		monitors: "/accounts/channels/{cbid}/monitors",
		remotes: "/accounts/vehicles/{id}/channels/{cbid}/remotes",
		state: "/accounts/vehicles/{id}/telemetries/latest",
	},
	"fleet-v3": {
		channels: "/fleets/{fid}/remote/callbacks",
		channel: "/fleets/{fid}/remote/callbacks/{cbid}",
		monitors: "/fleets/{fid}/monitors",
		remotes: "/fleets/{fid}/vehicles/{id}/callbacks/{cbid}/remotes",
		state: "/fleets/{fid}/vehicles/{id}/status",
	},
} as const;

const days = { day: ["Mon", "Fri"] };
const point = { type: "Point", coordinates: [2.35, 48.86] };

const flat: Body[] = [
	{ door: { state: "Unlocked" } },
	{ horn: { state: "Activated" } },
	{ lights: { on: true } },
	{ preconditioning: { airConditioning: { immediate: true } } },
	{
		preconditioning: {
			airConditioning: {
				programs: [{ slot: 1, start: "PT7H", recurrence: "Daily", occurence: days, enabled: true, actionsType: "Set" }],
			},
		},
	},
	{ charging: { immediate: false } },
	{ charging: { preferences: { level: "Level3", type: "Partial" } } },
	{ charging: { schedule: { programs: [{ start: "PT22H", end: "PT6H", occurence: days, enabled: true }] } } },
	{ navigation: { positions: [point] } },
];

/** Bodies of commands that the demo takes. */
const actions: Record<FamilyId, Body[]> = {
	"user-v4": flat,
	"fleet-v3": [...flat, { immobilization: { activate: false } }, { stolen: { stolen: true } }],
	"accounts-v1": [
		{ locking: { state: "Unlocked" } },
		{ horn: { state: "Activated" } },
		{ lights: { state: "Activated" } },
		{ preconditioning: { airConditioning: { settings: { temp: 21, mode: "Auto", state: "Activated" } } } },
		{
			preconditioning: {
				airConditioning: {
					programs: [{ slot: 2, start: "PT7H", occurrence: days, enabled: true, temp: 20, actionsType: "Set" }],
				},
			},
		},
		{ charging: { charge: { immediate: false } } },
		{ charging: { charge: { settings: { chargePreferenceRate: "Low" } } } },
		{
			charging: {
				charge: {
					programs: [
						{
							slot: 1,
							start: "PT22H",
							end: "PT6H",
							occurrence: days,
							enabled: true,
							minChargingLevel: 10,
							maxChargingLevel: 80,
							actionsType: "Set",
						},
					],
				},
			},
		},
		{ navigation: { positions: [{ type: "Feature", geometry: point, properties: { name: "Here" } }] } },
		{ immobilization: { activate: false } },
		{ stolen: { state: true } },
		{ tan: { suppress: { state: true, duration: 1 } } },
	].map((action) => ({ action })),
};

describe("commands, channels, monitors and webhooks of the demo API against the published documents", () => {
	if (!documentsPresent) {
		it("needs the OpenAPI documents in ../shared/api, which are not there: nothing was compared");
		return;
	}
	for (const family of ["user-v4", "accounts-v1", "fleet-v3"] as const) {
		describe(family, () => {
			const document = openDocument(family);
			const events = openDocument(family === "fleet-v3" ? "fleet-v3-notifications" : "user-v4-notifications");
			const { channels, channel: channelPath, monitors, remotes, state } = paths[family];
			let simulator: Simulator;
			let receiver: Receiver;
			let timers: HandTimers;
			let webhook: Body;
			let ids: Record<string, string>;
			beforeEach(async () => {
				receiver = new Receiver();
				timers = new HandTimers();
				simulator = await startSimulator({ now: () => Date.parse("2026-03-11T11:30:00Z"), timers });
				webhook = { target: await receiver.open(), name: "test" };
				ids = { "{fid}": "demo-fleet", "{id}": simulator.vehicles[9]?.id ?? "" };
				ids["{cbid}"] = idOf(await checked("POST", channels, 200, subscription()));
			});
			afterEach(async () => {
				await simulator.close();
				await receiver.close();
			});

			const filled = (path: string) => path.replace(/\{\w+\}/g, (name) => ids[name] ?? name);
			const idOf = (body: Body) => body.callbackId ?? body.channelId ?? body.monitorId;

			/** A path in the document's own names for its variables. */
			function listed(path: string): string {
				const shape = (each: string) => each.replace(/\{\w+\}/g, "{}");
				return document.all.find((each) => shape(each) === shape(path)) ?? path;
			}

			function subscription(): Body {
				if (family === "accounts-v1") return { label: "mine", type: ["Monitor", "Remote"], channel: { webhook } };
				if (family === "user-v4") return { label: "mine", type: ["Monitor", "Remote"], callback: { webhook } };
				const remoteTypes = ["Doors", "Horn", "Lights", "Navigation", "Immobilization", "Stolen"];
				const more = ["ThermalPreconditioning", "ElectricBatteryChargingRequest"];
				return {
					label: "mine",
					callback: { webhook },
					remoteTypes: [...remoteTypes, ...more],
					retryPolicy: { policy: "Bounded", retryNumber: 2 },
				};
			}

			function monitor(): Body {
				return {
					label: "low",
					...(family === "fleet-v3" ? { subscribeParam: { callback: { webhook } } } : {}),
					extendedEventParam: ["vehicle.position"],
					triggerParam: {
						triggers: [
							{ name: "low", data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["20"] } },
						],
						boolExp: "low",
					},
				};
			}

			/** Sends a body that the document allows, and compares the answer with it. */
			async function checked(method: "POST" | "PUT", path: string, status: number, body: Body): Promise<Body> {
				const known = listed(path);
				assertFits(family, document.checkRequest(method, known, body));
				const answer = await send(simulator, family, method, filled(path), body);
				assert.equal(answer.status, status, JSON.stringify(answer.body));
				assertFits(family, document.checkAnswer(method, known, status, answer.body));
				return answer.body;
			}

			async function read(path: string): Promise<Body> {
				const { body } = await get(simulator, family, filled(path));
				assertFits(family, document.check(listed(path), body));
				return body;
			}

			it("channels", async () => {
				await checked("PUT", channelPath, 202, subscription());
				await checked("PUT", `${channelPath}/status`, 202, { status: "Paused" });
				await read(channelPath);
			});

			it("monitors and what they tell", async () => {
				ids["{mid}"] = idOf(await checked("POST", monitors, 202, monitor()));
				const one = `${monitors}/{mid}`;
				if (family === "accounts-v1") {
					await checked("PUT", `${one}/handles`, 202, { action: "Add", vehicleIds: [ids["{id}"]] });
				}
				await checked("PUT", one, 202, monitor());
				await read(one);
				simulator.fireMonitor(ids["{id}"] ?? "", ids["{mid}"] ?? "");
				await simulator.settled();
				const schema = family === "fleet-v3" ? "MonitorEvents" : "Message";
				assertFits(family, events.checkSchema(schema, receiver.received[0]?.body));
				await checked("PUT", `${one}/status`, 202, { status: "Paused" });
			});

			for (const action of actions[family]) {
				it(`command ${JSON.stringify(action).slice(0, 70)}`, async () => {
					const { remoteActionId } = await checked("POST", remotes, 202, { label: "test", ...action });
					ids["{rid}"] = remoteActionId;
					for (let step = 0; step < 5; step++) {
						timers.pass(1000);
						await simulator.settled();
						await read(`${remotes}/{rid}`);
					}
					const done = await read(`${remotes}/{rid}`);
					assert.match(done.status, /Success|AlreadyDone/);
					const now = await read(state);
					assert.ok(now);
					if (family === "accounts-v1") return;
					assert.ok(receiver.received.length > 1);
					const schema = family === "fleet-v3" ? "RemoteEvents" : "Message";
					for (const { body } of receiver.received) assertFits(family, events.checkSchema(schema, body));
				});
			}

			it("refusals", async () => {
				const { status, body } = await send(simulator, family, "POST", filled(remotes), { label: "nothing" });
				assert.equal(status, 400);
				assertFits(family, document.checkSchema("xError", body));
			});
		});
	}
});
