/** Checks of request bodies, as values that can be combined. Each refuses with a 400 that names the field. */
import { ApiFailure } from "../base/failure";
import { isObject } from "../base/json";

/** Throws an ApiFailure 400 for a value that the API would refuse. */
export type Check = (value: unknown, name: string) => void;

function refuse(name: string, wanted: string): never {
	throw new ApiFailure(400, `${name} must be ${wanted}.`);
}

export const anything: Check = () => {};

export const flag: Check = (value, name) => {
	if (typeof value !== "boolean") refuse(name, "true or false");
};

/** Text that isn't blank, and like the pattern if there is one. */
export function text(pattern?: RegExp, wanted = "text"): Check {
	return (value, name) => {
		if (typeof value !== "string" || value.trim() === "" || pattern?.test(value) === false) refuse(name, wanted);
	};
}

export function word(...words: string[]): Check {
	return (value, name) => {
		if (!words.includes(value as string)) refuse(name, `one of ${words.join(", ")}`);
	};
}

/** A word of the list, or a list of them: the documents call some actions lists that are used as plain words. */
export function words(...allowed: string[]): Check {
	const one = word(...allowed);
	return (value, name) => {
		for (const each of Array.isArray(value) && value.length > 0 ? value : [value]) one(each, name);
	};
}

export function number(min: number, max: number): Check {
	return (value, name) => {
		if (typeof value !== "number" || !(value >= min && value <= max)) refuse(name, `a number from ${min} to ${max}`);
	};
}

export function whole(min: number, max = Number.MAX_SAFE_INTEGER): Check {
	return (value, name) => {
		const fits = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
		if (!fits) refuse(name, max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `${min} to ${max}`);
	};
}

export function list(check: Check, min = 0, max = Number.MAX_SAFE_INTEGER): Check {
	return (value, name) => {
		if (!Array.isArray(value) || value.length < min || value.length > max) {
			return refuse(name, max === Number.MAX_SAFE_INTEGER ? "a list" : `a list of ${min} to ${max}`);
		}
		for (const [index, each] of value.entries()) check(each, `${name}[${index}]`);
	};
}

/** An object; fields that nobody checks pass. */
export function object(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
	return (value, name) => {
		if (!isObject(value)) return refuse(name, "an object");
		for (const [key, check] of Object.entries({ ...required, ...optional })) {
			if (value[key] !== undefined) check(value[key], `${name}.${key}`);
			else if (key in required) refuse(`${name}.${key}`, "there");
		}
	};
}

/** An object with exactly one of these fields, and none that isn't among them. */
export function exactlyOne(fields: Record<string, Check>): Check {
	return (value, name) => {
		const keys = isObject(value) ? Object.keys(value) : [];
		const [key] = keys;
		if (!isObject(value) || key === undefined || keys.length > 1 || !Object.hasOwn(fields, key)) {
			return refuse(name, `an object with exactly one of ${Object.keys(fields).join(", ")}`);
		}
		fields[key]?.(value[key], `${name}.${key}`);
	};
}

/** Both must pass. */
export function both(one: Check, other: Check): Check {
	return (value, name) => {
		one(value, name);
		other(value, name);
	};
}
