import assert from "node:assert/strict";
import { HA_TOKEN, HomeAssistant } from "../support/home-assistant";
import { Example, inFlows } from "./harness";

/** The demo's car that charges in the morning. */
const VIN = "W0VZ45GBBN0000010";
const MORNING = "2027-01-13T08:00:00Z";

/** What a press does to the car, as Home Assistant shows it. */
const SHOWN: Readonly<Record<string, readonly [sensor: string, state: string]>> = {
	doors_lock: ["doors", "off"],
	preconditioning_start: ["preconditioning", "on"],
	preconditioning_stop: ["preconditioning", "off"],
	charge_start: ["battery_charging", "on"],
	charge_stop: ["battery_charging", "off"],
};

inFlows("example 14, commands through Home Assistant", (flows) => {
	/** Resolves with the first so many results. */
	const results = (count = 1) => flows().debugged("result", count) as Promise<string[]>;

	it("as imported commands the demo's car, which shows it", async () => {
		await flows().deploy(new Example("14"), MORNING);
		for (const [n, [button, command]] of [
			["stop charging", "charge-stop"],
			["start charging", "charge-start"],
			["warm the cabin", "climate-start"],
			["stop warming", "climate-stop"],
			["lock the doors", "lock"],
		].entries()) {
			await flows().press(button as string);
			assert.match((await results(n + 1))[n] ?? "", new RegExp(`^${command}: (Success|AlreadyDone)$`));
		}
	});

	describe("with a Home Assistant", () => {
		let home: HomeAssistant;
		/** Whether the car obeys its buttons. */
		let obeys: boolean;
		beforeEach(async () => {
			obeys = true;
			home = (await HomeAssistant.start()).addCar(VIN, "my_mokka");
			home.state(VIN, "binary_sensor.battery_charging", "on");
			home.onPress = (vin, key) => {
				home.status(vin, key, "900");
				const [sensor, state] = SHOWN[key] ?? [];
				if (!obeys || sensor === undefined || state === undefined) return;
				home.status(vin, key, "903");
				home.state(vin, `binary_sensor.${sensor}`, state);
			};
		});
		afterEach(() => home.stop());

		/** The example with this Home Assistant, for an owner who can't read the car himself. */
		function own(changes: object = {}): Example {
			const example = new Example("14").env({ VEHICLE: JSON.stringify(VIN) });
			Object.assign(example.node("stellantis-account"), {
				server: "live",
				commandsVia: "home-assistant",
				commandsUrl: `${home.url}/`,
				credentials: { commandsToken: HA_TOKEN },
			});
			Object.assign(example.node("stellantis-remote-command"), changes);
			return example;
		}

		it("presses the buttons of its entities once each, and the car's state as Home Assistant shows it ends each command", async () => {
			await flows().deploy(own(), MORNING);
			await flows().press("stop charging");
			assert.deepEqual(await results(), ["charge-stop: Success"]);
			await flows().press("warm the cabin");
			assert.equal((await results(2))[1], "climate-start: Success");
			assert.deepEqual(home.pressed, ["button.my_mokka_charge_stop", "button.my_mokka_preconditioning_start"]);
			const way = flows().shown("on the way");
			assert.deepEqual(way.slice(0, 2), ["charge-stop: Accepted", "charge-stop: SentToVehicle"]);
		});

		it("gives up in plain words when the car never shows it, and has pressed once", async () => {
			obeys = false;
			await flows().deploy(own({ timeout: 5 }), MORNING);
			await flows().press("stop charging");
			assert.match((await results())[0] ?? "", /came to no end in 5 s; its last status is Accepted/);
			assert.equal(home.asked.length, 1);
		});

		it("refuses a second command while one is under way", async () => {
			obeys = false;
			await flows().deploy(own({ timeout: 5 }), MORNING);
			await flows().press("stop charging");
			await home.presses(1);
			await flows().press("stop charging");
			assert.match((await results())[0] ?? "", /still busy with another one/);
			assert.match((await results(2))[1] ?? "", /came to no end in 5 s/);
			assert.equal(home.asked.length, 1);
		});

		it("says what to do about a refused token, and keeps it to itself", async () => {
			home.token = "another";
			await flows().deploy(own(), MORNING);
			await flows().press("stop charging");
			assert.match((await results())[0] ?? "", /does not accept the token/);
			assert.equal(home.asked.length, 0);
			assert.doesNotMatch(JSON.stringify(flows().shown("result")) + flows().nodeRed.log, new RegExp(HA_TOKEN));
		});
	});
});
