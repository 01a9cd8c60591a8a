import assert from "node:assert/strict";
import { clockTime } from "../../src/api/commands/arguments";
import { loadEditor, plain } from "./editor";

interface Widgets {
	amount(typed: string): number | string | undefined;
	coordinates(pasted: string): [number, number] | undefined;
	clockOf(duration: unknown): string | undefined;
	durationOf(clock: string): string | undefined;
	dayNames(weekday: "short" | "long"): string[];
	mapOf(latitude: number, longitude: number): string;
}

const widgets = loadEditor().module("editor/widgets.js") as Widgets;

describe("fields of forms", () => {
	const numbers: [string, unknown][] = [
		["21.5", 21.5],
		["21,5", 21.5],
		[" -3 ", -3],
		["−3", -3],
		["48.", 48],
		[",5", 0.5],
		["", undefined],
		["1,234.5", "1,234.5"],
		["21 °C", "21 °C"],
		["0x10", "0x10"],
	];
	for (const [typed, expected] of numbers)
		it(`read "${typed}" as ${JSON.stringify(expected)}`, () => assert.equal(widgets.amount(typed), expected));

	const places: [string, [number, number] | undefined][] = [
		["48.85, 2.29", [48.85, 2.29]],
		["48.85,2.29", [48.85, 2.29]],
		["48.85 2.29", [48.85, 2.29]],
		["48,85; 2,29", [48.85, 2.29]],
		["48,85, 2,29", [48.85, 2.29]],
		["-33.9°, −151.2°", [-33.9, -151.2]],
		["48, 2", [48, 2]],
		["48,85", undefined],
		["48.85", undefined],
		["Paris, France", undefined],
		["1, 2, 3", undefined],
	];
	for (const [pasted, expected] of places)
		it(`take "${pasted}" as ${expected ? "two coordinates" : "one text"}`, () =>
			assert.deepEqual(plain(widgets.coordinates(pasted)), expected));

	it("write every time of day as the runtime takes it, and read it back", () => {
		for (let minute = 0; minute < 24 * 60; minute++) {
			const clock = `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
			const duration = widgets.durationOf(clock);
			assert.equal(clockTime.safeParse(duration).success, true, clock);
			assert.equal(widgets.clockOf(duration), clock);
		}
		assert.equal(widgets.durationOf("07:30:15"), "PT7H30M15S");
		assert.equal(widgets.durationOf(""), undefined);
	});

	it("read only what the runtime takes for a time of day", () => {
		for (const good of ["PT7H30M", "PT07H05M", "PT30M", "PT15S", "PT23H59M59S"]) assert.ok(widgets.clockOf(good), good);
		for (const bad of ["PT24H", "7:30", "P1D", "PT", "PT7H60M", undefined, 7])
			assert.equal(widgets.clockOf(bad), undefined, String(bad));
	});

	it("name the days in the language of the editor, from Monday", () => {
		assert.deepEqual(plain(widgets.dayNames("short")), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
		assert.equal(widgets.dayNames("long")[6], "Sunday");
	});

	it("show a place on a map", () => {
		assert.equal(widgets.mapOf(48.85, 2.29), "https://www.openstreetmap.org/?mlat=48.85&mlon=2.29#map=15/48.85/2.29");
	});
});
