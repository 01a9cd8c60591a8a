import { COMMANDS } from "../../../api/commands/names";
import { EVENT_KINDS } from "../../../watch/events";
import { PROPERTIES, type Property } from "../../properties";
import type { Properties } from "../../values";
import type { Kind } from "./pseudonyms";
import type { Replacer } from "./replacer";

/** What replaced properties are called; all others are `value`. */
const KINDS: Readonly<Record<string, Kind>> = {
	name: "name",
	label: "name",
	vehicle: "vehicle",
	channel: "channel",
	monitor: "monitor",
	fleetId: "fleet",
	target: "path",
	path: "path",
	baseUrl: "address",
	tokenUrl: "address",
	authorizeUrl: "address",
	redirectUri: "address",
	publicUrl: "address",
};

/** Words of lists that the table of properties does not hold itself. */
const WORDS: Readonly<Record<string, readonly string[]>> = { command: COMMANDS, events: EVENT_KINDS };

/** What Node-RED itself keeps of a node, which is told elsewhere or says nothing about a failure. */
const OF_NODE_RED: ReadonlySet<string> = new Set(
	"id type z x y g d l w h wires info account credentials _users _alias env icon inputLabels outputLabels".split(" "),
);
/** Properties that are told in a shape of their own. */
const TOLD_APART: ReadonlySet<string> = new Set(["headers", "tls", "proxy"]);

/** Headers that the families and gateways document. */
const HEADERS: ReadonlySet<string> = new Set(
	"x-ibm-client-id x-ibm-client-secret x-introspect-realm x-cvs-scope x-partnerid x-customer-context".split(" "),
);

/** Longest list of one property. */
const MOST = 50;

/** The settings of a node by the table of properties: choices, switches, numbers and defaults; all else is replaced. */
export function settingsOf(type: string, config: Properties, replacer: Replacer): Properties {
	const properties = PROPERTIES[type] ?? {};
	const shown: Properties = { configVersion: Number(config.configVersion ?? 0) };
	let unknownProperties = 0;
	for (const [name, value] of Object.entries(config)) {
		if (name === "configVersion" || OF_NODE_RED.has(name) || TOLD_APART.has(name)) continue;
		const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
		if (property) shown[name] = setting(name, value, property, replacer);
		else unknownProperties++;
	}
	return unknownProperties > 0 ? { ...shown, unknownProperties } : shown;
}

/** The extra headers of an account: documented names, and no value. */
export function headerSettings(headers: unknown, replacer: Replacer): Properties[] {
	return (Array.isArray(headers) ? headers : []).slice(0, MOST).map((entry) => {
		const { name, value } = Object(entry) as { name?: unknown; value?: unknown };
		const text = String(name ?? "");
		return {
			name: HEADERS.has(text.toLowerCase()) ? text : replacer.pseudonyms.of("header", text),
			isSet: value !== undefined && value !== "",
		};
	});
}

function setting(name: string, value: unknown, property: Property, replacer: Replacer): unknown {
	if (value === undefined || value === null || value === "" || typeof value === "boolean") return value ?? null;
	if (Array.isArray(value)) return value.slice(0, MOST).map((each) => setting(name, each, property, replacer));
	const text = typeof value === "object" ? JSON.stringify(value) : String(value);
	const { choices = [], several = [], types = [] } = property;
	const words = [property.value, ...choices, ...several, ...types, ...(WORDS[name] ?? [])];
	const isNumber = property.range !== undefined && /^\d{1,6}(\.\d{1,3})?$/.test(text);
	if (words.includes(text) || isNumber || isLand(name, text)) return value;
	if (/^\$[{(].*[)}]$/s.test(text)) return replacer.pseudonyms.of("variable", text);
	const kind = KINDS[name] ?? "value";
	return kind === "address" ? replacer.address(text) : replacer.id(kind, text);
}

/** A country or a locale, which many share. */
function isLand(name: string, text: string): boolean {
	return (name === "country" || name === "locale") && /^[a-z]{2}([-_][a-z]{2})?$/i.test(text);
}
