import assert from "node:assert/strict";
import { look, type Memory, type MonitorBody } from "../../../demo/monitors/triggers";
import { parseExpression } from "../../../demo/requests/expression";
import { fromHere, type Place } from "../../../demo/world/geography";

type Trigger = MonitorBody["triggerParam"]["triggers"][number];
const home: Place = [2.35, 48.86];

/** Which of these looks, one after the other, raise an event. */
function events(trigger: Omit<Trigger, "name">, looks: { time?: string; place?: Place; value?: string }[]): boolean[] {
	const body: MonitorBody = { triggerParam: { triggers: [{ name: "one", ...trigger }], boolExp: "one" } };
	let memory: Memory | undefined;
	return looks.map(({ time = "2026-03-11T09:00:00Z", place, value }) => {
		const data = () => (value === undefined ? [] : [value]);
		const seen = look(body, memory, { time: Date.parse(time), place, data });
		memory = seen.memory;
		return seen.event !== undefined;
	});
}

describe("triggers of monitors", () => {
	it("a zone tells entering or leaving, not being there from the start", () => {
		const zone = (transition: "In" | "Out") => ({
			zone: { transition, place: { radius: 2, center: { longitude: home[0], latitude: home[1] } } },
		});
		const [near, far] = [{ place: fromHere(home, 1.9, 45) }, { place: fromHere(home, 2.1, 200) }];
		assert.deepEqual(events(zone("In"), [near, near, far, near, near, far, near]), [
			false,
			false,
			false,
			true,
			false,
			false,
			true,
		]);
		assert.deepEqual(events(zone("Out"), [far, near, far, far, near]), [false, false, true, false, false]);
		assert.deepEqual(events(zone("In"), [far, {}, near]), [false, false, true], "privacy in between");
	});

	it("a daily window opens by the clock of its time zone, over midnight too", () => {
		const daily = { recurrence: "Daily", start: "PT22H", duration: "PT4H", occurrence: { day: ["Wed"] } } as const;
		const time = { time: { timeZone: "Europe/Paris", times: [{ ...daily, occurrence: { day: ["Wed"] } }] } };
		const at = (text: string) => ({ time: text });
		assert.deepEqual(
			events(time, [
				at("2026-03-11T20:59:00Z"),
				at("2026-03-11T21:00:00Z"),
				at("2026-03-12T00:59:00Z"),
				at("2026-03-12T01:00:00Z"),
				at("2026-03-12T21:30:00Z"),
				at("2026-07-15T20:00:00Z"),
			]),
			[false, true, false, false, false, true],
		);
	});

	it("a window that happens once has a start and maybe an end", () => {
		const once = (duration?: string) => ({
			time: { times: [{ start: "2026-03-11T10:00:00+01:00", ...(duration ? { duration } : {}) }] },
		});
		const looks = [
			{ time: "2026-03-11T08:59:00Z" },
			{ time: "2026-03-11T09:30:00Z" },
			{ time: "2026-03-11T10:30:00Z" },
		];
		assert.deepEqual(events(once(), looks), [false, true, false]);
		assert.deepEqual(events(once("PT30M"), looks), [false, false, false]);
	});

	it("compares numbers as numbers and words as words", () => {
		const is = (op: string, ...value: string[]) => ({
			data: { data: "x", op, ...(value.length > 0 ? { value } : {}) },
		});
		const values = (...all: string[]) => all.map((value) => ({ value }));
		assert.deepEqual(events(is("lowerThan", "20"), values("100", "9", "8", "20", "19.9")), [
			false,
			true,
			false,
			false,
			true,
		]);
		assert.deepEqual(events(is("greaterThan", "9"), values("100")), [true]);
		assert.deepEqual(events(is("equalsTo", "true"), values("false", "true")), [false, true]);
		assert.deepEqual(events(is("includedIn", "Stopped", "Finished"), values("InProgress", "Finished")), [false, true]);
		assert.deepEqual(events(is("onChange"), values("a", "a", "b", "c", "c")), [false, false, true, true, false]);
	});

	it("asks what was before, where it is told to", () => {
		const data = { data: "x", op: "equalsTo", value: ["Stopped"], previous: { op: "equalsTo", value: ["InProgress"] } };
		const values = (...all: string[]) => all.map((value) => ({ value }));
		assert.deepEqual(events({ data }, values("InProgress", "Stopped", "Stopped")), [false, true, false]);
		assert.deepEqual(events({ data }, values("Finished", "Stopped", "InProgress", "Stopped")), [
			false,
			false,
			false,
			true,
		]);
	});

	it("reads expressions: not before and before or", () => {
		const truth = (text: string, ...holding: string[]) =>
			parseExpression(text, ["a", "b", "c"])((name) => holding.includes(name));
		assert.equal(truth("a | b & c", "a"), true);
		assert.equal(truth("(a | b) & c", "a"), false);
		assert.equal(truth("!a & b", "b"), true);
		assert.equal(truth("!(a & b)", "a", "b"), false);
		for (const text of ["", "a b", "a &", "& a", "(a", "a)", "d", "a && b"]) {
			assert.throws(() => parseExpression(text, ["a", "b", "c"]), { status: 400 }, text);
		}
	});
});
