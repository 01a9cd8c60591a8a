/// <reference path="../../resources/types/fields.d.ts" />
import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { commandBody, commandSpec } from "../../src/api/commands/body";
import { COMMANDS, type CommandId } from "../../src/api/commands/names";
import { FAMILY_COMMANDS } from "../../src/api/commands/table";
import { FAMILIES, type FamilyId } from "../../src/api/families";
import { StellantisError } from "../../src/error";
import { loadEditor, plain } from "./editor";

type Json = Record<string, unknown>;

/** The part of a JSON schema that is compared. */
interface Shape {
	properties?: Record<string, Shape>;
	items?: Shape;
	required?: string[];
	type?: string;
	enum?: unknown[];
	minimum?: number;
	maximum?: number;
	maxLength?: number;
	maxItems?: number;
}

/** What the form knows of commands. */
interface Forms {
	ARGUMENTS: Record<string, Record<string, StellantisArgument[] | null>>;
	has(api: string, command: string): boolean;
	fresh(api: string, command: string): string;
	parse(json: unknown): Json | undefined;
	unseen(api: string, command: string, args: object): string | undefined;
	problems(api: string, command: string, args: object): Record<string, string>;
	write(api: string, command: string, args: object, name: string, value: unknown): Json;
	freshProgram(list: StellantisPrograms, others: object[]): Json;
	freeSlots(list: StellantisPrograms, used: object[]): number[];
	writeProgram(programs: object[], place: number, name: string, value: unknown): Json[];
	removeProgram(list: StellantisPrograms, programs: object[], place: number): Json[];
}

const forms = loadEditor().module("forms/commands.js") as Forms;
const FAMILY_IDS = Object.keys(FAMILIES) as FamilyId[];
const pairs = FAMILY_IDS.flatMap((api) =>
	COMMANDS.filter((command) => FAMILY_COMMANDS[api].specs[command]).map((command) => [api, command] as const),
);

const spec = (api: FamilyId, command: CommandId) => commandSpec(FAMILIES[api], command);
const schema = (api: FamilyId, command: CommandId): Shape | undefined => {
	const own = spec(api, command).schema;
	return own && (z.toJSONSchema(own, { io: "input", unrepresentable: "any" }) as Shape);
};

/** Why the runtime refuses arguments, or undefined: with a vehicle that has nothing yet. */
function refusal(api: FamilyId, command: CommandId, args: unknown): string | undefined {
	try {
		commandBody(FAMILIES[api], command, spec(api, command).prepare(args));
		return undefined;
	} catch (error) {
		assert.ok(error instanceof StellantisError);
		return error.message;
	}
}

const verdict = (api: FamilyId, command: CommandId, args: object) => Object.values(forms.problems(api, command, args));

/** The arguments of a command as its form asks for them, by the name the API's own arguments have. */
function asked(api: FamilyId, command: CommandId): Record<string, StellantisField> {
	const list = forms.ARGUMENTS[api]?.[command] ?? [];
	return Object.fromEntries(list.map((field) => [field.name, field as StellantisField]));
}

function bounds(field: StellantisField | undefined, shape: Shape | undefined, name: string): void {
	assert.ok(field && shape, name);
	if (field.kind === "number") {
		assert.deepEqual([field.min, field.max], [shape.minimum, shape.maximum], name);
		assert.equal(shape.type, field.whole ? "integer" : "number", name);
	}
	if (field.kind === "text") assert.equal(field.max, shape.maxLength, name);
	if (field.kind === "flag") assert.equal(shape.type, "boolean", name);
	if (field.kind === "choice" && shape.enum) assert.deepEqual(new Set(field.values), new Set(shape.enum), name);
	if (field.kind === "days") assert.deepEqual(Object.keys(shape.properties ?? {}), ["day"], name);
}

describe("fields of commands", () => {
	it("are those of every command of every family", () => {
		for (const api of FAMILY_IDS)
			for (const command of COMMANDS)
				assert.equal(forms.has(api, command), FAMILY_COMMANDS[api].specs[command] !== undefined, `${api} ${command}`);
	});

	it("are none of a command or a family whose name every object knows", () => {
		for (const name of ["constructor", "toString", "__proto__"])
			for (const [api, command] of [
				["user-v4", name],
				[name, "lock"],
				[name, name],
			] as const) {
				assert.equal(forms.has(api, command), false);
				assert.equal(forms.unseen(api, command, {}), undefined);
				assert.deepEqual(plain(forms.problems(api, command, {})), {});
			}
	});

	for (const [api, command] of pairs) {
		if (command === "custom") continue;
		const shape = schema(api, command);
		const fields = asked(api, command);

		it(`${api}: ${command} asks for what the runtime takes, within its bounds`, () => {
			if (!shape) return assert.equal(forms.ARGUMENTS[api]?.[command], null);
			const { properties = {}, required = [] } = shape;
			if (command === "theft-alarm") {
				assert.deepEqual(Object.keys(properties), ["suppress", "duration", "confirm"]);
				const { minimum, maximum } = properties.duration ?? {};
				assert.deepEqual([minimum, maximum], [fields.duration?.values?.at(0), fields.duration?.values?.at(-1)]);
				return;
			}
			// an argument that is known, but never sent
			const sent = Object.keys(properties).filter(
				(name) => !/takes no/.test(refusal(api, command, { [name]: 20 }) ?? ""),
			);
			assert.deepEqual(Object.keys(fields).sort(), sent.sort());
			for (const [name, field] of Object.entries(fields)) {
				const own = properties[name];
				assert.equal(Boolean(field.needed), required.includes(name), name);
				const programs = field as unknown as StellantisPrograms;
				if (programs.kind !== "programs") {
					bounds(field, own, name);
					continue;
				}
				assert.equal(programs.slots, own?.maxItems);
				const { properties: parts = {}, required: must = [] } = own?.items ?? {};
				assert.deepEqual([parts.slot?.minimum, parts.slot?.maximum], [1, programs.slots]);
				assert.deepEqual(parts.actionsType?.enum, ["Set", "Delete"]);
				assert.equal(programs.numbered, must.includes("slot"));
				const names = [...programs.fields.map((part) => part.name), "slot", "actionsType", "occurence"];
				assert.deepEqual(names.sort(), Object.keys(parts).sort());
				for (const part of programs.fields) bounds(part, parts[part.name], part.name);
			}
		});

		it(`${api}: ${command} starts with arguments that the runtime takes and the fields show`, () => {
			const args = forms.parse(forms.fresh(api, command)) ?? assert.fail();
			assert.equal(refusal(api, command, plain(args)), undefined);
			assert.equal(forms.unseen(api, command, args), undefined);
			assert.deepEqual(verdict(api, command, args), []);
		});

		if (Object.keys(fields).length === 0) continue;
		it(`${api}: ${command} writes only what the runtime takes, or says what is wrong`, () => {
			const edit = fc.record({ field: fc.nat(), part: fc.nat(), place: fc.nat(3), action: fc.nat(5), value: fc.nat() });
			fc.assert(
				fc.property(fc.array(edit, { maxLength: 8 }), (edits) => {
					let args: Json = forms.parse(forms.fresh(api, command)) ?? {};
					for (const one of edits) args = plain(edited(api, command, args, one)) as Json;
					const refused = refusal(api, command, args);
					const wrong = verdict(api, command, args);
					const incomplete = /is missing, and the vehicle has no program/.test(refused ?? "");
					if (!incomplete)
						assert.equal(wrong.length > 0, refused !== undefined, `${JSON.stringify(args)}: ${refused} ${wrong}`);
					// what was written by fields, fields show again
					assert.equal(forms.unseen(api, command, args), undefined, JSON.stringify(args));
				}),
			);
		});
	}

	/** The arguments after one thing that a person does in the form. */
	function edited(
		api: FamilyId,
		command: CommandId,
		args: Json,
		{
			field,
			part,
			place,
			action,
			value,
		}: { field: number; part: number; place: number; action: number; value: number },
	): Json {
		const list = (forms.ARGUMENTS[api]?.[command] ?? []).filter(({ when }) => !when || when(args));
		const one = list[field % list.length];
		if (!one) return args;
		if (one.kind !== "programs") return forms.write(api, command, args, one.name, answer(one, value));
		const rows = args.programs as Json[];
		if (action === 0 && forms.freeSlots(one, rows).length > 0)
			return { ...args, programs: [...rows, forms.freshProgram(one, rows)] };
		const at = place % Math.max(rows.length, 1);
		if (action === 1) return { ...args, programs: forms.removeProgram(one, rows, at) };
		if (rows.length === 0) return args;
		if (action === 2) {
			const free = forms.freeSlots(one, rows);
			return { ...args, programs: forms.writeProgram(rows, at, "slot", free[value % free.length] ?? rows[at]?.slot) };
		}
		if (action === 3)
			return { ...args, programs: forms.writeProgram(rows, at, "actionsType", value % 2 ? "Delete" : undefined) };
		const own = one.fields[part % one.fields.length] as StellantisField;
		return { ...args, programs: forms.writeProgram(rows, at, own.name, answer(own, value)) };
	}

	/** What a field may be filled in with: bounds, what lies beyond them, and nothing. */
	function answer(field: StellantisField, value: number): unknown {
		const { min = 0, max = 0, values = [] } = field;
		const choices: Record<StellantisField["kind"], unknown[]> = {
			number: [min, max, min - 0.5, max + 1, min + 0.5, "much", undefined],
			text: ["x", "x".repeat(100), undefined],
			choice: [...values, ...(field.needed ? [] : [undefined])],
			flag: [true, false],
			time: ["PT0H", "PT23H59M", "PT7H30M15S", undefined],
			days: [{ day: ["Mon"] }, { day: ["Sat", "Sun"] }, undefined],
			zone: [],
		};
		const all = choices[field.kind];
		return all[value % all.length];
	}

	it("take and refuse the same numbers as the runtime, also as text", () => {
		const at = (latitude: unknown) => ({ latitude, longitude: 2 });
		for (const latitude of [90, -90, "48.5", 90.1, -91, "north", null, true, "", undefined]) {
			const args = plain(at(latitude)) as object;
			assert.equal(verdict("user-v4", "navigate", args).length > 0, refusal("user-v4", "navigate", args) !== undefined);
		}
	});

	const sentences: [FamilyId, CommandId, object, RegExp][] = [
		["user-v4", "navigate", { latitude: 91, longitude: 0 }, /^Latitude \(°\): at most 90$/],
		["user-v4", "navigate", { latitude: "up", longitude: 0 }, /^Latitude \(°\): a number is needed$/],
		["user-v4", "navigate", { latitude: 1 }, /^Longitude \(°\): must not be empty$/],
		["accounts-v1", "climate-start", { temperature: 9 }, /^Temperature: at least 10$/],
		["accounts-v1", "climate-start", { temprature: 20 }, /has no “temprature”/],
		["accounts-v1", "charge-settings", {}, /limit or a rate/],
		["accounts-v1", "charge-settings", { limit: 80, rate: "Low" }, /Only one/],
		["user-v4", "climate-programs", { programs: [] }, /1 to 4 programs/],
		["user-v4", "climate-programs", { programs: [{ slot: 1 }, { slot: 1 }] }, /once only/],
		["user-v4", "climate-programs", { programs: [{ start: "PT1H" }] }, /^Slot: must not be empty$/],
		["accounts-v1", "charge-programs", { programs: [{ slot: 1, minChargingLevel: 51 }] }, /^Lowest level: at most 50$/],
		["user-v4", "custom", {}, /must not be empty/],
	];
	for (const [api, command, args, sentence] of sentences)
		it(`say what is wrong with ${command} ${JSON.stringify(args)}`, () => {
			assert.match(verdict(api, command, args).join(), sentence);
			assert.ok(refusal(api, command, args) !== undefined);
		});

	const unseen: [FamilyId, CommandId, object, string][] = [
		["user-v4", "navigate", { latitude: 1, longitude: 2, altitude: 3 }, "altitude"],
		["user-v4", "climate-start", { temperature: 20 }, "temperature"],
		["accounts-v1", "climate-start", { temperature: [20] }, "temperature"],
		["user-v4", "climate-programs", { programs: [{ slot: 1, temp: 20 }] }, "programs[0].temp"],
		["user-v4", "climate-programs", { programs: [{ slot: 1, occurrence: { day: [] } }] }, "programs[0].occurrence"],
		["user-v4", "climate-programs", { programs: [{ slot: 1, start: "7:30" }] }, "programs[0].start"],
		["user-v4", "climate-programs", { programs: { slot: 1 } }, "programs"],
		["accounts-v1", "theft-alarm", { confirm: true, duration: 1 }, "duration"],
		["accounts-v1", "theft-alarm", { confirm: true, suppress: false }, "confirm"],
		["accounts-v1", "theft-alarm", { suppress: "maybe" }, "alarm"],
		["accounts-v1", "theft-alarm", { confirm: null }, "alarm"],
	];
	for (const [api, command, args, where] of unseen)
		it(`leave ${command} ${JSON.stringify(args)} to its JSON`, () => {
			assert.equal(forms.unseen(api, command, args), where);
		});

	it("keep what they don't ask for when one of them is edited", () => {
		const rows = [{ slot: 2, start: "PT1H", occurence: { day: ["Mon"] } }, { start: "PT2H" }];
		assert.deepEqual(plain(forms.writeProgram(rows, 0, "occurrence", { day: ["Sun"] })), [
			{ slot: 2, start: "PT1H", occurence: { day: ["Sun"] } },
			{ start: "PT2H" },
		]);
		const args = { latitude: 1, longitude: 2, name: "Home" };
		assert.deepEqual(plain(forms.write("user-v4", "navigate", args, "latitude", 3)), { ...args, latitude: 3 });
	});

	it("leave each program in its slot when one before it is removed", () => {
		const list = forms.ARGUMENTS["user-v4"]?.["charge-programs"]?.[0] as StellantisPrograms;
		const left = forms.removeProgram(list, [{ start: "PT1H" }, { start: "PT2H" }], 0);
		assert.deepEqual(plain(left), [{ slot: 2, start: "PT2H" }]);
	});

	it("set a charge limit or a rate, where the family takes one of them", () => {
		const set = (api: FamilyId) => plain(forms.write(api, "charge-settings", { limit: 80 }, "rate", "Low"));
		assert.deepEqual(set("accounts-v1"), { rate: "Low" });
		assert.deepEqual(set("user-v4"), { limit: 80, rate: "Low" });
	});
});
