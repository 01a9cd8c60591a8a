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
		const example = new Example("02").watch("change", "limit reached?").watch("switch", "yes");
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
		assert.equal(flows().shown("after yes").length, 1);
		// a command that a deploy interrupts would keep the next one waiting
		await flows().debugged("notification");
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
