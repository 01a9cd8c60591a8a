// @ts-check
/**
 * The commands there are, and what each takes as arguments in each family, as fields of the remote command's form. No
 * part of the page is touched here.
 */
import { asText } from "../editor/properties.js";
import { text as shared, textsOf } from "../editor/text.js";
import { problem, shows } from "../editor/widgets.js";
import { COMMANDS, FAMILIES, VIAS } from "../generated/facts.js";

/** @typedef {StellantisField} Field */
/** @typedef {StellantisPrograms} Programs */
/** @typedef {StellantisArgument} Argument */
/** @typedef {Record<string, any>} Args */

/** The commands that an account sends unless told otherwise. */
export const HARMLESS = Object.keys(COMMANDS).filter((command) => !COMMANDS[command]?.guarded);

/** All commands as the options of a field, the guarded ones marked. */
export const commandOptions = () =>
	Object.keys(COMMANDS).map((value) => {
		const label = shared(`account.command.${value}`);
		return { value, label: COMMANDS[value]?.guarded ? shared("account.guarded", { prop: label }) : label };
	});

/** Two switches of which one is given, as one question. @type {Argument} */
const ALARM = {
	name: "alarm",
	kind: "choice",
	needed: true,
	values: ["suppress", "restore", "confirm", "deny"],
	read: ({ suppress, confirm }) =>
		suppress === undefined ? decided(confirm, "confirm", "deny") : decided(suppress, "suppress", "restore"),
	write: ({ suppress: _s, confirm: _c, duration, ...args }, value) =>
		value === "suppress" || value === "restore"
			? { ...args, suppress: value === "suppress", ...(value === "suppress" ? { duration: duration ?? 0 } : {}) }
			: { ...args, confirm: value === "confirm" },
};

/** How arguments are asked for that depend on each other. @type {Record<string, (fields: Argument[]) => Argument[]>} */
const QUESTIONS = {
	"theft-alarm": (fields) => [
		ALARM,
		...fields
			.filter(({ name }) => name === "duration")
			.map((duration) => ({
				.../** @type {Field} */ (duration),
				needed: true,
				when: (/** @type {Args} */ { suppress }) => String(suppress) === "true",
			})),
	],
};

/** What is neither a yes nor a no stays what it is. @param {unknown} flag @param {string} yes @param {string} no */
function decided(flag, yes, no) {
	if (flag === true || flag === "true") return yes;
	return flag === false || flag === "false" ? no : flag;
}

/** @param {string} id @param {StellantisCommand | null} command @returns {Argument[] | null} */
const questions = (id, command) => command && (QUESTIONS[id]?.(command.fields) ?? command.fields);

/** Who may be asked for commands: families of the API, and what delivers them beside it. */
const ASKED = { ...FAMILIES, ...VIAS };

/** Who is asked for an account's commands. @param {any} account @returns {string | undefined} */
export const askedBy = (account) => (account?.commandsVia in VIAS ? account.commandsVia : account?.api);

/** Whether that is somebody beside the API. @param {any} account */
export const isBeside = (account) => account?.commandsVia in VIAS;

/**
 * Arguments by family and command: null where none are looked at, an empty list where none may be given. A command
 * that is not there is none of the family.
 * @type {Record<string, Record<string, Argument[] | null>>}
 */
export const ARGUMENTS = Object.fromEntries(
	Object.entries(ASKED).map(([api, { commands }]) => [
		api,
		Object.fromEntries(Object.entries(commands).map(([id, command]) => [id, questions(id, command)])),
	]),
);

/** A body that a new choice of `custom` starts with. */
const BODY = { label: "", horn: { state: "Activated" } };

/** The family that has most commands: it tells what there is while no account is chosen. */
export const WIDEST = Object.keys(ARGUMENTS).reduce((most, api) =>
	Object.keys(ARGUMENTS[api] ?? {}).length > Object.keys(ARGUMENTS[most] ?? {}).length ? api : most,
);

/** What a command takes; undefined where the family has no such command. @param {string} api @param {string} command */
export const takes = (api, command) =>
	Object.hasOwn(ARGUMENTS, api) && Object.hasOwn(ARGUMENTS[api] ?? {}, command) ? ARGUMENTS[api]?.[command] : undefined;

/** Whether a family has a command. @param {string} api @param {string} command */
export const has = (api, command) => (command === "custom" && !(api in VIAS)) || takes(api, command) !== undefined;

/** Whether a family takes one argument of a command at a time. @param {string} api @param {string} command */
const isOneAtATime = (api, command) => ASKED[api]?.commands[command]?.oneAtATime === true;

/** The arguments a command starts with, as JSON. @param {string} api @param {string} command */
export function fresh(api, command) {
	if (command === "custom") return JSON.stringify(BODY);
	const list = takes(api, command)?.find(({ kind }) => kind === "programs");
	return JSON.stringify(
		list
			? { programs: [freshProgram(/** @type {Programs} */ (list), [])] }
			: (ASKED[api]?.commands[command]?.fresh ?? {}),
	);
}

/** A program for the first slot that is free. @param {Programs} list @param {Args[]} others */
export function freshProgram(list, others) {
	const [slot] = freeSlots(list, others);
	return { slot, ...list.fresh };
}

/** @param {Programs} list @param {Args[]} used */
export function freeSlots(list, used) {
	const taken = used.map((program, place) => slotOf(list, program, place));
	return Array.from({ length: list.slots }, (_, index) => index + 1).filter((slot) => !taken.includes(slot));
}

/** The slot of a program; undefined where it must name one and does not. @param {Programs} list @param {Args} program @param {number} place */
export function slotOf({ numbered }, { slot }, place) {
	if (slot === undefined) return numbered ? undefined : place + 1;
	return Number(slot);
}

/** A program's fields with the slot, which is asked for beside them. @param {Programs} list @returns {Field[]} */
const programFields = (list) => [
	{
		name: "slot",
		kind: "choice",
		needed: list.numbered,
		values: Array.from({ length: list.slots }, (_, index) => index + 1),
	},
	{ name: "actionsType", kind: "choice", values: ["Set", "Delete"] },
	...list.fields,
];

/** The name under which a program holds what a field asks for: the days have two spellings. @param {string} name @param {Args} program */
export const keyOf = (name, program) =>
	name === "occurrence" && program.occurrence === undefined && program.occurence !== undefined ? "occurence" : name;

/** @param {unknown} value @returns {value is Args} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Arguments as an object: what is empty is none. Undefined for what is no JSON object. @param {unknown} json or an object as it is @returns {Args | undefined} */
export function parse(json) {
	const text = String(asText(json) ?? "").trim();
	if (text === "") return {};
	try {
		const value = JSON.parse(text);
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

/** Keys of the arguments that a question is about. @param {Argument} argument */
const keysOf = ({ name }) => (name === "alarm" ? ["suppress", "confirm"] : [name]);

/**
 * What keeps the fields of a command from showing its arguments without a loss: where it is, such as
 * `programs[0].start`; undefined when nothing does.
 * @param {string} api
 * @param {string} command
 * @param {Args} args
 */
export function unseen(api, command, args) {
	const list = takes(api, command) ?? [];
	const shown = list.filter(({ when }) => !when || when(args));
	const known = shown.flatMap(keysOf);
	const foreign = Object.keys(args).find((key) => !known.includes(key));
	if (foreign !== undefined) return foreign;
	if (args.suppress !== undefined && args.confirm !== undefined) return "confirm";
	for (const argument of shown) {
		const value = argument.read ? argument.read(args) : args[argument.name];
		if (argument.kind === "programs") {
			const hidden = unseenProgram(argument, value);
			if (hidden !== undefined) return hidden;
		} else if (!shows(argument, value)) return argument.name;
	}
	return undefined;
}

/** @param {Programs} list @param {unknown} value */
function unseenProgram(list, value) {
	if (value === undefined) return undefined;
	if (!Array.isArray(value) || value.length > list.slots) return list.name;
	const fields = programFields(list);
	for (const [place, program] of value.entries()) {
		const at = `${list.name}[${place}]`;
		if (!isObject(program)) return at;
		const known = fields.map(({ name }) => keyOf(name, program));
		const hidden =
			Object.keys(program).find((key) => !known.includes(key)) ??
			fields.find((field) => !shows(field, program[keyOf(field.name, program)]))?.name;
		if (hidden !== undefined) return `${at}.${hidden}`;
	}
	return undefined;
}

export const text = textsOf("stellantis-remote-command");
export const label = (/** @type {string} */ name) => text(`remote-command.field.${name}`);

/**
 * What is wrong with arguments, as sentences by where it is (`programs[0].temp`; empty for the whole): what the
 * runtime would refuse.
 * @param {string} api
 * @param {string} command
 * @param {Args} args
 * @returns {Record<string, string>}
 */
export function problems(api, command, args) {
	if (command === "custom") return Object.keys(args).length > 0 ? {} : { "": text("remote-command.error.custom") };
	const list = takes(api, command);
	if (!list) return {};
	/** @type {Record<string, string>} */
	const found = {};
	const shown = list.filter(({ when }) => !when || when(args));
	for (const argument of shown) {
		const value = argument.read ? argument.read(args) : args[argument.name];
		if (argument.kind === "programs") Object.assign(found, wrongPrograms(argument, value));
		else {
			const sentence = problem(argument, value, label(argument.name));
			if (sentence) found[argument.name] = sentence;
		}
	}
	if (command === "charge-settings") {
		const set = [args.rate, args.limit].filter((value) => value !== undefined).length;
		if (set === 0) found[""] = text("remote-command.error.noSetting");
		if (set === 2 && isOneAtATime(api, command)) found[""] = text("remote-command.error.twoSettings");
	}
	const known = list.flatMap(keysOf);
	const foreign = Object.keys(args).find((key) => !known.includes(key));
	if (foreign !== undefined) found[foreign] = text("remote-command.error.unknown", { prop: foreign });
	return found;
}

/** @param {Programs} list @param {unknown} value */
function wrongPrograms(list, value) {
	/** @type {Record<string, string>} */
	const found = {};
	if (!Array.isArray(value) || value.length < 1 || value.length > list.slots) {
		found[list.name] = text("remote-command.error.programs", { max: list.slots });
		return found;
	}
	/** @type {unknown[]} */
	const slots = [];
	for (const [place, program] of value.entries()) {
		const at = `${list.name}[${place}]`;
		if (!isObject(program)) {
			found[at] = text("remote-command.error.program");
			continue;
		}
		for (const field of programFields(list)) {
			const sentence = problem(field, program[keyOf(field.name, program)], label(field.name));
			if (sentence) found[`${at}.${field.name}`] = sentence;
		}
		const known = programFields(list).map(({ name }) => name);
		const foreign = Object.keys(program).find((key) => key !== "occurence" && !known.includes(key));
		if (foreign !== undefined) found[`${at}.${foreign}`] = text("remote-command.error.unknown", { prop: foreign });
		const slot = slotOf(list, program, place);
		if (slots.includes(slot)) found[`${at}.slot`] = text("remote-command.error.slot");
		slots.push(slot);
	}
	return found;
}

/**
 * The arguments with another answer to a question. What the fields don't ask for stays.
 * @param {string} api
 * @param {string} command
 * @param {Args} args
 * @param {string} name
 * @param {unknown} value undefined: no answer
 * @returns {Args}
 */
export function write(api, command, args, name, value) {
	const argument = takes(api, command)?.find((one) => one.name === name);
	if (argument?.write) return argument.write(args, value);
	const { [name]: _, ...others } = args;
	if (value === undefined) return others;
	// the two settings of one at a time take turns
	if (isOneAtATime(api, command)) return { [name]: value };
	return name in args ? { ...args, [name]: value } : { ...others, [name]: value };
}

/**
 * The programs with another value in one of them.
 * @param {Args[]} given
 * @param {number} place
 * @param {string} name
 * @param {unknown} value
 * @returns {Args[]}
 */
export function writeProgram(given, place, name, value) {
	return given.map((program, index) => {
		if (index !== place) return program;
		const key = keyOf(name, program);
		if (value !== undefined) return { ...program, [key]: value };
		const { [key]: _, ...others } = program;
		return others;
	});
}

/** The programs without one of them; the others stay in their slots. @param {Programs} list @param {Args[]} given @param {number} place */
export function removeProgram(list, given, place) {
	return given
		.map((program, index) => {
			const slot = slotOf(list, program, index);
			return program.slot === undefined && slot !== undefined ? { slot, ...program } : program;
		})
		.filter((_, index) => index !== place);
}
