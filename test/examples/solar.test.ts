import assert from "node:assert/strict";
import { Example, inFlows, MORNING } from "./harness";
import { lookAt, withButton } from "./looks";

interface Done {
	command: string;
	status: string;
}

const QUICK = { START_AFTER: "0.5", STOP_AFTER: "0.5", MIN_TIME: "0" };

inFlows("example 10, solar surplus charging", (flows) => {
	/** The example with its times in seconds that a test can wait for. */
	const quick = (values: Readonly<Record<string, string>> = {}) =>
		withButton(new Example("10").env({ ...QUICK, ...values }));
	const decisions = () => flows().shown("decision") as string[];
	/** Resolves as soon as a decision is like the pattern. */
	const decided = (pattern: RegExp) =>
		flows().until(() => decisions().find((decision) => pattern.test(decision)), `a decision ${pattern}`);
	let minutes = 0;
	beforeEach(() => (minutes = 0));
	/** Lets the watch look some minutes later and resolves with the decision. */
	const check = async () => {
		const before = decisions().length;
		minutes += 5;
		await lookAt(flows(), new Date(Date.parse(MORNING) + minutes * 60_000).toISOString());
		return String((await flows().debugged("decision", before + 1)).at(-1));
	};

	it("says as imported what it thinks of the car, and leaves it alone", async () => {
		await flows().deploy(new Example("10"));
		assert.match(await decided(/./), /^go on: the sun is not known yet \(\d+(\.\d)? %, InProgress\)$/);
		assert.deepEqual(flows().shown("done"), []);
	});

	it("shows at once what it waits for, and how long", async () => {
		await flows().deploy(new Example("10").env({ START_AFTER: "90", STOP_AFTER: "300", MIN_TIME: "0" }));
		const surplus = (pattern: RegExp) => flows().badge(pattern, "debug", "surplus");
		const at = (time: string) => flows().nodeRed.tell({ clock: `2027-01-13T${time}Z` });
		await surplus(/^3\.0 kW: /);
		await decided(/InProgress/);
		await flows().press("cloud: 100 W");
		await surplus(/^0\.1 kW: stops in (5 min 0|4 min 59) s$/);
		await at("07:22:00");
		await flows().press("every 5 s");
		await surplus(/^0\.1 kW: stops in [23] min \d+ s$/);
		await at("07:40:00");
		await flows().press("every 5 s");
		await surplus(/^0\.1 kW: too little to charge$/);
		await flows().press("sun: 3000 W");
		await surplus(/^3\.0 kW: goes on charging$/);
	});

	it("shows when a car that waits will start", async () => {
		await flows().deploy(quick({ START_AFTER: "90" }));
		await flows().badge(/^3\.0 kW: /, "debug", "surplus");
		await flows().press("cloud: 100 W");
		await flows().debugged("done");
		await check();
		await flows().badge(/^0\.1 kW: does not charge$/, "debug", "surplus");
		await flows().press("sun: 3000 W");
		await flows().badge(/^3\.0 kW: starts in 1 min (30|2\d) s$/, "debug", "surplus");
	});

	it("stops when clouds last, starts when the sun lasts, and the car does it", async () => {
		await flows().deploy(quick());
		await decided(/^go on: there is sun/);
		await flows().press("cloud: 100 W");
		const [stopped] = (await flows().debugged("done")) as Done[];
		assert.deepEqual([stopped?.command, stopped?.status], ["charge-stop", "Success"]);
		assert.match(await check(), /^wait: too little sun \(.* %, Stopped\)$/);
		await flows().press("sun: 3000 W");
		const [, started] = (await flows().debugged("done", 2)) as Done[];
		assert.deepEqual([started?.command, started?.status], ["charge-start", "Success"]);
		assert.match(await check(), /^go on: there is sun \(.* %, InProgress\)$/);
	});

	it("lets a cloud pass that does not last", async () => {
		await flows().deploy(quick({ STOP_AFTER: "20" }));
		await decided(/^go on: there is sun/);
		const before = decisions().length;
		await flows().press("cloud: 100 W");
		await flows().press("sun: 3000 W");
		// what has lasted after both is the sun
		const after = (await flows().debugged("decision", before + 1)).slice(before);
		assert.match(after.join("\n"), /^go on: there is sun [^\n]*$/);
		assert.deepEqual(flows().shown("done"), []);
	});

	it("sends no second command before its least time is over", async () => {
		await flows().deploy(quick({ MIN_TIME: "3600" }));
		await decided(/^go on: there is sun/);
		await flows().press("cloud: 100 W");
		await flows().debugged("done");
		await flows().press("sun: 3000 W");
		assert.match(String((await flows().debugged("too soon"))[0]), /^start: there is sun/);
		await check();
		await flows().debugged("too soon", 2);
		assert.equal(flows().shown("done").length, 1);
	});

	it("does not repeat a command that came to nothing", async () => {
		const example = quick();
		example.node("stellantis-account").commands = [];
		await flows().deploy(example);
		await decided(/^go on: there is sun/);
		await flows().press("cloud: 100 W");
		await flows().debugged("error");
		for (let n = 0; n < 3; n++) assert.match(await check(), /^stop: too little sun/);
		assert.equal(flows().shown("error").length, 1);
		// another wish is another command
		await flows().press("sun: 3000 W");
		await decided(/^go on: there is sun/);
		assert.equal(flows().shown("error").length, 1);
	});

	it("stops at the target in the brightest sun, and does not start again", async () => {
		await flows().deploy(quick({ TARGET: "40" }));
		const [done] = (await flows().debugged("done")) as Done[];
		assert.equal(done?.command, "charge-stop");
		assert.match(await decided(/^stop/), /^stop: the target is reached/);
		// another wish asks the car again
		await flows().press("cloud: 100 W");
		await decided(/^wait: the target is reached \(.* %, Stopped\)$/);
		assert.equal(flows().shown("done").length, 1);
	});

	it("lets a car below the reserve charge without sun", async () => {
		await flows().deploy(quick({ RESERVE: "60" }));
		await decided(/^go on: there is sun/);
		await flows().press("cloud: 100 W");
		assert.match(await decided(/^go on: below/), /^go on: below the reserve/);
		assert.deepEqual(flows().shown("done"), []);
	});

	it("sends nothing to a car that is not plugged in", async () => {
		await flows().deploy(quick({ VEHICLE: '"W0VZ45GBBN0000009"' }));
		await flows().debugged("decision", 2);
		await flows().press("cloud: 100 W");
		await flows().debugged("decision", 3);
		for (const decision of decisions()) assert.match(decision, /^not plugged in \(.* %, Disconnected\)$/);
		assert.deepEqual([flows().shown("done"), flows().shown("error")], [[], []]);
	});

	it("has a demo car that charges at any time of the day", async () => {
		await flows().deploy(new Example("10"), "2027-01-13T20:00:00Z");
		assert.match(await decided(/./), /InProgress/);
	});
});
