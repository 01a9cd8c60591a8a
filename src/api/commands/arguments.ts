import { z } from "zod";
import { badInput } from "../../error";
import { isDocument } from "../../hal/document";
import { quote } from "../time";
import type { CommandId } from "./names";

/**
 * Checks of arguments. The words of a check complete the sentence "it must be …", so that every error names the
 * argument, what it got and what is allowed.
 */

/** What a form is told of an argument beside its type and bounds. */
export interface Asked {
	/** How it is asked for, where that does not follow from its type. */
	kind?: "choice" | "time" | "days";
	/** Options of a choice. */
	values?: readonly (string | number | boolean)[];
	/** Other words for options. */
	alias?: Readonly<Record<string, string | number>>;
	/** Step of its slider. */
	step?: number;
	unit?: string;
	/** True where a sentence tells what it means to leave it empty. */
	hint?: boolean;
	/** True where it is taken, but of no use. */
	hidden?: boolean;
	/** True where the family refuses it. */
	refused?: boolean;
	/** True for arguments of which one at a time is taken. */
	oneAtATime?: boolean;
	/** What a new choice of the command, or a new program, starts with. */
	fresh?: Readonly<Record<string, unknown>>;
}

/** A check with what a form is told of it. */
export const asked = <Schema extends z.ZodType>(schema: Schema, form: Asked): Schema => schema.meta({ form });

/** A number as a flow gives it: text that is one counts as one. */
const numeric = (value: unknown): unknown =>
	typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;

/** A number, both bounds allowed. */
export function number(min: number, max: number) {
	const error = `a number from ${min} to ${max}`;
	return z.preprocess(numeric, z.number({ error }).min(min, { error }).max(max, { error }));
}

/** A whole number, both bounds allowed. */
export function whole(min: number, max: number) {
	const error = `a whole number from ${min} to ${max}`;
	return z.preprocess(numeric, z.number({ error }).int({ error }).min(min, { error }).max(max, { error }));
}

/** One of some words, in their own spelling. */
export function oneOf<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
	return z.enum(choices, { error: `one of ${choices.join(", ")}` });
}

/** A switch, also as the text that an environment variable gives. */
export const flag = z.preprocess(
	(value) => (value === "true" ? true : value === "false" ? false : value),
	z.boolean({ error: "true or false" }),
);

const timeOfDay = "a time of day as a duration since midnight, such as PT7H30M";
/** ISO 8601 duration from PT0S to PT23H59M59S: its hours, minutes and seconds. */
export const CLOCK = /^PT(?=\d)(?:(1?\d|0\d|2[0-3])H)?(?:([0-5]?\d)M)?(?:([0-5]?\d)S)?$/;
export const clockTime = asked(z.string({ error: timeOfDay }).regex(CLOCK, { error: timeOfDay }), { kind: "time" });

/** A name or label. */
export const shortText = z.string({ error: "text of at most 100 characters" }).max(100, {
	error: "text of at most 100 characters",
});

/**
 * The arguments of a command, checked; nothing at all counts as no arguments.
 *
 * @throws ERR_BAD_INPUT naming the argument, what it got and what is allowed
 */
export function checkArguments<T>(schema: z.ZodType<T>, args: unknown, command: CommandId): T {
	const given = args === undefined || args === null || args === "" ? {} : args;
	if (!isDocument(given)) throw badInput(`The arguments of ${command} are ${quote(args)}; they must be an object.`);
	const result = schema.safeParse(given);
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	throw badInput(issue ? sentence(issue, given, command) : `The arguments of ${command} can't be used.`);
}

function sentence(issue: z.core.$ZodIssue, args: unknown, command: CommandId): string {
	if (issue.code === "unrecognized_keys") {
		const [unknown = ""] = issue.keys;
		return `${quote(pathText([...issue.path, unknown]))} is no argument of ${command} in this API. Check its spelling.`;
	}
	const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], args);
	if (issue.path.length === 0) return `The arguments of ${command} are ${quote(value)}: ${issue.message}.`;
	const got = value === undefined ? "missing" : quote(value);
	return `The argument ${quote(pathText(issue.path))} of ${command} is ${got}; it must be ${issue.message}.`;
}

/** `programs[0].slot` */
function pathText(path: readonly PropertyKey[]): string {
	return path
		.map((key, place) => (typeof key === "number" ? `[${key}]` : `${place > 0 ? "." : ""}${String(key)}`))
		.join("");
}
