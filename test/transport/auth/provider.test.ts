import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import got from "got";
import { authorizationCodeAuth, clientCredentialsAuth, fileTokenStore, gotFetch } from "../../../src/transport/auth";
import {
	POST_CLIENT,
	PRIVATE_REDIRECT,
	type Provider,
	signInAtPage,
	startProvider,
	TLS_CLIENT,
	WEB_CLIENT,
} from "../../support/openid-provider";

describe("sign-in at a certified OpenID provider", () => {
	let provider: Provider;
	let directory: string;

	before(async () => {
		provider = await startProvider();
	});
	after(() => provider.stop());
	beforeEach(async () => {
		directory = await mkdtemp(join(tmpdir(), "stellantis-auth-"));
	});
	afterEach(() => rm(directory, { recursive: true }));

	const fetchWith = (https: object = {}) =>
		gotFetch(got.extend({ https: { certificateAuthority: provider.authority.cert, ...https } }));
	const driver = () =>
		authorizationCodeAuth({
			tokenUrl: `${provider.url}/token`,
			authorizeUrl: `${provider.url}/auth`,
			revokeUrl: `${provider.url}/token/revocation`,
			clientId: WEB_CLIENT.id,
			clientSecret: WEB_CLIENT.secret,
			scope: "openid",
			tokenQuery: { realm: "clientsB2CPeugeot" },
			fetch: fetchWith(),
			store: fileTokenStore(directory, "account1"),
		});
	const tokenOf = (headers: Record<string, string>) => headers.authorization?.replace("Bearer ", "") ?? "";

	it("signs a person in through the browser, with PKCE and a private-scheme redirect that was pasted", async () => {
		const auth = driver();
		const { url, state } = await auth.startSignIn({ redirectUri: PRIVATE_REDIRECT });
		assert.equal(new URL(url).searchParams.get("code_challenge_method"), "S256");
		const address = await signInAtPage(url, provider.authority);
		assert.ok(address.startsWith(PRIVATE_REDIRECT), address);
		await auth.finishSignIn(address, state);
		assert.equal(await provider.accepts(tokenOf(await auth.headers())), true);
		const shown = auth.state();
		assert.equal(shown.signedIn, true);
		assert.equal(shown.user, "driver@example.org");
		assert.ok(shown.expiresAt !== undefined && Math.abs(shown.expiresAt - Date.now() - 3_600_000) < 60_000);
	});

	it("renews through several rotations and restarts, each time from the disk", async () => {
		const first = driver();
		const { url, state } = await first.startSignIn({ redirectUri: PRIVATE_REDIRECT });
		await first.finishSignIn(await signInAtPage(url, provider.authority), state);
		let rejected = await first.headers();
		for (let restart = 0; restart < 3; restart++) {
			const auth = driver();
			assert.deepEqual(await auth.headers(), rejected);
			assert.equal(await auth.renew(rejected), true);
			const renewed = await auth.headers();
			assert.notDeepEqual(renewed, rejected);
			assert.equal(await provider.accepts(tokenOf(renewed)), true);
			rejected = renewed;
		}
	});

	it("refuses a code that is used a second time, in words", async () => {
		const auth = driver();
		const { url, state } = await auth.startSignIn({ redirectUri: PRIVATE_REDIRECT });
		const address = await signInAtPage(url, provider.authority);
		await auth.finishSignIn(address, state);
		await assert.rejects(auth.finishSignIn(address, state), { code: "ERR_BAD_INPUT", message: /Begin it again/ });
	});

	it("tells the provider of a sign-out", async () => {
		const auth = driver();
		const { url, state } = await auth.startSignIn({ redirectUri: PRIVATE_REDIRECT });
		await auth.finishSignIn(await signInAtPage(url, provider.authority), state);
		const token = tokenOf(await auth.headers());
		await auth.signOut();
		assert.equal(await provider.accepts(token), false);
		await assert.rejects(auth.headers(), { code: "ERR_SIGN_IN_NEEDED" });
		await assert.rejects(driver().headers(), { code: "ERR_SIGN_IN_NEEDED" });
	});

	for (const [clientAuthentication, client] of [
		["basic", WEB_CLIENT],
		["post", POST_CLIENT],
	] as const) {
		it(`gets a token for a client whose secret is sent as ${clientAuthentication}`, async () => {
			const auth = clientCredentialsAuth({
				tokenUrl: `${provider.url}/token`,
				clientId: client.id,
				clientSecret: client.secret,
				clientAuthentication,
				fetch: fetchWith(),
			});
			assert.equal(await provider.accepts(tokenOf(await auth.headers())), true);
		});
	}

	it("gets a token for a client known by its certificate alone", async () => {
		const { cert, key } = provider.authority.issue({ name: TLS_CLIENT.name });
		const auth = clientCredentialsAuth({
			tokenUrl: `${provider.url}/token`,
			clientId: TLS_CLIENT.id,
			fetch: fetchWith({ certificate: cert, key }),
		});
		assert.equal(await provider.accepts(tokenOf(await auth.headers())), true);
	});

	it("names the fields to correct when the client secret or the certificate is wrong", async () => {
		const wrongSecret = clientCredentialsAuth({
			tokenUrl: `${provider.url}/token`,
			clientId: WEB_CLIENT.id,
			clientSecret: "not-the-secret",
			fetch: fetchWith(),
		});
		const noCertificate = clientCredentialsAuth({
			tokenUrl: `${provider.url}/token`,
			clientId: TLS_CLIENT.id,
			fetch: fetchWith(),
		});
		for (const auth of [wrongSecret, noCertificate]) {
			await assert.rejects(auth.headers(), { code: "ERR_SIGN_IN_NEEDED", message: /client id and client secret/ });
		}
	});

	it("never talks to a server whose certificate is not trusted", async () => {
		const auth = clientCredentialsAuth({
			tokenUrl: `${provider.url}/token`,
			clientId: WEB_CLIENT.id,
			clientSecret: WEB_CLIENT.secret,
			fetch: gotFetch(got),
		});
		await assert.rejects(auth.headers(), {
			code: "ERR_NETWORK",
			message: /certificate .* not trusted .*TLS configuration/,
		});
	});
});
