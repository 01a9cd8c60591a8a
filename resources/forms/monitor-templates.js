// @ts-check
/** Definitions of the monitors that most people want, written from a few fields of the monitor node's form, and read back. */
import { shows } from "../editor/widgets.js";
import { WEEK, ZONE } from "../generated/facts.js";

/** @typedef {Record<string, any>} Values */

const WINDOW = [
	{ name: "start", kind: "time", needed: true },
	{ name: "end", kind: "time", needed: true },
	{ name: "days", kind: "days", needed: true },
	{ name: "timeZone", kind: "zone", needed: true },
];
const STATUS = {
	name: "status",
	kind: "choice",
	values: ["InProgress", "Finished", "Stopped", "Failure", "Disconnected"],
};
const LEVEL = { name: "level", kind: "number", needed: true, min: 0, max: 100, step: 1, unit: "%" };

/**
 * What each template asks for, and what stands there at first.
 * @type {Record<string, { fields: StellantisField[], values: Values }>}
 */
export const TEMPLATES = /** @type {any} */ ({
	battery: { fields: [LEVEL], values: { level: "20" } },
	charging: { fields: [STATUS], values: {} },
	zone: { fields: ZONE, values: { transition: "Out", latitude: 48.8584, longitude: 2.2945, radius: 5 } },
	time: {
		fields: WINDOW,
		values: {
			start: "PT22H",
			end: "PT6H",
			days: { day: WEEK },
			timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
		},
	},
	alert: { fields: [], values: {} },
	doors: { fields: [], values: {} },
});

const DAY = 24 * 60 * 60;

/** @type {Record<string, (values: Values) => Record<string, object>>} triggers by name */
const TRIGGERS = {
	battery: ({ level = "" }) => ({ battery: data("vehicle.energy.electric.level", "lowerThan", String(level)) }),
	charging: ({ status }) => ({
		charging: status
			? data("vehicle.energy.charging.status", "equalsTo", status)
			: data("vehicle.energy.charging.status", "onChange"),
	}),
	zone: ({ transition, latitude, longitude, radius }) => ({
		zone: { zone: { transition, place: { center: { latitude, longitude }, radius } } },
	}),
	time: ({ start = "", end = "", days, timeZone }) => ({
		time: {
			time: {
				times: [
					{
						recurrence: "Daily",
						start,
						duration: start && end ? duration((seconds(end) - seconds(start) + DAY) % DAY || DAY) : "",
						occurence: days ?? { day: [] },
					},
				],
				timeZone,
			},
		},
	}),
	alert: () => ({ alert: data("vehicle.alert", "onChange") }),
	doors: () => ({
		locked: data("vehicle.doorsState.lockedState", "onChange"),
		opening: data("vehicle.doorsState.opening", "onChange"),
	}),
};

/** What the fields of a template hold, out of triggers that it may have written. @type {Record<string, (triggers: any) => Values>} */
const VALUES = {
	battery: ([trigger]) => ({ level: trigger?.data?.value?.[0] }),
	charging: ([trigger]) => ({ status: trigger?.data?.value?.[0] }),
	zone: ([trigger]) => {
		const { transition, place } = trigger?.zone ?? {};
		return { transition, ...place?.center, radius: place?.radius };
	},
	time: ([trigger]) => {
		const { times: [entry = {}] = [], timeZone } = trigger?.time ?? {};
		const { start, duration: length, occurence: days } = entry;
		const end = start && length ? duration((seconds(start) + seconds(length)) % DAY) : "";
		return { start, end, days, timeZone };
	},
	alert: () => ({}),
	doors: () => ({}),
};

/** @param {string} name @param {string} op @param {string} [value] */
const data = (name, op, value) => ({ data: { data: name, op, ...(value === undefined ? {} : { value: [value] }) } });

/** Of an ISO 8601 duration of hours, minutes and seconds; not a number for another one. @param {string} duration */
function seconds(duration) {
	const found = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration);
	const [hour = 0, minute = 0, second = 0] = (found?.slice(1) ?? [Number.NaN]).map((part) => Number(part ?? 0));
	return (hour * 60 + minute) * 60 + second;
}

/** ISO 8601. @param {number} amount of seconds */
function duration(amount) {
	const [hours, minutes, rest] = [Math.floor(amount / 3600), Math.floor((amount % 3600) / 60), amount % 60];
	return `PT${hours}H${minutes ? `${minutes}M` : ""}${rest ? `${rest}S` : ""}`;
}

/**
 * The definition of a monitor.
 * @param {string} template
 * @param {string} label
 * @param {Values} values of the template's fields
 */
export function build(template, label, values) {
	const triggers = Object.entries(TRIGGERS[template]?.(values) ?? {}).map(([name, trigger]) => ({
		name,
		...trigger,
	}));
	return { label, triggerParam: { triggers, boolExp: triggers.map(({ name }) => name).join(" | ") } };
}

/**
 * The template that writes a definition, and what its fields then hold; undefined when none writes exactly this one.
 * @param {string} json
 * @returns {{ template: string, label: string, values: Values } | undefined}
 */
export function read(json) {
	try {
		const body = JSON.parse(json);
		const { label, triggerParam } = body;
		if (typeof label !== "string") return undefined;
		for (const [template, valuesOf] of Object.entries(VALUES)) {
			const values = valuesOf(triggerParam.triggers);
			if (fits(template, values) && same(build(template, label, values), body)) return { template, label, values };
		}
	} catch {
		// no JSON, or one of another shape
	}
	return undefined;
}

/** Whether the fields can show values, though they may be wrong. @param {string} template @param {Values} values */
const fits = (template, values) =>
	(TEMPLATES[template]?.fields ?? []).every((field) => {
		const value = values[field.name];
		// what was emptied
		return value === "" || value?.day?.length === 0 || shows(field, value);
	});

/** Whether two values are the same JSON, whatever the order of their keys. @param {any} one @param {any} other @returns {boolean} */
function same(one, other) {
	if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
	if (Array.isArray(one) !== Array.isArray(other)) return false;
	const keys = Object.keys(one).filter((key) => one[key] !== undefined);
	return keys.length === Object.keys(other).length && keys.every((key) => same(one[key], other[key]));
}
