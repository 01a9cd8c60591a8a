import assert from "node:assert/strict";
import {
	type AuthorizationCodeOptions,
	basicAuth,
	noAuth,
	pendingSignIns,
	tokenAuth,
} from "../../../src/transport/auth";
import { failureOf, setUp, shown } from "./helpers";

describe("sign-ins that need no server", () => {
	it("sends user name and password as HTTP Basic in UTF-8", async () => {
		const auth = basicAuth("zoë", "pä:ss");
		const encoded = Buffer.from("zoë:pä:ss").toString("base64");
		assert.deepEqual(await auth.headers(), { authorization: `Basic ${encoded}` });
		assert.deepEqual(auth.secrets(), ["pä:ss", encoded]);
		assert.deepEqual(auth.state(), { signedIn: true, user: "zoë" });
		assert.equal(await auth.renew(await auth.headers()), false);
	});

	it("sends a token however it was copied", async () => {
		assert.deepEqual(await tokenAuth(" Bearer abc.def\n").headers(), { authorization: "Bearer abc.def" });
	});

	it("sends nothing where nothing is needed", async () => {
		assert.deepEqual(await noAuth().headers(), {});
		assert.equal(noAuth().state().signedIn, true);
	});

	for (const [what, auth, sentence] of [
		["no access token", tokenAuth(" "), /field access token/],
		["an access token in two lines", tokenAuth("ab\ncd"), /field access token/],
		["no password", basicAuth("me", ""), /user name or no password/],
		["a user name with a colon", basicAuth("a:b", "secret-pass"), /user name/],
	] as const) {
		it(`names the field to correct for ${what}`, async () => {
			const error = await failureOf(auth.headers());
			assert.equal(error.code, "ERR_SIGN_IN_NEEDED");
			assert.match(error.message, sentence);
			assert.equal(auth.state().signedIn, false);
			for (const secret of auth.secrets()) assert.ok(!shown(error).includes(secret));
		});
	}
});

describe("beginning and ending a sign-in in the browser", () => {
	const { context, open } = setUp();
	const redirectUri = "https://host.example/stellantis/callback";

	it("takes the callback of a state that was begun here, once", async () => {
		const auth = open();
		const { state } = await auth.startSignIn({ redirectUri });
		await auth.finishSignIn(`${redirectUri}?code=some-code&state=${state}`);
		assert.equal(context.server.requests[0]?.body.get("redirect_uri"), redirectUri);
		const again = await failureOf(auth.finishSignIn(`${redirectUri}?code=some-code&state=${state}`));
		assert.equal(again.code, "ERR_BAD_INPUT");
		assert.equal(context.server.requests.length, 1);
	});

	for (const [what, query] of [
		["another state", "code=some-code&state=invented"],
		["no state", "code=some-code"],
	]) {
		it(`makes no request for a callback with ${what}`, async () => {
			const auth = open();
			await auth.startSignIn({ redirectUri });
			assert.equal((await failureOf(auth.finishSignIn(`${redirectUri}?${query}`))).code, "ERR_BAD_INPUT");
			assert.equal(context.server.requests.length, 0);
		});
	}

	it("forgets a sign-in that took more than ten minutes", async () => {
		const auth = open();
		const { state } = await auth.startSignIn({ redirectUri });
		context.clock.pass(601);
		assert.match((await failureOf(auth.finishSignIn("some-code", state))).message, /Begin it again/);
	});

	it("lets a person paste again after pasting the wrong thing", async () => {
		const auth = open();
		const { state } = await auth.startSignIn({ redirectUri });
		await failureOf(auth.finishSignIn("no code here", state));
		await auth.finishSignIn("the-right-code", state);
		assert.equal(auth.state().signedIn, true);
	});

	it("can end a sign-in that was begun before a redeploy", async () => {
		const pending = pendingSignIns(context.clock);
		const { state } = await open({ pending }).startSignIn({ redirectUri });
		assert.equal(pending.has(state), true);
		await open({ pending }).finishSignIn("some-code", state);
		assert.equal(pending.has(state), false);
	});

	it("proves with PKCE that the code was asked for here", async () => {
		const auth = open();
		const { url, state } = await auth.startSignIn({ redirectUri });
		await auth.finishSignIn("some-code", state);
		const { createHash } = await import("node:crypto");
		const verifier = context.server.requests[0]?.body.get("code_verifier") ?? "";
		const challenge = createHash("sha256").update(verifier).digest("base64url");
		assert.equal(new URL(url).searchParams.get("code_challenge"), challenge);
	});

	for (const [changes, sentence] of [
		[{ authorizeUrl: "" }, /field sign-in address/],
		[{ authorizeUrl: "http://idp.example/" }, /field sign-in address/],
		[{ clientId: "" }, /field client id/],
	] as [Partial<AuthorizationCodeOptions>, RegExp][]) {
		it(`names the field to correct before a page is opened: ${sentence.source}`, async () => {
			const error = await failureOf(open(changes).startSignIn({ redirectUri }));
			assert.equal(error.code, "ERR_BAD_INPUT");
			assert.match(error.message, sentence);
		});
	}
});
