/**
 * What the build takes from the runtime's tables for forms: the exports of resources/generated/facts.js, which
 * scripts/forms/facts.ts writes. Nothing in it is written by hand.
 */
interface StellantisFacts {
	/** By id, in the order they are offered. */
	FAMILIES: Record<string, StellantisFamily>;
	/** By name. */
	BRANDS: Record<string, StellantisBrand>;
	/** Kinds of clients that sign owners in, and what goes together for each, see src/api/clients.ts. */
	CLIENTS: Record<string, StellantisClient>;
	/** What delivers commands beside the API, by name, and what each can be asked. */
	VIAS: Record<string, { commands: StellantisFamily["commands"] }>;
	/** Every command; a guarded one is sent only if the account names it. */
	COMMANDS: Record<string, { guarded?: boolean }>;
	/** Named resources with more than one entry, in whichever families have them. */
	COLLECTIONS: string[];
	/** Those of them that take a time range. */
	RANGED: string[];
	/** By node type, the properties that are typed inputs, and the kinds that each may be, the default first. */
	TYPES: Record<string, Record<string, string[]>>;
	/** By node type, the properties that are lists of some of these values. */
	LISTS: Record<string, Record<string, string[]>>;
	/** By way to sign in (`auth`), the credentials that it needs. */
	NEEDED: Record<string, string[]>;
	/** Headers that belong to the connection itself. */
	OWN_HEADERS: string[];
	/** The days as programs name them, from Monday. */
	WEEK: string[];
	/** Pattern of a time of day as a duration after midnight: its hours, minutes and seconds. */
	CLOCK: RegExp;
	/** Names of times, such as `today`, that a bound of a time range may have. */
	NAMED_TIMES: string[];
	/** The fields of a monitor's zone. */
	ZONE: StellantisField[];
	/** What a watch can be set to. */
	WATCH: StellantisWatch;
	/** Languages that the catalogs are in, beside English. */
	LANGUAGES: string[];
}

/** What sets a family apart, as far as forms are concerned. */
interface StellantisFamily {
	/** Root of the API when the account's `baseUrl` is empty; empty where there is none. */
	baseUrl: string;
	/** What conditions of forms may ask, see resources/editor/conditions.js. */
	traits: {
		/** The brand chooses the realm and the sign-in host. */
		brands: boolean;
		/** Vehicles stand below a fleet, and monitors watch all of it. */
		fleets: boolean;
		/** The locale matters. */
		locales: boolean;
		/** There is a public root. */
		publicRoot: boolean;
	};
	/** How most accounts sign in. */
	usualAuth: string;
	/** The largest page. */
	pageSize: number;
	/** That of the resources which have another one. */
	pageSizes: Record<string, number>;
	/** What can be read of the whole fleet at once. */
	fleetResources: string[];
	/** Named resources that it has. */
	resources: string[];
	/** Paths that are known, with variables in braces. */
	paths: string[];
	/** Filters that its collections know, by resource. */
	filters: Record<string, string[]>;
	/** What each of its commands takes: null where no arguments are looked at. */
	commands: Record<string, StellantisCommand | null>;
}

/** What the sign-in of a brand's customers uses where the account says nothing else. */
interface StellantisBrand {
	realm: string;
	authorizeUrl: string;
	tokenUrl: string;
	scope: string;
	/** `{country}` stands for two small letters. */
	redirectUri: string;
}

/** A kind of client. */
interface StellantisClient {
	/** Host of the API. */
	host: string;
	/** True where that lets nobody in without a client certificate. */
	certificate: boolean;
	/** What it may ask for: whole scopes, or the beginnings of scopes. */
	scopes: string[];
	/** True when the sign-in ends at the private address of a brand's app. */
	privateRedirect: boolean;
}

/** The arguments of a command. */
interface StellantisCommand {
	fields: (StellantisField | StellantisPrograms)[];
	/** What a new choice of it starts with. */
	fresh: object;
	/** True where one of them is taken at a time. */
	oneAtATime?: boolean;
}

/** What a watch can be set to, beside its numbers, which are checked as those of all nodes. */
interface StellantisWatch {
	/** Ids of its events, by what they are about. */
	events: Record<string, string[]>;
	/** What a zone is made of. */
	zone: StellantisField[];
	/** What a new zone has. */
	freshZone: { radius: number };
	mostZones: number;
	/** Rows of a price. */
	mostPrices: number;
	/** Characters of a currency. */
	longestCurrency: number;
}
