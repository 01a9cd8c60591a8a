import assert from "node:assert/strict";
import { createAgents, proxyFor } from "../../src/transport/agents";

const PROXY = "http://proxy.example:3128";

describe("the proxy for an address", () => {
	const table: [name: string, url: string, env: Record<string, string>, proxy: string | undefined][] = [
		["none", "https://api.example", {}, undefined],
		["https_proxy", "https://api.example", { https_proxy: PROXY }, PROXY],
		["HTTPS_PROXY", "https://api.example", { HTTPS_PROXY: PROXY }, PROXY],
		["lower case goes first", "https://api.example", { https_proxy: PROXY, HTTPS_PROXY: "http://other" }, PROXY],
		["not that of the other scheme", "https://api.example", { http_proxy: PROXY }, undefined],
		["http_proxy", "http://api.example", { http_proxy: PROXY }, PROXY],
		["all_proxy", "https://api.example", { ALL_PROXY: PROXY }, PROXY],
		["without scheme", "https://api.example", { https_proxy: "proxy.example:3128" }, PROXY],
		["all direct", "https://api.example", { https_proxy: PROXY, no_proxy: "*" }, undefined],
		["host direct", "https://api.example", { https_proxy: PROXY, no_proxy: "x, API.example" }, undefined],
		["domain direct", "https://a.b.example", { https_proxy: PROXY, no_proxy: ".b.example" }, undefined],
		["domain with star", "https://a.b.example", { https_proxy: PROXY, no_proxy: "*.b.example" }, undefined],
		["domain without dot", "https://a.b.example", { https_proxy: PROXY, no_proxy: "b.example" }, undefined],
		["the end of a name is no domain", "https://ab.example", { https_proxy: PROXY, no_proxy: "b.example" }, PROXY],
		["port direct", "https://api.example", { https_proxy: PROXY, no_proxy: "api.example:443" }, undefined],
		["other port", "https://api.example:8443", { https_proxy: PROXY, no_proxy: "api.example:443" }, PROXY],
		["IPv6", "https://[::1]:8443", { https_proxy: PROXY, no_proxy: "::1" }, undefined],
		["IPv6 with port", "https://[2001:db8::1]:8443", { https_proxy: PROXY, no_proxy: "[2001:db8::1]:8443" }, undefined],
		["IPv6, other port", "https://[2001:db8::1]:1", { https_proxy: PROXY, no_proxy: "[2001:db8::1]:8443" }, PROXY],
		["empty list", "https://api.example", { https_proxy: PROXY, no_proxy: " , " }, PROXY],
	];
	for (const [name, url, env, proxy] of table)
		it(`${name}: ${proxy ?? "none"}`, () => assert.equal(proxyFor(new URL(url), undefined, env), proxy));

	it("is the account's own before the environment's, with its own exceptions", () => {
		const own = { url: "http://own.example:1", noProxy: ["direct.example"] };
		const env = { https_proxy: PROXY, no_proxy: "*" };
		assert.equal(proxyFor(new URL("https://api.example"), own, env), own.url);
		assert.equal(proxyFor(new URL("https://direct.example"), own, env), undefined);
	});

	it("is refused when it is no address, without telling its password", () => {
		for (const url of ["socks5://user:hunter22@host", "http://", "ftp://host"])
			assert.throws(
				() => proxyFor(new URL("https://api.example"), { url, noProxy: [] }, {}),
				(error: Error & { code?: string }) => error.code === "ERR_BAD_INPUT" && !error.message.includes("hunter22"),
			);
	});
});

describe("the agents of an account", () => {
	it("are shared for one scheme and proxy", () => {
		const agents = createAgents({ maxSockets: 2, env: {} });
		assert.equal(agents.for(new URL("https://a.example")), agents.for(new URL("https://b.example")));
		assert.notEqual(agents.for(new URL("https://a.example")), agents.for(new URL("http://a.example")));
		agents.destroy();
	});
	it("refuse a certificate that can't be used, and quote none of it", () => {
		assert.throws(
			() => createAgents({ tls: { cert: "hunter22", key: "hunter22" }, maxSockets: 1 }),
			(error: Error & { code?: string }) =>
				error.code === "ERR_BAD_INPUT" && !JSON.stringify({ ...error, text: error.message }).includes("hunter22"),
		);
	});
});
