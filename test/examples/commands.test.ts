import assert from "node:assert/strict";
import { Example, inFlows } from "./harness";
import { lookAt, MOKKA, withButton } from "./looks";

inFlows("example 02, charge to a limit", (flows) => {
	for (const [hour, moment] of [
		["in the morning", "2027-01-13T08:00:00Z"],
		["in the evening", "2027-01-13T21:00:00Z"],
	] as const) {
		it(`stops a demo car that is charging, and says so, ${hour}`, async () => {
			await flows().deploy(new Example("02").env({ CHARGE_LIMIT: "40" }), moment);
			const [told] = await flows().debugged("notification");
			assert.match(String(told), /^[\w -]+: charging stopped at \d+ %$/);
		});
	}

	/** The example with one car and a limit that it is above; the car does with a try to stop it as is said. */
	function withOneCar(whenStopped: string): Example {
		const example = withButton(new Example("02").env({ CHARGE_LIMIT: "40", RETRY_AFTER: "10" }));
		Object.assign(example.node("delay"), { nbRateUnits: "0.1" });
		Object.assign(example.node("stellantis-watch"), { vehicle: MOKKA });
		Object.assign(example.node("stellantis-remote-command"), { args: whenStopped, argsType: "jsonata" });
		for (const name of ["one more try", "forget the tries"]) example.watch("change", name);
		return example.watch("switch", "charging at the limit?");
	}

	it("sends the command once, however often it sees the car over the limit in the time of one try", async () => {
		await flows().deploy(withOneCar('$error("no answer")'), "2027-01-13T08:00:00Z");
		await flows().debugged("error");
		await lookAt(flows(), "2027-01-13T08:05:00Z");
		await flows().debugged("after charging at the limit?", 2);
		await lookAt(flows(), "2027-01-13T08:11:00Z");
		await flows().debugged("error", 2);
		assert.equal(flows().shown("after charging at the limit?").length, 3);
		assert.equal(flows().shown("after one more try").length, 2);
	});

	it("tries again after a while when the command fails, and tells the third failure once", async () => {
		// a car that obeys the fourth command, and one more button: somebody lets it charge again
		const example = withOneCar('stop.tries < 4 ? $error("no answer") : {}');
		const stop = example.node("stellantis-remote-command");
		const hand = { ...example.node("inject"), id: "00000000000000a1", name: "charge" };
		const vehicle = { vehicle: MOKKA, vehicleType: "str", args: "{}", argsType: "json" };
		const start = { ...stop, ...vehicle, id: "00000000000000a2", name: "charge", command: "charge-start" };
		const heard = { ...example.node("debug", "notification"), id: "00000000000000a3", name: "charges" };
		example.nodes.push(
			{ ...hand, wires: [[start.id]] },
			{ ...start, wires: [[heard.id], []] },
			{ ...heard, wires: [] },
		);
		await flows().deploy(example, "2027-01-13T08:00:00Z");
		await flows().debugged("error", 1);
		await lookAt(flows(), "2027-01-13T08:11:00Z");
		await flows().debugged("error", 2);
		assert.deepEqual(flows().shown("notification"), []);
		await lookAt(flows(), "2027-01-13T08:22:00Z");
		const [sad] = await flows().debugged("notification");
		assert.match(
			String(sad),
			/^Opel Mokka Electric: still charging at \d+ %, 3 tries to stop it have failed: .*no answer/,
		);
		await lookAt(flows(), "2027-01-13T08:33:00Z");
		const [, good] = await flows().debugged("notification", 2);
		assert.match(String(good), /^Opel Mokka Electric: charging stopped at \d+ %$/);
		assert.equal(flows().shown("error").length, 3);
		// another charging begins anew
		await lookAt(flows(), "2027-01-13T08:40:00Z");
		await flows().debugged("after forget the tries");
		await flows().nodeRed.tell({ clock: "2027-01-13T08:45:00Z" });
		await flows().press("charge");
		await flows().debugged("charges");
		await lookAt(flows(), "2027-01-13T08:50:00Z");
		await flows().debugged("error", 4);
		assert.equal(flows().shown("notification").length, 2);
	});

	it("leaves cars that are below the limit charging", async () => {
		const example = new Example("02").watch("stellantis-watch", "watch", 1);
		await flows().deploy(example, "2027-01-13T08:00:00Z");
		await flows().debugged("after watch", 11);
		assert.deepEqual(flows().shown("notification"), []);
	});

	it("stops it at the limit of the flow's variable, too", async () => {
		await flows().deploy(new Example("02").env({ CHARGE_LIMIT: "45" }), "2027-01-13T08:00:00Z");
		assert.match(String(await flows().debugged("notification")), /Opel Mokka Electric/);
	});
});

inFlows("example 03, warm the cabin", (flows) => {
	/** The first car of the demo, parked, on a frosty morning. */
	const SEVEN = "2027-01-11T06:59:57Z";

	it("warms it at seven on a cold weekday by itself", async () => {
		await flows().deploy(new Example("03"), SEVEN);
		const [told] = await flows().debugged("notification");
		assert.match(String(told), /^Peugeot e-208 is being warmed, it is [\d.]+ °C outside$/);
	});

	it("says that it is being warmed already at the next press", async () => {
		await flows().press("weekdays at 7:00");
		assert.deepEqual(await flows().debugged("left cold"), ["Peugeot e-208 stays cold: it is being warmed already"]);
		assert.equal(flows().shown("notification").length, 1);
	});

	it("leaves it when it is warm enough, and says so", async () => {
		await flows().deploy(new Example("03"), "2027-07-14T12:00:00Z");
		await flows().press("weekdays at 7:00");
		assert.match(String(await flows().debugged("left cold")), /stays cold: it is [12]\d(\.\d)? °C outside$/);
	});

	it("leaves it where the limit is no number, in summer too", async () => {
		await flows().deploy(new Example("03").env({ WARM_BELOW: "5,5" }), "2027-07-14T12:00:00Z");
		await flows().press("weekdays at 7:00");
		assert.match(String(await flows().debugged("left cold")), /stays cold: it is [12]\d(\.\d)? °C outside$/);
		assert.deepEqual(flows().shown("notification"), []);
	});

	it("leaves it with little in the battery and no cable", async () => {
		await flows().deploy(new Example("03").env({ MIN_LEVEL: "100" }), "2027-01-11T10:00:00Z");
		await flows().press("weekdays at 7:00");
		assert.match(String(await flows().debugged("left cold")), /stays cold: its battery is too low$/);
	});

	it("can be tried on a summer's day", async () => {
		await flows().deploy(new Example("03"), "2027-07-14T12:00:00Z");
		await flows().press("try it below 50 °C");
		assert.match(String(await flows().debugged("notification")), /is being warmed/);
	});
});
