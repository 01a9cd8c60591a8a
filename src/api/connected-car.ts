import { badInput, StellantisError } from "../error";
import { isCollection, isDocument, linkOf } from "../hal/document";
import { expandLink, isAnchored, type Link, type LinkParameters, requiredVariables, resolveHref } from "../hal/link";
import type { Fetch } from "../hal/pages";
import { defined, ownValue } from "../json";
import type { ApiClient, ApiResponse } from "../transport/client";
import type { Claim } from "../transport/limiter";
import { type Family, FIXED_BY_PAGE_TOKEN, type Route, type RouteName } from "./families";
import { quote } from "./time";

/** Query parameters by name; a list repeats the parameter, null and undefined take it away. */
export type Query = Record<
	string,
	string | number | boolean | null | undefined | readonly (string | number | boolean)[]
>;

/** Most characters of a path that a user may write. */
const LONGEST_PATH = 10_000;

/** What the API of one account is made of. */
export interface ConnectedCarOptions {
	family: Family;
	client: Pick<ApiClient, "send">;
	/** Root of the API, such as `https://host/connectedcar/v4`. */
	root: URL;
	/** Values for path variables that belong to the account, such as the fleet's `fid`. */
	variables: Readonly<Record<string, string>>;
	/** Language of texts, where a path takes it. */
	locale?: string | undefined;
}

/** The API of one account: where its resources are, and how to get them. */
export class ConnectedCar {
	readonly family: Family;
	readonly #options: ConnectedCarOptions;

	constructor(options: ConnectedCarOptions) {
		this.family = options.family;
		this.#options = options;
	}

	/**
	 * The route of a name.
	 *
	 * @throws ERR_NOT_SUPPORTED when the family has no such thing
	 */
	route(name: RouteName): Route {
		const route = ownValue(this.family.routes, name);
		if (route) return route;
		throw new StellantisError(
			"ERR_NOT_SUPPORTED",
			`The API family ${this.family.id} has no ${name.replaceAll("-", " ")}.`,
		);
	}

	/**
	 * The address of a route with its variables filled in.
	 *
	 * @throws ERR_BAD_INPUT for a missing value, or one that is no plain path segment
	 */
	address(route: Route, variables: LinkParameters = {}): URL {
		return this.#below(this.#fill(route.path, variables), route.path);
	}

	/**
	 * The address of what a vehicle has under a route: its own link where it carries one, else the route's path.
	 *
	 * @throws ERR_BAD_INPUT as {@link address}
	 */
	addressOfVehicle(route: Route, vehicle: { id: string; vin?: string; _links?: unknown }): URL {
		const link = route.relation === undefined ? undefined : linkOf(vehicle, route.relation);
		return this.addressBy(link, route) ?? this.address(route, { id: vehicle.id, ...defined({ vin: vehicle.vin }) });
	}

	/**
	 * Where a resource's own link to what a route names leads; undefined where it leaves that open: a template without its
	 * values, or what is relative to a document that nobody knows any more.
	 *
	 * @param document address of the document in which it stands, where that is known
	 */
	addressBy(link: Link | undefined, route: Route, document?: URL): URL | undefined {
		if (!link || requiredVariables(link.href).length > 0) return undefined;
		const href = expandLink(link);
		const addresses = this.#resolved(href, document);
		return addresses.find((address) => this.fits(route, address)) ?? (isAnchored(href) ? addresses[0] : undefined);
	}

	/**
	 * The address of a link of a document, its template filled from `parameters`.
	 *
	 * @param at address of the document, where that is known
	 * @throws ERR_BAD_INPUT for a relation the document does not have, or a variable without a value
	 */
	addressOfLink(document: unknown, relation: string, parameters: LinkParameters, at?: URL): URL {
		const link = linkOf(document, relation);
		if (!link) throw badInput(`There is no link ${quote(relation)}.`);
		const values = this.#checked(link.href, parameters);
		const addresses = this.#resolved(expandLink(link, values), at);
		const address = addresses.find((each) => this.match(each)) ?? addresses[0];
		if (!address) throw badInput(`The link "${relation}" leads to ${quote(link.href)}, which is no address.`);
		return address;
	}

	/**
	 * The address of a path that a user wrote, below the API's root; a whole address under that root will do as well.
	 *
	 * @throws ERR_BAD_INPUT for a path that leaves the API
	 */
	addressOfPath(path: string, parameters: LinkParameters): URL {
		if (path.length > LONGEST_PATH)
			throw badInput(`The path ${quote(path)} has more than ${LONGEST_PATH} characters, which no API takes.`);
		const root = this.#options.root.href.replace(/\/$/, "");
		const text = path.trim();
		const relative =
			text === root || text.startsWith(`${root}/`) || text.startsWith(`${root}?`) ? text.slice(root.length) : text;
		if (/^[a-z][a-z0-9+.-]*:/i.test(relative))
			throw badInput(`The path ${quote(path)} leaves the API. Give a path below ${root}, such as /user/vehicles.`);
		const filled = this.#fill(relative.startsWith("/") ? relative : `/${relative}`, parameters);
		return this.#below(filled, path);
	}

	/** The address behind a position's `address`. */
	resolve(address: string): URL {
		return new URL(this.#options.root.origin + address);
	}

	/** An address as it is kept in a position and told to users: below the API's root, without its query. */
	pathOf(address: URL): string {
		const root = this.#options.root.pathname.replace(/\/$/, "");
		return address.pathname.startsWith(`${root}/`) ? address.pathname.slice(root.length) : address.pathname;
	}

	/** The route that an address belongs to, or undefined for a path that the table does not know (yet). */
	match(address: URL): Route | undefined {
		return Object.values(this.family.routes).find((route) => this.fits(route, address));
	}

	/** True for an address that has a route's segments. */
	fits({ path }: Route, address: URL): boolean {
		const segments = this.pathOf(address).split("/");
		const pattern = path.split("/");
		return (
			pattern.length === segments.length &&
			pattern.every((segment, place) => segment.startsWith("{") || segment === segments[place])
		);
	}

	/** The values that an address gives to the variables of its route. */
	variablesOf(route: Route, address: URL): Record<string, string> {
		const segments = this.pathOf(address).split("/");
		return Object.fromEntries(
			route.path
				.split("/")
				.map((segment, place): [string, string] => [segment, segments[place] ?? ""])
				.filter(([segment]) => segment.startsWith("{"))
				.map(([segment, value]) => [segment.slice(1, -1), decoded(value)]),
		);
	}

	/** The id of the vehicle that an address lies below, whether or not the table knows the rest of it. */
	vehicleIdOf(address: URL): string | undefined {
		const segments = this.pathOf(address).split("/");
		const pattern = this.route("vehicle").path.split("/");
		const isBelow = pattern.every((segment, place) =>
			segment.startsWith("{") ? (segments[place] ?? "") !== "" : segment === segments[place],
		);
		return isBelow ? decoded(segments[pattern.indexOf("{id}")] ?? "") : undefined;
	}

	/** Puts parameters on an address, each exactly once and none that a page token has fixed already. */
	withQuery(address: URL, ...queries: Query[]): URL {
		const complete = new URL(address);
		const all: Query = Object.assign({}, ...queries);
		for (const [name, value] of Object.entries(all)) {
			complete.searchParams.delete(name);
			if (value === null || value === undefined) continue;
			for (const each of Array.isArray(value) ? value : [value]) complete.searchParams.append(name, String(each));
		}
		if (complete.searchParams.has("pageToken"))
			for (const name of FIXED_BY_PAGE_TOKEN) complete.searchParams.delete(name);
		return complete;
	}

	/** The parameters that a route always gets. */
	standingQuery(route: Route | undefined): Query {
		return { ...route?.query, ...(route?.locale && this.#options.locale ? { locale: this.#options.locale } : {}) };
	}

	/** Sends a GET. */
	get(url: URL, claim: Claim, signal?: AbortSignal): Promise<ApiResponse> {
		return this.#options.client.send({ url, claim, signal });
	}

	/** Sends what changes something; the body goes as JSON. It is sent once, whatever comes of it. */
	send(
		method: "POST" | "PUT" | "DELETE",
		url: URL,
		json: unknown,
		claim: Claim,
		signal?: AbortSignal,
	): Promise<ApiResponse> {
		return this.#options.client.send({ method, url, json, claim, signal });
	}

	/** How a collection gets its pages. */
	fetcher(claim: Claim, signal?: AbortSignal): Fetch<ApiResponse> {
		return async (url) => {
			const answer = await this.get(url, claim, signal);
			const { body, url: address, statusCode } = answer;
			return { document: body, url: address, statusCode, answer };
		};
	}

	/** Root of the API, with a slash at its end, against which a message's links are resolved. */
	get root(): string {
		return `${this.#options.root.href.replace(/\/$/, "")}/`;
	}

	/** What an href may mean: relative to its document, as it should be, or to the API's root, as some servers write it. */
	#resolved(href: string, document: URL | undefined): URL[] {
		const bases = document ? [document, this.root] : [this.root];
		return bases.map((base) => resolveHref(href, base)).filter((address) => address !== undefined);
	}

	#fill(template: string, parameters: LinkParameters): string {
		return expandLink({ href: template }, this.#checked(template, { ...this.#options.variables, ...parameters }));
	}

	#checked(template: string, parameters: LinkParameters): LinkParameters {
		for (const name of requiredVariables(template)) {
			const value = ownValue(parameters, name);
			if (value === undefined || value === null || value === "") {
				const where = Object.hasOwn(this.#options.variables, name) ? "in the account" : `in msg.params.${name}`;
				throw badInput(`${quote(template)} needs a value for {${name}}: give it ${where}.`);
			}
			if (!isSegment(String(value)))
				throw badInput(
					`${quote(value)} can't be used for {${name}}: an id is one path segment, without slashes or dots alone.`,
				);
		}
		return parameters;
	}

	/** Joins the root and a path, refusing whatever a URL parser would resolve to somewhere else. */
	#below(path: string, said: string): URL {
		const [pathname = ""] = path.split(/[?#]/, 1);
		const { root } = this.#options;
		const address = new URL(root.href.replace(/\/$/, "") + path);
		const leaves =
			pathname.split("/").some((segment) => /^(\.|%2e){1,2}$/i.test(segment)) || /[\\\s]|%5c|%2f/i.test(pathname);
		if (leaves || address.origin !== root.origin)
			throw badInput(
				`The path ${quote(said)} leaves the API, or holds what no path may. Give a path below ${root.href}.`,
			);
		return address;
	}
}

/** A segment of a path in plain text; as it stands where its percent signs are no encoding. */
function decoded(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

/** True for a value that stays one segment of a path whatever is around it. */
export function isSegment(value: string): boolean {
	return value !== "" && value.length <= 512 && !/[/\\?#%\s\p{Cc}]/u.test(value) && !/^\.{1,2}$/.test(value);
}

/**
 * The body of an answer that is a resource: a JSON object that says something, and of the kind that its route promises.
 *
 * @throws ERR_BAD_RESPONSE
 */
export function assertDocument({ body, url, statusCode }: ApiResponse, route?: Route): Record<string, unknown> {
	const isResource = isDocument(body) && Object.keys(body).length > 0;
	const { marks } = route ?? {};
	if (isResource && (!marks || isOfKind(body, marks))) return body;
	const instead = isResource ? "another document than that" : "something that is no HAL document";
	throw new StellantisError(
		"ERR_BAD_RESPONSE",
		`${url.host} answered ${url.pathname} with ${instead}. Check the account's API family and root address; if they are right, try again later.`,
		{ statusCode },
	);
}

function isOfKind(body: Record<string, unknown>, marks: readonly string[]): boolean {
	// What it says itself goes first: neighbours, counts or an embedded list may stand beside it one day.
	if (marks.some((mark) => Object.hasOwn(body, mark))) return true;
	return !isCollection(body) && (isDocument(body._links) || isDocument(body._embedded));
}
