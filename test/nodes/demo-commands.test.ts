import assert from "node:assert/strict";
import sinon from "sinon";
import type { Simulator } from "../../demo/index";
import { shareDemo } from "../../src/node-red/account/demo";
import type { FlowMessage, FlowNode } from "../support/runtime";
import { WebhookRuntime } from "../support/webhook-runtime";
import { ManualClock } from "./remote-command-support";

const FAMILIES = ["user-v4", "accounts-v1", "fleet-v3"];

/** What an event says of a command, wherever its family writes it. */
function newsOf({ payload }: FlowMessage): { remoteActionId?: string; eventStatus?: { status: string; type: string } } {
	const event = payload as { remoteEvent?: object };
	return event.remoteEvent ?? event;
}

interface State {
	doors: { locked: boolean | null };
	charging: { plugged: boolean | null; status: string | null };
	climate: { status: string | null };
	updatedAt: string | null;
}

describe("commands, events and monitors on the demo account", () => {
	for (const api of FAMILIES)
		describe(api, () => {
			let runtime: WebhookRuntime;
			let simulator: Simulator;
			let clock: ManualClock;
			let share: ReturnType<typeof shareDemo>;
			/** What waits for the end of a message. */
			const waiting = new Map<unknown, (end: FlowMessage) => void>();

			const account = (id: string): FlowNode => ({
				id,
				type: "stellantis-account",
				server: "demo",
				api,
				commandLimit: 100,
			});
			const command = (id: string, of: string): FlowNode => ({
				id,
				type: "stellantis-remote-command",
				account: of,
				command: "command",
				commandType: "msg",
				wires: [["ends"], []],
			});

			beforeEach(async () => {
				waiting.clear();
				clock = new ManualClock().install();
				share = shareDemo();
				simulator = await share.simulator;
				runtime = new WebhookRuntime();
				await runtime.load([
					account("account"),
					account("deaf"),
					{ id: "events", type: "stellantis-events", account: "account" },
					command("sender", "account"),
					command("asking", "deaf"),
					{ id: "state", type: "stellantis-status", account: "account", wires: [["ends"]] },
					{
						id: "monitor",
						type: "stellantis-monitor",
						account: "account",
						bodyType: "msg",
						body: "draft",
						wires: [["ends"]],
					},
					{ id: "ends", type: "helper" },
				]);
				for (const id of ["ends", "errors"])
					runtime.node(id).on("input", (arrived) => {
						const msg = arrived as unknown as FlowMessage;
						waiting.get(msg.mark)?.(msg);
					});
				await runtime.until(() => runtime.badges.some(({ text }) => text === "registered"));
			});
			afterEach(async () => {
				await runtime.stop();
				await share.release();
				runtime.dispose();
				sinon.restore();
			});

			let marks = 0;
			/** Sends a message to a node; resolves with what comes of it, result or error. */
			const ask = (id: string, msg: Record<string, unknown>): Promise<FlowMessage> => {
				const mark = ++marks;
				return new Promise((resolve) => {
					waiting.set(mark, resolve);
					runtime.node(id).receive({ ...msg, mark } as FlowMessage);
				});
			};
			const stateOf = async (vehicle: string): Promise<State> =>
				(await ask("state", { vehicle })).summary as unknown as State;
			const car = (index: number) => {
				const { id = "" } = simulator.vehicles[index] ?? {};
				return id;
			};
			/** One of the two that take turns at the plug. */
			const pluggedIn = async (): Promise<string> => {
				for (const id of [car(8), car(9)]) if ((await stateOf(id)).charging.plugged) return id;
				throw new Error("none of the cars in shifts is plugged in");
			};
			const eventsOf = ({ payload }: FlowMessage) =>
				runtime.messages.filter((msg) => newsOf(msg).remoteActionId === (payload as { id: string }).id);
			/** Every event of a command has arrived and names it and its vehicle. */
			const told = async (end: FlowMessage, vehicle: string, status: string): Promise<void> => {
				await runtime.until(() => eventsOf(end).some((msg) => newsOf(msg).eventStatus?.type === "Done"));
				const events = eventsOf(end);
				assert.equal(newsOf(events[0] as FlowMessage).eventStatus?.status, "Accepted");
				assert.equal(newsOf(events.at(-1) as FlowMessage).eventStatus?.status, status);
				for (const msg of events) {
					assert.equal(msg.topic, vehicle);
					assert.equal(msg.vehicle?.id, vehicle);
					assert.match(String(msg.vehicle?.vin), /^[A-Z0-9]{17}$/);
					assert.equal((msg.event as { kind: string }).kind, "remote");
				}
			};

			it("carries commands to their end by events alone, and the vehicles show it", async () => {
				const shift = await pluggedIn();
				const [unlocked, asleep, withoutCable] = [car(2), car(5), car(0)];
				simulator.changeVehicle(shift, { level: 40 });
				simulator.changeVehicle(unlocked, { locked: false, openDoors: [] });
				simulator.changeVehicle(asleep, { auxiliaryBattery: 90 });
				simulator.changeVehicle(withoutCable, { unplugged: true });
				assert.equal((await stateOf(unlocked)).doors.locked, false);
				// A vehicle takes one command at a time: the three to the same car follow each other.
				// By VIN, which a batch of accounts-v1 does not name: the events have it from the command.
				const vinOf = (vehicle: string) => simulator.vehicles.find(({ id }) => id === vehicle)?.vin;
				const send = (vehicle: string, id: string) => ask("sender", { vehicle: vinOf(vehicle), command: id });
				const [locked, stopped, started, heated, woken, failed] = await Promise.all([
					send(unlocked, "lock"),
					send(shift, "charge-stop"),
					send(shift, "charge-start"),
					send(shift, "climate-start"),
					send(asleep, "wakeup"),
					send(withoutCable, "charge-start"),
				]);
				for (const [msg, vehicle, id] of [
					[locked, unlocked, "lock"],
					[stopped, shift, "charge-stop"],
					[started, shift, "charge-start"],
					[heated, shift, "climate-start"],
					[woken, asleep, "wakeup"],
				] as const) {
					const { command, status } = msg.payload as { command: string; status: string };
					assert.deepEqual([command, status, msg.error], [id, "Success", undefined]);
					assert.equal(msg.vehicle?.id, vehicle);
					assert.equal(msg.statusCode, undefined, "an event told it, no answer of the API");
					await told(msg, vehicle, "Success");
				}
				assert.equal(failed.error?.code, "ERR_COMMAND_FAILED");
				assert.match(String(failed.error?.message), /charging station/);
				assert.deepEqual(
					{ ...(failed.payload as object), id: "" },
					{ command: "charge-start", id: "", status: "Failed", failureCause: "ExternalChargingSystemError" },
				);
				await told(failed, withoutCable, "Failed");
				assert.equal((await stateOf(unlocked)).doors.locked, true);
				const after = await stateOf(shift);
				assert.deepEqual([after.charging.status, after.climate.status], ["InProgress", "Enabled"]);
				assert.ok(Date.now() - Date.parse(String((await stateOf(asleep)).updatedAt)) < 60_000, "it has woken up");
				const polls = simulator.requests.filter(({ method, url }) => method === "GET" && /\/remotes\//.test(url));
				assert.deepEqual(polls, []);
			});

			it("carries a command to its end by asking, where an account hears no events", async () => {
				const vehicle = car(2);
				simulator.changeVehicle(vehicle, { locked: false, openDoors: [] });
				const sent = ask("asking", { vehicle, command: "lock" });
				// The other account hears how it ends; this one has to ask.
				await runtime.until(() => runtime.messages.some((msg) => newsOf(msg).eventStatus?.type === "Done"));
				await clock.pass(1000);
				const end = await sent;
				assert.deepEqual([(end.payload as { status: string }).status, end.statusCode], ["Success", 200]);
				assert.equal((await stateOf(vehicle)).doors.locked, true);
				await told(end, vehicle, "Success");
			});

			it("lets a monitor fire and its event arrive", async () => {
				const vehicle = car(0);
				simulator.changeVehicle(vehicle, { level: 80 });
				const draft = {
					label: "battery low",
					triggerParam: {
						triggers: [
							{ name: "low", data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["20"] } },
						],
						boolExp: "low",
					},
				};
				const created = await ask("monitor", { vehicle, draft });
				assert.equal(created.error, undefined);
				const { monitorId } = created.payload as { monitorId: string };
				simulator.changeVehicle(vehicle, { level: 12 });
				await runtime.until(() => runtime.messages.length > 0);
				const [msg] = runtime.messages;
				assert.equal((msg?.event as { kind: string } | undefined)?.kind, "monitor");
				assert.deepEqual([msg?.topic, msg?.vehicle?.id], [vehicle, vehicle]);
				assert.ok(JSON.stringify(msg?.payload).includes('"literalValue":"12"'));
				// In fleet-v3 the monitor stands around its events.
				assert.ok(JSON.stringify([msg?.payload, msg?.event]).includes(monitorId));
			});
		});
});
