import assert from "node:assert/strict";
import { type FamilyId, type Simulator, startSimulator } from "../../../demo";
import { type Answer, channelPaths, families, get, roots, send } from "../client";
import { HandTimers } from "../hand";

// biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes, read by name
type Body = any;

const start = Date.parse("2026-03-11T08:30:00Z");
const minute = 60_000;

/** Cars by their place: a commuter, a hybrid, one without a battery, one in privacy mode, one that charges by day. */
const [commuter, thermic, privacy, nightShift, silent] = [0, 2, 6, 9, 11];

/** A command in the words of a family. */
function body(family: FamilyId, action: Body): Body {
	return family === "accounts-v1" ? { label: "test", action } : { label: "test", ...action };
}

const orders = {
	lock: (family: FamilyId, state = "Locked") => ({ [family === "accounts-v1" ? "locking" : "door"]: { state } }),
	horn: () => ({ horn: { state: "Activated" } }),
	wakeup: (family: FamilyId) =>
		family === "accounts-v1" ? { wakeup: { action: "Wakeup" } } : { wakeUp: { action: "WakeUp" } },
	climate: (_: FamilyId, immediate = true) => ({ preconditioning: { airConditioning: { immediate } } }),
	charge: (family: FamilyId, immediate: boolean) => ({
		charging: family === "accounts-v1" ? { charge: { immediate } } : { immediate },
	}),
};

describe("commands of the demo API", () => {
	let simulator: Simulator;
	let timers: HandTimers;
	let clock: number;
	beforeEach(async () => {
		clock = start;
		timers = new HandTimers();
		simulator = await startSimulator({ now: () => clock, timers, wakeUpsPerMonth: 4 });
	});
	afterEach(() => simulator.close());

	function vehicle(family: FamilyId, index: number): string {
		return `${roots[family]}/vehicles/${simulator.vehicles[index]?.id}`;
	}

	async function channel(family: FamilyId): Promise<string> {
		const list = (await get(simulator, family, `${roots[family]}/${channelPaths[family]}`)).body as Body;
		return (list._embedded.callbacks ?? list._embedded.channels)[0].id;
	}

	async function post(family: FamilyId, index: number, action: Body): Promise<Answer> {
		const kind = family === "accounts-v1" ? "channels" : "callbacks";
		const path = `${vehicle(family, index)}/${kind}/${await channel(family)}/remotes`;
		return send(simulator, family, "POST", path, body(family, action));
	}

	/** Sends a command and follows it to its end; answers every status and the last answer. */
	async function run(family: FamilyId, index: number, action: Body): Promise<{ statuses: string[]; last: Body }> {
		const sent = await post(family, index, action);
		assert.equal(sent.status, 202, JSON.stringify(sent.body));
		const { _links } = sent.body as Body;
		const href = _links.remote.href.replace(/^.*\/connectedcar\/v\d/, "");
		const read = async () => (await get(simulator, family, href)).body as Body;
		const statuses = [(await read()).status];
		for (let last = await read(); ; last = await read()) {
			if (["Success", "AlreadyDone", "Failed"].includes(last.status)) return { statuses, last };
			assert.ok(statuses.length < 10, `stuck at ${last.status}`);
			timers.pass(1000);
			statuses.push((await read()).status);
		}
	}

	async function state(family: FamilyId, index: number): Promise<Body> {
		const path = family === "accounts-v1" ? "telemetries/latest" : "status";
		const { body } = await get(simulator, family, `${vehicle(family, index)}/${path}`);
		return body;
	}

	const electric = (status: Body) =>
		status.energies.find((each: Body) => each.type === "Electric").extension.electric.charging;

	for (const family of families) {
		describe(family, () => {
			it("takes a command, wakes the car and unlocks it; the state shows it in every family", async () => {
				const { statuses, last } = await run(family, commuter, orders.lock(family, "Unlocked"));
				assert.deepEqual(statuses, ["Accepted", "WakingUpVehicle", "SentToVehicle", "Success"]);
				assert.deepEqual(last.remote, body(family, orders.lock(family, "Unlocked")));
				assert.equal(last.failureCause, undefined);
				for (const other of families) {
					const now = await state(other, commuter);
					const doors = other === "accounts-v1" ? now.vehicle.doorsState.lockedState : now.doorsState.lockedStates;
					assert.deepEqual(doors, ["Unlocked"]);
					assert.equal(Date.parse(now.updatedAt), clock);
				}
				const again = await run(family, commuter, orders.lock(family, "Unlocked"));
				assert.deepEqual(again.statuses, ["Accepted", "SentToVehicle", "AlreadyDone"]);
			});

			it("can't heat or charge a car without a battery: 501", async () => {
				for (const action of [orders.climate(family), orders.charge(family, true)]) {
					const { status, body } = await post(family, thermic, action);
					assert.equal(status, 501);
					if (family === "accounts-v1") assert.equal((body as Body).code, "REMOTE_NOT_SUPPORTED");
					else assert.equal((body as Body).code, 50199);
				}
				assert.equal((await run(family, thermic, orders.horn())).last.status, "Success");
			});

			it("refuses bodies without exactly one action that the family has", async () => {
				const bad = [
					{},
					{ ...orders.horn(), ...orders.lock(family) },
					{ rocket: { on: true } },
					orders.lock(family, "Ajar"),
					{ preconditioning: {} },
					{ preconditioning: { airConditioning: { immediate: true, programs: [] } } },
					{ navigation: { positions: [{ type: "Point", coordinates: [7, 99] }] } },
				];
				for (const action of bad)
					assert.equal((await post(family, commuter, action)).status, 400, JSON.stringify(action));
			});

			it("refuses a channel that rests or isn't there", async () => {
				const id = await channel(family);
				const kind = family === "accounts-v1" ? "channels" : "callbacks";
				const set = (status: string) =>
					send(simulator, family, "PUT", `${roots[family]}/${channelPaths[family]}/${id}/status`, { status });
				await set("Paused");
				assert.equal((await post(family, commuter, orders.horn())).status, 409);
				await set("Running");
				const path = `${vehicle(family, commuter)}/${kind}/nothing/remotes`;
				assert.equal((await send(simulator, family, "POST", path, body(family, orders.horn()))).status, 404);
			});

			it("heats for ten minutes and says finished then", async () => {
				const climate = async () => {
					const now = await state(family, commuter);
					return (now.vehicle ?? now).preconditioning.airConditioning;
				};
				assert.equal((await run(family, commuter, orders.climate(family))).last.status, "Success");
				assert.deepEqual([(await climate()).status, (await climate()).startingCause], ["Enabled", "Immediate"]);
				clock += 11 * minute;
				assert.equal((await climate()).status, "Finished");
				await run(family, commuter, orders.climate(family));
				await run(family, commuter, orders.climate(family, false));
				assert.equal((await climate()).status, "Disabled");
			});

			it("stops a charging where it stands, and goes on from there", async () => {
				const level = async () => {
					const now = await state(family, nightShift);
					return (now.vehicle ?? now).energies.find((each: Body) => each.type === "Electric").level;
				};
				assert.equal(
					electric((await state(family, nightShift)).vehicle ?? (await state(family, nightShift))).status,
					"InProgress",
				);
				assert.equal((await run(family, nightShift, orders.charge(family, true))).last.status, "AlreadyDone");
				assert.equal((await run(family, nightShift, orders.charge(family, false))).last.status, "Success");
				const stopped = await level();
				clock += 30 * minute;
				assert.equal(await level(), stopped);
				const now = await state(family, nightShift);
				assert.equal(electric(now.vehicle ?? now).status, "Stopped");
				// Delayed, in these families: it starts again at 22:05 by the car's clock.
				if (family !== "accounts-v1") assert.equal(electric(now).nextDelayedTime, "PT22H5M");
				assert.equal((await run(family, nightShift, orders.charge(family, true))).last.status, "Success");
				assert.equal(await level(), stopped);
				clock += 30 * minute;
				assert.ok((await level()) > stopped + 1);
			});
		});
	}

	it("a delayed charging starts by itself", async () => {
		clock = Date.parse("2026-03-11T05:00:00Z");
		const program = [{ start: "PT8H", end: "PT12H", occurence: { day: ["Wed"] }, enabled: true }];
		await run("user-v4", nightShift, { charging: { schedule: { programs: program } } });
		// Half past seven where the car is.
		clock = Date.parse("2026-03-11T06:30:00Z");
		await run("user-v4", nightShift, orders.charge("user-v4", false));
		assert.equal(electric(await state("user-v4", nightShift)).nextDelayedTime, "PT8H");
		assert.equal(electric(await state("user-v4", nightShift)).status, "Stopped");
		clock += 31 * minute;
		assert.equal(electric(await state("user-v4", nightShift)).status, "InProgress");
	});

	it("a charging that was stopped goes on by itself when the clock shows the programmed time", async () => {
		const id = simulator.vehicles[commuter]?.id ?? "";
		const night = simulator
			.truth(id, start, start + 7 * 24 * 60 * minute)
			.find(
				(fact) =>
					fact.kind === "charging-ended" &&
					fact.energy > 8 &&
					fact.charge.startedAt - fact.charge.pluggedAt > 120 * minute,
			);
		assert.ok(night?.kind === "charging-ended");
		const { pluggedAt, startedAt } = night.charge;
		clock = pluggedAt + 30 * minute;
		const now = async () => {
			const { status, nextDelayedTime } = electric(await state("user-v4", commuter));
			return [status, nextDelayedTime];
		};
		assert.deepEqual(await now(), ["Stopped", "PT22H30M"]);
		await run("user-v4", commuter, orders.charge("user-v4", true));
		clock += 20 * minute;
		assert.deepEqual(await now(), ["InProgress", "PT22H30M"]);
		await run("user-v4", commuter, orders.charge("user-v4", false));
		clock = startedAt - minute;
		assert.deepEqual(await now(), ["Stopped", "PT22H30M"]);
		clock += 2 * minute;
		assert.deepEqual(await now(), ["InProgress", "PT22H30M"]);
	});

	it("fails by what is in the way, and the car's state says so too", async () => {
		const id = simulator.vehicles[commuter]?.id ?? "";
		const cause = async (family: FamilyId, index: number, action: Body) =>
			(await run(family, index, action)).last.failureCause;
		const climate = async () => (await state("user-v4", commuter)).preconditioning.airConditioning;
		simulator.changeVehicle(id, { openDoors: ["Passenger"] });
		assert.equal(await cause("user-v4", commuter, orders.climate("user-v4")), "DoorsOpen");
		assert.deepEqual([(await climate()).status, (await climate()).failureCause], ["Failure", "DoorOpened"]);
		const opening = (await state("user-v4", commuter)).doorsState.opening;
		assert.equal(opening.find((door: Body) => door.identifier === "Passenger").state, "Open");
		simulator.changeVehicle(id, { openDoors: undefined, level: 12, unplugged: true });
		assert.equal(
			await cause("accounts-v1", commuter, orders.climate("accounts-v1")),
			"NotPossibleDueToVehicleBatteryLevel",
		);
		assert.equal((await climate()).failureCause, "LowBattery");
		assert.equal(await cause("fleet-v3", commuter, orders.charge("fleet-v3", true)), "ExternalChargingSystemError");
		const find = { vehicleFinder: { action: "GetPresentLocation" } };
		assert.equal(await cause("accounts-v1", privacy, find), "NotPossibleDueToVehiclePrivacyLevel");
		assert.equal(await cause("user-v4", silent, orders.horn()), "VehicleConnectionTimeout");
	});

	it("counts wake-ups by month and drains the 12 V battery", async () => {
		const voltage = async () => (await state("user-v4", commuter)).battery.voltage;
		const before = await voltage();
		for (let count = 0; count < 4; count++) {
			assert.equal((await run("user-v4", commuter, orders.wakeup("user-v4"))).last.status, "Success");
			assert.equal(Date.parse((await state("user-v4", commuter)).updatedAt), clock);
			clock += 20 * minute;
		}
		assert.ok(before - (await voltage()) >= 4 && before - (await voltage()) <= 8);
		const tooMany = await run("accounts-v1", commuter, orders.wakeup("accounts-v1"));
		assert.deepEqual(tooMany.statuses, ["Accepted", "TooManyWakeUpsOverMonth", "Failed"]);
		assert.equal(tooMany.last.failureCause, "TooManyWakeUpsOverMonth");
		clock = Date.parse("2026-04-01T00:10:00Z");
		assert.equal((await run("accounts-v1", commuter, orders.wakeup("accounts-v1"))).last.status, "Success");
		simulator.changeVehicle(simulator.vehicles[commuter]?.id ?? "", { auxiliaryBattery: 45 });
		clock += 30 * minute;
		const low = await run("user-v4", commuter, orders.wakeup("user-v4"));
		assert.deepEqual(low.statuses, ["Accepted", "WakingUpVehicle", "VehicleBatteryChargeTooLow", "Failed"]);
	});

	it("keeps programs, the others of the car included, and shows them in both spellings", async () => {
		const days = { day: ["Mon", "Tue"] };
		const set = (slot: number, start: string) => ({ slot, start, enabled: true, actionsType: "Set" });
		const climate = (programs: Body[]) => ({ preconditioning: { airConditioning: { programs } } });
		await run("user-v4", commuter, climate([{ ...set(1, "PT7H"), occurence: days, recurrence: "Daily" }]));
		await run("accounts-v1", commuter, climate([{ ...set(3, "PT17H30M"), occurrence: days, temp: 21 }]));
		const flat = (await state("user-v4", commuter)).preconditioning.airConditioning.programs;
		const nested = (await state("accounts-v1", commuter)).vehicle.preconditioning.airConditioning.programs;
		assert.deepEqual(
			flat.map((each: Body) => [each.slot, each.start, each.occurence]),
			[
				[1, "PT7H", days],
				[3, "PT17H30M", days],
			],
		);
		assert.deepEqual(nested[1], { slot: 3, start: "PT17H30M", temp: 21, enabled: true, occurrence: days });
		await run("fleet-v3", commuter, climate([{ slot: 1, actionsType: "Delete" }]));
		assert.equal((await state("fleet-v3", commuter)).preconditioning.airConditioning.programs.length, 1);
		const levels = { minChargingLevel: 10, maxChargingLevel: 80 };
		await run("accounts-v1", commuter, {
			charging: { charge: { programs: [{ ...set(2, "PT22H"), occurrence: days, ...levels }] } },
		});
		assert.equal(electric((await state("accounts-v1", commuter)).vehicle).programs[0][0].maxChargingLevel, 80);
		assert.equal(electric(await state("user-v4", commuter)).schedule.programs[0].start, "PT22H");
		await run("user-v4", commuter, { charging: { preferences: { level: "Level2", type: "Partial" } } });
		assert.equal(electric(await state("user-v4", commuter)).chargingPowerLevel, "Level2");
		assert.equal(electric((await state("accounts-v1", commuter)).vehicle).settings.chargePreferenceRate, "LowPlus");
	});

	it("reports a car stolen and back", async () => {
		await run("fleet-v3", commuter, { stolen: { stolen: true } });
		assert.equal((await state("fleet-v3", commuter)).stolen.state, true);
		const unlock = await run("fleet-v3", commuter, orders.lock("fleet-v3", "Unlocked"));
		assert.equal(unlock.last.failureCause, "NotPossibleDueToVehicleStolenState");
		clock += minute;
		await run("accounts-v1", commuter, { stolen: { state: false } });
		assert.equal((await state("fleet-v3", commuter)).stolen, undefined);
		const { body } = await get(simulator, "fleet-v3", `${vehicle("fleet-v3", commuter)}/stolen`);
		const [theft] = (body as Body)._embedded.stolen;
		assert.deepEqual([theft.state, Date.parse(theft.endAt) - Date.parse(theft.startedAt)], [false, minute]);
	});

	it("does one command of a kind at a time", async () => {
		await post("user-v4", commuter, orders.horn());
		const second = await run("user-v4", commuter, orders.horn());
		assert.equal(second.last.failureCause, "SameActionInProgress");
	});

	it("fleet-v3 channels take only the types they are registered for", async () => {
		const webhook = { target: "http://127.0.0.1:9/", name: "test" };
		const path = "/fleets/demo-fleet/remote/callbacks";
		const made = await send(simulator, "fleet-v3", "POST", path, { callback: { webhook }, remoteTypes: ["Doors"] });
		const remotes = `${vehicle("fleet-v3", commuter)}/callbacks/${(made.body as Body).callbackId}/remotes`;
		assert.equal((await send(simulator, "fleet-v3", "POST", remotes, orders.horn())).status, 400);
		assert.equal((await send(simulator, "fleet-v3", "POST", remotes, orders.lock("fleet-v3"))).status, 202);
	});

	it("does what a script says, once", async () => {
		const id = simulator.vehicles[commuter]?.id ?? "";
		simulator.scriptCommand(id, { statuses: ["CheckingVehicle"], status: "Failed", failureCause: "CanceledByDriver" });
		simulator.scriptCommand(id, { hang: true });
		const first = await run("user-v4", commuter, orders.lock("user-v4"));
		assert.deepEqual(first.statuses, ["Accepted", "CheckingVehicle", "Failed"]);
		assert.equal(first.last.failureCause, "CanceledByDriver");
		await assert.rejects(run("user-v4", commuter, orders.lock("user-v4", "Unlocked")), /stuck at SentToVehicle/);
		assert.equal((await run("user-v4", commuter, orders.lock("user-v4", "Unlocked"))).last.status, "Success");
		assert.throws(() => simulator.scriptCommand("nobody", {}), /no simulated vehicle/);
	});

	it("leaves no timer behind when it closes", async () => {
		await post("user-v4", commuter, orders.horn());
		assert.ok(timers.pending > 0);
		await simulator.close();
		assert.equal(timers.pending, 0);
	});
});
