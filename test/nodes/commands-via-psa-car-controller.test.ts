import assert from "node:assert/strict";
import sinon from "sinon";
import { type CommandFault, type ControllerCar, PsaCarController } from "../support/psa-car-controller";
import { CommandApi, CommandFlow, ManualClock } from "./remote-command-support";

const VIN = "VR3UHZKXZLT000042";

describe("commands through psa_car_controller", () => {
	let api: CommandApi;
	let home: PsaCarController;
	let car: ControllerCar;
	let flow: CommandFlow;
	let clock: ManualClock;
	beforeEach(async () => {
		api = await CommandApi.start();
		home = await PsaCarController.start();
		home.base = "/psacc";
		car = home.addCar(VIN);
		flow = new CommandFlow();
		// An account that only sends: what is there confirms it.
		flow.credentials = { accessToken: "" };
		clock = new ManualClock().install();
	});
	afterEach(async () => {
		await flow.stop();
		await Promise.all([api.stop(), home.stop()]);
		flow.remove();
		sinon.restore();
	});

	const load = (node: object = {}, account: object = {}) =>
		flow.load(
			api,
			{ vehicle: VIN, vehicleType: "str", timeout: 40, ...node },
			{ commandsVia: "psa-car-controller", commandsUrl: `${home.url}/`, timeout: 0.5, ...account },
		);
	const obey = (change: Partial<ControllerCar>) =>
		Object.assign(car, change, { updatedAt: new Date(clock.time + 1000).toISOString() });
	/** Sends a command and waits until it is there. */
	const sent = async () => {
		const { length } = home.commands;
		flow.send();
		const end = flow.end();
		await home.commanded(length + 1);
		return end;
	};
	const status = ({ payload }: { payload?: unknown }) => (payload as { status: string }).status;

	for (const [command, path, change] of [
		["lock", "lock_door/VIN/1", { locked: true }],
		["climate-start", "preconditioning/VIN/1", { climate: "Enabled" }],
		["charge-start", "charge_now/VIN/1", { charging: "InProgress" }],
		["wakeup", "wakeup/VIN", {}],
	] as const)
		it(`asks for ${command} once, and only the car's state ends it`, async () => {
			await load({ command });
			flow.send();
			const end = flow.end();
			await home.commanded(1);
			obey(change);
			await clock.pass(3000);
			const result = await end;
			assert.equal(status(result), "Success");
			assert.deepEqual(flow.statuses, ["Accepted", "Success"]);
			assert.equal((result.payload as { id: string }).id, (await flow.journal())[0]?.key);
			assert.deepEqual(home.commands, [path.replace("VIN", VIN)]);
			assert.equal((await flow.journal())[0]?.channel, "psa-car-controller");
			assert.deepEqual(api.requests, []);
		});

	it("names a car as it does, however a VIN is cased", async () => {
		car.vin = VIN.toLowerCase();
		await load();
		const end = sent();
		await home.commanded(1);
		obey({ locked: true });
		await clock.pass(3000);
		assert.equal(status(await end), "Success");
		assert.deepEqual(home.commands, [`lock_door/${VIN.toLowerCase()}/1`]);
	});

	it("believes our own look at the car where the account can read", async () => {
		flow.credentials = {};
		const time = () => new Date(clock.time + 1000).toISOString();
		const doors = (locked: string) => ({
			updatedAt: time(),
			doorsState: { createdAt: time(), lockedStates: [locked] },
		});
		api.status = doors("Unlocked");
		await load({ vehicle: "vehicle", vehicleType: "msg" });
		flow.send({ vehicle: { id: "v1", vin: VIN } });
		const end = flow.end();
		await home.commanded(1);
		clock.time += 2000;
		api.status = doors("Locked");
		await clock.pass(3000);
		assert.equal(status(await end), "Success");
		assert.deepEqual(
			home.requests.filter((path) => path.startsWith("get_vehicleinfo")),
			[],
		);
	});

	it("is not asked for what is done already", async () => {
		obey({ locked: true });
		await load();
		flow.send();
		assert.equal(status(await flow.end()), "AlreadyDone");
		assert.deepEqual(home.commands, []);
		assert.deepEqual(
			(await flow.journal()).map(({ event, outcome }) => [event, outcome]),
			[
				["intent", undefined],
				["end", "AlreadyDone"],
			],
		);
	});

	it("sends no wake-up to a car whose 12 V battery is told to be low there", async () => {
		car.auxiliaryBattery = 20;
		await load({ command: "wakeup" });
		flow.send();
		const { error } = await flow.end();
		assert.equal(error?.code, "ERR_WAKEUP_TOO_SOON", error?.message);
		assert.match(error?.message ?? "", /12 V battery .* 20 %/);
		assert.deepEqual(home.commands, []);
	});

	it("ends lights where it takes them, for no state shows them", async () => {
		await load({ command: "lights" });
		assert.equal(status(await sent()), "Accepted");
		assert.equal((await flow.journal()).at(-1)?.outcome, "Accepted");
	});

	it("refuses the horn, which is broken there, and a temperature", async () => {
		await load({ command: "horn" });
		flow.send();
		const { error } = await flow.end();
		assert.equal(error?.code, "ERR_NOT_SUPPORTED");
		assert.match(error?.message ?? "", /horn is broken/);
		assert.deepEqual(home.requests, []);
	});

	it("is unknown after its time where true is all that comes", async () => {
		await load();
		flow.send();
		const end = flow.end();
		await home.commanded(1);
		await clock.pass(40_000);
		assert.equal((await end).error?.code, "ERR_COMMAND_TIMEOUT");
		assert.equal(home.commands.length, 1);
	});

	for (const fault of ["lost", "unheard", "silent", "500", "page"] as CommandFault[])
		it(`sends once, and lets the state decide, where nobody can tell whether it arrived (${fault})`, async () => {
			await load({ wait: "accepted" });
			home.faults = [fault, fault];
			flow.send();
			const end = flow.end();
			await home.commanded(1);
			if (fault === "silent") await new Promise((resolve) => setTimeout(resolve, 600));
			obey({ locked: true });
			await clock.pass(3000);
			assert.equal(status(await end), "Success");
			assert.deepEqual(flow.statuses, ["Success"]);
			obey({ locked: false });
			flow.send();
			const second = flow.end();
			await home.commanded(2);
			await clock.pass(40_000);
			assert.equal((await second).error?.code, "ERR_COMMAND_UNKNOWN");
			assert.equal((await flow.journal()).at(-1)?.outcome, "unknown");
			assert.equal(home.commands.length, 2);
		});

	it("lets the state decide where a proxy answers for it, also for what it can't have sent when it fails itself", async () => {
		await load({ command: "charge-start" });
		home.faults = ["504", "504"];
		const end = sent();
		await home.commanded(1);
		obey({ charging: "InProgress" });
		await clock.pass(3000);
		assert.equal(status(await end), "Success");
		obey({ charging: "Stopped" });
		const second = sent();
		await home.commanded(2);
		await clock.pass(40_000);
		assert.equal((await second).error?.code, "ERR_COMMAND_UNKNOWN");
		assert.equal(home.commands.length, 2);
	});

	for (const [what, command, prepare, code, says] of [
		["a redirect", "lock", () => home.faults.push("redirect"), "ERR_BAD_RESPONSE", /not followed; nothing was sent/],
		["an error in a good answer", "lock", () => home.faults.push("error"), "ERR_REJECTED", /says: Remote control/],
		["its own limit", "wakeup", () => home.faults.push("rate limit"), "ERR_RATE_LIMITED", /rate limit exceeded/],
		["a proxy's limit", "lock", () => home.faults.push("429"), "ERR_RATE_LIMITED", /Try again in 20 s/],
		["a charge it can't send", "charge-start", () => home.faults.push("500"), "ERR_REJECTED", /start time/],
	] as const)
		it(`is not sent by ${what}: ${code}`, async () => {
			await load({ command });
			prepare();
			const { error } = await sent();
			assert.equal(error?.code, code, error?.message);
			assert.match(error?.message ?? "", says);
			assert.equal(home.commands.length, 1);
			assert.equal((await flow.journal()).at(-1)?.outcome, "refused");
		});

	it("says for how long a proxy lets nobody in", async () => {
		home.faults.push("429");
		await load();
		assert.equal((await sent()).retryAfter, 20);
	});

	for (const [what, prepare, code, says] of [
		[
			"a car that it does not know",
			() => (car.vin = "VR3UHZKXZLT000077"),
			"ERR_NOT_FOUND",
			/does not list the car …0042/,
		],
		["no list of cars", () => (home.lists = false), "ERR_NOT_FOUND", /lists no car at all/],
		["a server that fails at everything", () => (home.isDown = true), "ERR_SERVER", /no list of cars \(500\)/],
		["a wrong base path", () => (home.base = "/other"), "ERR_NOT_FOUND", /base path/],
		["nobody who listens", () => home.stop(), "ERR_NETWORK", /refuses the connection/],
	] as const)
		it(`asks for nothing with ${what}: ${code}`, async () => {
			const { url } = home;
			await prepare();
			await load({}, { commandsUrl: url });
			flow.send();
			const { error } = await flow.end();
			assert.equal(error?.code, code, error?.message);
			assert.match(error?.message ?? "", says);
			assert.equal(home.commands.length, 0);
		});
});
