/** Shapes of JSON values, and what is left out of them. */

/** True for a JSON object; arrays and null are none. */
export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value under a key of a table; text from outside may be the name of what every object has, such as `constructor`. */
export function ownValue<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
	return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The own property at the end of `path`, or undefined as soon as a step is missing. */
export function at(value: unknown, ...path: string[]): unknown {
	let found = value;
	for (const key of path) {
		if (!isRecord(found) || !Object.hasOwn(found, key)) return undefined;
		found = found[key];
	}
	return found;
}

/** What {@link defined} leaves of an object: what may be undefined may be absent. */
type Defined<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
	[Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** A copy of an object without the properties that are undefined: a new object says nothing of what isn't known. */
export function defined<T extends object>(properties: T): Defined<T> {
	const copy: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(properties)) if (value !== undefined) copy[key] = value;
	return copy as Defined<T>;
}
