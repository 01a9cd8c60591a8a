import assert from "node:assert/strict";
import type { FlowNode } from "../e2e/node-red";
import { Example, inFlows } from "./harness";
import { type ReceivedRequest, Receiver } from "./receiver";

const TOKEN = "token-of-this-test";

inFlows("example 14, commands through Home Assistant", (flows) => {
	/** Resolves with the first so many results. */
	const results = (count = 1) => flows().debugged("result", count) as Promise<string[]>;

	describe("as imported", () => {
		it("presses a button of the stand-in, and sees the car do it", async () => {
			await flows().deploy(new Example("14").env({ CHECK_EVERY: "1" }));
			await flows().press("stop charging");
			const [stopped] = await results();
			assert.equal(stopped, "charge-stop: confirmed by the car, charging.status is Stopped");
			await flows().press("start charging");
			assert.equal((await results(2))[1], "charge-start: confirmed by the car, charging.status is InProgress");
			await flows().press("warm the cabin");
			assert.equal((await results(3))[2], "climate-start: confirmed by the car, climate.status is Enabled");
			await flows().press("stop warming");
			assert.match((await results(4))[3] ?? "", /^climate-stop: confirmed by the car, climate.status is Dis/);
			await flows().press("lock the doors");
			assert.equal((await results(5))[4], "lock: confirmed by the car, doors.locked is true");
		});

		it("follows one command at a time", async () => {
			await flows().deploy(new Example("14").env({ CHECK_EVERY: "1" }));
			await flows().press("stop charging");
			await flows().press("stop charging");
			assert.deepEqual(await flows().debugged("busy with another"), ["charge-stop"]);
			assert.match((await results())[0] ?? "", /confirmed/);
			await flows().press("stop charging");
			assert.match((await results(2))[1] ?? "", /confirmed/);
			assert.equal(flows().shown("busy with another").length, 1);
		});

		it("tells when the stand-in refuses, as one whose account sends no commands", async () => {
			const example = new Example("14").env({ CHECK_EVERY: "1" });
			example.node("stellantis-account").commands = [];
			await flows().deploy(example);
			await flows().press("lock the doors");
			assert.deepEqual(await results(), ["lock: Home Assistant refused it with 500"]);
		});
	});

	describe("with a Home Assistant", () => {
		let assistant: Receiver;
		/** Whether the car obeys its buttons. */
		let obeys: boolean;

		/** Takes what Home Assistant's documentation of its REST API says, and nothing else. */
		async function press({ method, path, headers, body }: ReceivedRequest): Promise<void> {
			if (headers.authorization !== `Bearer ${TOKEN}`) assistant.answer = 401;
			else if (method !== "POST" || path !== "/api/services/button/press") assistant.answer = 404;
			else if (headers["content-type"] !== "application/json") assistant.answer = 400;
			else {
				const { entity_id: entity, ...rest } = JSON.parse(body) as { entity_id?: string };
				const known = entity === "button.zoe_charge_stop" && Object.keys(rest).length === 0;
				assistant.answer = known ? 200 : 400;
				if (known && obeys) await flows().press("the car obeys");
			}
		}

		/** The example with this Home Assistant, whose button stops the charge of the same car. */
		function own(values: Readonly<Record<string, string>> = {}): Example {
			const example = new Example("14").env({
				HA_URL: `${assistant.url}/`,
				HA_TOKEN: TOKEN,
				CHARGE_OFF: "button.zoe_charge_stop",
				CHECK_EVERY: "1",
				CHECKS: "20",
				...values,
			});
			const button = example.node("inject", "stop charging");
			const remote = example.node("stellantis-remote-command");
			const hand: FlowNode = {
				...button,
				id: "00000000000000a1",
				name: "the car obeys",
				wires: [["00000000000000a2"]],
			};
			const car: FlowNode = {
				...remote,
				id: "00000000000000a2",
				name: "the real car",
				command: "charge-stop",
				commandType: "fixed",
				wires: [["00000000000000a3"], []],
			};
			const heard: FlowNode = {
				...example.node("debug", "result"),
				id: "00000000000000a3",
				name: "the real car",
				tostatus: false,
				wires: [],
			};
			example.nodes.push(hand, car, heard);
			return example;
		}

		beforeEach(async () => {
			obeys = true;
			assistant = await Receiver.start();
			assistant.body = "[]";
			assistant.heard = press;
		});
		afterEach(() => assistant.stop());

		it("presses the button of its entity once, and waits until the car shows it", async () => {
			await flows().deploy(own());
			await flows().press("stop charging");
			assert.deepEqual(await results(), ["charge-stop: confirmed by the car, charging.status is Stopped"]);
			assert.equal(assistant.requests.length, 1);
			await flows().debugged("the real car");
		});

		it("gives up in plain words when the car never shows it, and is free for another command", async () => {
			obeys = false;
			await flows().deploy(own({ CHECK_EVERY: "0.2", CHECKS: "4" }), "2027-01-13T07:21:00Z");
			await flows().press("stop charging");
			const [sad] = await results();
			assert.equal(
				sad,
				"charge-stop: not confirmed. Home Assistant took it, but in 4 checks the car has told nothing new: " +
					"charging.status is InProgress, told at 2027-01-13T07:20:00Z",
			);
			obeys = true;
			assert.equal(assistant.requests.length, 1, "it pressed once only");
			await flows().press("stop charging");
			await flows().debugged("the real car");
			assert.equal(assistant.requests.length, 2);
		});

		it("believes nothing that the car has told before the press, even when it is what was wanted", async () => {
			obeys = false;
			await flows().deploy(
				own({ CHECK_EVERY: "0.2", CHECKS: "4", CHARGE_ON: "button.zoe_charge_stop" }),
				"2027-01-13T07:21:00Z",
			);
			await flows().press("start charging");
			assert.deepEqual(await results(), [
				"charge-start: not confirmed. Home Assistant took it, but in 4 checks the car has told nothing new: " +
					"charging.status is InProgress, told at 2027-01-13T07:20:00Z",
			]);
		});

		it("believes it as soon as the car tells it anew", async () => {
			obeys = false;
			const example = own({ CHECK_EVERY: "0.2", CHECKS: "100", CHARGE_ON: "button.zoe_charge_stop" }).watch(
				"change",
				"look at it",
			);
			example.node("stellantis-remote-command", "the real car").command = "charge-start";
			await flows().deploy(example, "2027-01-13T07:21:00Z");
			await flows().press("start charging");
			await flows().debugged("after look at it", 2);
			assert.deepEqual(flows().shown("result"), []);
			await flows().press("the car obeys");
			assert.deepEqual(await results(), ["charge-start: confirmed by the car, charging.status is InProgress"]);
		});

		it("tells a refused token and an unknown button, and reads nothing for them", async () => {
			await flows().deploy(own({ HA_TOKEN: "another" }));
			await flows().press("stop charging");
			assert.deepEqual(await results(), ["charge-stop: Home Assistant refused it with 401, check HA_TOKEN"]);
			await flows().deploy(own());
			await flows().press("lock the doors");
			assert.deepEqual(await results(), ["lock: Home Assistant refused it with 400, check the name of the button"]);
		});

		it("tells that Home Assistant can't be reached, and keeps the token to itself", async () => {
			await flows().deploy(own({ HA_URL: "http://127.0.0.1:1" }));
			await flows().press("stop charging");
			const [result] = await results();
			assert.match(result ?? "", /^charge-stop: .*ECONNREFUSED/);
			await flows().press("stop charging");
			await results(2);
			assert.doesNotMatch(JSON.stringify(flows().shown("result")) + flows().nodeRed.log, new RegExp(TOKEN));
		});
	});
});
