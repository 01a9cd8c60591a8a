import { BRANDS, brandSignIn, FAMILIES, type Family, type FamilyId } from "../../api/families";
import { quote } from "../../api/time";
import { badInput } from "../../error";
import { withoutEndSlashes } from "../../text";
import { choice, numberValue, type Properties, text, words } from "../values";

/** Credentials of an account node, as Node-RED decrypts them. */
export interface AccountCredentials {
	clientId?: string;
	username?: string;
	clientSecret?: string;
	accessToken?: string;
	refreshToken?: string;
	password?: string;
	/** JSON object: header name to value. */
	secretHeaders?: string;
}

const AUTH_KINDS = ["token", "client-credentials", "authorization-code", "basic", "none"] as const;
/** How an account signs in. */
export type AuthKind = (typeof AUTH_KINDS)[number];

/** What an account's form says, checked and complete. */
export interface AccountSettings {
	server: "demo" | "live";
	family: Family;
	root: URL | undefined;
	fleetId: string | undefined;
	brand: keyof typeof BRANDS;
	country: string | undefined;
	realm: string | undefined;
	locale: string | undefined;
	auth: AuthKind;
	tokenUrl: string | undefined;
	authorizeUrl: string | undefined;
	redirectUri: string | undefined;
	scope: string | undefined;
	/** Extra headers, the secret ones among them. */
	headers: Record<string, string>;
	/** Seconds. */
	timeout: number;
	retries: number;
	concurrency: number;
	requestsPerSecond: number;
	/** Commands the account may send; undefined: all but the guarded. */
	commands: readonly string[] | undefined;
	/** Vehicles a minute that may be sent a command. */
	commandLimit: number;
	/** Minutes between two wake-ups of a vehicle. */
	wakeupInterval: number;
	/** Most wake-ups of a vehicle in 24 h. */
	wakeupsPerDay: number;
}

const BRAND_NAMES = Object.keys(BRANDS) as [keyof typeof BRANDS, ...(keyof typeof BRANDS)[]];
const FAMILY_NAMES = Object.keys(FAMILIES) as [FamilyId, ...FamilyId[]];

/**
 * Reads the form of an account.
 *
 * @throws ERR_BAD_INPUT that names the field
 */
export function readAccountSettings(config: Properties, credentials: AccountCredentials): AccountSettings {
	const server = choice(config.server, "server", ["demo", "live"]);
	const family = FAMILIES[choice(config.api, "api", FAMILY_NAMES)];
	const brand = choice(config.brand, "brand", BRAND_NAMES);
	const isLive = server === "live";
	// The form hides these fields in the demo: what is left in them must not act there.
	const { country: land, realm, locale }: Properties = isLive ? config : {};
	const country = text(land);
	if (country !== undefined && !/^[a-z]{2}$/i.test(country))
		throw badInput(`The account's country is ${quote(country)}; it must be two letters, such as fr.`);
	const ofBrand = family.brandRealm ? brandSignIn(brand, country) : undefined;
	return {
		server,
		family,
		root: isLive ? rootOf(config.baseUrl, family) : undefined,
		fleetId: text(config.fleetId),
		brand,
		country,
		realm: text(realm) ?? (family.brandRealm ? BRANDS[brand].realm : undefined),
		locale: text(locale) ?? localeOf(country),
		auth: choice(config.auth, "auth", AUTH_KINDS),
		tokenUrl: text(config.tokenUrl) ?? ofBrand?.tokenUrl,
		authorizeUrl: text(config.authorizeUrl) ?? ofBrand?.authorizeUrl,
		redirectUri: text(config.redirectUri) ?? ofBrand?.redirectUri,
		scope: text(config.scope) ?? ofBrand?.scope,
		headers: isLive ? { ...plainHeaders(config.headers), ...secretHeaders(credentials.secretHeaders) } : {},
		timeout: numberValue(config.timeout, "timeout", { min: 0.001, max: 3600, integer: false }, 30),
		retries: numberValue(config.retries, "retries", { min: 0, max: 20 }, 3),
		concurrency: numberValue(config.concurrency, "concurrency", { min: 1, max: 100 }, 4),
		requestsPerSecond: numberValue(
			config.requestsPerSecond,
			"requestsPerSecond",
			{ min: 0, max: 1000, integer: false },
			0,
		),
		commands: config.commands === undefined || config.commands === null ? undefined : words(config.commands),
		commandLimit: numberValue(config.commandLimit, "commandLimit", { min: 0, max: 100_000 }, 5),
		wakeupInterval: numberValue(config.wakeupInterval, "wakeupInterval", { min: 0, max: 100_000, integer: false }, 60),
		wakeupsPerDay: numberValue(config.wakeupsPerDay, "wakeupsPerDay", { min: 0, max: 1_000 }, 6),
	};
}

function rootOf(value: unknown, family: Family): URL {
	const address = text(value) ?? family.baseUrl;
	if (address === undefined)
		throw badInput(`The family ${family.id} has no public address: enter the root address that your contract names.`);
	const url = URL.canParse(address) ? new URL(address) : undefined;
	if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
		throw badInput(
			`The account's root address is no plain http:// or https:// address. Enter the API's root, such as https://host/connectedcar/v4, without user name, query or fragment.`,
		);
	url.pathname = withoutEndSlashes(url.pathname);
	return url;
}

/** The usual locale of a country's customers (`fr` gives `fr-FR`), or undefined where a country has several or none. */
function localeOf(country: string | undefined): string | undefined {
	if (country === undefined) return undefined;
	const region = country.toUpperCase();
	const { language } = new Intl.Locale(`und-${region}`).maximize();
	return language === undefined || language === "und" ? undefined : `${language}-${region}`;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers that the HTTP client owns; another value would break the connection or the origin guard. */
const OWN_HEADERS = new Set(["host", "connection", "content-length", "transfer-encoding", "upgrade"]);

function plainHeaders(value: unknown): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const entry of Array.isArray(value) ? value : []) {
		const { name, value: content } = (entry ?? {}) as { name?: unknown; value?: unknown };
		const key = text(name);
		if (key === undefined) continue;
		headers[key.toLowerCase()] = checkedHeader(key, String(content ?? ""));
	}
	return headers;
}

function secretHeaders(json: string | undefined): Record<string, string> {
	if (text(json) === undefined) return {};
	let parsed: unknown;
	try {
		parsed = JSON.parse(json as string);
	} catch {
		// The parser's message quotes the secret; the sentence below says enough.
	}
	if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
		throw badInput('The account\'s secret headers are no JSON object such as {"X-Header": "value"}.');
	return Object.fromEntries(
		Object.entries(parsed).map(([name, content]) => [name.toLowerCase(), checkedHeader(name, String(content))]),
	);
}

function checkedHeader(name: string, value: string): string {
	if (!HEADER_NAME.test(name) || OWN_HEADERS.has(name.toLowerCase()))
		throw badInput(`The account's extra header ${quote(name)} can't be sent: the name is not allowed.`);
	if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
		throw badInput(
			`The account's extra header ${quote(name)} can't be sent: its value holds characters no header may have.`,
		);
	return value;
}

/** Every secret among the credentials, the values of secret headers one by one. */
export function secretsOfCredentials(credentials: AccountCredentials): string[] {
	const { clientSecret, accessToken, refreshToken, password, secretHeaders: text = "" } = credentials;
	let headers: string[];
	try {
		headers = Object.values(JSON.parse(text || "{}")).map(String);
	} catch {
		// Not JSON: the account says so when it connects; the whole text is still kept out of sight.
		headers = [text];
	}
	return [clientSecret, accessToken, refreshToken, password, ...headers].filter(
		(secret): secret is string => typeof secret === "string" && secret !== "",
	);
}
