import { COMMANDS, GUARDED } from "../api/commands/names";
import { VIAS } from "../api/commands/via-names";
import { BRANDS, type Brand, FAMILIES, type FamilyId } from "../api/families";
import { AMOUNTS, type Amount } from "../watch/amounts";
import type { NumberRange } from "./values";

/**
 * What nodes save in a flow file, by node type: the default of every property, and what it may be. The runtime reads
 * nodes by this table, and the build writes the editor's forms from it (scripts/forms).
 */

/** One property of a node. */
export interface Property {
	/** What a new node has, and what is meant where there is nothing. */
	value: unknown;
	/** All that it may be, the default first. */
	choices?: readonly string[];
	/** All that its list may hold. */
	several?: readonly string[];
	/** The kinds of typed input that it may be, the default first; it is named `<property>Type`. */
	types?: readonly string[];
	/** Bounds of its number. */
	range?: NumberRange;
	/** True where its number may be left out. */
	blank?: boolean;
	/** True where its largest number is the largest page of what is read. */
	ofPage?: boolean;
	/** What a text has to look like, and the sentence that says so: `error.<name>` in the catalog. */
	looks?: { pattern: RegExp; name: string };
	/** True for a typed input that may be a time. */
	time?: boolean;
	/** The type of the configuration node whose id it holds. */
	type?: string;
	/** True where the editor warns of a node without it. */
	required?: boolean;
}

/** The least number above nothing: forms say "more than 0". */
export const ABOVE_ZERO = 0.001;

const any = <const Value>(value: Value) => ({ value });
const choice = <const Choices extends readonly [string, ...string[]]>(...choices: Choices) => ({
	value: choices[0],
	choices,
});
const typed = <const Types extends readonly [string, ...string[]]>(...types: Types) => ({ value: types[0], types });
const several = <const Choices extends readonly string[]>(...choices: Choices) => ({ value: [], several: choices });
const number = (value: number, range: NumberRange) => ({ value, range });
/** A number that a form may leave out: there is no bound, or the runtime knows a better one. */
const amount = (range: NumberRange) => ({ value: "", range, blank: true });
/** An amount of a watch: above nothing, and where it is left out its usual one, or none. */
const watched = ({ usual, most }: Amount) => ({
	value: usual ?? "",
	range: { min: ABOVE_ZERO, max: most, integer: false },
	blank: true,
});
const text = (pattern: RegExp, name: string, value = "") => ({ value, looks: { pattern, name } });

const ANYWHERE = ["flow", "global", "env", "jsonata"] as const;
const given = typed("msg", "str", ...ANYWHERE);
const written = typed("str", "msg", ...ANYWHERE);
const instant = typed("str", "msg", ...ANYWHERE, "date");
const content = typed("json", "msg", "jsonata");

export const ACCOUNT = {
	name: any(""),
	server: choice("demo", "live"),
	api: choice(...(Object.keys(FAMILIES) as [FamilyId, ...FamilyId[]])),
	baseUrl: text(/^https?:\/\/[^\s?#@/]+(\/[^\s?#]*)?$/i, "url"),
	fleetId: any(""),
	brand: choice(...(Object.keys(BRANDS) as [Brand, ...Brand[]])),
	country: text(/^[a-z]{2}$/i, "country"),
	realm: any(""),
	locale: text(/^[a-z]{2,3}([-_][a-z0-9]{2,8})*$/i, "locale"),
	auth: choice("token", "client-credentials", "authorization-code", "basic", "none"),
	tokenUrl: text(/^https?:\/\/\S+$/i, "url"),
	authorizeUrl: text(/^https?:\/\/\S+$/i, "url"),
	redirectUri: text(/^[a-z][a-z0-9+.-]*:\S+$/i, "uri"),
	scope: any(""),
	tls: { value: "", type: "tls-config", required: false },
	proxy: { value: "", type: "http proxy", required: false },
	headers: any([]),
	byMessage: any(false),
	timeout: number(30, { min: ABOVE_ZERO, max: 3600, integer: false }),
	retries: number(3, { min: 0, max: 20 }),
	concurrency: number(4, { min: 1, max: 100 }),
	requestsPerSecond: number(0, { min: 0, max: 1000, integer: false }),
	/** Not there in an older flow: the account sends what is not guarded. */
	commands: { value: COMMANDS.filter((command) => !GUARDED.has(command)), several: COMMANDS },
	commandLimit: { ...number(5, { min: 0, max: 100_000 }), blank: true },
	wakeupInterval: { ...number(60, { min: 0, max: 100_000, integer: false }), blank: true },
	wakeupsPerDay: { ...number(6, { min: 0, max: 1_000 }), blank: true },
	commandsVia: choice("official", ...VIAS),
	commandsUrl: text(/^https?:\/\/[^\s?#@/]+(\/[^\s?#]*)?$/i, "url"),
	store: { value: "", type: "stellantis-store", required: false },
	shareAs: any(""),
};

/** A PostgreSQL that several Node-RED share. */
export const STORE = {
	name: any(""),
	host: any("localhost"),
	port: number(5432, { min: 1, max: 65_535 }),
	database: any("stellantis"),
	schema: text(/^[a-z_][a-z0-9_]{0,62}$/, "schema", "stellantis"),
	tls: { value: "", type: "tls-config", required: false },
};

/** Of every node that uses an account. */
const NODE = {
	name: any(""),
	account: { value: "", type: "stellantis-account", required: true },
};

export const VEHICLE = {
	vehicle: any("vehicle"),
	vehicleType: given,
};

export const SCOPE = { scope: choice("vehicle", "fleet") };

export const COLLECTION = {
	output: choice("item", "page", "array"),
	pageSize: { ...amount({ min: 1, max: Number.MAX_SAFE_INTEGER }), ofPage: true },
	maxItems: amount({ min: 1, max: Number.MAX_SAFE_INTEGER }),
	parallel: number(1, { min: 1, max: 50 }),
};

export const RANGE = {
	from: { value: "", time: true },
	fromType: instant,
	to: { value: "", time: true },
	toType: instant,
	order: choice("descending", "ascending"),
};

export const NEWS = {
	onlyNew: any(false),
	firstRun: choice("all", "none"),
	store: any(""),
};

/** A sweep that several instances work on; times in seconds. */
export const SHARED = {
	shared: any(false),
	leaseTime: { ...number(120, { min: ABOVE_ZERO, max: 86_400, integer: false }), blank: true },
	minInterval: { ...number(60, { min: 0, max: 86_400, integer: false }), blank: true },
};

const bound = amount({ min: 0, max: 1e9, integer: false });
export const TRIPS = {
	/** Kilometres. */
	minDistance: bound,
	maxDistance: bound,
	/** Seconds. */
	minDuration: bound,
	maxDuration: bound,
	/** `TripStateEnum` of all three documents. */
	states: several("Nominal", "Unstarted", "DataLacking", "Unfinished"),
	/** `propulsions` and `kinetics` of the trips of accounts-v1. */
	propulsions: several("Electric", "Hybrid", "Thermal"),
	kinetics: several("HardAcceleration", "HardBraking", "HardCornering"),
	waypoints: any(false),
};

export const ALERTS = { active: choice("any", "active", "ended") };

/** Resources that go by a name of their own in this package, in whichever families have them. */
export const NAMED_RESOURCES = [
	"capability",
	"maintenance",
	"position",
	"telemetry",
	"collisions",
	"alarms",
	"charging-sessions",
	"stolen",
	"user",
] as const;

export const RESOURCE = {
	resource: choice(...NAMED_RESOURCES, "link", "path"),
	target: any(""),
	targetType: written,
};

const CHANNEL = { channel: any(""), channelType: written };

export const REMOTE_COMMAND = {
	command: any("lock"),
	commandType: typed("fixed", "msg"),
	args: any("{}"),
	argsType: content,
	...CHANNEL,
	ifBusy: choice("wait", "refuse"),
	wait: choice("result", "accepted"),
	timeout: number(120, { min: ABOVE_ZERO, max: 86_400, integer: false }),
};

/** What a command's usual timeout (s) is through what an owner runs at home: a sleeping car fails after 128 s there. */
export const TIMEOUT_VIA = 180;

export const MONITOR = {
	...CHANNEL,
	action: choice("create", "list", "get", "update", "pause", "resume", "delete", "vehicles"),
	monitor: any("monitor"),
	monitorType: given,
	/** The form begins with the definition of its first template. */
	body: any(""),
	bodyType: content,
};

export const EVENTS = {
	publicUrl: any(""),
	path: any("stellantis/events"),
	kinds: choice("both", "monitor", "remote", "account"),
	label: any("Node-RED"),
};

/** What a watch is set to, as src/watch/settings.ts reads it. */
const { driving, charging, parked, share, low, high, efficiency, capacity, staleAfter } = AMOUNTS;
export const WATCH = {
	vehicle: any(""),
	vehicleType: typed("str", ...ANYWHERE),
	driving: watched(driving),
	charging: watched(charging),
	parked: watched(parked),
	share: watched(share),
	/** Not there: all of them, also those that a later version tells. */
	events: any(undefined),
	low: watched(low),
	high: watched(high),
	zones: any([]),
	price: any(""),
	priceType: typed("num", "json", "flow", "global", "jsonata"),
	currency: any(""),
	timeZone: any(""),
	efficiency: watched(efficiency),
	capacity: watched(capacity),
	staleAfter: watched(staleAfter),
	firstRun: choice("none", "all"),
	store: any(""),
};

/** By node type. All have `configVersion`, too, see resources/migrations.js. */
export const PROPERTIES: Readonly<Record<string, Readonly<Record<string, Property>>>> = {
	"stellantis-account": ACCOUNT,
	"stellantis-store": STORE,
	"stellantis-vehicle-list": { ...NODE, ...COLLECTION, ...SHARED },
	"stellantis-status": { ...NODE, ...VEHICLE, ...SCOPE, ...COLLECTION },
	"stellantis-trips": { ...NODE, ...VEHICLE, ...SCOPE, ...COLLECTION, ...RANGE, ...NEWS, ...TRIPS },
	"stellantis-alerts": { ...NODE, ...VEHICLE, ...SCOPE, ...COLLECTION, ...RANGE, ...NEWS, ...ALERTS },
	"stellantis-resource": { ...NODE, ...VEHICLE, ...SCOPE, ...COLLECTION, ...RANGE, ...RESOURCE },
	"stellantis-remote-command": { ...NODE, ...VEHICLE, ...REMOTE_COMMAND },
	"stellantis-monitor": { ...NODE, ...VEHICLE, ...MONITOR },
	"stellantis-events": { ...NODE, ...EVENTS },
	"stellantis-watch": { ...NODE, ...WATCH },
};
