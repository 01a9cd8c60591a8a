import { VIA_TITLES, type Via } from "../../api/commands/via-names";
import { BRANDS, brandSignIn, FAMILIES, type Family } from "../../api/families";
import { localeOf } from "../../api/locales";
import { quote } from "../../api/time";
import { badInput } from "../../error";
import { withoutEndSlashes } from "../../text";
import { ACCOUNT } from "../properties";
import { choice, numberValue, type Properties, text, words } from "../values";
import type { AccountCredentials } from "./credentials";

/** How an account signs in. */
export type AuthKind = (typeof ACCOUNT.auth.choices)[number];

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
	/** What delivers its commands beside the API, and its root address; undefined: the API does. */
	commandsVia: { via: Via; root: URL } | undefined;
}

/**
 * Reads the form of an account.
 *
 * @throws ERR_BAD_INPUT that names the field
 */
export function readAccountSettings(config: Properties, credentials: AccountCredentials): AccountSettings {
	const server = choice(config.server, "server", ACCOUNT.server.choices);
	const family = FAMILIES[choice(config.api, "api", ACCOUNT.api.choices)];
	const brand = choice(config.brand, "brand", ACCOUNT.brand.choices);
	const isLive = server === "live";
	// The form hides these fields in the demo: what is left in them must not act there.
	const { country: land, realm, locale }: Properties = isLive ? config : {};
	const country = text(land);
	if (country !== undefined && !ACCOUNT.country.looks.pattern.test(country))
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
		locale: text(locale) ?? (country && localeOf(country, family.brandRealm ? brand : undefined)),
		auth: choice(config.auth, "auth", ACCOUNT.auth.choices),
		tokenUrl: text(config.tokenUrl) ?? ofBrand?.tokenUrl,
		authorizeUrl: text(config.authorizeUrl) ?? ofBrand?.authorizeUrl,
		redirectUri: text(config.redirectUri) ?? ofBrand?.redirectUri,
		scope: text(config.scope) ?? ofBrand?.scope,
		headers: isLive ? { ...plainHeaders(config.headers), ...secretHeaders(credentials.secretHeaders) } : {},
		timeout: amount(config, "timeout"),
		retries: amount(config, "retries"),
		concurrency: amount(config, "concurrency"),
		requestsPerSecond: amount(config, "requestsPerSecond"),
		commands: config.commands === undefined || config.commands === null ? undefined : words(config.commands),
		commandLimit: amount(config, "commandLimit"),
		wakeupInterval: amount(config, "wakeupInterval"),
		wakeupsPerDay: amount(config, "wakeupsPerDay"),
		commandsVia: commandsViaOf(config),
	};
}

/** @throws ERR_BAD_INPUT for an address that is missing or none */
function commandsViaOf({ commandsVia, commandsUrl }: Properties): AccountSettings["commandsVia"] {
	const via = choice(commandsVia, "commandsVia", ACCOUNT.commandsVia.choices);
	if (via === "official") return undefined;
	const title = VIA_TITLES[via];
	const address = text(commandsUrl);
	if (address === undefined)
		throw badInput(`The account has no address of ${title}. Enter it in the account, under Commands.`);
	const root = plainAddress(address);
	if (!root)
		throw badInput(
			`The account's address of ${title} is no plain http:// or https:// address. Enter its root, such as http://homeassistant.local:8123, without user name, query or fragment.`,
		);
	return { via, root };
}

/** A web address without anything but host and path, no slash at its end; undefined for any other. */
function plainAddress(address: string): URL | undefined {
	const url = URL.canParse(address) ? new URL(address) : undefined;
	if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
		return undefined;
	url.pathname = withoutEndSlashes(url.pathname);
	return url;
}

type Amount =
	| "timeout"
	| "retries"
	| "concurrency"
	| "requestsPerSecond"
	| "commandLimit"
	| "wakeupInterval"
	| "wakeupsPerDay";

const amount = (config: Properties, name: Amount) =>
	numberValue(config[name], name, ACCOUNT[name].range, ACCOUNT[name].value);

function rootOf(value: unknown, family: Family): URL {
	const address = text(value) ?? family.baseUrl;
	if (address === undefined)
		throw badInput(`The family ${family.id} has no public address: enter the root address that your contract names.`);
	const url = plainAddress(address);
	if (!url)
		throw badInput(
			`The account's root address is no plain http:// or https:// address. Enter the API's root, such as https://host/connectedcar/v4, without user name, query or fragment.`,
		);
	return url;
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers that the HTTP client owns; another value would break the connection or the origin guard. */
export const OWN_HEADERS: readonly string[] = ["host", "connection", "content-length", "transfer-encoding", "upgrade"];

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
	if (!HEADER_NAME.test(name) || OWN_HEADERS.includes(name.toLowerCase()))
		throw badInput(`The account's extra header ${quote(name)} can't be sent: the name is not allowed.`);
	if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
		throw badInput(
			`The account's extra header ${quote(name)} can't be sent: its value holds characters no header may have.`,
		);
	return value;
}
