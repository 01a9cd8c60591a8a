import { COMMANDS } from "../../../api/commands/names";
import { BRANDS } from "../../../api/families";
import { EVENT_KINDS } from "../../../watch/events";
import { PROPERTIES, type Property } from "../../properties";
import type { Properties } from "../../values";
import type { Kind } from "./pseudonyms";
import type { Replacer } from "./replacer";

/** What may be seen of a property; all else is replaced. */
interface Rule {
	/** Values that everybody may see: the choices of the form, and its default. */
	words?: readonly string[];
	/** Shape of values that everybody may see. */
	shape?: RegExp;
	/** What it is otherwise. */
	kind: Kind;
}

const choice = (...words: string[]): Rule => ({ words, kind: "value" });
const number: Rule = { shape: /^\d{1,6}(\.\d{1,3})?$/, kind: "value" };
const flag = choice("true", "false");
const hidden = (kind: Rule["kind"], ...words: string[]): Rule => ({ words, kind });
const inputType = choice("msg", "flow", "global", "str", "env", "jsonata", "date", "num", "json", "fixed");
const timeRule: Rule = { shape: /^P(\d{1,4}[YMWD])*(T(\d{1,4}[HMS])*)?$/, kind: "time" };

/** Properties of which more, or less, may be seen than their kind of value tells. */
const OWN: Readonly<Record<string, Rule>> = {
	name: hidden("name"),
	baseUrl: hidden("address"),
	fleetId: hidden("fleet"),
	country: { shape: /^[a-z]{2}$/i, kind: "value" },
	realm: hidden("value", ...Object.values(BRANDS).map(({ realm }) => realm)),
	locale: { shape: /^[a-z]{2}([-_][a-z]{2})?$/i, kind: "value" },
	tokenUrl: hidden("address"),
	authorizeUrl: hidden("address"),
	redirectUri: hidden("address"),
	scope: { shape: /^((openid|profile|email|offline_access)[ ,]*)+$/, kind: "value" },
	vehicle: hidden("vehicle", "vehicle", "payload", "topic"),
	store: hidden("value", "default", "memory", "memoryOnly", "file"),
	target: hidden("path"),
	command: hidden("value", ...COMMANDS, "command"),
	args: hidden("value", "{}", "payload", "args"),
	channel: hidden("channel", "channel"),
	monitor: hidden("monitor", "monitor"),
	body: hidden("value", "body", "payload"),
	publicUrl: hidden("address"),
	path: hidden("path", "stellantis/events"),
	label: hidden("name", "Node-RED"),
	events: choice(...EVENT_KINDS),
};

/** What may be seen of a property whose values are known. */
function usual({ choices = [], several = [], types, range, time, value }: Property): Rule {
	if (types) return inputType;
	if (time) return timeRule;
	if (range) return number;
	return typeof value === "boolean" ? flag : choice(...choices, ...several);
}

const rulesOf = (properties: Readonly<Record<string, Property>>): Record<string, Rule> =>
	Object.fromEntries(
		Object.entries(properties).map(([name, property]) => [
			name,
			property.choices ? usual(property) : (OWN[name] ?? usual(property)),
		]),
	);

const { "stellantis-account": OF_ACCOUNT = {}, ...OF_NODES } = PROPERTIES;

/** The properties of an account. */
const ACCOUNT = { configVersion: number, ...rulesOf(OF_ACCOUNT) };
/** The properties of all our other nodes; a name means the same in each of them. */
const NODE = Object.assign({ configVersion: number }, ...Object.values(OF_NODES).map(rulesOf)) as Record<string, Rule>;

/** What Node-RED itself keeps of a node, which is told elsewhere or says nothing about a failure. */
const OF_NODE_RED: ReadonlySet<string> = new Set(
	"id type z x y g d l w h wires info account credentials _users _alias env icon inputLabels outputLabels".split(" "),
);
/** Properties of an account that are told in a shape of their own. */
const TOLD_APART: ReadonlySet<string> = new Set(["headers", "tls", "proxy"]);

/** Headers that the families and gateways document. */
const HEADERS: ReadonlySet<string> = new Set(
	"accept accept-language user-agent x-ibm-client-id x-ibm-client-secret x-introspect-realm x-cvs-scope x-partnerid x-customer-context".split(
		" ",
	),
);

/** Longest list of one property. */
const MOST = 50;

/** The settings of an account, but for its headers and the configurations it uses. */
export function accountSettings(config: Properties, replacer: Replacer): Properties {
	return settings(config, ACCOUNT, replacer);
}

/** The settings of a node that uses the account. */
export function nodeSettings(config: Properties, replacer: Replacer): Properties {
	return settings(config, NODE, replacer);
}

/** The extra headers of an account: documented names, and no value. */
export function headerSettings(headers: unknown, replacer: Replacer): Properties[] {
	return (Array.isArray(headers) ? headers : []).slice(0, MOST).map((entry) => {
		const { name, value } = Object(entry) as { name?: unknown; value?: unknown };
		const text = String(name ?? "");
		return {
			name: HEADERS.has(text.toLowerCase()) ? text : replacer.pseudonyms.of("header", text),
			value: value === undefined || value === "" ? "" : replacer.pseudonyms.of("value", String(value)),
		};
	});
}

function settings(config: Properties, rules: Readonly<Record<string, Rule>>, replacer: Replacer): Properties {
	const shown: Properties = {};
	let unknown = 0;
	for (const [name, value] of Object.entries(config)) {
		if (OF_NODE_RED.has(name) || (rules === ACCOUNT && TOLD_APART.has(name))) continue;
		const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
		if (rule) shown[name] = setting(value, rule, replacer);
		else unknown++;
	}
	return { ...shown, ...(unknown > 0 ? { unknownProperties: unknown } : {}) };
}

function setting(value: unknown, rule: Rule, replacer: Replacer): unknown {
	if (value === undefined || value === null || typeof value === "boolean" || value === "") return value ?? null;
	if (Array.isArray(value)) return value.slice(0, MOST).map((each) => setting(each, rule, replacer));
	const text = typeof value === "object" ? JSON.stringify(value) : String(value);
	if (rule.words?.includes(text) || rule.shape?.test(text)) return value;
	if (/^\$[{(].*[)}]$/s.test(text)) return replacer.pseudonyms.of("variable", text);
	if (rule.kind === "address") return replacer.address(text);
	if (rule.kind === "path") return replacer.path(text);
	return replacer.id(rule.kind, text);
}
