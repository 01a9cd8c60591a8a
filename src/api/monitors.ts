import { z } from "zod";
import { badInput } from "../error";
import { isDocument } from "../hal/document";
import { statusOf } from "./channels";
import { asked } from "./commands/arguments";
import type { Family } from "./families";
import { quote } from "./time";

/** A monitor as it is created: `MonitorParameter` of the three documents, unknown fields included. */
export type MonitorBody = Record<string, unknown>;

/** A trigger's name: letters, then digits (`MonitorTrigger.name`; the documents put the pattern in quotes by mistake). */
const NAME = /^[a-zA-Z]+[._-]?[0-9]*$/;
const MOST_TRIGGERS = 5;
const OPERATORS = ["equalsTo", "greaterThan", "lowerThan", "includedIn", "onChange"] as const;
const CONDITIONS = ["zone", "time", "data", "setting"] as const;

const texts = z.array(z.string("text"), "a list of texts");

/** A place that a monitor watches a vehicle enter or leave. */
export const monitorZone = z.looseObject(
	{
		transition: z.enum(["Out", "In"], "In or Out"),
		place: z.looseObject(
			{
				radius: asked(z.int("a whole number of kilometres from 1").min(1, "a whole number of kilometres from 1"), {
					unit: "km",
				}),
				center: z.looseObject(
					{
						latitude: z
							.number("degrees from -90 to 90")
							.min(-90, "degrees from -90 to 90")
							.max(90, "degrees from -90 to 90"),
						longitude: z
							.number("degrees from -180 to 180")
							.min(-180, "degrees from -180 to 180")
							.max(180, "degrees from -180 to 180"),
					},
					"an object with latitude and longitude",
				),
			},
			"an object with center and radius",
		),
	},
	"an object with transition and place",
);

const DURATION = /^P(\d+D(T(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S))?|T(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S))$/;
const DAILY_START = "a duration after midnight, such as PT8H30M";
const LENGTH = "a duration, such as PT4H";

const time = z.looseObject(
	{
		timeZone: z.optional(z.string("the name of a time zone, such as Europe/Paris")),
		times: z
			.array(
				z
					.looseObject(
						{
							recurrence: z.optional(z.enum(["None", "Daily"], "None or Daily")),
							start: z.string("a time"),
							duration: z.optional(z.string(LENGTH).regex(DURATION, LENGTH)),
						},
						"an object with start and duration",
					)
					.superRefine((entry, context) => {
						if (entry.recurrence === "None") return;
						if (!DURATION.test(entry.start))
							context.addIssue({ code: "custom", path: ["start"], message: DAILY_START });
						if (entry.duration === undefined) context.addIssue({ code: "custom", path: ["duration"], message: LENGTH });
					}),
				"a list of times",
			)
			.min(1, "a list of at least one time"),
	},
	"an object with times",
);

const data = z
	.looseObject(
		{
			data: z.string("the name of a value, such as vehicle.energy.electric.level").min(1, "the name of a value"),
			op: z.enum(OPERATORS, `one of ${OPERATORS.join(", ")}`),
			value: z.optional(texts),
		},
		"an object with data and op",
	)
	.superRefine(({ op, value }, context) => {
		const count = value?.length ?? 0;
		const refuse = (message: string) => context.addIssue({ code: "custom", path: ["value"], message });
		if (op === "includedIn" && count === 0) refuse("a list of at least one text");
		else if (op !== "includedIn" && op !== "onChange" && count !== 1) refuse("a list of exactly one text");
	});

const trigger = z
	.looseObject(
		{
			name: z.string("letters, then digits").regex(NAME, "letters, then digits"),
			zone: z.optional(monitorZone),
			time: z.optional(time),
			data: z.optional(data),
			setting: z.optional(z.looseObject({ type: z.string("text") }, "an object with type")),
		},
		"an object with name and one of zone, time, data",
	)
	.refine((each) => CONDITIONS.filter((condition) => each[condition] !== undefined).length === 1, {
		message: "an object with name and exactly one of zone, time, data, setting",
	});

const monitor = z.looseObject(
	{
		label: z.string("text").min(1, "text"),
		extendedEventParam: z.optional(texts),
		subscribeParam: z.optional(
			z.looseObject(
				{ refreshEvent: z.optional(z.int("whole seconds from 60").min(60, "whole seconds from 60")) },
				"an object",
			),
		),
		triggerParam: z.looseObject(
			{
				triggers: z
					.array(trigger, "a list of triggers")
					.min(1, "a list of 1 to 5 triggers")
					.max(MOST_TRIGGERS, "a list of 1 to 5 triggers"),
				boolExp: z.string("an expression of the triggers' names, such as (a & b) | !c"),
			},
			"an object with triggers and boolExp",
		),
	},
	"an object with label and triggerParam",
);

/**
 * A monitor's body as a flow gave it, checked and completed for a family: numbers of a `value` as text, a missing
 * `boolExp` where there is but one trigger, the family's spelling of `occurrence`, and attributes that name the
 * vehicle. What the API may have added since is left as it is; the value that came in is never changed.
 *
 * @param webhook where the events go, in the family whose monitors bring their own; one in the body wins
 * @throws ERR_BAD_INPUT naming the field, what it is and what is allowed
 */
export function monitorBody(value: unknown, family: Family, webhook?: Record<string, unknown>): MonitorBody {
	const body = tidied(value, family);
	const result = monitor.safeParse(body);
	if (!result.success) throw explained(result.error, body);
	const { triggers, boolExp } = result.data.triggerParam;
	const names = triggers.map(({ name }) => name);
	const twice = names.find((name, place) => names.indexOf(name) !== place);
	if (twice !== undefined)
		throw badInput(`Two of the monitor's triggers are called ${quote(twice)}. Give each a name.`);
	checkExpression(boolExp, names);
	return completed(body as MonitorBody, family, webhook);
}

function tidied(value: unknown, family: Family): unknown {
	if (!isDocument(value) || !isDocument(value.triggerParam) || !Array.isArray(value.triggerParam.triggers))
		return value;
	const body = structuredClone(value);
	const param = body.triggerParam as Record<string, unknown>;
	const triggers = param.triggers as unknown[];
	for (const each of triggers.filter(isDocument)) {
		if (isDocument(each.data)) each.data.value = listOfTexts(each.data.value);
		if (isDocument(each.data) && each.data.value === undefined) delete each.data.value;
		if (isDocument(each.time) && Array.isArray(each.time.times))
			for (const entry of each.time.times.filter(isDocument)) respell(entry, family.channels.occurrence);
	}
	const [only] = triggers;
	if (param.boolExp === undefined && triggers.length === 1 && isDocument(only)) param.boolExp = only.name;
	return body;
}

function listOfTexts(value: unknown): unknown {
	const text = (each: unknown) => (typeof each === "number" || typeof each === "boolean" ? String(each) : each);
	if (value === undefined || value === null) return undefined;
	return Array.isArray(value) ? value.map(text) : [text(value)];
}

/** The same word in two spellings, depending on the family. */
function respell(entry: Record<string, unknown>, word: string): void {
	for (const other of ["occurence", "occurrence"]) {
		if (other === word || entry[other] === undefined) continue;
		entry[word] ??= entry[other];
		delete entry[other];
	}
}

function completed(body: MonitorBody, family: Family, webhook: Record<string, unknown> | undefined): MonitorBody {
	const { monitorAttributes, monitorsBringWebhook, subscription } = family.channels;
	if (monitorAttributes) {
		const given = Array.isArray(body.attributes) ? body.attributes : [];
		const keys = given.map((each) => (isDocument(each) ? each.key : undefined));
		const missing = monitorAttributes.filter(({ key }) => !keys.includes(key));
		body.attributes = [...given, ...structuredClone(missing)];
	}
	if (monitorsBringWebhook) {
		const subscribe = isDocument(body.subscribeParam) ? body.subscribeParam : {};
		if (!isDocument(subscribe.callback)) {
			if (!webhook)
				throw badInput(
					`A monitor of ${family.id} needs an address for its events: give it in subscribeParam.callback.webhook, or add a vehicle events node of this account.`,
				);
			const { target, name } = webhook;
			body.subscribeParam = { ...structuredClone(subscription), ...subscribe, callback: { webhook: { target, name } } };
		}
	}
	return body;
}

function explained(error: z.ZodError, body: unknown): Error {
	const [issue] = error.issues;
	const path = issue?.path ?? [];
	const found = path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key], body);
	const name = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
	const subject = name === "" ? "The monitor" : `The monitor's ${name.slice(1)}`;
	const state = found === undefined ? "is missing" : `is ${quote(found)}`;
	return badInput(`${subject} ${state}; it must be ${issue?.message}.`);
}

/**
 * Checks a boolean expression (grammar of `boolExp`: names, `&`, `|`, `!` and brackets).
 *
 * @throws ERR_BAD_INPUT naming what is wrong
 */
function checkExpression(expression: string, names: readonly string[]): void {
	const tokens = expression.match(/[&|!()]|[^\s&|!()]+/g) ?? [];
	const unknown = tokens.find((token) => !/^[&|!()]$/.test(token) && !names.includes(token));
	if (unknown !== undefined)
		throw badInput(
			`The monitor's boolExp speaks of ${quote(unknown)}, but its triggers are called ${names.map(quote).join(", ")}.`,
		);
	// A name or a bracket must follow an operator; an operator, a closing bracket or the end a name.
	let [depth, operandNext] = [0, true];
	for (const token of tokens) {
		if (operandNext ? /^[&|)]$/.test(token) : !/^[&|)]$/.test(token)) throw brokenExpression(expression);
		if (token === "(") depth++;
		else if (token === ")") depth--;
		else operandNext = token === "&" || token === "|" || token === "!";
		if (depth < 0) throw brokenExpression(expression);
	}
	if (operandNext || depth !== 0) throw brokenExpression(expression);
}

function brokenExpression(expression: string): Error {
	return badInput(
		`The monitor's boolExp is ${quote(expression)}; it must join the triggers' names with &, | and !, with as many opening as closing brackets.`,
	);
}

/** What a person knows a monitor by. */
export interface ListedMonitor {
	id: string;
	label: string | undefined;
	/** `Running`, `Paused` or `Failed`; undefined when the API doesn't say. */
	status: string | undefined;
}

/** What the list of monitors says of one (`Monitor` of the three documents); undefined for what has no id. */
export function listedMonitor(item: unknown): ListedMonitor | undefined {
	const id = monitorIdOf(item);
	if (id === undefined || !isDocument(item)) return undefined;
	const body = isDocument(item.monitor) ? item.monitor : item;
	return { id, label: typeof body.label === "string" ? body.label : undefined, status: statusOf(item.status) };
}

/** The id of a monitor that a flow gives as text, a number or the API's own resource; undefined for none of them. */
export function monitorIdOf(value: unknown): string | undefined {
	const id = isDocument(value) ? (value.monitorId ?? value.id) : value;
	if (typeof id === "number") return String(id);
	return typeof id === "string" && id.trim() !== "" ? id.trim() : undefined;
}
