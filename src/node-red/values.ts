import type { Node, NodeAPI, NodeMessage } from "node-red";
import { quote } from "../api/time";
import { badInput } from "../error";

/** Properties of a node as a flow file holds them: anything may be missing, numbers may be strings. */
export type Properties = Record<string, unknown>;

/** The kinds of typed input our nodes offer. */
const INPUT_TYPES = new Set(["msg", "flow", "global", "str", "env", "jsonata", "date", "num", "json"]);

/**
 * The value of a typed input for one message.
 *
 * @throws ERR_BAD_INPUT when it can't be evaluated, for instance a broken JSONata expression
 */
export function typedValue(
	RED: NodeAPI,
	node: Node,
	msg: NodeMessage,
	field: string,
	value: unknown,
	type: unknown,
): Promise<unknown> {
	const kind = typeof type === "string" && INPUT_TYPES.has(type) ? type : "str";
	// A property that is not there is simply empty; only real mistakes are worth an error. `date` needs no value.
	const isEmpty = value === undefined || value === null || value === "";
	if (isEmpty && kind !== "date") return Promise.resolve(undefined);
	return new Promise((resolve, reject) => {
		const settle = (error: unknown, result: unknown) => {
			if (error)
				reject(badInput(`The node's "${field}" (${kind} ${quote(value)}) can't be evaluated: ${wordsOf(error)}`));
			else resolve(result);
		};
		try {
			RED.util.evaluateNodeProperty(isEmpty ? "" : String(value), kind, node, msg, settle);
		} catch (error) {
			settle(error, undefined);
		}
	});
}

/** JSONata throws plain objects that have a message. */
function wordsOf(error: unknown): string {
	const { message } = Object(error) as { message?: unknown };
	return typeof message === "string" ? message : String(error);
}

/** Bounds of a number that a user enters. */
export interface NumberRange {
	min: number;
	max: number;
	integer?: boolean;
}

/**
 * A number that a user entered, as number or text (`${ENV}` arrives as text); `fallback` when empty.
 *
 * @throws ERR_BAD_INPUT naming field, value and range
 */
export function numberValue<Fallback>(
	value: unknown,
	field: string,
	{ min, max, integer = true }: NumberRange,
	fallback: Fallback,
): number | Fallback {
	if (value === undefined || value === null || value === "") return fallback;
	const number =
		typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
	if (Number.isFinite(number) && number >= min && number <= max && (!integer || Number.isInteger(number)))
		return number;
	const kind = integer ? "a whole number" : "a number";
	const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`;
	throw badInput(`"${field}" is ${quote(value)}; it must be ${kind} ${range}.`);
}

/**
 * One of a fixed set of choices; the first is the default.
 *
 * @throws ERR_BAD_INPUT naming field, value and choices
 */
export function choice<const Choices extends readonly [string, ...string[]]>(
	value: unknown,
	field: string,
	choices: Choices,
): Choices[number] {
	if (value === undefined || value === null || value === "") return choices[0];
	if (choices.includes(value as string)) return value as Choices[number];
	throw badInput(`"${field}" is ${quote(value)}; it must be one of ${choices.join(", ")}.`);
}

/** A switch, also as the text that `${ENV}` gives. */
export function flag(value: unknown): boolean {
	return value === true || value === "true" || value === 1 || value === "1";
}

/** Text without blanks around it; undefined when there is none. */
export function text(value: unknown): string | undefined {
	if (typeof value === "number") return String(value);
	const trimmed = typeof value === "string" ? value.trim() : "";
	return trimmed === "" ? undefined : trimmed;
}

/** Most characters of a list that is written as text. */
const LONGEST_LIST = 10_000;

/** A list of words, from an array or from text with commas. */
export function words(value: unknown): string[] {
	const list = Array.isArray(value) ? value : typeof value === "string" ? value.slice(0, LONGEST_LIST).split(",") : [];
	return list.map((word) => String(word).trim()).filter((word) => word !== "");
}
