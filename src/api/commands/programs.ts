import { z } from "zod";
import { badInput } from "../../error";
import { at, isRecord } from "../../json";
import { list } from "../summaries/readers";
import { quote } from "../time";
import { asked, clockTime, flag, number, oneOf, whole } from "./arguments";

/** A weekly program of a vehicle, as a body or a status holds it. */
export type Program = Record<string, unknown>;

/** How a family spells the programs of one kind. */
export interface ProgramStyle {
	/** Name of the days: `occurrence`, or as user-v4 and fleet-v3 spell it. */
	days: "occurrence" | "occurence";
	/** Slots of a vehicle. */
	slots: number;
	/** True where a program in a body carries its slot; else its place in the list is its slot. */
	numbered: boolean;
	/** True where a program is deleted by saying so; else by leaving it out. */
	deletes: boolean;
	/** What else a program in a body may carry. */
	fields: readonly string[];
	/** What it must carry beside its start. */
	required: readonly string[];
	/** What a deleted program has to carry all the same. */
	filler?: Readonly<Record<string, unknown>>;
	/** What a program starts with that a form adds. */
	fresh: Readonly<Record<string, unknown>>;
	/** The places in a vehicle's status where its programs may stand, the best one first. */
	places: (status: unknown) => readonly unknown[];
}

/** The days as programs name them. */
export const WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const days = asked(
	z.object(
		{ day: z.array(oneOf(WEEK), { error: `a list of ${WEEK.join(", ")}` }) },
		{ error: 'days such as {"day": ["Mon", "Tue"]}' },
	),
	{ kind: "days", hint: true },
);

/** The argument `programs` of a style: what may be given, before it meets what the vehicle has. */
export function programsArgument(style: ProgramStyle) {
	const slot = whole(1, style.slots);
	const known: Record<string, z.ZodType> = {
		recurrence: oneOf(["Daily", "None"]).optional(),
		temp: asked(number(10, 35), { step: 0.5, unit: "°C" }).optional(),
		minChargingLevel: asked(whole(0, 50), { unit: "%" }).optional(),
		maxChargingLevel: asked(whole(0, 100), { unit: "%" }).optional(),
		chargeToFull: asked(flag, { kind: "choice", values: [true, false] }).optional(),
		chargeType: oneOf(["Regular", "Cooperative"]).optional(),
	};
	const program = z.strictObject(
		{
			slot: style.numbered ? slot : slot.optional(),
			actionsType: oneOf(["Set", "Delete"]).optional(),
			enabled: flag.optional(),
			start: clockTime.optional(),
			...(style.fields.includes("end") ? { end: clockTime.optional() } : {}),
			occurrence: days.optional(),
			occurence: days.optional(),
			...Object.fromEntries(
				style.fields.filter((name) => name !== "end").map((name) => [name, known[name] ?? z.unknown()]),
			),
		},
		{ error: "a program such as {slot, start, occurrence, enabled}" },
	);
	const error = `a list of 1 to ${style.slots} programs`;
	return z
		.array(asked(program, { fresh: style.fresh }), { error })
		.min(1, { error })
		.max(style.slots, { error });
}

/**
 * The programs of a body: those that are given, in their slots, and the vehicle's others as they are. A program that
 * is given for a slot the vehicle uses changes only what it names.
 *
 * @param given checked by {@link programsArgument}
 * @param status the vehicle's latest state; undefined when there is none
 * @throws ERR_BAD_INPUT for two programs in a slot, or a new one that lacks what it needs
 */
export function mergePrograms(style: ProgramStyle, given: readonly Program[], status: unknown): Program[] {
	const current = currentPrograms(style, status);
	const slots = new Map(current);
	const deleted: number[] = [];
	const named = new Set<number>();
	for (const [place, program] of given.entries()) {
		const slot = typeof program.slot === "number" ? program.slot : place + 1;
		if (named.has(slot)) throw badInput(`"programs" names slot ${slot} twice; give each slot once.`);
		named.add(slot);
		if (program.actionsType === "Delete") {
			deleted.push(slot);
			slots.delete(slot);
			continue;
		}
		const spelled = program.occurrence ?? program.occurence;
		const merged = { ...current.get(slot), ...program, ...(spelled === undefined ? {} : { [style.days]: spelled }) };
		slots.set(slot, complete(style, merged, place));
	}
	const set = [...slots].map(([slot, program]) => outgoing(style, slot, program));
	if (!style.deletes) return inOrder(set);
	const gone = deleted.map((slot) => ({
		slot,
		...style.filler,
		...only(current.get(slot) ?? {}, Object.keys(style.filler ?? {})),
		actionsType: "Delete",
	}));
	return inOrder([...set, ...gone]);
}

function inOrder(programs: Program[]): Program[] {
	return programs.sort((one, other) => Number(one.slot ?? 0) - Number(other.slot ?? 0));
}

/** A program as a body carries it. */
function outgoing(style: ProgramStyle, slot: number, program: Program): Program {
	return {
		...(style.numbered ? { slot } : {}),
		start: program.start,
		...(daysOf(style, program) ? { [style.days]: daysOf(style, program) } : {}),
		enabled: program.enabled,
		...only(program, style.fields),
		...(style.deletes ? { actionsType: "Set" } : {}),
	};
}

/** @throws ERR_BAD_INPUT naming what a new program lacks */
function complete(style: ProgramStyle, program: Program, place: number): Program {
	for (const name of ["start", ...style.required])
		if (program[name] === undefined || program[name] === null)
			throw badInput(
				`The argument ${quote(`programs[${place}].${name}`)} is missing, and the vehicle has no program in that slot to take it from.`,
			);
	// No days means every day, unless the program runs once.
	const everyDay = { day: program.recurrence === "None" ? [] : [...WEEK] };
	return { ...program, enabled: program.enabled ?? true, [style.days]: daysOf(style, program) ?? everyDay };
}

function daysOf(style: ProgramStyle, program: Program): unknown {
	return isRecord(program[style.days]) ? program[style.days] : undefined;
}

/** The vehicle's programs by slot. Vehicles answer `null` days and odd nestings; what can't be a program is none. */
function currentPrograms(style: ProgramStyle, status: unknown): Map<number, Program> {
	const found = style
		.places(status)
		.map((programs) => (Array.isArray(programs) ? programs.flat(2).filter(isRecord) : []))
		.find((programs) => programs.length > 0);
	const bySlot = new Map<number, Program>();
	for (const [place, program] of (found ?? []).entries()) {
		const slot = Number.isInteger(program.slot) ? Number(program.slot) : place + 1;
		if (slot < 1 || slot > style.slots || typeof program.start !== "string") continue;
		const spelled = program.occurrence ?? program.occurence;
		bySlot.set(slot, {
			...program,
			enabled: program.enabled === true,
			// An unused slot says null, where a body has to say "no day".
			[style.days]: isRecord(spelled) && Array.isArray(spelled.day) ? { day: spelled.day } : { day: [] },
			...missing(program, style.filler),
		});
	}
	return bySlot;
}

function missing(program: Program, filler: ProgramStyle["filler"] = {}): Program {
	return Object.fromEntries(Object.entries(filler).filter(([name]) => typeof program[name] !== "number"));
}

function only(program: Program, names: readonly string[]): Program {
	return Object.fromEntries(
		names.filter((name) => program[name] !== undefined && program[name] !== null).map((name) => [name, program[name]]),
	);
}

const bases = (status: unknown) => [status, at(status, "vehicle")];

/** `preconditioning.airConditioning.programs`, also in the spelling that real vehicles use for it. */
export function climatePrograms(status: unknown): readonly unknown[] {
	return bases(status).flatMap((base) =>
		["preconditioning", "preconditionning"].map((name) => at(base, name, "airConditioning", "programs")),
	);
}

/** Programs of the electric energy's charging, below `extension.electric` or, in the old form, right there. */
export function chargePrograms(status: unknown): readonly unknown[] {
	return bases(status)
		.flatMap((base) => [...list(at(base, "energies")), ...list(at(base, "energy"))])
		.filter((energy) => at(energy, "type") === "Electric")
		.flatMap((energy) => [at(energy, "extension", "electric", "charging"), at(energy, "charging")])
		.flatMap((charging) => [at(charging, "programs"), at(charging, "schedule", "programs")]);
}
