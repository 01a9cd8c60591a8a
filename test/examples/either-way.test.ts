import assert from "node:assert/strict";
import { Example, inFlows } from "./harness";
import { HomeAssistant as MqttHomeAssistant, startBroker } from "./home-assistant";
import { lookAt, MOKKA, withButton } from "./looks";
import { OWNERS, type Owner } from "./owners";

/** The first car of the demo. */
const E208 = "VR3UHZKXBN0000001";
const WEEK = 7 * 24 * 3_600_000;

/** Each test has a Monday of its own: wake-ups of a car are counted, whoever sends them. */
let moment = Date.parse("2027-01-04T08:00:00Z");

for (const via of ["home-assistant", "psa-car-controller"] as const)
	inFlows(`examples that send commands, by ${via}`, (flows) => {
		let owner: Owner;
		/** What the clock of Node-RED is ahead of this one, in milliseconds. */
		let ahead: number;
		// How long it looks for a car's state, and how often, has tests of its own.
		before(() => flows().nodeRed.tell({ part: 0.2 }));
		after(() => flows().nodeRed.tell({ part: 1 }));
		beforeEach(async () => {
			moment += WEEK;
			ahead = moment - Date.now();
			owner = await OWNERS[via](flows().nodeRed, [E208, MOKKA], () => Date.now() + ahead);
		});
		afterEach(() => owner.stop());

		/** Deploys an example as imported but for its account, at eight or at another hour. */
		async function deploy(example: Example, hours = 0): Promise<void> {
			Object.assign(example.node("stellantis-account"), owner.account);
			ahead += hours * 3_600_000;
			await flows().deploy(example, new Date(Date.now() + ahead).toISOString());
		}
		/** Lets the watch of an example look at the car that charges, and at no other. */
		function watching(example: Example): Example {
			Object.assign(example.node("stellantis-watch"), { vehicle: MOKKA });
			return example;
		}
		/** Lets a minute pass: a car tells times in whole seconds, and one that is quick would tell nothing new. */
		async function later(): Promise<void> {
			await owner.settled();
			ahead += 60_000;
			await flows().nodeRed.tell({ clock: new Date(Date.now() + ahead).toISOString() });
		}

		it("02 stops a car at its limit", async () => {
			await deploy(watching(new Example("02").env({ CHARGE_LIMIT: "40" })));
			const [told] = await flows().debugged("notification");
			assert.match(String(told), /^Opel Mokka Electric: charging stopped at \d+ %$/);
			assert.deepEqual(owner.asked, [`charge-stop ${MOKKA}`]);
		});

		it("02 tells what was refused, and goes on with its next try", async () => {
			owner.refuse();
			const example = withButton(watching(new Example("02").env({ CHARGE_LIMIT: "40", RETRY_AFTER: "10" })));
			Object.assign(example.node("delay"), { nbRateUnits: "0.1" });
			await deploy(example);
			await flows().debugged("error");
			assert.deepEqual(flows().shown("notification"), []);
			ahead += 20 * 60_000;
			await lookAt(flows(), new Date(Date.now() + ahead).toISOString());
			await flows().debugged("notification");
			assert.deepEqual(owner.asked, [`charge-stop ${MOKKA}`, `charge-stop ${MOKKA}`]);
		});

		it("03 warms a car, and knows at the next press that it is warm", async () => {
			await deploy(new Example("03"), 2);
			await flows().press("try it below 50 °C");
			assert.match(String(await flows().debugged("notification")), /^Peugeot e-208 is being warmed/);
			await flows().press("try it below 50 °C");
			assert.match(String(await flows().debugged("left cold")), /is being warmed already$/);
			assert.deepEqual(owner.asked, [`climate-start ${E208}`]);
		});

		it("09 has the controls of Home Assistant do their work, and says what can't be done this way", async () => {
			const broker = await startBroker();
			const assistant = await MqttHomeAssistant.start(broker.port);
			try {
				await deploy(new Example("09").env({ MQTT_HOST: "127.0.0.1", MQTT_PORT: String(broker.port) }));
				await broker.listened("stellantis/+/set/+");
				const car = "Opel Mokka Electric";
				await assistant.until(
					() => ([...assistant.entities.values()].some(({ device }) => device === car) ? true : undefined),
					car,
				);
				const isOurs = via === "psa-car-controller";
				const steps: [string, string, RegExp, RegExp | undefined][] = [
					["Charge", "OFF", /^charge-stop: Success$/, /^OFF$/],
					["Climate", "ON", /^climate-start: Success$/, /^ON$/],
					["Horn", "PRESS", isOurs ? /its horn is broken/ : /^horn: Success$/, undefined],
					["Lights", "PRESS", isOurs ? /^lights: Accepted$/ : /^lights: Success$/, undefined],
					["Wake up", "PRESS", /^wakeup: Success$/, undefined],
				];
				for (const [name, payload, told, state] of steps) {
					await later();
					await assistant.press(assistant.entity(car, name), payload);
					await assistant.shows(assistant.entity(car, "Last command"), told);
					if (state) await assistant.shows(assistant.entity(car, name), state);
				}
				const sent = ["charge-stop", "climate-start", ...(isOurs ? [] : ["horn"]), "lights", "wakeup"];
				assert.deepEqual(
					owner.asked,
					sent.map((command) => `${command} ${MOKKA}`),
				);
			} finally {
				await assistant.stop();
				await broker.stop();
			}
		});

		it("10 stops a car in the clouds and starts it in the sun", async () => {
			await deploy(new Example("10").env({ START_AFTER: "0.5", STOP_AFTER: "0.5", MIN_TIME: "0" }));
			await flows().until(
				() =>
					flows()
						.shown("decision")
						.find((decision) => /^go on: there is sun/.test(String(decision))),
				"sun",
			);
			await flows().press("cloud: 100 W");
			await flows().debugged("done");
			await flows().press("sun: 3000 W");
			const done = (await flows().debugged("done", 2)) as { command: string; status: string }[];
			assert.deepEqual(
				done.map(({ command, status }) => [command, status]),
				[
					["charge-stop", "Success"],
					["charge-start", "Success"],
				],
			);
			assert.deepEqual(owner.asked, [`charge-stop ${MOKKA}`, `charge-start ${MOKKA}`]);
		});

		it("17 stops a car that its watch sees at the limit", async () => {
			await deploy(watching(new Example("17").env({ CHARGE_LIMIT: "40" })));
			assert.match(
				String(await flows().debugged("notification")),
				/^Opel Mokka Electric: charging stopped at [\d.]+ %$/,
			);
			assert.deepEqual(owner.asked, [`charge-stop ${MOKKA}`]);
			assert.deepEqual(flows().shown("error"), []);
		});

		it("18 stops a car while the price is high, and shows in place of it why that failed", async () => {
			owner.refuse();
			await deploy(new Example("18"));
			await flows().press("price now");
			const [failed] = await flows().debugged("notification");
			assert.match(
				String(failed),
				via === "home-assistant" ? /another command to the car .* has no end yet/ : /Remote control is not set up/,
			);
			await flows().press("price now");
			assert.equal((await flows().debugged("notification", 2))[1], "charge-stop at 0.34");
			assert.deepEqual(owner.asked, [`charge-stop ${MOKKA}`, `charge-stop ${MOKKA}`]);
		});
	});
