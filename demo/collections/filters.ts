/** The filters of collections: each reads its query parameter and answers a test, or a 400. */
import { ApiFailure } from "../base/failure";

/** RFC 3339 section 5.6. */
const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** `timestamps=start/end`, up to ten of them, either end may be open; a moment passes when it is in one. */
export function timestamps(query: URLSearchParams): (time: number) => boolean {
	const given = query.getAll("timestamps");
	if (given.length > 10) throw new ApiFailure(400, "timestamps can be given 10 times at most.");
	const ranges = given.map((text) => {
		const [start, end, ...more] = text.split("/");
		if (start === undefined || end === undefined || more.length > 0 || (start === "" && end === "")) {
			throw new ApiFailure(400, "timestamps must look like start/end, start/ or /end.");
		}
		return [timeLimit(start, Number.NEGATIVE_INFINITY), timeLimit(end, Number.POSITIVE_INFINITY)] as const;
	});
	return (time) => ranges.length === 0 || ranges.some(([start, end]) => start <= time && time <= end);
}

function timeLimit(text: string, open: number): number {
	if (text === "") return open;
	const time = dateTime.test(text) ? Date.parse(text) : Number.NaN;
	if (Number.isNaN(time)) throw new ApiFailure(400, "timestamps must be RFC 3339 date-times with an offset.");
	return time;
}

/** A range of numbers with one decimal at most, `5-`, `0-9.5`, both ends inclusive. */
export function numbers(query: URLSearchParams, name: string): (value: number) => boolean {
	const text = query.get(name);
	if (text === null) return () => true;
	const [, from, to] = /^(\d+(?:\.\d)?)-(\d+(?:\.\d)?)?$/.exec(text) ?? [];
	if (from === undefined) throw new ApiFailure(400, `${name} must be a range like 0-9 or 5-.`);
	return (value) => value >= Number(from) && (!to || value <= Number(to));
}

/** Values out of a list; given several times or with commas. Passes everything when it isn't given. */
export function oneOf(query: URLSearchParams, name: string, allowed: readonly string[]): (value: string) => boolean {
	const given = query.getAll(name).flatMap((text) => text.split(","));
	const stray = given.find((value) => !allowed.includes(value));
	if (stray !== undefined) throw new ApiFailure(400, `${name} must be one of ${allowed.join(", ")}.`);
	return (value) => given.length === 0 || given.includes(value);
}

/** `true`, `false` or nothing. */
export function flag(query: URLSearchParams, name: string): (value: boolean) => boolean {
	const text = query.get(name);
	if (text !== null && text !== "true" && text !== "false") throw new ApiFailure(400, `${name} must be true or false.`);
	return (value) => text === null || value === (text === "true");
}
