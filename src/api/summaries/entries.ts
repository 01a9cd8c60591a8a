import { at, isRecord } from "../../json";
import { latest, type Moment, touched } from "./moment";
import { list } from "./readers";

/**
 * The API tells the same thing in several places (`energies` and the older `energy`, `preconditioning` and
 * `preconditionning`) and of several ages. An entry is one such place with its own time.
 */
export interface Entry {
	data: Record<string, unknown>;
	time: Moment | null;
}

/** A value together with the time of the entry it came from. */
export interface Picked<T> {
	value: T | null;
	time: Moment | null;
}

/** Every object, alone or in a list, under one of `keys` in one of `bases`, newest first; among equals the first key wins. */
export function entries(bases: readonly unknown[], ...keys: string[]): Entry[] {
	const found: Entry[] = [];
	for (const key of keys) {
		for (const base of bases) {
			for (const data of list(at(base, key))) if (isRecord(data)) found.push({ data, time: touched(data) });
		}
	}
	return found.sort(newestFirst);
}

/** What the entries hold at `path`, with its own time or else its holder's, newest first. */
export function within(holders: readonly Entry[], ...path: string[]): Entry[] {
	return holders
		.flatMap(({ data, time }) => list(at(data, ...path)).map((inner) => ({ inner, time })))
		.flatMap(({ inner, time }) => (isRecord(inner) ? [{ data: inner, time: touched(inner) ?? time }] : []))
		.sort(newestFirst);
}

/** Entries of two origins as one, newest first; among equals those of `first`. */
export function merged(first: readonly Entry[], second: readonly Entry[]): Entry[] {
	return [...first, ...second].sort(newestFirst);
}

/** The freshest value that is one. */
export function pick<T>(from: readonly Entry[], read: (data: Record<string, unknown>) => T | null): Picked<T> {
	for (const { data, time } of from) {
		const value = read(data);
		if (value !== null) return { value, time };
	}
	return { value: null, time: null };
}

/** The entries that don't contradict `state`: what belonged to another state must not decorate this one. */
export function agreeing<T>(
	from: readonly Entry[],
	read: (data: Record<string, unknown>) => T | null,
	state: T | null,
) {
	return from.filter(({ data }) => {
		const own = read(data);
		return own === null || own === state;
	});
}

/** The time of the freshest value among `values`, as the API wrote it. */
export function updatedAt(...values: Picked<unknown>[]): string | null {
	return latest(values.map(({ time }) => time))?.text ?? null;
}

// Without a time an entry may be of any age, so each one with a time goes before it.
function newestFirst(a: Entry, b: Entry): number {
	const left = a.time?.ms ?? Number.NEGATIVE_INFINITY;
	const right = b.time?.ms ?? Number.NEGATIVE_INFINITY;
	return left === right ? 0 : right - left;
}
