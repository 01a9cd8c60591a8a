import assert from "node:assert/strict";
import sinon from "sinon";
import { json } from "../../support/oauth-server";
import { failureOf, setUp } from "./helpers";

describe("keeping a sign-in fresh", () => {
	const { context, open, signedIn } = setUp();
	const refreshes = () => context.server.requests.filter(({ body }) => body.get("grant_type") === "refresh_token");

	it("uses a token until shortly before its end, then renews it", async () => {
		const auth = await signedIn();
		const first = await auth.headers();
		context.clock.pass(3600 - 61);
		assert.deepEqual(await auth.headers(), first);
		context.clock.pass(2);
		assert.notDeepEqual(await auth.headers(), first);
		assert.equal(refreshes().length, 1);
	});

	it("renews a short-lived token a tenth of its life before the end", async () => {
		context.server.lifetime = 100;
		const auth = await signedIn();
		context.clock.pass(89);
		await auth.headers();
		assert.equal(refreshes().length, 0);
		context.clock.pass(2);
		await auth.headers();
		assert.equal(refreshes().length, 1);
	});

	it("renews once for twenty callers at the same time", async () => {
		const auth = await signedIn();
		context.clock.pass(4000);
		const all = await Promise.all(Array.from({ length: 20 }, () => auth.headers()));
		assert.equal(refreshes().length, 1);
		assert.equal(new Set(all.map((headers) => headers.authorization)).size, 1);
	});

	it("renews once for twenty requests that were refused with the same token", async () => {
		const auth = await signedIn();
		const rejected = await auth.headers();
		const outcomes = await Promise.all(Array.from({ length: 20 }, () => auth.renew(rejected)));
		assert.ok(outcomes.every((outcome) => outcome));
		assert.equal(await auth.renew(rejected), true);
		assert.equal(refreshes().length, 1);
	});

	it("renews once for two holders of one account, as during a redeploy", async () => {
		const old = await signedIn();
		const redeployed = open();
		context.clock.pass(4000);
		const [one, two] = await Promise.all([old.headers(), redeployed.headers()]);
		assert.deepEqual(one, two);
		assert.equal(refreshes().length, 1);
	});

	it("lets an aborted caller go at once and renews for the others all the same", async () => {
		const auth = await signedIn();
		context.clock.pass(4000);
		const arrived = new Promise<() => void>((resolve) => {
			context.server.answerNext((request, response) => resolve(() => context.server.grant(request, response)));
		});
		const controller = new AbortController();
		const gone = failureOf(auth.headers(controller.signal));
		const stays = auth.headers();
		const answer = await arrived;
		controller.abort();
		assert.equal((await gone).name, "AbortError");
		answer();
		assert.match((await stays).authorization ?? "", /^Bearer access-/);
		assert.equal(refreshes().length, 1);
	});

	it("stores a renewal whose only caller was aborted", async () => {
		const auth = await signedIn();
		context.clock.pass(4000);
		const controller = new AbortController();
		context.server.answerNext((request, response) => {
			controller.abort();
			context.server.grant(request, response);
		});
		await failureOf(auth.headers(controller.signal));
		await auth.settled();
		await open().headers();
		assert.equal(refreshes().length, 1);
	});

	describe("when the clock is wrong", () => {
		it("works with a clock that is years off", async () => {
			context.clock.wall = Date.UTC(1970, 0, 1);
			const auth = await signedIn();
			await auth.headers();
			context.clock.pass(3000);
			await auth.headers();
			assert.equal(refreshes().length, 0);
		});

		it("renews once after a jump ahead, and goes on with the old token while the server is away", async () => {
			const auth = await signedIn();
			const first = await auth.headers();
			context.clock.wall += 50 * 365 * 86_400_000;
			context.server.answerNext((_request, response) => response.destroy());
			assert.deepEqual(await auth.headers(), first);
			context.clock.pass(11);
			assert.notDeepEqual(await auth.headers(), first);
			await auth.headers();
			assert.equal(refreshes().length, 2);
		});

		it("notices the end of a token although the clock was set back", async () => {
			const auth = await signedIn();
			context.clock.wall -= 7_200_000;
			await auth.headers();
			assert.equal(refreshes().length, 0);
			context.clock.pass(3590);
			await auth.headers();
			assert.equal(refreshes().length, 1);
		});

		it("renews a stored token that seems to come from the future", async () => {
			await signedIn();
			context.clock.wall -= 7_200_000;
			await open().headers();
			assert.equal(refreshes().length, 1);
		});

		it("notices the end of a token after the machine slept", async () => {
			const auth = await signedIn();
			context.clock.wall += 86_400_000;
			await auth.headers();
			assert.equal(refreshes().length, 1);
		});
	});

	describe("when the sign-in server is in trouble", () => {
		it("keeps using a token that still works, and doesn't ask again for ten seconds", async () => {
			const auth = await signedIn();
			const first = await auth.headers();
			context.clock.pass(3550);
			context.server.answerNext((_request, response) => response.destroy());
			assert.deepEqual(await auth.headers(), first);
			assert.deepEqual(await auth.headers(), first);
			assert.equal(refreshes().length, 1);
			context.clock.pass(11);
			assert.notDeepEqual(await auth.headers(), first);
		});

		it("says so when the token has ended, and recovers by itself", async () => {
			const lost = sinon.spy();
			const auth = await signedIn({ onSignInLost: lost });
			context.clock.pass(4000);
			context.server.answerNext((_request, response) => response.destroy());
			assert.equal((await failureOf(auth.headers())).code, "ERR_NETWORK");
			assert.match((await auth.headers()).authorization ?? "", /^Bearer access-/);
			sinon.assert.notCalled(lost);
		});

		it("obeys Retry-After without another request", async () => {
			const auth = await signedIn();
			context.clock.pass(4000);
			context.server.answerNext((_request, response) => json(response, 429, {}, { "retry-after": "30" }));
			for (let turn = 0; turn < 3; turn++) {
				const { code, retryAfter } = await failureOf(auth.headers());
				assert.deepEqual({ code, retryAfter }, { code: "ERR_RATE_LIMITED", retryAfter: 30 });
			}
			assert.equal(refreshes().length, 1);
			context.clock.pass(31);
			await auth.headers();
		});
	});

	describe("when the sign-in is lost", () => {
		it("says it once, loudly, and never asks again until somebody signs in", async () => {
			const lost = sinon.spy();
			const auth = await signedIn({ onSignInLost: lost });
			context.clock.pass(4000);
			context.server.revokeAll();
			for (const outcome of await Promise.all([1, 2, 3].map(() => failureOf(auth.headers())))) {
				assert.equal(outcome.code, "ERR_SIGN_IN_NEEDED");
			}
			assert.equal((await failureOf(auth.headers())).code, "ERR_SIGN_IN_NEEDED");
			assert.equal((await failureOf(auth.renew({ authorization: "Bearer old" }))).code, "ERR_SIGN_IN_NEEDED");
			sinon.assert.calledOnce(lost);
			assert.equal(refreshes().length, 1);
			assert.equal(auth.state().signedIn, false);
			assert.match(auth.state().reason ?? "", /sign in again/);

			const { state } = await auth.startSignIn({ redirectUri: "app://oauth2redirect/fr" });
			await auth.finishSignIn("another-code", state);
			assert.match((await auth.headers()).authorization ?? "", /^Bearer access-/);
			assert.equal(auth.state().signedIn, true);
		});

		it("takes over a sign-in made by another holder of the account, such as the editor's form", async () => {
			const auth = open();
			assert.equal((await failureOf(auth.headers())).code, "ERR_SIGN_IN_NEEDED");
			const other = await signedIn();
			assert.deepEqual(await auth.headers(), await other.headers());
			await other.signOut();
			assert.equal((await failureOf(auth.headers())).code, "ERR_SIGN_IN_NEEDED");
		});

		it("asks for a sign-in when a token without refresh token ends, and uses it to its last second", async () => {
			context.server.extra = { refresh_token: null };
			const auth = await signedIn();
			context.clock.pass(3599);
			await auth.headers();
			context.clock.pass(2);
			assert.equal((await failureOf(auth.headers())).code, "ERR_SIGN_IN_NEEDED");
			assert.equal(refreshes().length, 0);
		});
	});
});
