import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { type FamilyId, type Simulator, startSimulator } from "../../../demo";
import { Authority } from "../../support/certificates";
import { channelPaths, families, get, roots, send } from "../client";
import { HandTimers } from "../hand";
import { type Received, Receiver } from "../receiver";

// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, read by name
type Body = any;

const start = Date.parse("2026-03-11T08:30:00Z");
const hour = 3_600_000;

/** An address of this computer that is not the loopback. */
const OTHER = Object.values(networkInterfaces())
	.flatMap((addresses) => addresses ?? [])
	.find(({ internal, family }) => !internal && family === "IPv4")?.address;

describe("webhooks of the demo API", () => {
	let simulator: Simulator;
	let timers: HandTimers;
	let receiver: Receiver;
	let target: string;
	let clock: number;
	const pass = (milliseconds: number) =>
		timers.pass(milliseconds, (moved) => {
			clock += moved;
		});

	beforeEach(async () => {
		clock = start;
		timers = new HandTimers();
		receiver = new Receiver();
		target = await receiver.open();
		simulator = await startSimulator({ now: () => clock, timers });
	});
	afterEach(async () => {
		await simulator.close();
		await receiver.close();
	});

	const car = () => simulator.vehicles[0] ?? assert.fail();

	async function created(family: FamilyId, path: string, body: Body): Promise<Body> {
		const answer = await send(simulator, family, "POST", path, body);
		assert.ok(answer.status < 300, JSON.stringify(answer.body));
		return answer.body;
	}

	async function channel(family: FamilyId, attributes: Body[] = [], more: Body = {}): Promise<string> {
		const holder = { webhook: { target, name: "test", attributes } };
		const body = await created(family, `${roots[family]}/${channelPaths[family]}`, {
			label: "mine",
			...(family === "fleet-v3" ? { remoteTypes: ["Horn", "Doors", "WakeUp"] } : { type: ["Monitor", "Remote"] }),
			[family === "accounts-v1" ? "channel" : "callback"]: holder,
			...more,
		});
		return body.callbackId ?? body.channelId;
	}

	async function honk(family: FamilyId, channelId: string, more: Body = {}): Promise<string> {
		const kind = family === "accounts-v1" ? "channels" : "callbacks";
		const path = `${roots[family]}/vehicles/${car().id}/${kind}/${channelId}/remotes`;
		const horn = { horn: { state: "Activated" } };
		const body = { label: "honk", ...(family === "accounts-v1" ? { action: horn } : horn), ...more };
		return (await created(family, path, body)).remoteActionId;
	}

	async function monitor(family: FamilyId, channelId: string, body: Body): Promise<string> {
		const path = {
			"user-v4": `/user/vehicles/${car().id}/callbacks/${channelId}/monitors`,
			"accounts-v1": `/accounts/channels/${channelId}/monitors`,
			"fleet-v3": "/fleets/demo-fleet/monitors",
		}[family];
		const own = family === "fleet-v3" ? { subscribeParam: { callback: { webhook: { target, name: "m" } } } } : {};
		const { monitorId } = await created(family, path, { label: "watch", ...own, ...body });
		if (family === "accounts-v1") {
			const handles = { action: "Add", vehicleIds: [car().id] };
			await send(simulator, family, "PUT", `${path}/${monitorId}/handles`, handles);
		}
		return monitorId;
	}

	const trigger = (condition: Body, name = "one"): Body => ({
		triggerParam: { triggers: [{ name, ...condition }], boolExp: name },
	});
	const low = trigger({ data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["20"] } });

	/** What has been posted, nothing of it on its way any more. */
	async function posts(count: number): Promise<Received[]> {
		await simulator.settled();
		assert.equal(receiver.received.length, count);
		return receiver.received;
	}

	/** Lets monitors look, and waits until nothing that they told is on its way. */
	async function looks(count: number): Promise<Body[]> {
		pass(5000);
		return (await posts(count)).map((each) => each.body);
	}

	it("reach a receiver that speaks https with a certificate that nobody vouches for", async () => {
		await receiver.close();
		receiver = new Receiver(new Authority().issue({ name: "garage.example", hosts: ["garage.example"] }));
		target = await receiver.open();
		await honk("user-v4", await channel("user-v4"));
		assert.equal((await posts(1))[0]?.body.type, "Remote");
	});

	if (OTHER === undefined) it("left out: this computer has no other address to listen on");
	else
		it("reach a receiver that listens on another address of this computer only", async () => {
			await receiver.close();
			receiver = new Receiver();
			target = await receiver.open(OTHER);
			await honk("user-v4", await channel("user-v4"));
			assert.equal((await posts(1))[0]?.body.type, "Remote");
		});

	for (const family of families) {
		describe(family, () => {
			it("tells every status of a command, with the attributes that were asked for", async () => {
				const attributes =
					family === "accounts-v1"
						? [
								{ type: "Header", key: "X-Vin", value: "$Vin" },
								{ type: "Query", key: "label", value: "$ChannelLabel" },
							]
						: [
								{ type: "Header", key: "X-Vin", value: "$vin" },
								{ type: "Query", key: "label", value: family === "fleet-v3" ? "$fleetID" : "$CallbackLabel" },
								{ type: "Body", key: "vin", value: "$Vin" },
								{ type: "Body", key: "plain", value: "text" },
							];
				const id = await channel(family, attributes);
				const remoteActionId = await honk(family, id, {
					attributes: [{ type: "Body", key: "s", value: "$RemoteStatus" }],
				});
				for (let count = 1; count <= 4; count++) {
					await posts(count);
					pass(1000);
				}
				const seen = receiver.received.map(({ body }) => (family === "fleet-v3" ? body.events[0] : body.remoteEvent));
				assert.deepEqual(
					seen.map(({ eventStatus }: Body) => [eventStatus.type, eventStatus.status]),
					[
						["Pending", "Accepted"],
						["Pending", "WakingUpVehicle"],
						["Pending", "SentToVehicle"],
						["Done", "Success"],
					],
				);
				const [first] = receiver.received;
				assert.equal(first?.headers["x-vin"], car().vin);
				assert.equal(first?.url, `/events/secret?label=${family === "fleet-v3" ? "demo-fleet" : "mine"}`);
				assert.equal(first?.body[family === "accounts-v1" ? "channelId" : "callbackId"], id);
				const own =
					family === "accounts-v1"
						? []
						: [
								{ key: "vin", value: car().vin },
								{ key: "plain", value: "text" },
							];
				assert.deepEqual(first?.body.attributes, [...own, { key: "s", value: "Accepted" }]);
				assert.equal(seen[0].remoteActionId, remoteActionId);
				if (family === "fleet-v3") assert.equal(seen[0].vin, car().vin);
				else assert.equal(first?.body.type, "Remote");
			});

			it("tells that the battery is low, once, and again when it was charged in between", async () => {
				const monitorId = await monitor(family, await channel(family), low);
				simulator.changeVehicle(car().id, { level: 50 });
				pass(5000);
				simulator.changeVehicle(car().id, { level: 12 });
				const [first] = await looks(1);
				const event = family === "fleet-v3" ? first.events[0] : first.monitorEvent;
				assert.equal(family === "fleet-v3" ? first.monitorId : event.monitorId, monitorId);
				assert.deepEqual(event.values, [
					{
						data: "vehicle.energy.electric.level",
						value: { type: "string", body: { literalValue: "12" } },
					},
				]);
				assert.equal(event.refresh, false);
				pass(60_000);
				simulator.changeVehicle(car().id, { level: 50 });
				pass(5000);
				simulator.changeVehicle(car().id, { level: 12 });
				assert.equal((await looks(2)).length, 2);
			});

			it("fires a monitor when a test says so", async () => {
				const monitorId = await monitor(family, await channel(family), {
					...low,
					extendedEventParam: ["vehicle.position"],
				});
				simulator.fireMonitor(car().id, monitorId, { "vehicle.energy.electric.level": "7" });
				const [{ body }] = (await posts(1)) as [Body];
				const event = family === "fleet-v3" ? body.events[0] : body.monitorEvent;
				assert.equal(event.values[0].value.body.literalValue, "7");
				const extension = event.extensions[0].body;
				assert.equal((family === "fleet-v3" ? extension : extension[0]).position.type, "Feature");
				assert.throws(() => simulator.fireMonitor(car().id, "nothing"), /no monitor/);
			});
		});
	}

	it("repeats what nobody took every ten seconds, in batches without header and query, for three days", async () => {
		const id = await channel("user-v4", [
			{ type: "Header", key: "X-Vin", value: "$Vin" },
			{ type: "Query", key: "a", value: "b" },
		]);
		receiver.status = 500;
		await honk("user-v4", id);
		await posts(1);
		pass(9000);
		assert.equal(receiver.received.length, 1);
		pass(1000);
		const [, again] = await posts(2);
		const statuses = again?.body.map((each: Body) => each.remoteEvent.eventStatus.status);
		assert.deepEqual(statuses, ["Accepted", "WakingUpVehicle", "SentToVehicle", "Success"]);
		assert.equal(again?.headers["x-vin"], undefined);
		assert.equal(again?.url, "/events/secret");
		// A redirect is no yes either.
		receiver.status = 302;
		pass(10_000);
		await posts(3);
		receiver.status = 204;
		pass(10_000);
		await posts(4);
		pass(60_000);
		assert.equal(receiver.received.length, 4);
		receiver.status = 500;
		await honk("user-v4", id);
		await posts(5);
		clock += 73 * hour;
		pass(10_000);
		await simulator.settled();
		assert.ok(receiver.received.length > 5);
		const told = receiver.received.slice(5).flatMap(({ body }) => body);
		assert.ok(
			told.every((each: Body) => Date.parse(each.date) > clock - 72 * hour),
			"told something after three days",
		);
	});

	it("sends a hundred at once and no more", async () => {
		const id = await channel("user-v4");
		receiver.status = 500;
		const monitorId = await monitor("user-v4", id, low);
		for (let count = 0; count < 250; count++)
			simulator.fireMonitor(car().id, monitorId, { "vehicle.energy.electric.level": String(count) });
		await posts(1);
		receiver.status = 200;
		pass(10_000);
		const sizes = (await posts(4)).map(({ body }) => (Array.isArray(body) ? body.length : 1));
		assert.deepEqual(sizes, [1, 100, 100, 50]);
	});

	it("fleet-v3 repeats as its retry policy says, and collects batches by size and time", async () => {
		receiver.status = 503;
		const policies = [
			[{ policy: "None" }, 1],
			[{ policy: "Bounded", retryNumber: 2, retryDelay: 30 }, 2],
		] as const;
		for (const [retryPolicy, tries] of policies) {
			const id = await channel("fleet-v3", [], { retryPolicy });
			simulator.scriptCommand(car().id, { hang: true, statuses: [] });
			receiver.received.length = 0;
			await honk("fleet-v3", id);
			for (let count = 1; count <= tries; count++) {
				await posts(count);
				pass(31_000);
			}
			await simulator.settled();
			assert.equal(receiver.received.length, tries);
		}
		receiver.status = 200;
		receiver.received.length = 0;
		const batched = await channel("fleet-v3", [], { batchNotify: { size: 3, timeWindow: 20 } });
		await honk("fleet-v3", batched);
		pass(3000);
		const [three] = await posts(1);
		assert.equal(three?.body.events.length, 3);
		pass(20_000);
		assert.ok((await posts(2)).length === 2);
	});

	it("calls no address but those of this computer, and no channel that rests", async () => {
		const resting = await channel("user-v4");
		const monitorId = await monitor("user-v4", resting, low);
		await send(simulator, "user-v4", "PUT", `/user/callbacks/${resting}/status`, { status: "Paused" });
		simulator.fireMonitor(car().id, monitorId);
		const webhook = { target: "http://192.0.2.1/events", name: "far" };
		const far = await created("user-v4", "/user/callbacks", { callback: { webhook } });
		const remote = await honk("user-v4", far.callbackId);
		pass(10_000);
		const path = `/user/vehicles/${car().id}/callbacks/${far.callbackId}/remotes/${remote}`;
		assert.equal(((await get(simulator, "user-v4", path)).body as Body).status, "Success");
		await simulator.settled();
		assert.equal(receiver.received.length, 0);
	});

	it("reminds while a condition lasts, as often as it was asked", async () => {
		const id = await channel("user-v4");
		await monitor("user-v4", id, { ...low, subscribeParam: { refreshEvent: 60 } });
		simulator.changeVehicle(car().id, { level: 10 });
		await looks(1);
		pass(55_000);
		assert.equal(receiver.received.length, 1);
		const [, second] = await looks(2);
		assert.equal(second.monitorEvent.refresh, true);
	});

	it("tells changes, alerts and combinations", async () => {
		const id = await channel("user-v4");
		await monitor("user-v4", id, trigger({ data: { data: "vehicle.doorsState.lockedState", op: "onChange" } }));
		await monitor("user-v4", id, {
			triggerParam: {
				triggers: [
					{ name: "ice", data: { data: "vehicle.alert", op: "includedIn", value: ["RiskOfIce"] } },
					{ name: "open", data: { data: "vehicle.doorsState.opening", op: "includedIn", value: ["Trunk"] } },
				],
				boolExp: "ice & !open",
			},
		});
		simulator.changeVehicle(car().id, { openDoors: ["Trunk"] });
		pass(5000);
		simulator.changeVehicle(car().id, { locked: false });
		const [unlocked] = await looks(1);
		assert.equal(unlocked.monitorEvent.values[0].value.body.literalValue, "Unlocked");
		simulator.changeVehicle(car().id, { locked: true });
		await looks(2);
		simulator.addAlert(car().id, { type: "RiskOfIce" });
		pass(5000);
		simulator.changeVehicle(car().id, { openDoors: undefined });
		const [, , ice] = await looks(3);
		assert.deepEqual(
			ice.monitorEvent.values[0].value.body.objectValues.map((each: Body) => each.type),
			["RiskOfIce"],
		);
	});
});
