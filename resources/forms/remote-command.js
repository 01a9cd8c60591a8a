// @ts-check
/** The remote command's form: the arguments of the chosen command as fields, and what there is to know about it. */
import { complain } from "../editor/form.js";
import { prepare as prepareForm } from "../editor/node.js";
import { accountOf, asText, current, saved } from "../editor/properties.js";
import { addressee, request } from "../editor/requests.js";
import * as widgets from "../editor/widgets.js";
import { COMMANDS, TYPES } from "../generated/facts.js";
import * as commands from "./commands.js";

/** @typedef {Record<string, any>} Args */

const { text } = commands;

/** What the fields are called, and the options of choices. @type {StellantisWords} */
const WORDS = {
	label: (name) => commands.label(name),
	option: (name, value) => {
		if (value === "") return text("remote-command.unchanged");
		if (name === "limit") return `${value} %`;
		if (name === "slot") return value;
		return text(`remote-command.option.${name}.${value}`);
	},
	hint: (name) => text(`remote-command.hint.${name}`),
};

/** A command is one that the account's API has. @this {any} @param {string} command @param {unknown} _opt */
function validCommand(command, _opt) {
	const account = accountOf(this);
	const api = commands.askedBy(account);
	if (!api || current(this, "commandType") !== "fixed") return true;
	if (commands.has(api, command)) return true;
	return commands.isBeside(account) ? text("remote-command.error.way") : text("remote-command.error.family");
}

/** Arguments are such as the runtime takes. @this {any} @param {unknown} args @param {any} opt */
function validArguments(args, opt) {
	const type = current(this, "argsType");
	const parsed = type === "json" ? commands.parse(args) : undefined;
	const api = commands.askedBy(accountOf(this));
	const fixed = current(this, "commandType") === "fixed";
	if (!parsed || !api || !fixed) return !args || RED.utils.validateTypedProperty(asText(args), type, opt);
	const [sentence] = Object.values(commands.problems(api, String(current(this, "command")), parsed));
	return sentence ?? true;
}

/** Makes the form work. @param {any} node */
function prepare(node) {
	const command = $("#node-input-command");
	const args = $("#node-input-args");
	const part = $("#stellantis-args-fields");
	const notes = $("#stellantis-command-notes");
	const form = command.closest("form");
	/** @type {Record<string, string>} what was there for a command before another one was chosen */
	const before = {};
	/** @type {Record<string, any>} what vehicles lack, by account and vehicle */
	const lacks = {};
	let wantsJson = false;
	let shown = "";
	let written = "";
	/** @type {(problems: Record<string, string>) => void} */
	let tell = () => {};

	const api = () => commands.askedBy(accountOf(node)) ?? commands.WIDEST;
	const chosen = () => (command.typedInput("type") === "fixed" ? command.typedInput("value") : undefined);
	const known = () => commands.takes(api(), chosen() ?? "");
	const isKnown = (/** @type {string} */ id) => Object.hasOwn(COMMANDS, id);
	/** The commands the account's API has, and the one that is chosen. @param {string | undefined} present */
	const types = (present) => [
		{
			value: "fixed",
			label: text("remote-command.type.fixed"),
			options: [
				...commands.commandOptions().filter(({ value }) => value === present || commands.has(api(), value)),
				// else the field would make the first command of it: a variable, say, or a command of a newer version
				...(present && !isKnown(present) ? [{ value: present, label: present }] : []),
			],
		},
		"msg",
	];

	const fixed = saved(node).commandType === "fixed" ? String(node.command ?? "") : undefined;
	command.typedInput({ default: "fixed", types: types(fixed), typeField: "#node-input-commandType" });
	args.typedInput({ default: "json", types: TYPES[node.type]?.args ?? [], typeField: "#node-input-argsType" });

	/** @param {string} json */
	function put(json) {
		written = json;
		args.typedInput("value", json);
	}

	/** @param {Args} next */
	function save(next) {
		put(JSON.stringify(next));
		tell(commands.problems(api(), chosen() ?? "", next));
	}

	const now = () => commands.parse(args.typedInput("value"));

	/** What is the matter with the JSON, as a sentence; empty when the fields can show it. */
	function whyJson() {
		const parsed = now();
		if (!parsed) return text("remote-command.json.broken");
		const prop = commands.unseen(api(), chosen() ?? "", parsed);
		return prop === undefined ? "" : text("remote-command.json.unknown", { prop });
	}

	function render() {
		const fields = known();
		const isJson = args.typedInput("type") === "json";
		const why = fields && isJson ? whyJson() : "";
		const empty = fields?.length === 0 && isJson && why === "";
		const id = chosen();
		const lacking = id !== undefined && isKnown(id) && !commands.has(api(), id);
		const nothing = lacking || fields === null || empty;
		const asFields = Boolean(fields?.length) && isJson && why === "" && !wantsJson;
		$("#stellantis-args-row").toggle(!nothing).toggleClass("stellantis-as-fields", asFields);
		$("#stellantis-args-views").toggle(Boolean(fields?.length));
		$("#stellantis-args-views button").each((_, button) => {
			$(button).attr("aria-pressed", String(($(button).attr("data-view") === "fields") === asFields));
		});
		$("#stellantis-args-json").toggle(!asFields);
		$("#stellantis-args-why")
			.text(why)
			.toggle(why !== "");
		part.empty().toggle(asFields);
		tell = asFields ? build(part) : () => {};
		shown = `${api()} ${chosen()}`;
		if (asFields) tell(commands.problems(api(), chosen() ?? "", now() ?? {}));
		describe();
		RED.tray.resize();
	}

	/** @param {JQuery} into */
	function build(into) {
		const id = chosen() ?? "";
		const list = known() ?? [];
		const given = now() ?? {};
		const programs = list.find(({ kind }) => kind === "programs");
		if (programs) return buildPrograms(into, programs, given);
		const asked = /** @type {any[]} */ (list.filter(({ when }) => !when || when(given)));
		const values = Object.fromEntries(asked.map((one) => [one.name, one.read ? one.read(given) : given[one.name]]));
		const sentences = widgets.fields(into, asked, {
			id: "stellantis-arg-",
			words: WORDS,
			values,
			change: (name, value) => {
				save(commands.write(api(), id, now() ?? {}, name, value));
				// an answer may bring other questions with it
				if (["alarm", "limit", "rate"].includes(name)) focused(`#stellantis-arg-${name}`, render);
			},
		});
		return (/** @type {Record<string, string>} */ problems) => {
			sentences({ ...problems, limit: problems.limit ?? problems[""] ?? "" });
		};
	}

	/** @param {JQuery} into @param {any} list @param {Args} given */
	function buildPrograms(into, list, given) {
		/** @type {Args[]} */
		const rows = given[list.name] ?? [];
		const present = () => /** @type {Args[]} */ (now()?.[list.name] ?? []);
		const change = (/** @type {Args[]} */ next) => save({ ...now(), [list.name]: next });
		/** @type {((problems: Record<string, string>) => void)[]} */
		const tells = rows.map((program, place) =>
			card(into, list, program, place, {
				free: commands.freeSlots(list, rows),
				change: (name, value) => {
					change(commands.writeProgram(present(), place, name, value));
					if (name === "slot" || name === "actionsType") focused(`#stellantis-program-${place}-${name}`, render);
				},
				remove: () => {
					change(commands.removeProgram(list, present(), place));
					focused("#stellantis-program-add", render);
				},
			}),
		);
		const add = $('<button type="button">')
			.addClass("red-ui-button red-ui-button-small")
			.attr("id", "stellantis-program-add")
			.append($("<i>").addClass("fa fa-plus"), " ", $("<span>").text(text("remote-command.program.add")))
			.prop("disabled", rows.length >= list.slots || commands.freeSlots(list, rows).length === 0)
			.appendTo($("<div>").addClass("form-row").appendTo(into))
			.on("click", () => {
				change([...present(), commands.freshProgram(list, present())]);
				focused(`#stellantis-program-${rows.length}-slot`, render);
			});
		return (/** @type {Record<string, string>} */ problems) => {
			for (const [place, one] of tells.entries()) {
				const at = `${list.name}[${place}].`;
				const own = Object.entries(problems).filter(([name]) => name.startsWith(at));
				one(Object.fromEntries(own.map(([name, sentence]) => [name.slice(at.length), sentence])));
			}
			complain(add, problems[list.name] ?? "");
		};
	}

	/** What is worth knowing before the command is sent. */
	function describe() {
		notes.empty();
		const id = chosen();
		if (id === undefined) return;
		const account = accountOf(node);
		if (account?.api && !commands.has(api(), id)) return;
		if (COMMANDS[id]?.guarded) note(text(`remote-command.warning.${id}`));
		if (account?.api && !(account.commands ?? commands.HARMLESS).includes(id))
			note(text("remote-command.note.notAllowed"), text("remote-command.button.account"));
		if (lacks[inQuestion()?.key ?? ""]?.[id] === false)
			note(commands.isBeside(account) ? text("remote-command.note.vehicleThere") : text("remote-command.note.vehicle"));
	}

	/** @param {string} sentence @param {string} [button] opens the account */
	function note(sentence, button) {
		const tip = $("<div>").addClass("form-tips stellantis-note").appendTo(notes);
		tip.append($("<i>").addClass("fa fa-exclamation-triangle"), " ", $("<span>").text(sentence));
		if (!button) return;
		$('<button type="button">')
			.addClass("red-ui-button red-ui-button-small")
			.text(button)
			.appendTo(tip)
			.on("click", () => $("#node-input-btn-account-edit").trigger("click"));
	}

	/** Account and vehicle of the form, where there is a vehicle to ask about. */
	function inQuestion() {
		const account = addressee(node);
		const vehicle = String(current(node, "vehicle") ?? "").trim();
		const isKnown = account !== undefined && vehicle !== "" && current(node, "vehicleType") === "str";
		return isKnown ? { account, vehicle, key: `${account} ${vehicle}` } : undefined;
	}

	/** Asks once what the vehicle lacks. Who may not ask, or can't, sees no word about it. */
	function askVehicle() {
		const { account = "", vehicle = "", key = "" } = inQuestion() ?? {};
		if (key === "" || key in lacks) return;
		lacks[key] = {};
		request(account, "commands", { data: { vehicle } }).done((/** @type {any} */ answer) => {
			lacks[key] = answer?.commands ?? {};
			if (document.contains(notes[0] ?? null)) describe();
		});
	}

	prepareForm(node);

	let last = { api: api(), command: chosen() };

	/** Another command, or another family, asks for other arguments. */
	function follow() {
		const next = { api: api(), command: chosen() ?? last.command };
		const was = last;
		last = next;
		if (next.api !== was.api) command.typedInput("types", types(next.command));
		if (next.command !== undefined && args.typedInput("type") === "json") {
			const now = args.typedInput("value");
			const isFresh = now === commands.fresh(was.api, was.command ?? "");
			if (next.command !== was.command) {
				if (was.command !== undefined) before[was.command] = now;
				put(before[next.command] ?? commands.fresh(next.api, next.command));
			} else if (next.api !== was.api && isFresh) put(commands.fresh(next.api, next.command));
		}
		if (next.command !== was.command) wantsJson = false;
		render();
	}

	command.on("change", () => {
		if (`${api()} ${chosen()}` !== shown) follow();
	});
	form.on("change", "#node-input-account", follow);
	form.on("change", "#node-input-vehicle, #node-input-vehicleType", askVehicle);
	args.on("change", () => {
		if (args.typedInput("value") !== written || args.typedInput("type") !== "json") render();
	});
	$("#stellantis-args-views").on("click", "button", (event) => {
		wantsJson = $(event.currentTarget).attr("data-view") === "json";
		if (!wantsJson && args.typedInput("type") !== "json") {
			args.typedInput("type", "json");
			// what stood there was no JSON
			if (!now()) put(commands.fresh(api(), chosen() ?? ""));
		}
		render();
	});
	follow();
	askVehicle();
}

/** Makes a part of the form anew without losing the place of the keyboard. @param {string} field @param {() => void} make */
function focused(field, make) {
	make();
	$(field).trigger("focus");
}

/**
 * One program.
 * @param {JQuery} into
 * @param {any} list
 * @param {Args} program
 * @param {number} place
 * @param {{ free: number[], change: (name: string, value: unknown) => void, remove: () => void }} events
 */
function card(into, list, program, place, { free, change, remove }) {
	const id = `stellantis-program-${place}-`;
	const slot = commands.slotOf(list, program, place);
	const gone = program.actionsType === "Delete";
	const box = $("<div>")
		.addClass("stellantis-program")
		.attr({ role: "group", "aria-label": text("remote-command.program.slot", { prop: slot ?? "" }) })
		.appendTo(into);
	const head = $("<div>").addClass("stellantis-program-head").appendTo(box);
	const select = (
		/** @type {string} */ name,
		/** @type {[string, string][]} */ options,
		/** @type {string} */ value,
	) => {
		const made = $("<select>").attr({ id: id + name, "aria-label": commands.label(name) });
		for (const [key, words] of options) $("<option>").val(key).text(words).appendTo(made);
		return made.val(value).appendTo(head);
	};
	const slots = [...free, ...(slot === undefined ? [] : [slot])].sort((one, other) => one - other);
	const named = slots.map(
		(one) => /** @type {[string, string]} */ ([String(one), text("remote-command.program.slot", { prop: one })]),
	);
	select("slot", slot === undefined ? [["", ""], ...named] : named, String(slot ?? "")).on("change", (event) =>
		change("slot", Number($(event.currentTarget).val())),
	);
	const actions = ["Set", "Delete"].map(
		(one) => /** @type {[string, string]} */ ([one, text(`remote-command.option.actionsType.${one}`)]),
	);
	select("actionsType", actions, gone ? "Delete" : "Set").on("change", (event) =>
		change("actionsType", $(event.currentTarget).val() === "Delete" ? "Delete" : undefined),
	);
	$('<button type="button">')
		.addClass("red-ui-button red-ui-button-small")
		.attr({ "aria-label": text("remote-command.program.remove"), title: text("remote-command.program.remove") })
		.append($("<i>").addClass("fa fa-remove"))
		.appendTo(head)
		.on("click", remove);
	const cells = $("<div>").addClass("stellantis-cells").appendTo(box).toggle(!gone);
	const values = Object.fromEntries(
		list.fields.map((/** @type {any} */ { name }) => [name, program[commands.keyOf(name, program)]]),
	);
	const sentences = widgets.fields(cells, gone ? [] : list.fields, {
		id,
		words: WORDS,
		values,
		compact: true,
		change,
	});
	return (/** @type {Record<string, string>} */ problems) => {
		sentences(problems);
		widgets.tell($(`#${id}slot`), problems.slot ?? "");
	};
}

// for the script of the node's own file
Object.assign(window, { StellantisCommandForm: { prepare, validCommand, validArguments } });
