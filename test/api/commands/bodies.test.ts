import assert from "node:assert/strict";
import { commandBody, commandSpec } from "../../../src/api/commands/body";
import { COMMANDS, type CommandId } from "../../../src/api/commands/names";
import { FAMILY_COMMANDS } from "../../../src/api/commands/table";
import { FAMILIES, type FamilyId } from "../../../src/api/families";
import { StellantisError } from "../../../src/error";
import { documentsPresent, openDocument } from "../../contract/openapi";

const body = (family: FamilyId, command: CommandId, args: unknown = {}, status?: unknown) =>
	commandBody(FAMILIES[family], command, commandSpec(FAMILIES[family], command).prepare(args), status);

const weekdays = { day: ["Mon", "Tue"] };
const climate = { programs: [{ slot: 2, start: "PT7H30M", occurrence: weekdays, enabled: true }] };
const charge = { programs: [{ start: "PT22H", end: "PT6H", occurrence: weekdays, enabled: true }] };
const place = { latitude: 48.137, longitude: "11.575", name: "Home" };

/** Each command with arguments, and the action it becomes; a family that is not named has no such command. */
const TABLE: [CommandId, unknown, Partial<Record<FamilyId, unknown>>][] = [
	["lock", {}, flat({ door: { state: "Locked" } }, { locking: { state: "Locked" } })],
	["unlock", {}, flat({ door: { state: "Unlocked" } }, { locking: { state: "Unlocked" } })],
	["horn", {}, flat({ horn: { state: "Activated" } }, { horn: { state: "Activated" } })],
	["lights", {}, flat({ lights: { on: true } }, { lights: { state: "Activated" } })],
	["wakeup", {}, flat({ wakeUp: { action: "WakeUp" } }, { wakeup: { action: "Wakeup" } })],
	["find", {}, { "accounts-v1": { vehicleFinder: { action: "GetPresentLocation" } } }],
	[
		"climate-start",
		{},
		flat(
			{ preconditioning: { airConditioning: { immediate: true } } },
			{ preconditioning: { airConditioning: { immediate: true } } },
		),
	],
	[
		"climate-stop",
		undefined,
		flat(
			{ preconditioning: { airConditioning: { immediate: false } } },
			{ preconditioning: { airConditioning: { immediate: false } } },
		),
	],
	[
		"climate-programs",
		climate,
		flat(
			airPrograms({ slot: 2, start: "PT7H30M", occurence: weekdays, enabled: true, actionsType: "Set" }),
			airPrograms({ slot: 2, start: "PT7H30M", occurrence: weekdays, enabled: true, actionsType: "Set" }),
		),
	],
	["charge-start", {}, flat({ charging: { immediate: true } }, { charging: { charge: { immediate: true } } })],
	["charge-stop", {}, flat({ charging: { immediate: false } }, { charging: { charge: { immediate: false } } })],
	[
		"charge-programs",
		charge,
		{
			"user-v4": {
				charging: {
					schedule: { programs: [{ start: "PT22H", occurence: weekdays, enabled: true, end: "PT6H" }] },
				},
			},
		},
	],
	[
		"charge-settings",
		{ limit: "80" },
		flat(
			{ charging: { preferences: { type: "Partial" } } },
			{ charging: { charge: { settings: { chargeLimit: "MedPlus" } } } },
		),
	],
	[
		"navigate",
		place,
		flat(
			{ navigation: { positions: [{ type: "Point", coordinates: [11.575, 48.137] }] } },
			{
				navigation: {
					positions: [
						{
							type: "Feature",
							geometry: { type: "Point", coordinates: [11.575, 48.137] },
							properties: { name: "Home" },
						},
					],
				},
			},
		),
	],
	["immobilize", {}, partner({ immobilization: { activate: true } }, { immobilization: { activate: true } })],
	["mobilize", {}, partner({ immobilization: { activate: false } }, { immobilization: { activate: false } })],
	["report-stolen", {}, partner({ stolen: { stolen: true } }, { stolen: { state: true } })],
	["recovered", {}, partner({ stolen: { stolen: false } }, { stolen: { state: false } })],
	[
		"theft-alarm",
		{ suppress: true, duration: 3 },
		{ "accounts-v1": { tan: { suppress: { state: true, duration: 3 } } } },
	],
	["delete-personal-data", {}, { "accounts-v1": { onboardPersonalData: { action: "Delete" } } }],
];

function flat(action: unknown, nested: unknown) {
	return { "user-v4": action, "fleet-v3": action, "accounts-v1": nested };
}

function partner(fleet: unknown, nested: unknown) {
	return { "fleet-v3": fleet, "accounts-v1": nested };
}

function airPrograms(...programs: unknown[]) {
	return { preconditioning: { airConditioning: { programs } } };
}

/** Programs and settings whose arguments differ from family to family. */
const OF_ONE_FAMILY: [FamilyId, CommandId, unknown, unknown][] = [
	[
		"accounts-v1",
		"climate-start",
		{ temperature: "21.5" },
		{ preconditioning: { airConditioning: { settings: { temp: 21.5, mode: "Auto", state: "Activated" } } } },
	],
	[
		"accounts-v1",
		"climate-stop",
		{ temperature: 18 },
		{ preconditioning: { airConditioning: { settings: { temp: 18, mode: "Auto", state: "Unactivated" } } } },
	],
	[
		"fleet-v3",
		"charge-programs",
		{ programs: [{ slot: 3, start: "PT1H", occurence: weekdays }] },
		{ charging: { schedule: { programs: [{ slot: 3, start: "PT1H", occurence: weekdays, enabled: true }] } } },
	],
	[
		"accounts-v1",
		"charge-programs",
		{
			programs: [
				{
					slot: 1,
					start: "PT1H",
					occurrence: weekdays,
					minChargingLevel: 20,
					maxChargingLevel: "80",
					chargeToFull: false,
				},
				{ slot: 2, actionsType: "Delete" },
			],
		},
		{
			charging: {
				charge: {
					programs: [
						{
							slot: 1,
							start: "PT1H",
							occurrence: weekdays,
							enabled: true,
							minChargingLevel: 20,
							maxChargingLevel: 80,
							chargeToFull: false,
							actionsType: "Set",
						},
						{ slot: 2, minChargingLevel: 0, maxChargingLevel: 100, actionsType: "Delete" },
					],
				},
			},
		},
	],
	[
		"user-v4",
		"charge-settings",
		{ rate: "Level3", limit: "Full" },
		{ charging: { preferences: { level: "Level3", type: "Full" } } },
	],
	[
		"accounts-v1",
		"charge-settings",
		{ rate: "LowPlus" },
		{ charging: { charge: { settings: { chargePreferenceRate: "LowPlus" } } } },
	],
	["accounts-v1", "theft-alarm", { confirm: false }, { tan: { confirm: { state: false } } }],
	["accounts-v1", "theft-alarm", { suppress: "false", duration: 2 }, { tan: { suppress: { state: false } } }],
];

const FAMILY_IDS = Object.keys(FAMILIES) as FamilyId[];

describe("bodies of commands", () => {
	const cases: [FamilyId, CommandId, unknown, unknown][] = [
		...TABLE.flatMap(([command, args, actions]) =>
			FAMILY_IDS.filter((family) => family in actions).map((family): [FamilyId, CommandId, unknown, unknown] => [
				family,
				command,
				args,
				actions[family],
			]),
		),
		...OF_ONE_FAMILY,
	];

	it("covers every command in every family that has it", () => {
		for (const family of FAMILY_IDS) {
			const tested = new Set(cases.filter(([of]) => of === family).map(([, command]) => command));
			const known = Object.keys(FAMILY_COMMANDS[family].specs).filter((command) => command !== "custom");
			assert.deepEqual([...tested].sort(), known.sort(), family);
		}
	});

	for (const [family, command, args, action] of cases)
		it(`${family}: ${command} ${JSON.stringify(args ?? {})}`, () => {
			const expected =
				family === "accounts-v1" ? { label: command, action } : { label: command, ...(action as object) };
			assert.deepEqual(body(family, command, args), expected);
		});

	for (const family of FAMILY_IDS)
		it(`${family}: every body is one that its document describes`, function () {
			if (!documentsPresent) {
				console.log("      the published documents are not beside the project: nothing to compare with");
				this.skip();
			}
			const document = openDocument(family);
			for (const [, command, args] of cases.filter(([of]) => of === family)) {
				const sent = body(family, command, args);
				assert.deepEqual(document.checkSchema("Remote", sent), [], `${command} ${JSON.stringify(sent)}`);
			}
		});

	it("sends a custom body as it is", () => {
		const given = { label: "x", door: { state: "Locked", forced: true } };
		assert.deepEqual(body("user-v4", "custom", given), given);
	});

	for (const family of FAMILY_IDS)
		it(`${family}: says which family lacks a command`, () => {
			for (const command of COMMANDS) {
				if (FAMILY_COMMANDS[family].specs[command]) continue;
				assert.throws(
					() => body(family, command),
					(error) =>
						error instanceof StellantisError &&
						error.code === "ERR_NOT_SUPPORTED" &&
						error.message.includes(family) &&
						error.message.includes(command),
				);
			}
		});

	it("does not take a temperature where the family has none", () => {
		assert.throws(() => body("user-v4", "climate-start", { temperature: 21 }), {
			code: "ERR_NOT_SUPPORTED",
			message: /user-v4 takes no temperature/,
		});
	});
});

describe("arguments of commands", () => {
	const refused: [FamilyId, CommandId, unknown, RegExp][] = [
		[
			"accounts-v1",
			"climate-start",
			{ temperature: "hot" },
			/"temperature" .* is "hot"; it must be a number from 10 to 35/,
		],
		["accounts-v1", "climate-start", { temprature: 20 }, /"temprature" is no argument of climate-start/],
		["accounts-v1", "climate-start", "20", /are "20"; they must be an object/],
		["user-v4", "navigate", { latitude: 48 }, /"longitude" .* is missing; it must be a number from -180 to 180/],
		["user-v4", "navigate", { latitude: 91, longitude: 0 }, /"latitude" .* is 91; it must be a number from -90 to 90/],
		["user-v4", "climate-programs", {}, /"programs" .* is missing; it must be a list of 1 to 4 programs/],
		[
			"user-v4",
			"climate-programs",
			{ programs: [{ slot: 5 }] },
			/"programs\[0\]\.slot" .* is 5; .* whole number from 1 to 4/,
		],
		[
			"user-v4",
			"climate-programs",
			{ programs: [{ slot: 1, start: "7:30" }] },
			/"programs\[0\]\.start" .* is "7:30"; .*PT7H30M/,
		],
		["user-v4", "climate-programs", { programs: [{ slot: 1, start: "PT25H" }] }, /"PT25H"/],
		["user-v4", "climate-programs", { programs: [{ slot: 1 }] }, /"programs\[0\]\.start" is missing/],
		[
			"user-v4",
			"climate-programs",
			{
				programs: [
					{ slot: 1, start: "PT1H" },
					{ slot: 1, start: "PT2H" },
				],
			},
			/slot 1 twice/,
		],
		["user-v4", "climate-programs", { programs: [{ slot: 1, temp: 20 }] }, /"programs\[0\]\.temp" is no argument/],
		[
			"user-v4",
			"climate-programs",
			{ programs: [{ slot: 1, start: "PT1H", occurrence: { day: ["Monday"] } }] },
			/"Monday"; it must be one of Mon, Tue/,
		],
		[
			"accounts-v1",
			"charge-programs",
			{ programs: [{ slot: 1, start: "PT1H", minChargingLevel: 20 }] },
			/maxChargingLevel/,
		],
		["accounts-v1", "charge-settings", { rate: "Low", limit: 80 }, /one of them at a time/],
		["user-v4", "charge-settings", {}, /"rate" or "limit"/],
		["user-v4", "charge-settings", { limit: 90 }, /"limit" .* is 90; it must be 80, 100, Partial or Full/],
		["user-v4", "charge-settings", { rate: "Low" }, /"rate" .* is "Low"; it must be one of Level1/],
		["accounts-v1", "theft-alarm", {}, /"suppress"/],
		["accounts-v1", "theft-alarm", { suppress: true }, /"duration" .* is missing; .*whole number from 0 to 5/],
		["user-v4", "custom", {}, /must not be empty/],
	];
	for (const [family, command, args, message] of refused)
		it(`refuses ${command} ${JSON.stringify(args)}`, () => {
			assert.throws(() => body(family, command, args), { code: "ERR_BAD_INPUT", message });
		});

	it("lets a command without arguments ignore what happens to be in the message", () => {
		assert.deepEqual(body("user-v4", "lock", 1789000000000), { label: "lock", door: { state: "Locked" } });
	});
});
