import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { Authority, type Certificate } from "../support/certificates";
import { startProxy, type TestProxy } from "../support/proxy";
import { FaultApi } from "./api";
import { accountAt, assertNothingLeaked, assertWhole, credentialsWith, errorOf, listNode, SECRETS } from "./flows";
import { Runtime } from "./runtime";

const tlsNode = { id: "tls", type: "tls-config", name: "", cert: "", key: "", ca: "", verifyservercert: true };

describe("TLS, for API and token endpoint alike", () => {
	const authority = new Authority();
	const stranger = new Authority("Somebody else");
	const serverCertificate = authority.issue({ name: "api", hosts: ["127.0.0.1"] });
	const client = authority.issue({ name: "fleet.example" });
	let api: FaultApi;
	let runtime: Runtime;

	async function start(server: Certificate, files: Record<string, string>, changes: object = {}): Promise<void> {
		api = await new FaultApi().start({ ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
		api.killAccessToken();
		await runtime.start(
			[accountAt(api, { auth: "client-credentials", tls: "tls", timeout: 5, ...changes }), listNode(), tlsNode],
			{ ...credentialsWith(), tls: files },
		);
	}
	const files = ({ cert, key }: Certificate, more = {}) => ({
		certdata: cert,
		keydata: key,
		cadata: authority.cert,
		...more,
	});
	const failure = async () => errorOf((await runtime.send("list")).errors[0] ?? {});

	beforeEach(() => {
		runtime = new Runtime();
	});
	afterEach(async () => {
		await runtime.stop();
		await api.stop();
		assertNothingLeaked(runtime, api);
		for (const text of runtime.written) assert.doesNotMatch(text, /PRIVATE KEY/);
	});

	it("shows the client certificate of the core TLS configuration at both", async () => {
		await start(serverCertificate, files(client));
		assertWhole(await runtime.send("list"));
		assert.equal(api.tokenRequests.length, 1);
	});

	it("takes a private key that is locked with a passphrase", async () => {
		const locked = createPrivateKey(client.key).export({
			type: "pkcs8",
			format: "pem",
			cipher: "aes-256-cbc",
			passphrase: SECRETS.passphrase,
		});
		await start(serverCertificate, files(client, { keydata: locked, passphrase: SECRETS.passphrase }));
		assertWhole(await runtime.send("list"));
	});

	for (const [what, material] of Object.entries({
		"a certificate that is none": files(client, { certdata: "-----BEGIN CERTIFICATE-----\nnonsense\n" }),
		"a key that is none": files(client, { keydata: "nonsense" }),
		"a key of another certificate": files(client, { keydata: stranger.issue({ name: "x" }).key }),
		"a key with a wrong passphrase": files(client, {
			keydata: createPrivateKey(client.key).export({
				type: "pkcs8",
				format: "pem",
				cipher: "aes-256-cbc",
				passphrase: "another",
			}),
			passphrase: SECRETS.passphrase,
		}),
	}))
		it(`names what to check after ${what}, and sends nothing`, async () => {
			await start(serverCertificate, material as Record<string, string>);
			const { code, message } = await failure();
			assert.equal(code, "ERR_BAD_INPUT");
			assert.match(message, /TLS configuration .*certificate, private key, CA and passphrase/);
			assert.equal(api.tokenRequests.length + api.seen.length, 0);
		});

	it("says that a TLS configuration with a certificate but no key is not valid", async () => {
		await start(serverCertificate, { certdata: client.cert, keydata: "", cadata: "" });
		const { code, message } = await failure();
		assert.equal(code, "ERR_BAD_INPUT");
		assert.match(message, /TLS configuration is missing or not valid/);
	});

	const CONFIGURATION = /TLS configuration|broke the connection off/;
	for (const [what, server, material, said] of [
		["an authority nobody knows", serverCertificate, files(client, { cadata: stranger.cert }), CONFIGURATION],
		["no authority given", serverCertificate, files(client, { cadata: "" }), CONFIGURATION],
		[
			"another host's certificate",
			authority.issue({ name: "x", hosts: ["elsewhere.example"] }),
			files(client),
			/made for another host/,
		],
		[
			"a certificate that has ended",
			authority.issue({ name: "x", hosts: ["127.0.0.1"], lifetime: -1000 }),
			files(client),
			/has expired\. Check this machine's clock/,
		],
		[
			"a client certificate it does not know",
			serverCertificate,
			files(stranger.issue({ name: "fleet.example" })),
			CONFIGURATION,
		],
	] as const)
		for (const auth of ["token", "client-credentials"])
			it(`talks to no server with ${what} (${auth})`, async () => {
				await start(server, material, { auth });
				const { code, message } = await failure();
				assert.equal(code, "ERR_NETWORK");
				assert.match(message, said);
				assert.equal(/the sign-in server/i.test(message), auth !== "token");
				assert.equal(api.tokenRequests.length + api.seen.length, 0);
			});
});

describe("a proxy between Node-RED and the API", () => {
	let api: FaultApi;
	let proxy: TestProxy;
	let runtime: Runtime;
	const variables = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"].flatMap((name) => [
		name,
		name.toUpperCase(),
	]);
	const before: Record<string, string | undefined> = {};
	const proxyNode = (changes: object = {}) => ({
		id: "proxy",
		type: "http proxy",
		name: "",
		url: proxy.url,
		noproxy: [],
		...changes,
	});
	const start = (node: object | undefined, password: string = SECRETS.proxyPassword, auth = "client-credentials") =>
		runtime.start(
			[
				accountAt(api, { auth, timeout: 2, ...(node ? { proxy: "proxy" } : {}) }),
				listNode(),
				...(node ? [node as ReturnType<typeof proxyNode>] : []),
			],
			{ ...credentialsWith(), ...(node ? { proxy: { username: "porter", password } } : {}) },
		);

	beforeEach(async () => {
		for (const name of variables) {
			before[name] = process.env[name];
			delete process.env[name];
		}
		api = await new FaultApi().start();
		api.killAccessToken();
		proxy = await startProxy(`porter:${SECRETS.proxyPassword}`);
		runtime = new Runtime();
	});
	afterEach(async () => {
		for (const [name, value] of Object.entries(before)) {
			if (value === undefined) delete process.env[name];
			else process.env[name] = value;
		}
		await runtime.stop();
		await Promise.all([api.stop(), proxy.stop()]);
		assertNothingLeaked(runtime, api);
	});

	const target = () => new URL(api.url).host;
	const through = () => [...new Set(proxy.asked.map((tunnel) => tunnel.target))];

	it("carries API and token requests, with the user and password of the core configuration", async () => {
		await start(proxyNode());
		assertWhole(await runtime.send("list"));
		assert.deepEqual(through(), [target()]);
		assert.equal(api.tokenRequests.length, 1);
	});

	it("carries TLS unseen", async () => {
		await api.stop();
		const authority = new Authority();
		api = await new FaultApi().start(authority.issue({ name: "api", hosts: ["127.0.0.1"] }));
		await runtime.start(
			[
				accountAt(api, { timeout: 2, proxy: "proxy", tls: "tls" }),
				listNode(),
				proxyNode() as ReturnType<typeof proxyNode>,
				tlsNode,
			],
			{
				...credentialsWith(),
				proxy: { username: "porter", password: SECRETS.proxyPassword },
				tls: { certdata: "", keydata: "", cadata: authority.cert },
			},
		);
		assertWhole(await runtime.send("list"));
		assert.deepEqual(through(), [target()]);
	});

	it("is not gone around when it refuses the password", async () => {
		await start(proxyNode(), "cnry-wrong-proxy-password", "basic");
		const { code, message } = errorOf((await runtime.send("list")).errors[0] ?? {});
		assert.equal(code, "ERR_NETWORK");
		assert.match(message, /proxy does not let .*407.*user and password/);
		assert.equal(api.seen.length + api.tokenRequests.length, 0);
		assert.equal(proxy.asked.length, 1);
	});

	it("is left out for hosts that go without", async () => {
		await start(proxyNode({ noproxy: ["127.0.0.1"] }));
		assertWhole(await runtime.send("list"));
		assert.equal(proxy.asked.length, 0);
	});

	for (const name of ["http_proxy", "HTTP_PROXY", "all_proxy"])
		it(`comes from the environment (${name})`, async () => {
			process.env[name] = proxy.url.replace("://", `://porter:${encodeURIComponent(SECRETS.proxyPassword)}@`);
			await start(undefined);
			assertWhole(await runtime.send("list"));
			assert.deepEqual(through(), [target()]);
		});

	it("respects no_proxy", async () => {
		process.env.http_proxy = proxy.url;
		process.env.no_proxy = "example.org, 127.0.0.1";
		await start(undefined);
		assertWhole(await runtime.send("list"));
		assert.equal(proxy.asked.length, 0);
	});

	it("is never asked for the demo API, which is on this machine", async () => {
		process.env.http_proxy = proxy.url;
		await runtime.start([{ id: "acc", type: "stellantis-account", server: "demo" }, listNode()]);
		assert.deepEqual((await runtime.send("list")).errors, []);
		assert.equal(proxy.asked.length, 0);
	});
});
