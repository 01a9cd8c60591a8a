import assert from "node:assert/strict";
import sinon from "sinon";
import { WebSocket as PackagedSocket } from "ws";
import { HA_TOKEN, HomeAssistant, type PressFault } from "../support/home-assistant";
import { ownWebSocket, withoutPackage } from "../support/websockets";
import { CommandApi, CommandFlow, ManualClock, TOKEN } from "./remote-command-support";

const VIN = "VR3UHZKXZLT000042";
const OTHER = "VR3UHZKXZLT000077";

describe("commands through Home Assistant", () => {
	let api: CommandApi;
	let home: HomeAssistant;
	let flow: CommandFlow;
	let clock: ManualClock;
	beforeEach(async () => {
		api = await CommandApi.start();
		home = await HomeAssistant.start();
		flow = new CommandFlow();
		flow.credentials = { commandsToken: HA_TOKEN };
		clock = new ManualClock().install();
		home.now = () => clock.time;
		home.addCar(VIN);
	});
	afterEach(async () => {
		await flow.stop();
		await Promise.all([api.stop(), home.stop()]);
		flow.remove();
		sinon.restore();
	});

	/** The state of the car as our API tells it. */
	const doors = (locked: boolean, time = clock.time) => ({
		id: "s",
		updatedAt: new Date(time).toISOString(),
		doorsState: { createdAt: new Date(time).toISOString(), lockedStates: [locked ? "Locked" : "Unlocked"] },
	});
	const load = (node: object = {}, account: object = {}) =>
		flow.load(
			api,
			{ vehicle: "vehicle", vehicleType: "msg", timeout: 120, ...node },
			{ commandsVia: "home-assistant", commandsUrl: home.url, ...account },
		);
	const mine = { id: "v1", vin: VIN, label: "Peugeot e-208" };
	/** Sends a command and waits until Home Assistant was asked. */
	const begin = async (msg: object = {}) => {
		const { length } = home.asked;
		flow.send({ vehicle: mine, ...msg });
		const end = flow.end();
		await home.presses(length + 1);
		return end;
	};
	const sequence = (...codes: string[]) => {
		home.onPress = async (vin, key) => {
			for (const code of codes) {
				clock.time += 1000;
				home.status(vin, key, code);
			}
		};
	};

	it("goes on whatever is told of entities that are none", async () => {
		await load({ command: "lights" });
		home.onPress = (vin, key) => {
			home.tell(`{"entity_id": ${"[".repeat(50_000)}${"]".repeat(50_000)}, "new_state": {"state": "on"}}`);
			home.tell('{"entity_id": {"toString": 1}, "new_state": {"state": "on"}}');
			clock.time += 1000;
			home.status(vin, key, "0");
		};
		assert.equal(((await begin()).payload as { status: string }).status, "Success");
	});

	it("presses the button once, and the car's own state ends it", async () => {
		api.status = doors(false, clock.time - 60_000);
		await load();
		flow.send({ vehicle: mine, keep: "me" });
		const end = flow.end();
		await home.presses(1);
		api.status = doors(true, clock.time + 1000);
		await clock.pass(3000);
		const result = await end;
		const { id, ...payload } = result.payload as { id: string };
		assert.deepEqual(payload, { command: "lock", status: "Success" });
		assert.equal(id, (await flow.journal())[0]?.key);
		assert.equal(result.keep, "me");
		assert.deepEqual(flow.statuses, ["Accepted", "Success"]);
		assert.deepEqual(home.pressed, [home.entity(VIN, "button.doors_lock").entity_id]);
		assert.deepEqual(
			(await flow.journal()).map(({ event, channel, outcome }) => [event, channel ?? outcome]),
			[
				["intent", "home-assistant"],
				["taken", undefined],
				["end", "Success"],
			],
		);
		assert.equal(api.posted.length, 0);
		assert.ok(!api.requests.includes("GET /user/callbacks"), "asks for no channel");
		assert.doesNotMatch(JSON.stringify(await flow.journal()) + flow.log(), new RegExp(HA_TOKEN));
	});

	it("tells the way of the integration's own status, in the language that Home Assistant speaks", async () => {
		home.language = "de";
		await load({ command: "horn" });
		sequence("900", "901", "903", "0");
		const end = await begin();
		assert.equal((end.payload as { status: string }).status, "Success");
		assert.deepEqual(flow.statuses, ["Accepted", "WakingUpVehicle", "SentToVehicle", "Success"]);
	});

	it("says what to install where Node.js has no WebSocket and the package is missing, and asks nobody", async () => {
		withoutPackage();
		ownWebSocket(undefined);
		await load({ command: "horn" });
		flow.send({ vehicle: mine });
		const { error } = await flow.end();
		assert.equal(error?.code, "ERR_NOT_SUPPORTED");
		assert.match(error?.message ?? "", /run "npm install ws" in Node-RED's user directory/);
		assert.deepEqual([home.asked, home.tokens], [[], []]);
	});

	it("needs no package where Node.js has a WebSocket of its own", async () => {
		// Before Node.js 22 that of the package plays its part: it can be used the same way.
		const Own = (globalThis.WebSocket ?? PackagedSocket) as typeof WebSocket;
		let opened = 0;
		ownWebSocket(
			class extends Own {
				constructor(url: string) {
					super(url);
					opened++;
				}
			},
		);
		withoutPackage();
		await load({ command: "horn" });
		sequence("900", "0");
		const end = await begin();
		assert.equal((end.payload as { status: string }).status, "Success");
		assert.ok(opened > 0);
		assert.equal(home.pressed.length, 1);
	});

	it("takes done for success when no newer state contradicts within 15 s", async () => {
		api.status = doors(false, clock.time - 60_000);
		await load();
		sequence("900", "903", "0");
		flow.send({ vehicle: mine });
		const end = flow.end();
		await home.presses(1);
		for (const pause of [2000, 5000, 8000]) await clock.pass(pause);
		assert.equal(((await end).payload as { status: string }).status, "Success");
	});

	it("goes on looking where a newer state contradicts what is said to be done, until its time is up", async () => {
		api.status = doors(false, clock.time - 60_000);
		await load({ timeout: 60 });
		sequence("0");
		flow.send({ vehicle: mine });
		const end = flow.end();
		await home.presses(1);
		api.status = doors(false, clock.time + 5000);
		for (const pause of [2000, 5000, 8000]) await clock.pass(pause);
		await clock.pass(60_000);
		assert.equal((await end).error?.code, "ERR_COMMAND_TIMEOUT");
		assert.equal(home.pressed.length, 1);
	});

	it("says that a sleeping car could not be reached, and what seven days without a drive mean", async () => {
		await load({ command: "horn" });
		sequence("900", "901", "300");
		const { error, payload } = await begin();
		assert.equal(error?.code, "ERR_COMMAND_FAILED");
		assert.match(error?.message ?? "", /could not be reached.*seven days without a drive/);
		assert.equal((payload as { failureCause: string }).failureCause, "VehicleConnectionTimeout");
	});

	it("follows for 180 s where the node's time is the usual one", async () => {
		await load();
		flow.send({ vehicle: mine });
		const end = flow.end();
		await home.presses(1);
		await clock.pass(180_000);
		assert.equal((await end).error?.code, "ERR_COMMAND_TIMEOUT");
	});

	it("believes nothing that is another command's, or older than the press", async () => {
		await load({ command: "lights", timeout: 30 });
		home.status(VIN, "lights", "0");
		clock.time += 60_000;
		home.onPress = (vin) => {
			home.status(vin, "horn", "0");
			home.status(vin, "doors_lock", "500");
		};
		flow.send({ vehicle: mine });
		const end = flow.end();
		await home.presses(1);
		await clock.pass(30_000);
		assert.equal((await end).error?.code, "ERR_COMMAND_TIMEOUT");
	});

	const unavailable = () => home.state(VIN, "button.doors_lock", "unavailable");

	it("is done already where Home Assistant presses nothing and the state fits", async () => {
		api.status = doors(true);
		unavailable();
		await load();
		assert.equal(((await begin()).payload as { status: string }).status, "AlreadyDone");
		assert.equal(home.pressed.length, 0);
		assert.equal((await flow.journal()).at(-1)?.outcome, "AlreadyDone");
	});

	it("is not done already where only what a restart of Home Assistant restored fits", async () => {
		flow.credentials = { commandsToken: HA_TOKEN, accessToken: "" };
		home.state(VIN, "binary_sensor.doors", "off", { restored: true });
		unavailable();
		await load();
		assert.equal((await begin({ vehicle: VIN })).error?.code, "ERR_REJECTED");
	});

	for (const [what, prepare, code, says] of [
		["pressed nothing", unavailable, "ERR_REJECTED", /did not press button\..*reload the integration/],
		[
			"has its remote commands disconnected",
			() => {
				unavailable();
				home.state(VIN, "binary_sensor.remote_commands", "off");
			},
			"ERR_REJECTED",
			/remote commands are not connected/,
		],
		[
			"has not loaded the integration yet",
			() => home.state(VIN, "button.doors_lock", "unavailable", { restored: true }),
			"ERR_REJECTED",
			/not loaded there.*just started/,
		],
		[
			"is busy with another command",
			() => {
				unavailable();
				home.status(VIN, "horn", "903");
			},
			"ERR_COMMAND_BUSY",
			/another command.*no end yet/,
		],
		["refuses because one is pending", () => home.faults.push("400 pending"), "ERR_COMMAND_BUSY", /no end yet/],
		["allows no more requests", () => home.faults.push("429"), "ERR_RATE_LIMITED", /Try again in 20 s/],
		["redirects", () => home.faults.push("redirect"), "ERR_BAD_RESPONSE", /not followed; nothing was sent/],
	] as const)
		it(`says so when Home Assistant ${what}: ${code}`, async () => {
			prepare();
			await load();
			const { error } = await begin();
			assert.equal(error?.code, code, error?.message);
			assert.match(error?.message ?? "", says);
			assert.equal(home.pressed.length, 0);
			assert.equal(home.asked.length, 1);
			assert.equal((await flow.journal()).at(-1)?.outcome, "refused");
		});

	for (const [what, prepare, code, says] of [
		["a wrong token", () => (flow.credentials = { commandsToken: "wrong-one" }), "ERR_UNAUTHORIZED", /new long-lived/],
		["no token", () => (flow.credentials = {}), "ERR_UNAUTHORIZED", /new long-lived/],
		["no integration", () => home.registry.splice(0), "ERR_NOT_SUPPORTED", /Install and set it up/],
		[
			"a car that is not there",
			() => {
				home.registry.splice(0);
				home.addCar(OTHER);
			},
			"ERR_NOT_FOUND",
			/does not know the car …0042/,
		],
		[
			"a button that is gone",
			() => home.registry.splice(home.registry.indexOf(home.entity(VIN, "button.doors_lock")), 1),
			"ERR_NOT_SUPPORTED",
			/no button for lock/,
		],
		[
			"a disabled button",
			() => (home.entity(VIN, "button.doors_lock").disabled_by = "user"),
			"ERR_NOT_SUPPORTED",
			/is disabled in Home Assistant. Enable it/,
		],
		[
			"no step with the text message",
			() => {
				home.registry = home.registry.filter(({ entity_id: id }) => !id.startsWith("button."));
			},
			"ERR_NOT_SUPPORTED",
			/text message and PIN/,
		],
		["nobody who listens", () => home.stop(), "ERR_NETWORK", /refuses the connection/],
		[
			"a redirect",
			() => (home.isMoved = true),
			"ERR_BAD_RESPONSE",
			/redirects \(301\).*Enter the address that it leads to/,
		],
		["a wrong base path", () => (home.base = "/behind"), "ERR_NOT_FOUND", /opens no WebSocket.*Check the account/],
	] as const)
		it(`asks nothing with ${what}, and says what to do: ${code}`, async () => {
			const { url } = home;
			await prepare();
			await load({}, { commandsUrl: url });
			flow.send({ vehicle: mine });
			const { error } = await flow.end();
			assert.equal(error?.code, code, error?.message);
			assert.match(error?.message ?? "", says);
			assert.equal(home.asked.length, 0);
			assert.doesNotMatch(error?.message ?? "", /wrong-one/);
		});

	it("finds the button whatever it is called, of two cars of one model, and behind a base path", async () => {
		home.base = "/home";
		home.registry.splice(0);
		home.addCar(OTHER, "e_208").addCar(VIN, "e_208_2");
		home.rename(VIN, "button.horn", "button.frenchs_beep");
		home.rename(OTHER, "button.horn", "button.doors_lock");
		await load({ command: "horn" });
		sequence("0");
		await begin();
		assert.deepEqual(home.pressed, ["button.frenchs_beep"]);
	});

	for (const own of [false, true])
		it(`finds the socket where the supervisor of an add-on has it, ${own ? "also without the package ws" : "by the package ws"}`, async () => {
			if (own) {
				ownWebSocket((globalThis.WebSocket ?? PackagedSocket) as typeof WebSocket);
				withoutPackage();
			}
			home.base = "/core";
			home.socket = "/websocket";
			await load({ command: "horn" });
			sequence("0");
			await begin();
			assert.equal(home.pressed.length, 1);
		});

	it("names the usual address of the socket where there is none at all", async () => {
		home.base = "/core";
		home.socket = "/nowhere";
		await load({ command: "horn" });
		flow.send({ vehicle: mine });
		const { error } = await flow.end();
		assert.equal(error?.code, "ERR_NOT_FOUND", error?.message);
		assert.match(error?.message ?? "", /no WebSocket at \/core\/api\/websocket/);
	});

	const lost: PressFault[] = ["lost", "silent", "500"];
	for (const fault of lost)
		it(`sends once, and follows on, where the answer is lost (${fault})`, async () => {
			await load({ command: "horn" }, { timeout: 0.5 });
			home.faults = [fault];
			sequence("900", "0");
			const { payload } = await begin();
			assert.equal((payload as { status: string }).status, "Success");
			assert.equal(home.asked.length, 1);
		});

	it("does not know whether it arrived where the answer is lost and nothing was pressed", async () => {
		await load({ command: "lock", timeout: 40 });
		home.faults = ["unheard"];
		flow.send({ vehicle: mine });
		const end = flow.end();
		await home.presses(1);
		await clock.pass(40_000);
		const { error } = await end;
		assert.equal(error?.code, "ERR_COMMAND_UNKNOWN");
		assert.deepEqual([home.asked.length, flow.statuses.length], [1, 0]);
		assert.equal((await flow.journal()).at(-1)?.outcome, "unknown");
	});

	it("takes no press of before for one of now, where the button comes back behind a lost answer", async () => {
		const before = new Date(clock.time - 86_400_000).toISOString();
		home.state(VIN, "button.horn", "unavailable");
		await load({ command: "horn", timeout: 40 });
		home.faults = ["lost"];
		flow.send({ vehicle: mine });
		const end = flow.end();
		await home.presses(1);
		clock.time += 1000;
		home.state(VIN, "button.horn", before);
		home.status(VIN, "horn", "903");
		home.status(VIN, "horn", "0");
		await clock.pass(40_000);
		assert.equal((await end).error?.code, "ERR_COMMAND_UNKNOWN");
		assert.deepEqual([home.pressed, flow.statuses], [[], []]);
	});

	for (const [what, before, isShown] of [
		["that was away and is as before", "off", false],
		["that was away from the beginning", "unavailable", false],
		["that was away and is another one now", "on", true],
	] as const)
		it(`${isShown ? "believes" : "does not believe"} a state in Home Assistant ${what}`, async () => {
			flow.credentials = { commandsToken: HA_TOKEN, accessToken: "" };
			home.state(VIN, "binary_sensor.doors", before);
			await load({ timeout: 40 });
			flow.send({ vehicle: { id: VIN, vin: VIN } });
			const end = flow.end();
			await home.presses(1);
			clock.time += 1000;
			home.state(VIN, "binary_sensor.doors", "unavailable", { restored: true });
			clock.time += 1000;
			home.state(VIN, "binary_sensor.doors", "off");
			await clock.pass(3000);
			if (!isShown) await clock.pass(40_000);
			const { error, payload } = await end;
			assert.deepEqual(
				[error?.code, (payload as { status: string }).status],
				isShown ? [undefined, "Success"] : ["ERR_COMMAND_TIMEOUT", "Accepted"],
			);
		});

	it("knocks once, and not again and again, where its token is not accepted any more", async () => {
		await load({ command: "horn", timeout: 170 });
		flow.send({ vehicle: mine });
		let isOver = false;
		const end = flow.end().finally(() => {
			isOver = true;
		});
		await home.presses(1);
		await home.away();
		home.token = "another-one";
		home.tokens.splice(0);
		await home.back();
		await clock.pass(1000);
		while (home.tokens.length === 0 || home.conversations > 0) await new Promise((resolve) => setImmediate(resolve));
		while (!isOver) {
			await new Promise((resolve) => setImmediate(resolve));
			clock.advance(500);
		}
		assert.equal((await end).error?.code, "ERR_COMMAND_TIMEOUT");
		assert.equal(home.tokens.length, 1);
	});

	it("shows its token to nobody, also one that was copied with the word before it", async () => {
		flow.credentials = { commandsToken: `Bearer ${HA_TOKEN}` };
		home.faults.push("400 echo");
		await load();
		const { error } = await begin();
		assert.match(error?.message ?? "", /^Home Assistant refuses to press the button \(400\). It says: no •••$/);
	});

	it("believes nothing that a restart of Home Assistant has brought back, and hears on", async () => {
		await load({ command: "horn", timeout: 170 });
		flow.send({ vehicle: mine });
		const end = flow.end();
		await home.presses(1);
		home.status(VIN, "horn", "903");
		const there = home.subscribed();
		await home.away();
		clock.time += 5000;
		// what was there long before the press
		await home.back();
		await clock.pass(1000);
		await there;
		home.state(VIN, "sensor.command_status", "unavailable");
		home.status(VIN, "horn", "500");
		home.status(VIN, "horn", "0");
		assert.equal(((await end).payload as { status: string }).status, "Success");
		assert.equal(home.asked.length, 1);
	});

	it("hears what was told while the connection was broken, though buttons were not available meanwhile", async () => {
		home.state(VIN, "button.lights", "unavailable", { restored: true });
		await load({ command: "horn", timeout: 170 });
		flow.send({ vehicle: mine });
		const end = flow.end();
		await home.presses(1);
		home.cutOff();
		home.state(VIN, "button.doors_lock", "unavailable");
		clock.time += 1000;
		home.state(VIN, "button.doors_lock", "unknown");
		home.status(VIN, "horn", "0");
		home.isMoved = false;
		await clock.pass(1000);
		assert.equal(((await end).payload as { status: string }).status, "Success");
	});

	it("hears on of an entity that is renamed meanwhile", async () => {
		await load({ command: "horn", timeout: 40 });
		home.onPress = (vin, key) => {
			home.status(vin, key, "900");
			home.rename(vin, "sensor.command_status", "sensor.what_became_of_it");
			clock.time += 1000;
			home.status(vin, key, "0");
		};
		assert.equal(((await begin()).payload as { status: string }).status, "Success");
	});

	describe("one after the other, where the car's state ends the first before Home Assistant does", () => {
		const node = { vehicle: "vehicle", vehicleType: "msg", commandType: "msg", command: "what", ifBusy: "refuse" };
		const account = (retries: number) => ({ commandsVia: "home-assistant", commandsUrl: home.url, retries });
		/** Locks, until the state says so; Home Assistant has no end of it yet. */
		const locked = async () => {
			api.status = doors(false, clock.time - 60_000);
			await flow.load(api, node, account(1));
			flow.send({ what: "lock", vehicle: mine });
			const end = flow.end();
			await home.presses(1);
			home.status(VIN, "doors_lock", "903");
			api.status = doors(true);
			await clock.pass(3000);
			assert.equal(((await end).payload as { status: string }).status, "Success");
		};

		for (const [what, between] of [
			["", () => {}],
			[", also behind a deploy of the account", () => flow.redeploy(api, node, account(2), undefined, "nodes")],
		] as const)
			it(`presses the second again when the first, for which it was refused, has its end there${what}`, async () => {
				await locked();
				await between();
				home.faults.push("400 pending");
				flow.send({ what: "horn", vehicle: mine });
				const end = flow.end();
				await clock.asleep(57_000);
				assert.equal(home.asked.length, 2);
				sequence("0");
				clock.time += 1000;
				home.status(VIN, "doors_lock", "0");
				assert.equal(((await end).payload as { status: string }).status, "Success");
				assert.equal(home.asked.length, 3);
			});

		it("presses it again, too, when nothing was heard of the first for a minute", async () => {
			await locked();
			home.faults.push("400 pending");
			flow.send({ what: "horn", vehicle: mine });
			const end = flow.end();
			sequence("0");
			await clock.pass(57_000);
			assert.equal(((await end).payload as { status: string }).status, "Success");
		});

		it("presses nothing again where an older Home Assistant does not say why it failed", async () => {
			await locked();
			home.faults.push("500 pending");
			assert.equal((await begin({ what: "horn" })).error?.code, "ERR_COMMAND_BUSY");
			assert.equal(home.asked.length, 2);
		});

		it("presses it at once where that is not refused", async () => {
			await locked();
			sequence("0");
			flow.send({ what: "horn", vehicle: mine });
			assert.equal(((await flow.end()).payload as { status: string }).status, "Success");
			assert.equal(home.asked.length, 2);
		});

		it("does not wait for somebody else's", async () => {
			await locked();
			home.status(VIN, "doors_lock", "0");
			home.status(VIN, "lights", "900");
			home.faults.push("400 pending");
			assert.equal((await begin({ what: "horn" })).error?.code, "ERR_COMMAND_BUSY");
		});
	});

	for (const [what, skew] of [
		["ahead", 3_600_000],
		["behind", -3_600_000],
	] as const)
		describe(`with a Home Assistant whose clock is an hour ${what}`, () => {
			const locking = async (before: "on" | "off") => {
				flow.credentials = { commandsToken: HA_TOKEN, accessToken: "" };
				home.now = () => clock.time + skew;
				home.state(VIN, "binary_sensor.doors", before === "on" ? "off" : "on");
				clock.time += 60_000;
				home.state(VIN, "binary_sensor.doors", before);
				clock.time += 60_000;
				await load({ timeout: 40 });
				flow.send({ vehicle: { id: VIN, vin: VIN } });
				const end = flow.end();
				await home.presses(1);
				clock.time += 1000;
				return end;
			};

			it("takes done for success where its state is the one of before", async () => {
				const end = locking("on");
				await home.presses(1);
				home.status(VIN, "doors_lock", "0");
				for (const pause of [2000, 5000, 8000]) await clock.pass(pause);
				assert.equal(((await end).payload as { status: string }).status, "Success");
			});

			it("does not where its state has come to say otherwise", async () => {
				const end = locking("off");
				await home.presses(1);
				clock.time += 1000;
				home.state(VIN, "binary_sensor.doors", "on");
				home.status(VIN, "doors_lock", "0");
				for (const pause of [2000, 5000, 8000]) await clock.pass(pause);
				// Time for what the last look has found.
				await new Promise((resolve) => setImmediate(resolve));
				await clock.pass(40_000);
				assert.equal((await end).error?.code, "ERR_COMMAND_TIMEOUT");
			});
		});

	it("fails where nobody had accepted it, also if accepted is enough", async () => {
		await load({ command: "horn", wait: "accepted" });
		home.faults = ["500"];
		sequence("300");
		assert.equal((await begin()).error?.code, "ERR_COMMAND_FAILED");
	});

	it("sends for an account that reads nothing, by VIN, and Home Assistant's own state confirms it", async () => {
		flow.credentials = { commandsToken: HA_TOKEN, accessToken: "" };
		await load();
		flow.send({ vehicle: { id: VIN, vin: VIN } });
		const end = flow.end();
		await home.presses(1);
		clock.time += 2000;
		home.state(VIN, "binary_sensor.doors", "off");
		await clock.pass(3000);
		assert.equal(((await end).payload as { status: string }).status, "Success");
		assert.deepEqual(api.requests, []);
		flow.send({});
		assert.equal((await flow.end()).error?.code, "ERR_NO_VEHICLE");
	});

	it("gives its token to nobody else, and our API's to nobody at home", async () => {
		await load({ command: "horn" });
		sequence("0");
		await begin();
		assert.deepEqual([...new Set(home.tokens)], [HA_TOKEN]);
		assert.ok(!home.tokens.includes(TOKEN));
	});

	it("lets go of Home Assistant when the account closes", async () => {
		await load();
		flow.send({ vehicle: mine });
		await home.presses(1);
		assert.equal(home.conversations, 1);
		await flow.redeploy(api, {}, { commandsVia: "home-assistant", commandsUrl: home.url });
		while (home.conversations > 0) await new Promise((resolve) => setImmediate(resolve));
	});

	for (const [command, args, code, says] of [
		["navigate", { latitude: 1, longitude: 1 }, "ERR_NOT_SUPPORTED", /Home Assistant can't do navigate/],
		["climate-start", { temperature: 20 }, "ERR_BAD_INPUT", /"temperature".*must be left out/],
		["charge-settings", { limit: 60 }, "ERR_BAD_INPUT", /80 or 100/],
		["unlock", {}, "ERR_COMMAND_DISABLED", /guarded/],
	] as const)
		it(`refuses ${command} with ${JSON.stringify(args)}: ${code}`, async () => {
			await load({ command, args: JSON.stringify(args), argsType: "json" });
			flow.send({ vehicle: mine });
			const { error } = await flow.end();
			assert.equal(error?.code, code);
			assert.match(error?.message ?? "", says);
			assert.equal(home.tokens.length, 0);
		});
});
