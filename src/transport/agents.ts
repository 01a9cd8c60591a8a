import * as http from "node:http";
import * as https from "node:https";
import { createSecureContext } from "node:tls";
import { HttpProxyAgent, HttpsProxyAgent } from "hpagent";
import { StellantisError } from "../error";

/** TLS settings as a `tls-config` node gives them; `rejectUnauthorized` is the user's choice there, never ours. */
export interface TlsOptions {
	ca?: string | Buffer;
	cert?: string | Buffer;
	key?: string | Buffer;
	passphrase?: string;
	rejectUnauthorized?: boolean;
	servername?: string;
}

/** A proxy as an `http proxy` node gives it: address with user and password inside, hosts that go without. */
export interface ProxyOptions {
	url: string;
	noProxy: readonly string[];
}

/** The connections of an account. */
export interface Agents {
	/** The agent for an address: through the proxy where one applies, connections kept alive. */
	for(url: URL): http.Agent | https.Agent;
	destroy(): void;
}

/**
 * Makes the connection pools of an account. The chosen proxy goes before the usual environment variables; TLS settings
 * hold for every https connection, through a proxy or not.
 *
 * @throws ERR_BAD_INPUT when the certificate, key or passphrase can't be used
 */
export function createAgents(options: {
	tls?: TlsOptions | undefined;
	proxy?: ProxyOptions | undefined;
	maxSockets: number;
	/** Where the usual proxy variables are looked up. */
	env?: NodeJS.ProcessEnv;
}): Agents {
	const { tls = {}, maxSockets, env = process.env } = options;
	try {
		createSecureContext(tls);
	} catch (error) {
		throw new StellantisError(
			"ERR_BAD_INPUT",
			"The TLS configuration of the account can't be used: check its certificate, private key, CA and passphrase (PEM files, and the key must belong to the certificate).",
			{ cause: error },
		);
	}
	const pool = new Map<string, http.Agent | https.Agent>();
	/** By origin, so that proxies and the environment aren't asked for each request. */
	const known = new Map<string, http.Agent | https.Agent>();
	const common = { keepAlive: true, maxSockets, ...tls };
	return {
		for(url) {
			const before = known.get(url.origin);
			if (before) return before;
			const proxy = proxyFor(url, options.proxy, env);
			const key = `${url.protocol} ${proxy ?? ""}`;
			let agent = pool.get(key);
			if (!agent) {
				if (proxy) agent = new (url.protocol === "https:" ? HttpsProxyAgent : HttpProxyAgent)({ ...common, proxy });
				else
					agent = url.protocol === "https:" ? new https.Agent(common) : new http.Agent({ keepAlive: true, maxSockets });
				pool.set(key, agent);
			}
			known.set(url.origin, agent);
			return agent;
		},
		destroy() {
			for (const agent of pool.values()) agent.destroy();
			pool.clear();
			known.clear();
		},
	};
}

/** Most characters of an address or a host. */
const LONGEST = 2_000;

/** The proxy for an address, or undefined: the configured one, else `https_proxy`, `http_proxy` or `all_proxy`. */
export function proxyFor(
	url: URL,
	configured: ProxyOptions | undefined,
	env: NodeJS.ProcessEnv = process.env,
): string | undefined {
	const variable = (name: string) => env[name.toLowerCase()] || env[name.toUpperCase()];
	const noProxy = configured ? configured.noProxy : (variable("no_proxy") ?? "").split(/[\s,]+/);
	if (goesDirect(url, noProxy)) return undefined;
	const address = configured ? configured.url : variable(`${url.protocol.slice(0, -1)}_proxy`) || variable("all_proxy");
	if (!address) return undefined;
	const proxy = address.slice(0, LONGEST).includes("://") ? address : `http://${address}`;
	if (proxy.length <= LONGEST && URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol)) return proxy;
	throw new StellantisError("ERR_BAD_INPUT", "The proxy's address is no http:// or https:// address.");
}

/** True when a host is on the list: `*`, a host name, a domain (`.example.org` or `example.org`), any with a port. */
function goesDirect(url: URL, noProxy: readonly string[]): boolean {
	const host = url.hostname.toLowerCase().replace(/^\[|\]$/g, "");
	const port = url.port || (url.protocol === "https:" ? "443" : "80");
	return noProxy.some((entry) => {
		if (entry.length > LONGEST) return false;
		const rule = entry.trim().toLowerCase();
		if (rule === "*") return true;
		const [name = "", rulePort = port] = hostAndPort(rule);
		if (name === "" || rulePort !== port) return false;
		const domain = name.replace(/^\*?\./, "");
		return host === domain || host.endsWith(`.${domain}`);
	});
}

/** An IPv6 address stands in brackets where a port follows; without them its colons start none. */
function hostAndPort(rule: string): string[] {
	if (rule.startsWith("["))
		return rule
			.slice(1)
			.split(/\]:?/, 2)
			.filter((part) => part !== "");
	return rule.indexOf(":") === rule.lastIndexOf(":") ? rule.split(":") : [rule];
}
