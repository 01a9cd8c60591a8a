/**
 * The three ages of the Connected Car API, as data. They differ here and nowhere else: a change that needs to ask for
 * a family outside this table means that the table is missing something.
 *
 * Sources: user-v4.openapi.yaml (4.17.2), accounts-v1.openapi.yaml (1.0.28), fleet-v3.openapi.yaml (3.19.2), and
 * responses seen in the wild where those differ.
 */

/** What an account calls its family. */
export type FamilyId = "user-v4" | "accounts-v1" | "fleet-v3";

/** One path that can be read, and what may be asked of it. */
export interface Route {
	/** Path below the API's root, with variables in braces: `{id}` the vehicle, `{vin}` its VIN, `{fid}` the fleet. */
	path: string;
	/** True when the path answers pages of items. */
	collection?: boolean;
	/** Key of the items in `_embedded`. */
	embedded?: string;
	/** Largest `pageSize`; absent where the path takes none. */
	pageSize?: number;
	/** True where `indexRange` is allowed. */
	indexRange?: boolean;
	/** True where `timestamps` is allowed. */
	timestamps?: boolean;
	/** True where `orderBy` is allowed. */
	orderBy?: boolean;
	/** True where `locale` is allowed. */
	locale?: boolean;
	/** Filters the path knows, by parameter name. */
	filters?: readonly string[];
	/** Parameters the path demands. */
	query?: Readonly<Record<string, string>>;
	/** Relation under which a vehicle links to this path. */
	relation?: string;
	/** What it means when the API has nothing here, in words. A collection without items says it where it is a surprise. */
	none?: string;
	/** Top-level properties of which a document of this kind has one at least, if it links to nothing. */
	marks?: readonly string[];
	/** Values of `extension` that add what the vehicles are called and look like. */
	looks?: readonly string[];
}

/** Names under which nodes ask for a route; the same in every family that has it. */
export type RouteName = string;

/** A key and value that the API adds to what it sends to a webhook; `$…` stands for a variable. */
export interface WebhookAttribute {
	type: "Header" | "Body" | "Query";
	key: string;
	value: string;
}

/** What a channel carries: events of monitors, of commands, or of both. */
export type ChannelKinds = "both" | "monitor" | "remote";

/** How a family spells return channels (callbacks) and monitors. Their paths are among the routes. */
export interface ChannelTable {
	/** What the family calls one, and the key under which a subscription holds its webhook. */
	name: "callback" | "channel";
	/** Key of the list of what a subscription carries; without that list it carries everything. */
	typesKey: "type" | "remoteTypes";
	/** What stands in that list. */
	carries: Readonly<Record<ChannelKinds, readonly string[]>>;
	/** Most channels of an account, where there is a limit. */
	limit?: number;
	/** Attributes that make the API name the vehicle. */
	attributes: readonly WebhookAttribute[];
	/** What every subscription says beside label, types and webhook. */
	subscription?: Readonly<Record<string, unknown>>;
	/** Attributes of a monitor that make the API name the vehicle where those of the channel don't reach. */
	monitorAttributes?: readonly WebhookAttribute[];
	/** True where monitors hang below no channel and bring a webhook of their own. */
	monitorsBringWebhook?: boolean;
	/** How the family writes the days of a time trigger. */
	occurrence: "occurence" | "occurrence";
}

/** All that sets a family apart. */
export interface Family {
	id: FamilyId;
	/** The public root, where there is one. */
	baseUrl?: string;
	/** Query parameter that carries the client id. */
	clientIdParameter: string;
	/** Header that carries the client id as well, for gateways that look there. */
	clientIdHeader?: string;
	/** Header that carries the realm. */
	realmHeader: string;
	/** True when the brand chooses the realm and sign-in host. */
	brandRealm: boolean;
	/** How most of its accounts sign in. */
	usualAuth: "authorization-code" | "client-credentials" | "basic";
	/** Order in which collections come when nothing is asked. */
	defaultOrder: Order;
	/** In what a status tells what it moves at; the unit of what a trip took is told by the trip itself. */
	units: { speed: "km/h" | "m/s" };
	routes: Readonly<Record<RouteName, Route>>;
	channels: ChannelTable;
}

/** By time: newest first or oldest first. */
export type Order = "descending" | "ascending";

/** Parameters that must not stand beside a `pageToken`: the token has fixed them (accounts-v1 answers 400). */
export const FIXED_BY_PAGE_TOKEN: readonly string[] = ["pageSize", "indexRange"];

/** What it means when an account has no vehicle. */
export const NO_VEHICLES =
	"The API lists no vehicle for this account: none is bound to it yet, its connected services are not subscribed to, it is in privacy mode, or the API does not support it. The brand's own app, with the same sign-in, shows which.";

/** What it means when a vehicle has something for nobody to see. */
const untold = (what: string) =>
	`The vehicle has never told its ${what}, is in privacy mode, or can't tell it; or its subscription has ended.`;

type Options = Omit<Route, "path">;

const one = (path: string, options: Options = {}): Route => ({ path, ...options });
const many = (path: string, embedded: string, options: Options = {}): Route => ({
	path,
	collection: true,
	embedded,
	...options,
});

const LOOKS = ["branding", "pictures"] as const;
const TRIP_FILTERS = ["distance", "duration", "states"] as const;

/** What a status may hold; accounts-v1 keeps most of it one level deeper. */
const STATUS_MARKS = [
	..."updatedAt createdAt energies energy odometer timed.odometer lastPosition doorsState ignition kinetic battery".split(
		" ",
	),
	..."preconditioning preconditionning environment privacy service alarm safety engines vehicle drivingBehavior".split(
		" ",
	),
] as const;
const STATE = { none: untold("state"), marks: STATUS_MARKS };

/** user-v4 and fleet-v3 are one design: the same resources below a vehicle, pages of 60. */
function vehicleRoutes(vehicle: string, waypoints: Options): Record<RouteName, Route> {
	const page = { pageSize: 60, indexRange: true };
	const timed = { ...page, timestamps: true };
	const trip = `${vehicle}/trips/{tid}`;
	return {
		status: one(`${vehicle}/status`, { ...STATE, relation: "status" }),
		position: one(`${vehicle}/lastPosition`, {
			none: untold("position"),
			marks: ["geometry", "coordinates", "properties"],
			relation: "lastPosition",
		}),
		maintenance: one(`${vehicle}/maintenance`, {
			none: untold("maintenance"),
			marks: ["daysBeforeMaintenance", "mileageBeforeMaintenance", "createdAt", "updatedAt"],
			relation: "maintenance",
		}),
		capability: one(vehicle, { query: { extension: "onboardCapabilities" }, locale: true, relation: "self" }),
		telemetry: many(`${vehicle}/telemetry`, "telemetries", {
			...timed,
			pageSize: 2000,
			filters: ["type", "extension"],
			relation: "telemetry",
		}),
		trips: many(`${vehicle}/trips`, "trips", { ...timed, filters: TRIP_FILTERS, relation: "trips" }),
		trip: one(trip),
		"trip-alerts": many(`${trip}/alerts`, "alerts", timed),
		"trip-alert": one(`${trip}/alerts/{aid}`),
		"trip-collisions": many(`${trip}/collisions`, "Collisions", timed),
		"trip-waypoints": many(`${trip}/wayPoints`, "positions", {
			indexRange: true,
			timestamps: true,
			filters: ["tolerance"],
			...waypoints,
		}),
		"trip-telemetry": many(`${trip}/telemetry`, "telemetries", {
			...timed,
			pageSize: 2000,
			filters: ["type", "extension"],
		}),
		alerts: many(`${vehicle}/alerts`, "alerts", { ...timed, relation: "alerts" }),
		alert: one(`${vehicle}/alerts/{aid}`),
		alarms: many(`${vehicle}/alarms`, "alarms", { ...timed, filters: ["type"], relation: "alarms" }),
		alarm: one(`${vehicle}/alarms/{aid}`),
		collisions: many(`${vehicle}/collisions`, "Collisions", { ...timed, relation: "collisions" }),
		collision: one(`${vehicle}/collisions/{cid}`),
		remotes: many(`${vehicle}/callbacks/{cbid}/remotes`, "remoteActions", page),
		remote: one(`${vehicle}/callbacks/{cbid}/remotes/{rid}`),
	};
}

const MONITOR_AND_REMOTE = { both: ["Monitor", "Remote"], monitor: ["Monitor"], remote: ["Remote"] } as const;
const REMOTE_TYPES = [
	"ThermalPreconditioning",
	"ElectricBatteryChargingRequest",
	"Horn",
	"Doors",
	"Lights",
	"Immobilization",
	"Stolen",
	"WakeUp",
	"Navigation",
] as const;

const userV4: Family = {
	id: "user-v4",
	baseUrl: "https://api.groupe-psa.com/connectedcar/v4",
	clientIdParameter: "client_id",
	realmHeader: "x-introspect-realm",
	brandRealm: true,
	usualAuth: "authorization-code",
	defaultOrder: "ascending",
	units: { speed: "km/h" },
	routes: {
		vehicles: many("/user/vehicles", "vehicles", {
			pageSize: 60,
			indexRange: true,
			locale: true,
			filters: ["vinPrefix"],
			looks: LOOKS,
			none: NO_VEHICLES,
		}),
		vehicle: one("/user/vehicles/{id}", { locale: true, relation: "self" }),
		...vehicleRoutes("/user/vehicles/{id}", {}),
		user: one("/user"),
		callbacks: many("/user/callbacks", "callbacks", { pageSize: 60, indexRange: true, filters: ["types"] }),
		callback: one("/user/callbacks/{cbid}"),
		monitors: many("/user/vehicles/{id}/callbacks/{cbid}/monitors", "monitors", { pageSize: 60, indexRange: true }),
		monitor: one("/user/vehicles/{id}/callbacks/{cbid}/monitors/{mid}"),
	},
	channels: {
		name: "callback",
		typesKey: "type",
		carries: MONITOR_AND_REMOTE,
		attributes: [{ type: "Body", key: "vin", value: "$Vin" }],
		occurrence: "occurence",
	},
};

const fleetV3: Family = {
	id: "fleet-v3",
	baseUrl: "https://api-cert.groupe-psa.com/connectedcar/v3",
	clientIdParameter: "client_id",
	realmHeader: "x-introspect-realm",
	brandRealm: false,
	usualAuth: "basic",
	defaultOrder: "ascending",
	units: { speed: "km/h" },
	routes: {
		fleets: many("/fleets", "fleets", { pageSize: 60 }),
		fleet: one("/fleets/{fid}"),
		vehicles: many("/fleets/{fid}/vehicles", "vehicles", {
			pageSize: 60,
			locale: true,
			filters: ["vinPrefix"],
			looks: LOOKS,
			none: NO_VEHICLES,
		}),
		vehicle: one("/fleets/{fid}/vehicles/{id}", { locale: true, relation: "self" }),
		"vehicle-by-vin": one("/vehicles/{vin}", { locale: true }),
		...vehicleRoutes("/fleets/{fid}/vehicles/{id}", { pageSize: 2000 }),
		stolen: many("/fleets/{fid}/vehicles/{id}/stolen", "stolen", {
			pageSize: 60,
			indexRange: true,
			timestamps: true,
			relation: "stolen",
		}),
		"stolen-report": one("/fleets/{fid}/vehicles/{id}/stolen/{sid}"),
		"stolen-waypoints": many("/fleets/{fid}/vehicles/{id}/stolen/{sid}/waypoints", "positions"),
		"fleet-status": many("/fleets/{fid}/status", "status", { pageSize: 60, indexRange: true }),
		"fleet-trips": many("/fleets/{fid}/trips", "trips", {
			pageSize: 60,
			indexRange: true,
			timestamps: true,
			filters: TRIP_FILTERS,
		}),
		"fleet-alerts": many("/fleets/{fid}/alerts", "alerts", { pageSize: 60, indexRange: true, timestamps: true }),
		"fleet-alert": one("/fleets/{fid}/alerts/{aid}"),
		"fleet-maintenance": many("/fleets/{fid}/maintenances", "maintenances", { pageSize: 60, indexRange: true }),
		"fleet-collisions": many("/fleets/{fid}/collisions", "Collisions", {
			pageSize: 60,
			indexRange: true,
			timestamps: true,
		}),
		"fleet-collision": one("/fleets/{fid}/collisions/{cid}"),
		callbacks: many("/fleets/{fid}/remote/callbacks", "callbacks", {
			pageSize: 60,
			indexRange: true,
			filters: ["types"],
		}),
		callback: one("/fleets/{fid}/remote/callbacks/{cbid}"),
		monitors: many("/fleets/{fid}/monitors", "monitors", { pageSize: 60, indexRange: true }),
		monitor: one("/fleets/{fid}/monitors/{mid}"),
	},
	channels: {
		name: "callback",
		typesKey: "remoteTypes",
		carries: { both: REMOTE_TYPES, monitor: REMOTE_TYPES, remote: REMOTE_TYPES },
		// Its events name their vehicle themselves.
		attributes: [],
		subscription: { retryPolicy: { policy: "Bounded", retryNumber: 100, retryDelay: 30 } },
		monitorsBringWebhook: true,
		occurrence: "occurence",
	},
};

const V1 = "/accounts/vehicles/{id}";
const v1Page = { pageSize: 500, indexRange: true };
const v1Timed = { ...v1Page, timestamps: true, orderBy: true };

const accountsV1: Family = {
	id: "accounts-v1",
	clientIdParameter: "client_id",
	clientIdHeader: "x-ibm-client-id",
	realmHeader: "x-introspect-realm",
	brandRealm: false,
	usualAuth: "client-credentials",
	defaultOrder: "descending",
	units: { speed: "m/s" },
	routes: {
		vehicles: many("/accounts/vehicles", "vehicles", { ...v1Page, filters: ["vinPrefix"], none: NO_VEHICLES }),
		vehicle: one(V1, { relation: "self" }),
		capability: one(`${V1}/capability`),
		status: one(`${V1}/telemetries/latest`, { ...STATE, relation: "lastTelemetries", filters: ["type"] }),
		telemetry: many(`${V1}/telemetries`, "telemetries", { ...v1Timed, filters: ["type"], relation: "telemetries" }),
		trips: many(`${V1}/trips`, "trips", {
			...v1Timed,
			query: { type: "Normal" },
			filters: [...TRIP_FILTERS, "kinetics", "propulsions"],
			relation: "trips",
		}),
		trip: one(`${V1}/trips/{tid}`),
		"trip-alerts": many(`${V1}/trips/{tid}/alerts`, "alerts", { ...v1Timed, filters: ["active"] }),
		"trip-alert": one(`${V1}/trips/{tid}/alerts/{aid}`),
		"trip-collisions": many(`${V1}/trips/{tid}/collisions`, "Collisions", v1Timed),
		"trip-collision": one(`${V1}/trips/{tid}/collisions/{cid}`),
		"trip-waypoints": many(`${V1}/trips/{tid}/wayPoints`, "positions", {
			indexRange: true,
			timestamps: true,
			orderBy: true,
			filters: ["propulsions", "kinetics", "tolerance"],
		}),
		"trip-telemetry": many(`${V1}/trips/{tid}/telemetry`, "telemetries", {
			indexRange: true,
			timestamps: true,
			orderBy: true,
			filters: ["type"],
		}),
		alerts: many(`${V1}/alerts`, "alerts", { ...v1Timed, filters: ["active"], relation: "alerts" }),
		alert: one(`${V1}/alerts/{aid}`),
		alarms: many(`${V1}/alarms`, "alarms", { ...v1Timed, filters: ["type"], relation: "alarms" }),
		alarm: one(`${V1}/alarms/{aid}`),
		collisions: many(`${V1}/collisions`, "Collisions", { ...v1Timed, relation: "collisions" }),
		collision: one(`${V1}/collisions/{cid}`),
		"charging-sessions": many(`${V1}/charging/sessions`, "sessions", {
			...v1Timed,
			filters: ["states", "power", "level", "autonomy", "duration"],
		}),
		"charging-session": one(`${V1}/charging/sessions/{sid}`),
		stolen: many(`${V1}/stolen`, "stolen", { ...v1Page, timestamps: true, relation: "stolen" }),
		"stolen-report": one(`${V1}/stolen/{sid}`),
		"stolen-waypoints": many(`${V1}/stolen/{sid}/waypoints`, "positions", { ...v1Page, timestamps: true }),
		callbacks: many("/accounts/channels", "channels", { filters: ["types"] }),
		callback: one("/accounts/channels/{cbid}"),
		monitors: many("/accounts/channels/{cbid}/monitors", "monitors"),
		monitor: one("/accounts/channels/{cbid}/monitors/{mid}"),
		// Two arrays, vehicleIds and groups: the document is read whole.
		"monitor-handles": one("/accounts/channels/{cbid}/monitors/{mid}/handles"),
		remotes: many(`${V1}/channels/{cbid}/remotes`, "remoteActions", v1Page),
		remote: one(`${V1}/channels/{cbid}/remotes/{rid}`),
	},
	channels: {
		name: "channel",
		typesKey: "type",
		carries: MONITOR_AND_REMOTE,
		limit: 5,
		// A channel takes attributes for header and query only, and batches come without those: monitors add their own.
		attributes: [{ type: "Header", key: "X-Vehicle-Vin", value: "$Vin" }],
		monitorAttributes: [{ type: "Body", key: "vin", value: "$Vin" }],
		occurrence: "occurrence",
	},
};

/** The table of all families. */
export const FAMILIES: Readonly<Record<FamilyId, Family>> = {
	"user-v4": userV4,
	"accounts-v1": accountsV1,
	"fleet-v3": fleetV3,
};

/**
 * The brands of user-v4: realm of their customers, top-level domain of their sign-in host, and the private URL scheme to
 * which it sends the browser back when the client is registered as one of the brand's apps.
 */
export const BRANDS = {
	peugeot: { realm: "clientsB2CPeugeot", domain: "peugeot.com", scheme: "mymap" },
	citroen: { realm: "clientsB2CCitroen", domain: "citroen.com", scheme: "mymacsdk" },
	ds: { realm: "clientsB2CDS", domain: "driveds.com", scheme: "mymdssdk" },
	opel: { realm: "clientsB2COpel", domain: "opel.com", scheme: "mymopsdk" },
	vauxhall: { realm: "clientsB2CVauxhall", domain: "vauxhall.co.uk", scheme: "mymvxsdk" },
} as const;

/** A brand as an account names it. */
export type Brand = keyof typeof BRANDS;

/** What the sign-in of a brand's customers (user-v4) uses where the account says nothing else. */
export interface BrandSignIn {
	authorizeUrl: string;
	tokenUrl: string;
	scope: string;
	/** No web server can receive this address: the user pastes what the browser shows. Absent without a country. */
	redirectUri?: string;
}

/** @param country two letters: the brands' apps have a redirect address for each */
export function brandSignIn(brand: Brand, country?: string): BrandSignIn {
	const { domain, scheme } = BRANDS[brand];
	const root = `https://idpcvs.${domain}/am/oauth2`;
	return {
		authorizeUrl: `${root}/authorize`,
		tokenUrl: `${root}/access_token`,
		scope: "openid profile",
		...(country === undefined ? {} : { redirectUri: `${scheme}://oauth2redirect/${country.toLowerCase()}` }),
	};
}

/** The brands' sign-in gives UUIDs for codes to its apps; a shorter or longer one is cut, or from a page on the way. */
const BRAND_CODE_LENGTH = 36;

/** Characters of the codes that a redirect address gets; undefined for all but the apps of the brands. */
export function codeLengthAt(redirectUri: string | undefined): number | undefined {
	const scheme = redirectUri?.split(":", 1)[0];
	return Object.values(BRANDS).some((brand) => brand.scheme === scheme) ? BRAND_CODE_LENGTH : undefined;
}
