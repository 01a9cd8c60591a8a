// @ts-check
/**
 * Fields of the forms that write JSON: the arguments of a command, the definition of a monitor. A field is data (see
 * Field); what it holds is a value of that JSON, and what it can't be is told below it as it is typed. Texts come from
 * the catalogs and are put in place as text, never as HTML.
 */
import { CLOCK, WEEK } from "../generated/facts.js";
import { complain } from "./form.js";
import { language, text } from "./text.js";

/** @typedef {StellantisField} Field */
/** @typedef {StellantisWords} Words */

/**
 * A number as people write it, also with a decimal comma. What is none stays the text it is, so that nothing that was
 * typed gets lost; nothing at all is undefined.
 * @param {string} typed
 */
export function amount(typed) {
	const given = typed.trim().replace("−", "-");
	if (given === "") return undefined;
	return /^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/.test(given) ? Number(given.replace(",", ".")) : typed.trim();
}

/**
 * Latitude and longitude in one text, such as "48.85, 2.29" or "48,85; 2,29"; undefined for anything else.
 * @param {string} pasted
 * @returns {[number, number] | undefined}
 */
export function coordinates(pasted) {
	const given = pasted.replaceAll("−", "-").replaceAll("°", "");
	// a comma alone separates only numbers that are written with a point: "48,85" is one number
	const found =
		/^\s*([+-]?\d+(?:[.,]\d+)?)(?:\s*;\s*|,\s+|\s+)([+-]?\d+(?:[.,]\d+)?)\s*$/.exec(given) ??
		/^\s*([+-]?\d+\.\d+),([+-]?\d+\.\d+)\s*$/.exec(given);
	if (!found) return undefined;
	const [latitude, longitude] = [Number(found[1]?.replace(",", ".")), Number(found[2]?.replace(",", "."))];
	return [latitude, longitude];
}

/** Where a map shows a place (OpenStreetMap). @param {number} latitude @param {number} longitude */
export const mapOf = (latitude, longitude) =>
	`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`;

/** The time of day of a duration after midnight: `PT7H30M` is 07:30. @param {unknown} duration */
export function clockOf(duration) {
	const found = CLOCK.exec(String(duration));
	if (!found) return undefined;
	const [hour = "", minute = "", second = ""] = found.slice(1).map((part) => (part ?? "").padStart(2, "0"));
	return second === "00" ? `${hour}:${minute}` : `${hour}:${minute}:${second}`;
}

/** The duration after midnight of a time of day, undefined without one. @param {string} clock */
export function durationOf(clock) {
	if (!/^\d\d:\d\d(:\d\d)?$/.test(clock)) return undefined;
	const [hour = 0, minute = 0, second = 0] = clock.split(":").map(Number);
	return `PT${hour}H${minute ? `${minute}M` : ""}${second ? `${second}S` : ""}`;
}

/** The days of a week, from Monday. @param {"short" | "long"} weekday */
export function dayNames(weekday) {
	const format = new Intl.DateTimeFormat(language(), { weekday, timeZone: "UTC" });
	// the first of January 2024 was a Monday
	return WEEK.map((_, day) => format.format(Date.UTC(2024, 0, 1 + day)));
}

/** Whether this browser knows a time zone of that name. @param {string} zone */
export function isTimeZone(zone) {
	try {
		return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
	} catch {
		return false;
	}
}

/**
 * The option of a choice that a value stands for; undefined for none.
 * @param {Field} field
 * @param {unknown} value
 */
const optionOf = ({ values = [], alias = {} }, value) =>
	values.find((one) => String(one) === String(alias[String(value)] ?? value));

/** @param {unknown} days */
const isWeek = (days) =>
	Array.isArray(days) && new Set(days).size === days.length && days.every((day) => WEEK.includes(day));

/** Whether a field can show a value as it is, without a loss. @param {Field} field @param {unknown} value */
export function shows(field, value) {
	if (value === undefined || field.hidden) return true;
	if (field.kind === "number") return typeof value === "number" || typeof value === "string";
	if (field.kind === "choice") return typeof value !== "object" && optionOf(field, value) !== undefined;
	if (field.kind === "flag") return ["true", "false"].includes(String(value)) && typeof value !== "object";
	if (field.kind === "time") return typeof value === "string" && clockOf(value) !== undefined;
	if (field.kind === "days") {
		const { day, ...more } = /** @type {any} */ (value ?? {});
		return isWeek(day) && day.length > 0 && Object.keys(more).length === 0;
	}
	return typeof value === "string";
}

/**
 * What is wrong with a value, as a sentence; empty when nothing is.
 * @param {Field} field
 * @param {unknown} value
 * @param {string} prop what the field is called
 */
export function problem(field, value, prop) {
	if (value === undefined && field.needed)
		return text(field.kind === "days" ? "field.error.days" : "error.needed", { prop });
	if (value === undefined) return "";
	if (field.kind === "number") return wrongNumber(field, value, prop);
	if (field.kind === "text") {
		if (field.needed && value === "") return text("error.needed", { prop });
		const max = field.max ?? Number.POSITIVE_INFINITY;
		return typeof value === "string" && value.length <= max ? "" : text("field.error.length", { prop, max });
	}
	if (field.kind === "zone") return isTimeZone(String(value)) ? "" : text("field.error.timeZone", { prop });
	if (shows(field, value)) return "";
	if (field.kind === "days" && isWeek(/** @type {any} */ (value)?.day))
		return field.needed ? text("field.error.days", { prop }) : "";
	return text(field.kind === "time" ? "field.error.time" : "field.error.choice", { prop });
}

/** @param {Field} field @param {unknown} value @param {string} prop */
function wrongNumber(field, value, prop) {
	const { min = Number.NEGATIVE_INFINITY, above = Number.NEGATIVE_INFINITY } = field;
	const { max = Number.POSITIVE_INFINITY, whole } = field;
	const given = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
	if (typeof given !== "number" || !Number.isFinite(given)) return text("error.number", { prop });
	if (whole && !Number.isInteger(given)) return text("error.whole", { prop });
	if (given < min) return text("error.min", { prop, min });
	if (given <= above) return text("error.above", { prop, min: above });
	return given > max ? text("error.max", { prop, max }) : "";
}

/** @param {string} id @param {unknown} value */
const input = (id, value, type = "text") =>
	$(`<input type="${type}">`)
		.attr("id", id)
		.val(String(value ?? ""));

/**
 * Each kind of field, filled in; tells every change a person makes.
 * @type {Record<Field["kind"], (field: Field, id: string, value: any, change: (value: unknown) => void, words: Words) => JQuery>}
 */
const CONTROLS = {
	number(field, id, value, change, words) {
		const box = input(id, value).attr("inputmode", "decimal").addClass("stellantis-number");
		const all = $("<span>").addClass("stellantis-amount");
		if (field.step) {
			const { min = 0, max = 100, step } = field;
			const middle = (min + max) / 2;
			const slider = $('<input type="range">').attr({ min, max, step, "aria-label": words.label(field.name) });
			const show = (/** @type {unknown} */ given) =>
				slider.val(typeof given === "number" ? given : middle).toggleClass("stellantis-unset", given === undefined);
			show(value === undefined ? undefined : Number(value));
			slider.on("input", () => {
				slider.removeClass("stellantis-unset");
				box.val(String(slider.val()));
				change(Number(slider.val()));
			});
			box.on("input", () => show(amount(String(box.val()))));
			all.append(slider);
		}
		box.on("input", () => change(amount(String(box.val()))));
		return all.append(box, $("<span>").text(field.unit ?? ""));
	},
	text(field, id, value, change) {
		const box = input(id, value);
		if (field.max) box.attr("maxlength", field.max);
		return box.on("input", () => {
			const typed = String(box.val());
			change(typed === "" && !field.needed ? undefined : typed);
		});
	},
	zone(_field, id, value, change) {
		const zones = $("<datalist>").attr("id", `${id}-all`);
		for (const zone of Intl.supportedValuesOf("timeZone")) $("<option>").val(zone).appendTo(zones);
		const box = input(id, value).attr("list", `${id}-all`);
		return $("<span>").append(
			box.on("input", () => change(String(box.val()).trim())),
			zones,
		);
	},
	choice(field, id, value, change, words) {
		const select = $("<select>").attr("id", id);
		if (!field.needed || value === undefined) $("<option>").val("").text(words.option(field.name, "")).appendTo(select);
		for (const one of field.values ?? [])
			$("<option>")
				.val(String(one))
				.text(words.option(field.name, String(one)))
				.appendTo(select);
		select.val(value === undefined ? "" : String(optionOf(field, value)));
		return select.on("change", () => change(optionOf(field, select.val())));
	},
	flag(_field, id, value, change) {
		const box = $('<input type="checkbox">').attr("id", id);
		box.prop({ checked: value === true, indeterminate: value === undefined });
		return box.on("change", () => change(box.prop("checked")));
	},
	time(_field, id, value, change) {
		const clock = clockOf(value) ?? "";
		const box = input(id, clock, "time").attr("step", clock.length > 5 ? 1 : 60);
		return box.on("input", () => change(durationOf(String(box.val()))));
	},
	days(field, id, value, change, words) {
		const chosen = new Set(/** @type {string[]} */ (value?.day ?? []));
		const group = $("<span>")
			.attr({ id, role: "group", "aria-label": words.label(field.name) })
			.addClass("stellantis-days");
		const long = dayNames("long");
		for (const [index, name] of dayNames("short").entries()) {
			const day = WEEK[index] ?? "";
			const button = $('<button type="button">')
				.addClass("red-ui-button")
				.attr({ "aria-label": long[index] ?? "", title: long[index] ?? "", "aria-pressed": String(chosen.has(day)) })
				.text(name)
				.appendTo(group);
			button.on("click", () => {
				if (!chosen.delete(day)) chosen.add(day);
				button.attr("aria-pressed", String(chosen.has(day)));
				change(chosen.size > 0 ? { day: WEEK.filter((one) => chosen.has(one)) } : undefined);
			});
		}
		return group;
	},
};

/** @param {unknown} value of a JSON, which may say it as text */
const flagOf = (value) => (value === undefined ? undefined : String(value) === "true");

/** What it means to leave a field empty, as long as it is. @param {Field} field @param {unknown} value @param {Words} words */
const hint = ({ name }, value, words) =>
	$("<div>")
		.addClass("stellantis-hint")
		.text(words.hint(name))
		.toggle(value === undefined);

/**
 * Puts fields into a part of a form, each in a row (or, `compact`, one beside the other).
 * @param {JQuery} part
 * @param {Field[]} list
 * @param {{ id: string, words: Words, values: Record<string, unknown>, compact?: boolean,
 *   change: (name: string, value: any) => void }} options `id`: what the ids of the fields begin with
 * @returns {(problems: Record<string, string>) => void} tells below each field what is wrong with it
 */
export function fields(part, list, { id, words, values, compact = false, change }) {
	/** @type {Record<string, JQuery>} */
	const made = {};
	for (const field of list.filter(({ hidden }) => !hidden)) {
		const own = `${id}${field.name}`;
		const row = $("<div>").addClass(compact ? "form-row stellantis-cell" : "form-row");
		const named = field.kind === "days" ? {} : { for: own };
		const value = field.kind === "flag" ? flagOf(values[field.name]) : values[field.name];
		const told = (/** @type {unknown} */ next) => {
			row.find(".stellantis-hint").toggle(next === undefined);
			change(field.name, next);
		};
		const control = CONTROLS[field.kind](field, own, value, told, words);
		row.append($("<label>").attr(named).text(words.label(field.name)), " ", control);
		if (field.hint) row.append(hint(field, values[field.name], words));
		part.append(row);
		made[field.name] = row.find(`[id="${own}"]`);
	}
	if (made.latitude && made.longitude) place(made.latitude, made.longitude, id, change);
	return (problems) => {
		for (const [name, control] of Object.entries(made)) tell(control, problems[name] ?? "");
	};
}

/** Says what is wrong with a field; aloud while one is in it. @param {JQuery} control @param {string} sentence */
export function tell(control, sentence) {
	control.toggleClass("input-error", sentence !== "");
	complain(control, sentence);
	if (control[0] === document.activeElement) control.closest("form").find(".stellantis-voice").text(sentence);
}

/**
 * Two fields as one place: both can be pasted at once, and a map shows it.
 * @param {JQuery} latitude
 * @param {JQuery} longitude
 * @param {string} id
 * @param {(name: string, value: unknown) => void} change
 */
function place(latitude, longitude, id, change) {
	const link = $("<a>")
		.attr({ id: `${id}map`, target: "_blank", rel: "noopener noreferrer" })
		.addClass("stellantis-map")
		.append($("<i>").addClass("fa fa-map-marker"), " ", $("<span>").text(text("field.map")));
	const update = () => {
		const [at, to] = [amount(String(latitude.val())), amount(String(longitude.val()))];
		const known =
			typeof at === "number" && typeof to === "number" && Math.abs(at) <= 90 && Math.abs(to) <= 180 ? [at, to] : [];
		link.toggle(known.length > 0);
		if (known.length > 0) link.attr("href", mapOf(Number(at), Number(to)));
	};
	for (const box of [latitude, longitude]) {
		box.on("input", update);
		box.on("paste", (event) => {
			const clipboard = /** @type {ClipboardEvent} */ (event.originalEvent).clipboardData;
			const both = coordinates(clipboard?.getData("text") ?? "");
			if (!both) return;
			event.preventDefault();
			latitude.val(both[0]);
			longitude.val(both[1]);
			change("latitude", both[0]);
			change("longitude", both[1]);
			update();
		});
	}
	longitude.closest(".form-row").append(link);
	update();
}
