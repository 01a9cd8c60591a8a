// @ts-check
/** What can be wrong with the zones and prices of a watch, in the words of the form: the rules are those of src/watch. */

import { text as common, textsOf } from "../editor/text.js";
import { problem } from "../editor/widgets.js";
import { WATCH } from "../generated/facts.js";

/** @typedef {Record<string, string>} Problems sentences by the name of the field */

export const text = textsOf("stellantis-watch");

const DAY = 24 * 60;

/** Whether a value is filled in when the flow starts, so that nobody can judge it here. @param {unknown} value */
export const isVariable = (value) => typeof value === "string" && /^\$\{[^}]+\}$/.test(value.trim());

/** @param {unknown} value @returns {value is undefined | null | ""} */
const isEmpty = (value) => value === undefined || value === null || value === "";

/** What a field of a zone is called. @param {string} name */
export const zoneWord = (name) => text(`watch.zone.${name}`);

/** The fields of a zone that a form can show: a price of several rows stays as it is. @param {Record<string, unknown>} zone */
export const zoneFields = (zone) => WATCH.zone.filter(({ name }) => name !== "price" || typeof zone.price !== "object");

/**
 * @param {any} zone
 * @param {unknown[]} others names of the zones before it
 * @returns {Problems}
 */
export function zoneProblems(zone, others) {
	if (typeof zone !== "object" || zone === null) return { name: text("watch.error.noZone") };
	/** @type {Problems} */
	const found = {};
	for (const field of WATCH.zone) {
		const { name } = field;
		const value = field.kind === "text" && typeof zone[name] === "string" ? zone[name].trim() : zone[name];
		if (isVariable(value)) continue;
		const sentence =
			name !== "price"
				? problem(field, value, zoneWord(name))
				: Array.isArray(value)
					? pricesProblem(value)
					: isEmpty(value)
						? ""
						: problem(field, value, zoneWord(name));
		if (sentence) found[name] = sentence;
	}
	const name = String(zone.name ?? "").trim();
	if (!found.name && others.includes(name)) found.name = text("watch.error.twice", { name });
	return found;
}

/** The names of zones, as they are compared. @param {any[]} zones */
export const namesOf = (zones) => zones.map((zone) => String(zone?.name ?? "").trim());

/** The first thing that is wrong with zones, empty for none. @param {unknown} zones */
function zonesProblem(zones) {
	if (isEmpty(zones) || isVariable(zones)) return "";
	if (!Array.isArray(zones)) return text("watch.error.zones");
	if (zones.length > WATCH.mostZones) return text("watch.error.most", { max: WATCH.mostZones });
	const names = namesOf(zones);
	for (const [index, zone] of zones.entries()) {
		const [sentence] = Object.values(zoneProblems(zone, names.slice(0, index)));
		if (sentence) return text("watch.error.zone", { index: index + 1, reason: sentence });
	}
	return "";
}

/** Minutes after midnight of a time of day such as 22:00. @param {unknown} clock */
function minuteOf(clock) {
	const [, hour, minute] = (typeof clock === "string" && /^(\d{1,2}):(\d\d)$/.exec(clock.trim())) || [];
	const minutes = Number(hour) * 60 + Number(minute);
	return Number(minute) < 60 && minutes <= DAY ? minutes : undefined;
}

/** @param {{ from: number, to: number }} hours @param {number} minute */
const covers = ({ from, to }, minute) => (from < to ? minute >= from && minute < to : minute >= from || minute < to);

/** Whether a row is the one for all other hours. @param {any} row */
export const isRest = (row) => isEmpty(row?.from) && isEmpty(row?.to);

/** What is wrong with each row of a price. @param {any[]} rows @returns {Problems[]} */
export function rowProblems(rows) {
	/** @type {{ from: number, to: number }[]} */
	const before = [];
	let rests = 0;
	return rows.map((row) => {
		/** @type {Problems} */
		const found = {};
		const price = problem({ name: "price", kind: "number", needed: true }, row?.price, text("watch.label.price"));
		if (price && !isVariable(row?.price)) found.price = price;
		if (isRest(row)) {
			rests++;
			return rests > 1 ? { ...found, price: text("watch.error.rests") } : found;
		}
		const [from, to] = [minuteOf(row.from), minuteOf(row.to)];
		if (from === undefined) found.from = common("field.error.time", { prop: text("watch.price.from") });
		if (to === undefined) found.to = common("field.error.time", { prop: text("watch.price.to") });
		if (from === undefined || to === undefined) return found;
		if (from % DAY === to % DAY && to - from !== DAY) return { ...found, to: text("watch.error.noTime") };
		const hours = { from, to };
		if (before.some((other) => covers(other, from % DAY) || covers(hours, other.from % DAY)))
			found.from = text("watch.error.overlap");
		before.push(hours);
		return found;
	});
}

/** What is wrong with a price that is no single number, empty for nothing. @param {unknown} rows */
function pricesProblem(rows) {
	if (!Array.isArray(rows)) return text("watch.error.prices");
	if (rows.length > WATCH.mostPrices) return text("watch.error.rows", { max: WATCH.mostPrices });
	return rowProblems(rows).flatMap((found) => Object.values(found))[0] ?? "";
}

/** What is wrong with a price, empty for nothing. @param {unknown} price */
export function priceProblem(price) {
	if (isEmpty(price) || isVariable(price)) return "";
	const isNumber = typeof price === "number" || (typeof price === "string" && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(price));
	return isNumber ? "" : pricesProblem(price);
}

/** @param {unknown} zones @param {unknown} _opt two arguments: the answer may be a sentence */
export const validZones = (zones, _opt) => zonesProblem(zones) || true;

/** Ids of events that this version does not know, each of which a newer one may. @param {unknown} events */
export const unknownEvents = (events) => {
	const known = Object.values(WATCH.events).flat();
	return Array.isArray(events) ? events.filter((id) => !known.includes(id)) : [];
};

/** @param {unknown} events @param {unknown} _opt */
export function validEvents(events, _opt) {
	if (events !== undefined && events !== null && !Array.isArray(events) && !isVariable(events))
		return text("watch.error.event", { name: JSON.stringify(events) });
	const [unknown] = unknownEvents(events);
	return unknown === undefined || text("watch.error.event", { name: String(unknown) });
}
