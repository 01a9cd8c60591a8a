import assert from "node:assert/strict";
import { Example, inFlows } from "./harness";

inFlows("example 02, charge to a limit", (flows) => {
	for (const [hour, moment] of [
		["in the morning", "2027-01-13T08:00:00Z"],
		["in the evening", "2027-01-13T21:00:00Z"],
	] as const) {
		it(`stops a demo car that is charging, and says so, ${hour}`, async () => {
			await flows().deploy(new Example("02"), moment);
			await flows().press("try it with 40 %");
			const [told] = await flows().debugged("notification");
			assert.match(String(told), /^[\w -]+: charging stopped at [\d.]+ %$/);
		});
	}

	it("sends the command once, however often it sees the car over the limit", async () => {
		const cars = 9;
		const example = new Example("02").watch("change", "limit reached?").watch("change", "one more try");
		await flows().deploy(example, "2027-01-13T08:00:00Z");
		await flows().press("try it with 40 %");
		await flows().debugged("after limit reached?", cars);
		await flows().press("try it with 40 %");
		const reached = await flows().debugged("after limit reached?", 2 * cars);
		assert.deepEqual(
			reached.filter((each) => each === true),
			[true, true],
			"seen over the limit twice",
		);
		assert.equal(flows().shown("after one more try").length, 1);
		// a command that a deploy interrupts would keep the next one waiting
		await flows().debugged("notification");
	});

	it("tries again after a while when the command fails, and tells the third failure once", async () => {
		const cars = 9;
		const example = new Example("02").env({ RETRY_AFTER: "10" }).watch("change", "limit reached?");
		Object.assign(example.node("delay"), { nbRateUnits: "0.1" });
		// a car that obeys the fourth command, and one more button: somebody lets it charge again
		const stop = example.node("stellantis-remote-command");
		Object.assign(stop, { args: 'stop.tries < 4 ? $error("no answer") : {}', argsType: "jsonata" });
		const hand = { ...example.node("inject", "try it with 40 %"), id: "00000000000000a1", name: "charge" };
		const vehicle = { vehicle: "W0VZ45GBBN0000010", vehicleType: "str", args: "{}", argsType: "json" };
		const start = { ...stop, ...vehicle, id: "00000000000000a2", name: "charge", command: "charge-start" };
		const heard = { ...example.node("debug", "notification"), id: "00000000000000a3", name: "charges" };
		example.nodes.push(
			{ ...hand, wires: [[start.id]] },
			{ ...start, wires: [[heard.id], []] },
			{ ...heard, wires: [] },
		);
		await flows().deploy(example, "2027-01-13T08:00:00Z");
		let looks = 0;
		/** Looks at all cars at a minute after eight. */
		const lookAt = async (minute: number) => {
			await flows().nodeRed.tell({ clock: `2027-01-13T08:${String(minute).padStart(2, "0")}:00Z` });
			await flows().press("try it with 40 %");
			looks++;
			await flows().debugged("after limit reached?", looks * cars);
		};
		await lookAt(0);
		await flows().debugged("error", 1);
		await lookAt(9);
		await lookAt(11);
		await flows().debugged("error", 2);
		assert.deepEqual(flows().shown("notification"), []);
		await lookAt(22);
		const [sad] = await flows().debugged("notification");
		assert.match(
			String(sad),
			/^Opel Mokka Electric: still charging at [\d.]+ %, 3 tries to stop it have failed: .*no answer/,
		);
		await lookAt(33);
		const [, good] = await flows().debugged("notification", 2);
		assert.match(String(good), /^Opel Mokka Electric: charging stopped at [\d.]+ %$/);
		assert.equal(flows().shown("error").length, 3);
		// another charging begins anew
		await lookAt(34);
		await flows().press("charge");
		await flows().debugged("charges");
		await lookAt(35);
		await flows().debugged("error", 4);
		assert.equal(flows().shown("notification").length, 2);
	});

	it("leaves a car that is below the limit charging", async () => {
		await flows().deploy(new Example("02"), "2027-01-13T08:00:00Z");
		await flows().press("every 5 min");
		await flows().badge(/^Opel Mokka Electric: 4\d(\.\d)? %$/, "debug", "charging now");
		assert.deepEqual(flows().shown("notification"), []);
	});

	it("stops it at the limit of the flow's variable, too", async () => {
		await flows().deploy(new Example("02").env({ CHARGE_LIMIT: "45" }), "2027-01-13T08:00:00Z");
		await flows().press("every 5 min");
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
