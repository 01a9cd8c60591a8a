import assert from "node:assert/strict";
import vm from "node:vm";
import { FAMILIES, type FamilyId } from "../../src/api/families";
import { type MonitorBody, monitorBody } from "../../src/api/monitors";
import { StellantisError } from "../../src/error";
import { documentsPresent, openDocument } from "../contract/openapi";
import { browserModules } from "../editor-static/modules";

const webhook = { target: "https://home.example/stellantis/events/secret", name: "Node-RED" };
const families = Object.values(FAMILIES);

/** The form's own templates, as the browser runs them. */
const form = browserModules(vm.createContext({}));
type Values = Record<string, unknown>;
interface FormMonitors {
	TEMPLATES: Record<string, { values: Values }>;
	build(template: string, label: string, values: Values): object;
	read(json: string): { template: string; label: string; values: Values } | undefined;
}
const { TEMPLATES, build, read } = form("forms/monitor-templates.js") as FormMonitors;
const written = (template: string, values: Values = {}): MonitorBody =>
	JSON.parse(JSON.stringify(build(template, template, { ...TEMPLATES[template]?.values, ...values })));

const trigger = (more: object = {}) => ({
	name: "low",
	data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["20"] },
	...more,
});
const monitor = (triggers: unknown[] = [trigger()], boolExp: unknown = "low", more: object = {}) => ({
	label: "battery",
	triggerParam: { triggers, boolExp },
	...more,
});

describe("monitorBody", () => {
	for (const family of families) {
		for (const template of Object.keys(TEMPLATES))
			it(`takes what the form writes: ${template} (${family.id})`, () => {
				assert.ok(monitorBody(written(template), family, webhook));
			});

		it(`makes what the document of ${family.id} allows`, function () {
			if (!documentsPresent) {
				console.log("      the API documents are not beside the project: nothing to compare with");
				this.skip();
			}
			const document = openDocument(family.id);
			for (const template of Object.keys(TEMPLATES)) {
				const body = monitorBody(written(template), family, webhook);
				// The documents put the pattern of a trigger's name in quotes by mistake.
				const errors = document.checkSchema("MonitorParameter", body).filter(({ keyword }) => keyword !== "pattern");
				assert.deepEqual(errors, [], template);
			}
		});
	}

	it("leaves what it does not know as it is, and what came in untouched", () => {
		const given = monitor([trigger({ newer: 1 })], "low", { onEvent: { actions: [] }, attributes: [{ key: "room" }] });
		const before = structuredClone(given);
		const { onEvent, triggerParam, attributes } = monitorBody(given, FAMILIES["accounts-v1"]);
		assert.deepEqual(onEvent, { actions: [] });
		assert.deepEqual(triggerParam, before.triggerParam);
		assert.deepEqual(attributes, [{ key: "room" }, { type: "Body", key: "vin", value: "$Vin" }]);
		assert.deepEqual(given, before);
	});

	it("spells the days as the family does", () => {
		const entry = (id: FamilyId) => {
			const body = monitorBody(written("time"), FAMILIES[id], webhook);
			const { triggers } = body.triggerParam as { triggers: { time: { times: Record<string, unknown>[] } }[] };
			return Object.keys(triggers[0]?.time.times[0] ?? {}).find((key) => key.startsWith("occ"));
		};
		assert.deepEqual(
			[entry("user-v4"), entry("accounts-v1"), entry("fleet-v3")],
			["occurence", "occurrence", "occurence"],
		);
	});

	it("reckons a time window over midnight", () => {
		const { triggerParam } = written("time", { start: "PT22H30M", end: "PT6H" });
		const [{ time }] = (triggerParam as { triggers: [{ time: { times: [Record<string, unknown>] } }] }).triggers;
		assert.deepEqual([time.times[0].start, time.times[0].duration], ["PT22H30M", "PT7H30M"]);
	});

	for (const template of Object.keys(TEMPLATES))
		it(`shows in its form what the form has written: ${template}`, () => {
			const { values } = TEMPLATES[template] ?? { values: {} };
			const found = read(JSON.stringify(build(template, "mine", values)));
			assert.deepEqual(
				JSON.parse(JSON.stringify(found)),
				JSON.parse(JSON.stringify({ template, label: "mine", values })),
			);
		});

	const foreign: [string, unknown][] = [
		["what a template never writes", { ...written("battery"), extendedEventParam: ["vehicle.odometer"] }],
		[
			"another operator",
			monitor(
				[{ name: "battery", data: { data: "vehicle.energy.electric.level", op: "equalsTo", value: ["20"] } }],
				"battery",
			),
		],
		["two triggers where one is written", monitor([trigger(), trigger({ name: "b" })], "low | b")],
		["no definition", { label: "x" }],
		["no object", [1]],
	];
	for (const [what, body] of foreign)
		it(`leaves a definition to its JSON: ${what}`, () => assert.equal(read(JSON.stringify(body)), undefined));

	it("shows a charging monitor for any change and for one status", () => {
		assert.equal(read(JSON.stringify(written("charging")))?.values.status, undefined);
		assert.equal(read(JSON.stringify(written("charging", { status: "Finished" })))?.values.status, "Finished");
	});

	it("takes equal times for a whole day, and shows them again", () => {
		const body = written("time", { start: "PT8H", end: "PT8H" });
		assert.match(JSON.stringify(body), /"duration":"PT24H"/);
		const { start, end } = read(JSON.stringify(body))?.values ?? {};
		assert.deepEqual([start, end], ["PT8H", "PT8H"]);
	});

	it("writes numbers as text and fills in the expression of a single trigger", () => {
		const data = { data: "vehicle.energy.fuel.level", op: "lowerThan", value: 10 };
		const body = monitorBody(monitor([{ name: "low", data }], undefined), FAMILIES["user-v4"]);
		assert.deepEqual(body.triggerParam, {
			triggers: [{ name: "low", data: { ...data, value: ["10"] } }],
			boolExp: "low",
		});
	});

	it("lends a fleet's monitor a webhook, but not over its own", () => {
		const fleet = FAMILIES["fleet-v3"];
		const lent = monitorBody(monitor(), fleet, webhook).subscribeParam as { callback: unknown };
		assert.deepEqual(lent.callback, { webhook });
		const own = { callback: { webhook: { target: "https://own.example", name: "own" } }, refreshEvent: 60 };
		assert.deepEqual(
			monitorBody(monitor(undefined, "low", { subscribeParam: own }), fleet, webhook).subscribeParam,
			own,
		);
		assert.throws(() => monitorBody(monitor(), fleet), /add a vehicle events node/);
	});

	const zone = (radius: unknown, latitude: unknown = 48, transition: unknown = "Out") => ({
		name: "z",
		zone: { transition, place: { radius, center: { latitude, longitude: 2 } } },
	});
	const refusals: [string, unknown, RegExp][] = [
		["no object", "low battery", /^The monitor is "low battery"; it must be an object with label/],
		["no label", { triggerParam: monitor().triggerParam }, /The monitor's label is missing/],
		["no trigger", monitor([]), /triggerParam\.triggers is \[\]; it must be a list of 1 to 5 triggers/],
		[
			"six triggers",
			monitor(
				["a", "b", "c", "d", "e", "f"].map((name) => trigger({ name })),
				"a",
			),
			/1 to 5/,
		],
		["two of a name", monitor([trigger(), trigger()]), /Two of the monitor's triggers are called "low"/],
		["a name with blanks", monitor([trigger({ name: "too low" })]), /triggers\[0\]\.name is "too low"/],
		["two conditions", monitor([trigger(zone(5))], "z"), /exactly one of zone, time, data/],
		["half a kilometre", monitor([zone(0.5)], "z"), /place\.radius is 0\.5; it must be a whole number of kilometres/],
		["off the globe", monitor([zone(5, 91)], "z"), /center\.latitude is 91; it must be degrees/],
		["neither in nor out", monitor([zone(5, 48, "Near")], "z"), /transition is "Near"; it must be In or Out/],
		["no value", monitor([trigger({ data: { data: "x", op: "lowerThan" } })]), /data\.value is missing.*exactly one/],
		["an unknown operator", monitor([trigger({ data: { data: "x", op: "about" } })]), /data\.op is "about"/],
		[
			"no duration",
			monitor([{ name: "t", time: { times: [{ start: "PT8H" }] } }], "t"),
			/times\[0\]\.duration is missing/,
		],
		[
			"a clock",
			monitor([{ name: "t", time: { times: [{ start: "8:00", duration: "PT1H" }] } }], "t"),
			/start is "8:00"/,
		],
		["an unknown name", monitor(undefined, "low & high"), /speaks of "high".*"low"/],
		["half an expression", monitor(undefined, "low &"), /must join the triggers' names/],
		["open brackets", monitor(undefined, "((low)"), /as many opening as closing/],
		["names side by side", monitor(undefined, "low low"), /must join/],
		["a hasty refresh", monitor(undefined, "low", { subscribeParam: { refreshEvent: 5 } }), /refreshEvent is 5.*60/],
	];
	for (const [name, body, sentence] of refusals)
		it(`refuses ${name} before anything is asked`, () => {
			assert.throws(
				() => monitorBody(body, FAMILIES["user-v4"]),
				(error) => error instanceof StellantisError && error.code === "ERR_BAD_INPUT" && sentence.test(error.message),
			);
		});

	for (const expression of ["low", "!low", "(low)", "low & (low | !(low))", " ( low|low ) "])
		it(`takes the expression ${expression}`, () => {
			assert.ok(monitorBody(monitor(undefined, expression), FAMILIES["user-v4"]));
		});
});
