import { BRANDS, FAMILIES } from "../../../api/families";
import { isVin } from "../../../api/vehicles";
import { isLoopback } from "../../../transport/loopback";
import { type Kind, Pseudonyms } from "./pseudonyms";

/** Hosts that everybody knows. */
const PUBLIC_HOSTS: ReadonlySet<string> = new Set([
	...Object.values(FAMILIES).flatMap(({ baseUrl }) => (baseUrl ? [new URL(baseUrl).host] : [])),
	...Object.values(BRANDS).map(({ domain }) => `idpcvs.${domain}`),
]);

/** Schemes of the brands' apps. */
const APP_SCHEMES: ReadonlySet<string> = new Set(Object.values(BRANDS).map(({ scheme }) => scheme));

/** True for the redirect address of a brand's app, which ends with a country. */
function isAppAddress(address: string): boolean {
	const [scheme = "", country = ""] = address.split("://oauth2redirect/", 2);
	return APP_SCHEMES.has(scheme) && /^[a-z]{2}$/.test(country);
}

/** Query parameters of the API and of sign-ins. */
const PARAMETERS: ReadonlySet<string> = new Set([
	...["pageSize", "indexRange", "pageToken", "timestamps", "orderBy", "extension", "locale", "client_id", "realm"],
	...Object.values(FAMILIES).flatMap(({ routes }) => Object.values(routes).flatMap(({ filters = [] }) => filters)),
]);

/** Most characters of a value that are looked at. */
const LONGEST = 2_000;

/** Gives everything private a name (see {@link Pseudonyms}); what is not known to be harmless counts as private. */
export class Replacer {
	readonly pseudonyms = new Pseudonyms();

	/** An address without its path and query, the host replaced unless everybody knows it. */
	address(address: string): string {
		if (isAppAddress(address)) return address;
		const url = URL.canParse(address.slice(0, LONGEST)) ? new URL(address.slice(0, LONGEST)) : undefined;
		if (!url || !/^https?:$/.test(url.protocol)) return this.pseudonyms.of("address", address);
		return `${url.protocol}//${this.host(url.host)}`;
	}

	/** A host with its port: one that everybody knows, this machine, or a name. */
	host(host: string): string {
		if (PUBLIC_HOSTS.has(host)) return host;
		const isHere = host.length <= LONGEST && isLoopback(host.replace(/:\d+$/, ""));
		return isHere ? "this-machine" : this.pseudonyms.of("host", host);
	}

	/** The names of query parameters, those that everybody knows as they are. */
	parameters(parameters: URLSearchParams): string[] {
		return [...new Set(parameters.keys())].map((name) =>
			PARAMETERS.has(name) ? name : this.pseudonyms.of("parameter", name),
		);
	}

	/** The name of an id, which may be a VIN. */
	id(kind: Kind, value: string): string {
		return this.pseudonyms.of(isVin(value) ? "vin" : kind, value);
	}
}
