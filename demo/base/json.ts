/** JSON as it comes and goes. */

/** A JSON object of which nothing is known yet, or that needs no type of its own. */
export type Json = Record<string, unknown>;

/** Whether a value is an object and no list. */
export function isObject(value: unknown): value is Json {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
