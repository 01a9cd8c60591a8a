/**
 * The commands of each family: what they are called there, what they carry, what a vehicle needs for them.
 *
 * Sources: schema `Remote` of user-v4.openapi.yaml (4.17.2), fleet-v3.openapi.yaml (3.19.2) and
 * accounts-v1.openapi.yaml (1.0.28), and `OnboardCapabilities` of the same for what a vehicle needs.
 */

import { z } from "zod";
import { badInput, StellantisError } from "../../error";
import { defined } from "../../json";
import type { FamilyId } from "../families";
import { quote } from "../time";
import { asked, checkArguments, flag, number, oneOf, shortText, whole } from "./arguments";
import type { CommandId } from "./names";
import {
	chargePrograms,
	climatePrograms,
	mergePrograms,
	type Program,
	type ProgramStyle,
	programsArgument,
} from "./programs";

/** The one action of a body, as the family spells it. */
export type Action = Record<string, unknown>;

/** A command with its arguments checked. */
export interface Prepared {
	/** The arguments, coerced; for the journal. */
	args: Record<string, unknown>;
	/** Paths below `onboardCapabilities.remote` of which none may be false. */
	needs: readonly string[];
	/** True when the action depends on the vehicle's latest state. */
	needsStatus: boolean;
	/** True when the vehicle is woken for nothing else. */
	wakes: boolean;
	/** @throws ERR_BAD_INPUT */
	action(status?: unknown): Action;
}

/** One command of a family: how its arguments become an action. */
export interface CommandSpec {
	/** Name of its kind, for channels that carry only some (`RemoteType`, user-v4 and fleet-v3); absent: unknown. */
	remoteType?: string;
	/** True for a body that is sent as it is. */
	raw?: boolean;
	/** Paths below `onboardCapabilities.remote`: with one of them false the command can't be done, whatever its arguments. */
	basics: readonly string[];
	/** What its arguments must be; absent where none are looked at, and for a body that is sent as it is. */
	schema?: z.ZodType;
	/** @throws ERR_BAD_INPUT, ERR_NOT_SUPPORTED */
	prepare(args: unknown): Prepared;
}

/** How a family sends commands. */
export interface FamilyCommands {
	/** Property of the body that holds the one action; absent where it stands in the body itself. */
	wrapper?: "action";
	/** Names of the routes to post to, and to poll. */
	send: string;
	follow: string;
	specs: Readonly<Partial<Record<CommandId, CommandSpec>>>;
}

type Json = Record<string, unknown>;

/** A command without arguments: whatever a message holds is not meant for it. */
function plain(remoteType: string, action: Action, needs: readonly string[], wakes = false): CommandSpec {
	return {
		remoteType,
		basics: needs,
		prepare: () => ({ args: {}, needs, needsStatus: false, wakes, action: () => structuredClone(action) }),
	};
}

function withArguments<T extends Json>(
	remoteType: string,
	command: CommandId,
	schema: z.ZodType<T>,
	parts: {
		basics: readonly string[];
		/** What certain arguments need; default: nothing but the basics. */
		needs?: (args: T) => readonly string[];
		needsStatus?: boolean;
		action: (args: T, status: unknown) => Action;
	},
): CommandSpec {
	const { basics, needs = () => basics } = parts;
	return {
		remoteType,
		basics,
		schema,
		prepare(given) {
			const args = checkArguments(schema, given, command);
			return {
				args,
				needs: needs(args),
				needsStatus: parts.needsStatus ?? false,
				wakes: false,
				action: (status) => parts.action(args, status),
			};
		},
	};
}

const custom: CommandSpec = {
	raw: true,
	basics: [],
	prepare(given) {
		const body = checkArguments(z.record(z.string(), z.unknown()), given, "custom");
		if (Object.keys(body).length === 0)
			throw badInput("The arguments of custom are the body that is sent; it must not be empty.");
		return {
			args: body,
			needs: [],
			needsStatus: false,
			wakes: [body, body.action].some((part) => Object.keys(part ?? {}).some((name) => /^wakeup$/i.test(name))),
			action: () => structuredClone(body),
		};
	},
};

const place = asked(
	z.strictObject({
		latitude: number(-90, 90),
		longitude: number(-180, 180),
		name: shortText.optional(),
	}),
	{ fresh: { latitude: 48.8584, longitude: 2.2945 } },
);
/** Where a family's positions have no name. */
const namelessPlace = asked(
	place.extend({ name: asked(shortText, { hidden: true }).optional() }),
	place.meta()?.form ?? {},
);

/** GeoJSON puts the longitude first (RFC 7946, section 3.1.1). */
const point = ({ latitude, longitude }: z.infer<typeof place>) => ({
	type: "Point",
	coordinates: [longitude, latitude],
});

const DOOR = ["door.supported"];
const CLIMATE_NOW = ["preconditioning.supported", "preconditioning.parameters.immediate"];
const charging = (detail: string) => ["charging.supported", `charging.parameters.${detail}`];

function programCommand(
	command: "climate-programs" | "charge-programs",
	remoteType: string,
	style: ProgramStyle,
	needs: readonly string[],
	action: (programs: Program[]) => Action,
): CommandSpec {
	const schema = z.strictObject({ programs: programsArgument(style) });
	return withArguments(remoteType, command, schema, {
		basics: needs,
		needsStatus: true,
		action: (args, status) => action(mergePrograms(style, args.programs, status)),
	});
}

const AIR = "ThermalPreconditioning";
const CHARGE = "ElectricBatteryChargingRequest";
const DEGREES = { step: 0.5, unit: "°C", hint: true };
const temperature = z.strictObject({ temperature: asked(number(10, 35), DEGREES).optional() });
const refusedTemperature = z.strictObject({ temperature: asked(number(10, 35), { refused: true }).optional() });

/** Percent means the same in every family; the family's own words do as well. */
function limit(partial: string, full: string) {
	const words = { "80": partial, "100": full, [partial]: partial, [full]: full };
	const error = `80, 100, ${partial} or ${full}`;
	const checked = z
		.union([z.string(), z.number()], { error })
		.refine((value) => Object.hasOwn(words, String(value)), { error })
		.transform((value) => String(words[String(value)]));
	return asked(checked, { kind: "choice", values: [80, 100], alias: { [partial]: 80, [full]: 100 } });
}

function needSome(args: { rate?: unknown; limit?: unknown }): void {
	if (args.rate === undefined && args.limit === undefined)
		throw badInput('charge-settings has nothing to set: give the argument "rate" or "limit".');
}

const WORKDAYS = { day: ["Mon", "Tue", "Wed", "Thu", "Fri"] };
const MORNING = { start: "PT7H30M", occurrence: WORKDAYS, enabled: true };
const NIGHT = { start: "PT22H", end: "PT6H", occurrence: WORKDAYS, enabled: true };
const FRESH_SETTINGS = { limit: 80 };

const basicClimate: Omit<ProgramStyle, "days" | "fields"> = {
	fresh: MORNING,
	slots: 4,
	numbered: true,
	deletes: true,
	required: [],
	places: climatePrograms,
};

/**
 * user-v4 and fleet-v3 are one design.
 *
 * @param family its name in sentences
 * @param numbersChargePrograms true where a charging program carries its slot
 */
function flatCommands(family: string, numbersChargePrograms: boolean): FamilyCommands["specs"] {
	const climate = (command: "climate-start" | "climate-stop", immediate: boolean) =>
		withArguments(AIR, command, refusedTemperature, {
			basics: CLIMATE_NOW,
			action: (args) => {
				if (args.temperature !== undefined)
					throw new StellantisError(
						"ERR_NOT_SUPPORTED",
						`The API family ${family} takes no temperature for ${command}; leave the argument "temperature" out.`,
					);
				return { preconditioning: { airConditioning: { immediate } } };
			},
		});
	const chargeStyle: ProgramStyle = {
		days: "occurence",
		fresh: NIGHT,
		slots: 4,
		numbered: numbersChargePrograms,
		deletes: false,
		fields: ["end"],
		required: [],
		places: chargePrograms,
	};
	return {
		lock: plain("Doors", { door: { state: "Locked" } }, DOOR),
		unlock: plain("Doors", { door: { state: "Unlocked" } }, DOOR),
		horn: plain("Horn", { horn: { state: "Activated" } }, ["horn.supported"]),
		lights: plain("Lights", { lights: { on: true } }, ["lights.supported"]),
		wakeup: plain("WakeUp", { wakeUp: { action: "WakeUp" } }, ["wakeup.supported"], true),
		"climate-start": climate("climate-start", true),
		"climate-stop": climate("climate-stop", false),
		"climate-programs": programCommand(
			"climate-programs",
			AIR,
			{ ...basicClimate, days: "occurence", fields: ["recurrence"] },
			["preconditioning.supported"],
			(programs) => ({ preconditioning: { airConditioning: { programs } } }),
		),
		"charge-start": plain(CHARGE, { charging: { immediate: true } }, charging("immediate.start")),
		"charge-stop": plain(CHARGE, { charging: { immediate: false } }, charging("immediate.stop")),
		"charge-programs": programCommand(
			"charge-programs",
			CHARGE,
			chargeStyle,
			charging("schedule.programs.supported"),
			(programs) => ({ charging: { schedule: { programs } } }),
		),
		"charge-settings": withArguments(
			CHARGE,
			"charge-settings",
			asked(
				z.strictObject({
					limit: limit("Partial", "Full").optional(),
					rate: oneOf(["Level1", "Level2", "Level3", "Level4", "Level5"]).optional(),
				}),
				{ fresh: FRESH_SETTINGS },
			),
			{
				basics: ["charging.supported"],
				needs: (args) => [
					"charging.supported",
					...(args.rate === undefined ? [] : ["charging.parameters.schedule.preferences.level"]),
					...(args.limit === undefined ? [] : ["charging.parameters.schedule.preferences.type"]),
				],
				action: (args) => {
					needSome(args);
					const { rate: level, limit: type } = args;
					return {
						charging: {
							preferences: { ...defined({ level, type }) },
						},
					};
				},
			},
		),
		navigate: withArguments("Navigation", "navigate", namelessPlace, {
			basics: ["navigation.supported"],
			// Its positions have no name.
			action: (args) => ({ navigation: { positions: [point(args)] } }),
		}),
		custom,
	};
}

const userV4: FamilyCommands = { send: "remotes", follow: "remote", specs: flatCommands("user-v4", false) };

const fleetV3: FamilyCommands = {
	send: "remotes",
	follow: "remote",
	specs: {
		...flatCommands("fleet-v3", true),
		immobilize: plain("Immobilization", { immobilization: { activate: true } }, []),
		mobilize: plain("Immobilization", { immobilization: { activate: false } }, []),
		"report-stolen": plain("Stolen", { stolen: { stolen: true } }, ["stolen.supported"]),
		recovered: plain("Stolen", { stolen: { stolen: false } }, ["stolen.supported"]),
	},
};

const withTemperature = (command: "climate-start" | "climate-stop", on: boolean) =>
	withArguments("Preconditioning", command, temperature, {
		basics: ["preconditioning.supported"],
		needs: (args) => (args.temperature === undefined ? CLIMATE_NOW : ["preconditioning.supported"]),
		action: ({ temperature: temp }) => ({
			preconditioning: {
				airConditioning:
					temp === undefined
						? { immediate: on }
						: { settings: { temp, mode: "Auto", state: on ? "Activated" : "Unactivated" } },
			},
		}),
	});

const theftAlarm = z
	.strictObject({
		suppress: flag.optional(),
		duration: asked(whole(0, 5), { kind: "choice" }).optional(),
		confirm: flag.optional(),
	})
	.meta({ form: { fresh: { suppress: true, duration: 0 } } })
	.check(({ value, issues }) => {
		const wrong = (path: string, message: string) =>
			issues.push({ code: "custom", path: [path], message, input: value });
		if ((value.suppress === undefined) === (value.confirm === undefined))
			wrong("suppress", 'true or false, or left out with "confirm" given in its place');
		else if (value.suppress === true && value.duration === undefined)
			wrong("duration", "a whole number from 0 to 5 (2 h, 4 h, 12 h, 24 h, 3 days, 7 days)");
	});

const accountsV1: FamilyCommands = {
	wrapper: "action",
	send: "remotes",
	follow: "remote",
	specs: {
		lock: plain("Locking", { locking: { state: "Locked" } }, DOOR),
		unlock: plain("Locking", { locking: { state: "Unlocked" } }, DOOR),
		horn: plain("Horn", { horn: { state: "Activated" } }, ["horn.supported"]),
		lights: plain("Lights", { lights: { state: "Activated" } }, ["lights.supported"]),
		wakeup: plain("Wakeup", { wakeup: { action: "Wakeup" } }, ["wakeup.supported"], true),
		find: plain("VehicleFinder", { vehicleFinder: { action: "GetPresentLocation" } }, []),
		"climate-start": withTemperature("climate-start", true),
		"climate-stop": withTemperature("climate-stop", false),
		"climate-programs": programCommand(
			"climate-programs",
			"Preconditioning",
			{ ...basicClimate, days: "occurrence", fields: ["temp"] },
			["preconditioning.supported"],
			(programs) => ({ preconditioning: { airConditioning: { programs } } }),
		),
		"charge-start": plain("Charging", { charging: { charge: { immediate: true } } }, charging("immediate.start")),
		"charge-stop": plain("Charging", { charging: { charge: { immediate: false } } }, charging("immediate.stop")),
		"charge-programs": programCommand(
			"charge-programs",
			"Charging",
			{
				days: "occurrence",
				fresh: { ...NIGHT, minChargingLevel: 0, maxChargingLevel: 100 },
				slots: 2,
				numbered: true,
				deletes: true,
				fields: ["end", "minChargingLevel", "maxChargingLevel", "chargeToFull", "chargeType"],
				required: ["minChargingLevel", "maxChargingLevel"],
				filler: { minChargingLevel: 0, maxChargingLevel: 100 },
				places: chargePrograms,
			},
			charging("programs.supported"),
			(programs) => ({ charging: { charge: { programs } } }),
		),
		"charge-settings": withArguments(
			"Charging",
			"charge-settings",
			asked(
				z.strictObject({
					limit: limit("MedPlus", "High").optional(),
					rate: oneOf(["Low", "LowPlus", "Med", "MedPlus", "High"]).optional(),
				}),
				{ fresh: FRESH_SETTINGS, oneAtATime: true },
			),
			{
				basics: ["charging.supported"],
				needs: (args) => [
					"charging.supported",
					`charging.parameters.settings.${args.rate === undefined ? "type" : "level"}`,
				],
				action: (args) => {
					needSome(args);
					const { rate, limit: to } = args;
					if (rate !== undefined && to !== undefined)
						throw badInput(
							`charge-settings got the rate ${quote(rate)} and the limit ${quote(to)}; the API family accounts-v1 takes one of them at a time.`,
						);
					const settings = rate === undefined ? { chargeLimit: to } : { chargePreferenceRate: rate };
					return { charging: { charge: { settings } } };
				},
			},
		),
		navigate: withArguments("Navigation", "navigate", place, {
			basics: ["navigation.supported"],
			action: (args) => ({
				navigation: {
					positions: [
						{
							type: "Feature",
							geometry: point(args),
							...(args.name === undefined ? {} : { properties: { name: args.name } }),
						},
					],
				},
			}),
		}),
		immobilize: plain("Immobilization", { immobilization: { activate: true } }, []),
		mobilize: plain("Immobilization", { immobilization: { activate: false } }, []),
		"report-stolen": plain("Stolen", { stolen: { state: true } }, ["stolen.supported"]),
		recovered: plain("Stolen", { stolen: { state: false } }, ["stolen.supported"]),
		"theft-alarm": withArguments("Tan", "theft-alarm", theftAlarm, {
			basics: [],
			needs: (args) => (args.suppress === undefined ? [] : ["tanSuppress.supported"]),
			action: ({ suppress, duration, confirm }) => ({
				tan:
					suppress === undefined
						? { confirm: { state: confirm } }
						: { suppress: { state: suppress, ...(suppress ? { duration } : {}) } },
			}),
		}),
		"delete-personal-data": plain("OnboardPersonalData", { onboardPersonalData: { action: "Delete" } }, []),
		custom,
	},
};

/** By family; apart from the family table, for only who sends commands needs their schemas. */
export const FAMILY_COMMANDS: Readonly<Record<FamilyId, FamilyCommands>> = {
	"user-v4": userV4,
	"fleet-v3": fleetV3,
	"accounts-v1": accountsV1,
};
