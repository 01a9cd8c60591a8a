// @ts-check
/** Times and numbers as people read them, in the language of our texts and on the browser's clock. */
import { language } from "../editor/text.js";

/** Formats take a while to make, and the sidebar writes hundreds of numbers. @type {Map<string, any>} */
const made = new Map();

/**
 * @template Format
 * @param {string} name
 * @param {(language: string) => Format} make
 * @returns {Format}
 */
function format(name, make) {
	const key = `${language()} ${name}`;
	const known = made.get(key) ?? make(language());
	made.set(key, known);
	return known;
}

/** @param {number} value @param {number} [digits] behind the point */
export const number = (value, digits = 0) =>
	format(`number ${digits}`, (language) => new Intl.NumberFormat(language, { maximumFractionDigits: digits })).format(
		value,
	);

/** Time of day. @param {number} time epoch milliseconds @param {boolean} [seconds] */
export const clock = (time, seconds = false) =>
	format(
		`clock ${seconds}`,
		(language) => new Intl.DateTimeFormat(language, { timeStyle: seconds ? "medium" : "short" }),
	).format(time);

/** Day and time of day. @param {number} time epoch milliseconds */
export const day = (time) =>
	format("day", (language) => new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" })).format(
		time,
	);

/** Units of an age, each with its seconds. @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
	["day", 86_400],
	["hour", 3_600],
	["minute", 60],
];

/** How long ago something was: `5 min ago`. Empty for no time. @param {number} time epoch milliseconds */
export function age(time) {
	if (!Number.isFinite(time)) return "";
	const seconds = Math.max(0, (Date.now() - time) / 1000);
	const relative = format(
		"age",
		(language) => new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" }),
	);
	const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? ["minute", 60];
	return seconds < 60 ? relative.format(0, "second") : relative.format(-Math.floor(seconds / length), unit);
}
