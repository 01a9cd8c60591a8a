import assert from "node:assert/strict";
import got from "got";
import sinon from "sinon";
import { clientCredentialsAuth, gotFetch } from "../../../src/transport/auth";
import { json, type PlainTokenServer } from "../../support/oauth-server";
import { CLIENT, failureOf, setUp, shown } from "./helpers";

describe("sign-in servers that bend the rules", () => {
	const { context, options, open, signedIn } = setUp();
	const client = (changes: object = {}) => clientCredentialsAuth({ ...options(), ...changes });
	const answer = (body: object) =>
		context.server.answerNext((_request, response) => json(response, 200, { access_token: "odd-token", ...body }));

	const garbageJwt = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(
		'{"iss":"https://elsewhere.example","aud":"nobody","exp":1,"name":"Ada"}',
	).toString("base64url")}.x`;
	for (const [what, body] of Object.entries({
		"a lifetime as text": { token_type: "Bearer", expires_in: "3600" },
		"no lifetime": { token_type: "bearer" },
		"a lifetime of null": { token_type: "bearer", expires_in: null },
		"a token type in capitals": { token_type: "BEARER" },
		"no token type": {},
		"an id_token that is garbage": { token_type: "Bearer", id_token: "garbage" },
		"an id_token that is a number": { token_type: "Bearer", id_token: 7 },
		"an id_token of another issuer": { token_type: "Bearer", id_token: garbageJwt },
		"a scope as array": { token_type: "Bearer", scope: ["openid"] },
		"a refresh token of null": { token_type: "Bearer", refresh_token: null },
	})) {
		it(`gets along with ${what}`, async () => {
			answer(body);
			assert.deepEqual(await client().headers(), { authorization: "Bearer odd-token" });
		});
	}

	it("reads JSON that calls itself text", async () => {
		context.server.answerNext((_request, response) =>
			response.writeHead(200, { "content-type": "text/plain" }).end('{"access_token":"odd-token"}'),
		);
		assert.deepEqual(await client().headers(), { authorization: "Bearer odd-token" });
	});

	it("uses a token without known lifetime until it is refused", async () => {
		context.server.lifetime = undefined;
		const auth = await signedIn();
		const first = await auth.headers();
		context.clock.pass(10 * 86_400);
		assert.deepEqual(await auth.headers(), first);
		assert.equal(await auth.renew(first), true);
		assert.notDeepEqual(await auth.headers(), first);
	});

	it("keeps the refresh token of a server that doesn't rotate", async () => {
		const auth = await signedIn();
		context.clock.pass(4000);
		answer({ token_type: "bearer", expires_in: 60 });
		await auth.headers();
		context.clock.pass(61);
		await auth.headers();
		const [first, second] = context.server.requests.slice(-2);
		assert.equal(first?.body.get("refresh_token"), second?.body.get("refresh_token"));
	});

	for (const [what, tokenPath, revokePath] of [
		["beside the token address of the brands", "/am/oauth2/access_token?x=1", "/am/oauth2/token/revoke"],
		["nowhere where nobody knows where", "/token", undefined],
	])
		it(`tells a sign-out ${what}`, async () => {
			const auth = await signedIn({ tokenUrl: `${context.server.url}${tokenPath}`, revokeUrl: undefined });
			await auth.signOut();
			const told = context.server.requests.slice(1);
			assert.deepEqual(
				told.map(({ path }) => path),
				revokePath === undefined ? [] : [revokePath],
			);
			for (const { body, query } of told) {
				assert.match(body.get("token") ?? "", /^refresh-/);
				assert.equal(query.get("realm"), "clientsB2COpel");
			}
		});

	it("sends id and secret as HTTP Basic, the realm with refresh and revoke, and the scope as given", async () => {
		const auth = await signedIn({ scope: "openid,profile" });
		const { url } = await auth.startSignIn({ redirectUri: "https://host.example" });
		const page = new URL(url).searchParams;
		assert.equal(page.get("scope"), "openid,profile");
		assert.equal(page.get("service"), "login");
		assert.equal(page.get("redirect_uri"), "https://host.example");
		context.clock.pass(4000);
		await auth.headers();
		await auth.signOut();
		const [exchange, refresh, revoke] = context.server.requests;
		const basic = `Basic ${Buffer.from(`${CLIENT.clientId}:${CLIENT.clientSecret}`).toString("base64")}`;
		for (const request of [exchange, refresh, revoke]) {
			assert.equal(request?.authorization, basic);
			assert.equal(request?.body.get("client_secret"), null);
		}
		assert.equal(exchange?.query.get("realm"), null);
		assert.equal(exchange?.body.get("redirect_uri"), "app://oauth2redirect/fr");
		assert.equal(refresh?.query.get("realm"), "clientsB2COpel");
		assert.equal(revoke?.query.get("realm"), "clientsB2COpel");
		assert.equal(revoke?.body.get("token_type_hint"), "refresh_token");
	});

	it("sends only the client id of a client without secret, and no PKCE where it is switched off", async () => {
		const auth = open({ clientSecret: "", pkce: false });
		const { url, state } = await auth.startSignIn({ redirectUri: "app://x/y" });
		assert.equal(new URL(url).searchParams.get("code_challenge"), null);
		await auth.finishSignIn("bare-code", state);
		const [exchange] = context.server.requests;
		assert.equal(exchange?.authorization, undefined);
		assert.equal(exchange?.body.get("client_id"), CLIENT.clientId);
		assert.equal(exchange?.body.get("code_verifier"), null);
	});

	type Fault = Parameters<PlainTokenServer["answerNext"]>[0];
	const faults: [string, Fault, string, RegExp][] = [
		["a web page", (_q, r) => r.end("<html>Welcome</html>"), "ERR_BAD_RESPONSE", /token address/],
		["a web page with 404", (_q, r) => void r.writeHead(404).end("<html>"), "ERR_BAD_RESPONSE", /404.*token address/],
		["a redirect", (_q, r) => void r.writeHead(302, { location: "/login" }).end(), "ERR_BAD_RESPONSE", /token address/],
		["half a JSON", (_q, r) => r.end('{"access_token":"half'), "ERR_BAD_RESPONSE", /token address/],
		["an array", (_q, r) => json(r, 200, ["access_token"]), "ERR_BAD_RESPONSE", /token address/],
		["no token", (_q, r) => json(r, 200, { hello: 1 }), "ERR_BAD_RESPONSE", /token address/],
		[
			"a token with a line break",
			(_q, r) => json(r, 200, { access_token: "a\nb" }),
			"ERR_BAD_RESPONSE",
			/token address/,
		],
		["two megabytes", (_q, r) => r.end("x".repeat(2_000_000)), "ERR_BAD_RESPONSE", /more than a token/],
		[
			"bad gzip",
			(_q, r) => void r.writeHead(200, { "content-encoding": "gzip" }).end("no gzip"),
			"ERR_BAD_RESPONSE",
			/unpacked/,
		],
		["a failure of its own", (_q, r) => void r.writeHead(503).end("<html>"), "ERR_SERVER", /later/],
		["a closed connection", (_q, r) => void r.destroy(), "ERR_NETWORK", /can't be reached/],
		[
			"a cut body",
			(_q, r) => void r.writeHead(200, { "content-length": "99" }).write("{", () => r.destroy()),
			"ERR_NETWORK",
			/can't be reached/,
		],
		[
			"invalid_client",
			(_q, r) => json(r, 401, { error: "invalid_client" }, { "www-authenticate": "Basic realm=x" }),
			"ERR_SIGN_IN_NEEDED",
			/client id and client secret/,
		],
		[
			"a gateway's 401",
			(_q, r) => json(r, 401, { httpCode: "401", httpMessage: "Unauthorized" }),
			"ERR_SIGN_IN_NEEDED",
			/client id and client secret/,
		],
		["invalid_scope", (_q, r) => json(r, 400, { error: "invalid_scope" }), "ERR_SIGN_IN_NEEDED", /field scope/],
		["an unknown error", (_q, r) => json(r, 400, { error: "odd_one" }), "ERR_SIGN_IN_NEEDED", /token address/],
	];
	for (const [what, fault, code, sentence] of faults) {
		it(`puts ${what} into words`, async () => {
			context.server.answerNext(fault);
			await assert.rejects(client().headers(), { code, message: sentence });
		});
	}

	it("gives up on a server that doesn't answer in time", async () => {
		context.server.answerNext(() => {});
		const auth = client({ fetch: gotFetch(got.extend({ timeout: { request: 50 } })) });
		await assert.rejects(auth.headers(), { code: "ERR_TIMEOUT", message: /did not answer in time/ });
	});

	it("says a wrong client secret once and asks again only after a minute", async () => {
		const lost = sinon.spy();
		const auth = client({ onSignInLost: lost });
		context.server.answerNext((_request, response) => json(response, 401, { error: "invalid_client" }));
		for (let turn = 0; turn < 3; turn++) assert.equal((await failureOf(auth.headers())).code, "ERR_SIGN_IN_NEEDED");
		assert.equal(context.server.requests.length, 1);
		assert.match(auth.state().reason ?? "", /client secret/);
		assert.equal(auth.state().signedIn, false);
		context.clock.pass(61);
		context.server.answerNext((_request, response) => json(response, 401, { error: "invalid_client" }));
		await failureOf(auth.headers());
		context.clock.pass(61);
		await auth.headers();
		sinon.assert.calledOnce(lost);
	});

	for (const [what, tokenUrl, sentence] of [
		["plain HTTP to another machine", "http://idp.example/token", /https:\/\//],
		["no address at all", "", /Fill in the field token address/],
		["something else", "idp dot example", /Correct the field token address/],
		["a password in it", "https://u:hunter22@idp.example/", /user name or password/],
	] as const) {
		it(`refuses a token address with ${what}`, async () => {
			const auth = client({ tokenUrl });
			const error = await failureOf(auth.headers());
			assert.equal(error.code, "ERR_BAD_INPUT");
			assert.match(error.message, sentence);
			assert.doesNotMatch(shown(error), /hunter22/);
		});
	}

	it("shows no secret in any error, whatever the server echoes", async () => {
		const auth = await signedIn();
		context.clock.pass(4000);
		const told: string[] = [];
		for (const [, fault] of faults) {
			context.server.answerNext(fault);
			told.push(shown(await failureOf(auth.headers())));
			// No pause is longer, and no renewal counts any more.
			context.clock.pass(1801);
		}
		context.server.answerNext(({ body, authorization }, response) => {
			const echo = `${body} ${body.get("refresh_token")} ${authorization}`;
			json(response, 400, { error: "invalid_grant", error_description: echo });
		});
		told.push(shown(await failureOf(auth.headers())));
		const { state } = await auth.startSignIn({ redirectUri: "app://x/y" });
		context.server.answerNext(({ body }, response) => {
			json(response, 400, {
				error: "invalid_grant",
				error_description: `${body.get("code")} ${body.get("code_verifier")}`,
			});
		});
		told.push(shown(await failureOf(auth.finishSignIn("the-one-code", state))));
		const secrets = [...auth.secrets(), "the-one-code", "half", CLIENT.clientSecret];
		assert.ok(secrets.length > 5);
		for (const secret of secrets) {
			for (const text of told) assert.ok(!text.includes(secret), `${secret} in ${text}`);
		}
	});
});
