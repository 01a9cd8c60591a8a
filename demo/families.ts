/**
 * The three ages of the Connected Car API as the demo serves them, as data. They differ in this table, and in tables by
 * family or by `Shape` beside what they word: a change that needs to ask for a family by name means that one is missing
 * a trait. Sources: user-v4.openapi.yaml, accounts-v1.openapi.yaml, fleet-v3.openapi.yaml, and deviations.ts.
 */

/** The three published ages of the API. */
export type FamilyId = "user-v4" | "accounts-v1" | "fleet-v3";

/**
 * How vehicles, their states and trips are written, and which resources a vehicle has: `flat`, data at top level; or
 * `nested`, data under `vehicle`, `environment`, `privacy`, `stats` and `locations`.
 */
export type Shape = "flat" | "nested";

/** What a collection allows. */
export interface PageRule {
	readonly max: number;
	readonly default: number;
	/** Whether `indexRange` is known here; a 400 where it is not. */
	readonly indexRange: boolean;
	/** `pageToken` with `pageSize` or `indexRange` is a 400. Elsewhere the token wins. */
	readonly tokenStandsAlone: boolean;
}

/** All that sets a family apart. Paths are below its root, with variables in braces: `{fid}` the fleet, `{id}` a vehicle. */
export interface Family {
	readonly id: FamilyId;
	/** Path of the API's root. */
	readonly root: string;
	/** Path of the vehicles. */
	readonly vehicles: string;
	/** Path of the user whose vehicles these are, where there is one. */
	readonly user?: string;
	/** Paths of the fleets, where there are some: their collections mix vehicles, so items name their own, and link back. */
	readonly fleet?: { readonly all: string; readonly one: string; readonly vehicleByVin: string };
	readonly shape: Shape;
	readonly units: {
		readonly speed: "km/h" | "m/s";
		readonly electricConsumption: "kWh" | "Wh";
		readonly fuelConsumption: "L" | "cL";
	};
	/** Vehicles say what their model is called. */
	readonly vehicleLabel: boolean;
	/** States say energies and air conditioning twice, in an older spelling too, as the real one does. */
	readonly olderSpelling: boolean;
	/** Histories that not every family has. */
	readonly histories: { readonly chargingSessions: boolean; readonly thefts: boolean };
	/** What may or must stand in a query. */
	readonly query: {
		/** `client_id` says who asks. */
		readonly clientId: boolean;
		/** `orderBy` turns collections round; without it they come newest first. Elsewhere they come oldest first. */
		readonly orderBy: boolean;
		/** The only `type` of trips, which must be asked for. */
		readonly tripType?: string;
		/** `active` picks alerts that last, or those that have ended. */
		readonly activeAlerts: boolean;
	};
	readonly paging: {
		readonly usual: PageRule;
		/** Of vehicles and fleets. */
		readonly vehicles: PageRule;
		readonly telemetry: PageRule;
		/** Of a trip's path. */
		readonly wayPoints: PageRule;
		/** Of channels and monitors. */
		readonly desk: PageRule;
	};
	/** Links of items as paths on the same host; paging links are always absolute. */
	readonly relativeLinks: boolean;
	readonly channels: {
		/** What a return channel is called, in bodies, links and paths of commands. */
		readonly name: "callback" | "channel";
		readonly path: string;
		/** Key of what a subscription carries, and what that may be. */
		readonly typesKey: "type" | "remoteTypes";
		readonly types: readonly string[];
		/** Most channels of an account, where there is a limit. */
		readonly most?: number;
		/** A channel with monitors that run or commands under way can't be deleted; elsewhere its monitors go with it. */
		readonly keptWhileUsed: boolean;
		/** Answers to changes say when the channel was created and updated. */
		readonly datedAnswers: boolean;
		/** Subscriptions say how often and in what batches events are posted; elsewhere all are alike. */
		readonly retryPolicy: boolean;
	};
	readonly monitors: {
		/** `{channel}` is the channel they hang below. */
		readonly path: string;
		/** They hang below no channel: each watches the whole fleet and brings a webhook of its own. */
		readonly standAlone: boolean;
		/** What one watches is said by its handles, not by its path, and channels link to their monitors. */
		readonly handles: boolean;
		/** `status` is an object around the word. */
		readonly wrappedStatus: boolean;
	};
	readonly commands: {
		/** The action stands under `action`, not at the top of the body. */
		readonly wrapped: boolean;
		/** A status warns of a weak 12 V battery on the way. */
		readonly batteryWarning: boolean;
	};
}

/** The only fleet there is. */
export const fleetId = "demo-fleet";

/** `RemoteType` of fleet-v3, whose channels name the commands they carry. */
const remoteTypes = [
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

/** Words of `ChargePreferenceRateEnum` of accounts-v1, weakest first. */
export const chargeRates = ["Low", "LowPlus", "Med", "MedPlus", "High"] as const;

const kinds = ["Monitor", "Remote"] as const;

const sixty: PageRule = { max: 60, default: 60, indexRange: true, tokenStandsAlone: false };
const fiveHundred: PageRule = { max: 500, default: 100, indexRange: true, tokenStandsAlone: true };
/** For lists without paging. */
const onePage: PageRule = { max: 10_000, default: 10_000, indexRange: true, tokenStandsAlone: false };

const userV4: Family = {
	id: "user-v4",
	root: "/connectedcar/v4",
	vehicles: "/user/vehicles",
	user: "/user",
	shape: "flat",
	units: { speed: "km/h", electricConsumption: "Wh", fuelConsumption: "cL" },
	vehicleLabel: true,
	olderSpelling: true,
	histories: { chargingSessions: false, thefts: false },
	query: { clientId: true, orderBy: false, activeAlerts: false },
	paging: { usual: sixty, vehicles: sixty, telemetry: { ...sixty, max: 2000 }, wayPoints: sixty, desk: sixty },
	relativeLinks: false,
	channels: {
		name: "callback",
		path: "/user/callbacks",
		typesKey: "type",
		types: kinds,
		keptWhileUsed: false,
		datedAnswers: false,
		retryPolicy: false,
	},
	monitors: {
		path: "/user/vehicles/{id}/callbacks/{channel}/monitors",
		standAlone: false,
		handles: false,
		wrappedStatus: false,
	},
	commands: { wrapped: false, batteryWarning: false },
};

const accountsV1: Family = {
	id: "accounts-v1",
	root: "/connectedcar/v1",
	vehicles: "/accounts/vehicles",
	shape: "nested",
	units: { speed: "m/s", electricConsumption: "kWh", fuelConsumption: "L" },
	vehicleLabel: false,
	olderSpelling: false,
	histories: { chargingSessions: true, thefts: true },
	query: { clientId: false, orderBy: true, tripType: "Normal", activeAlerts: true },
	paging: {
		usual: fiveHundred,
		vehicles: fiveHundred,
		telemetry: fiveHundred,
		wayPoints: fiveHundred,
		desk: onePage,
	},
	relativeLinks: false,
	channels: {
		name: "channel",
		path: "/accounts/channels",
		typesKey: "type",
		types: kinds,
		// "Max. 5 no. of channels are allowed per account" (`POST /accounts/channels`).
		most: 5,
		keptWhileUsed: true,
		datedAnswers: true,
		retryPolicy: false,
	},
	monitors: {
		path: "/accounts/channels/{channel}/monitors",
		standAlone: false,
		handles: true,
		wrappedStatus: true,
	},
	commands: { wrapped: true, batteryWarning: true },
};

const fleetV3: Family = {
	id: "fleet-v3",
	root: "/connectedcar/v3",
	vehicles: "/fleets/{fid}/vehicles",
	fleet: { all: "/fleets", one: "/fleets/{fid}", vehicleByVin: "/vehicles/{vin}" },
	shape: "flat",
	units: { speed: "km/h", electricConsumption: "Wh", fuelConsumption: "cL" },
	vehicleLabel: false,
	olderSpelling: false,
	histories: { chargingSessions: false, thefts: true },
	query: { clientId: true, orderBy: false, activeAlerts: false },
	paging: {
		usual: sixty,
		vehicles: { ...sixty, indexRange: false },
		telemetry: { ...sixty, max: 2000 },
		wayPoints: { ...sixty, max: 2000 },
		desk: sixty,
	},
	relativeLinks: true,
	channels: {
		name: "callback",
		path: "/fleets/{fid}/remote/callbacks",
		typesKey: "remoteTypes",
		types: remoteTypes,
		keptWhileUsed: false,
		datedAnswers: false,
		retryPolicy: true,
	},
	monitors: { path: "/fleets/{fid}/monitors", standAlone: true, handles: false, wrappedStatus: false },
	commands: { wrapped: false, batteryWarning: false },
};

/** The table of all families. */
export const families: Readonly<Record<FamilyId, Family>> = {
	"user-v4": userV4,
	"accounts-v1": accountsV1,
	"fleet-v3": fleetV3,
};
