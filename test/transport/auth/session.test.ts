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

	describe("when renewals do not help", () => {
		it("makes six of them in half an hour, and none more until the first is half an hour ago", async () => {
			const auth = await signedIn();
			for (let minute = 0; minute < 29; minute++) {
				await auth.renew(await auth.headers());
				context.clock.pass(60);
			}
			assert.equal(refreshes().length, 6);
			assert.equal(await auth.renew(await auth.headers()), false);
			context.clock.pass(60);
			assert.equal(await auth.renew(await auth.headers()), true);
			assert.equal(refreshes().length, 7);
		});

		it("counts those that were made before a restart", async () => {
			for (const auth = await signedIn(); refreshes().length < 5; context.clock.pass(60))
				await auth.renew(await auth.headers());
			const restarted = open();
			for (let turn = 0; turn < 5; turn++) {
				await restarted.renew(await restarted.headers());
				context.clock.pass(1);
			}
			assert.equal(refreshes().length, 6);
		});

		it("says when the next is, where the token has ended meanwhile", async () => {
			context.server.lifetime = 300;
			const auth = await signedIn();
			for (let turn = 0; turn < 20; turn++) {
				context.clock.pass(1);
				await auth.renew(await auth.headers());
			}
			context.clock.pass(301);
			const { code, retryAfter } = await failureOf(auth.headers());
			assert.equal(code, "ERR_RATE_LIMITED");
			assert.ok(retryAfter !== undefined && retryAfter > 0 && retryAfter <= 1800);
		});

		it("gives a server with short-lived tokens all that their life asks for", async () => {
			context.server.lifetime = 120;
			const auth = await signedIn();
			for (let minute = 0; minute < 30; minute += 2) {
				context.clock.pass(120);
				await auth.headers();
			}
			assert.equal(refreshes().length, 15);
		});

		it("waits longer after each failure in a row, and comes back soon after an outage of hours", async () => {
			const auth = await signedIn();
			context.clock.pass(4000);
			const asked: number[] = [];
			let answers = true;
			const fail = () =>
				context.server.answerNext((_request, response) => {
					answers = true;
					json(response, 500, { code: 50000, message: "Something went wrong" });
				});
			for (let second = 0; second < 3 * 3600; second += 30) {
				if (answers) fail();
				answers = false;
				const before = refreshes().length;
				const { code, message } = await failureOf(auth.headers());
				assert.equal(code, "ERR_SERVER");
				assert.match(message, /If the brand's own app works meanwhile, it is the sign-in that has ended/);
				if (refreshes().length > before) asked.push(second);
				context.clock.pass(30);
			}
			const gaps = asked.slice(1).map((second, index) => second - (asked[index] ?? 0));
			assert.ok(Math.max(...gaps) <= 900, String(gaps));
			assert.ok(asked.every((from) => asked.filter((at) => at >= from && at < from + 1800).length <= 6));
			assert.equal(auth.state().signedIn, true);
		});

		it("does not count what never reached the server", async () => {
			const auth = await signedIn({ tokenUrl: `${context.server.url}/token` });
			await context.server.stop();
			context.clock.pass(4000);
			for (let turn = 0; turn < 20; turn++) assert.equal((await failureOf(auth.headers())).code, "ERR_NETWORK");
			await context.server.start();
		});
	});

	describe("when the sign-in has an end that the server tells", () => {
		const DAY = 86_400;

		for (const name of ["refresh_expires_in", "refresh_token_expires_in", "x_refresh_token_expires_in"])
			it(`tells it three days before, once (${name})`, async () => {
				context.server.extra = { [name]: String(20 * DAY) };
				const ends = sinon.spy();
				const auth = await signedIn({ onSignInEnds: ends });
				context.server.extra = { [name]: 3.5 * DAY };
				await auth.renew(await auth.headers());
				const end = context.clock.now() + 3.5 * DAY * 1000;
				sinon.assert.notCalled(ends);
				assert.equal(auth.state().endsAt, undefined);
				for (let hour = 0; hour < 24; hour++) {
					context.clock.pass(3600);
					context.server.extra = { [name]: 3.5 * DAY - (hour + 1) * 3600 };
					await auth.keepAlive();
					await auth.headers();
				}
				sinon.assert.calledOnceWithExactly(ends, end);
				assert.equal(auth.state().endsAt, end);
			});

		it("says nothing of it while every renewal puts it off, however short it is", async () => {
			context.server.extra = { refresh_expires_in: 1800 };
			context.server.lifetime = 300;
			const ends = sinon.spy();
			const auth = await signedIn({ onSignInEnds: ends });
			let wait = await auth.keepAlive();
			for (let passed = 0; passed < 6 * 3600; passed += wait / 1000) {
				context.clock.pass(wait / 1000);
				wait = await auth.keepAlive();
			}
			sinon.assert.notCalled(ends);
			assert.ok(refreshes().length <= 36 && refreshes().length > 12, `${refreshes().length}`);
		});

		it("takes a server that fails after that end for one that has lost the sign-in, and comes back by itself", async () => {
			context.server.extra = { refresh_expires_in: 7 * DAY };
			const lost = sinon.spy();
			const back = sinon.spy();
			const auth = await signedIn({ onSignInLost: lost, onSignInBack: back });
			context.clock.pass(8 * DAY);
			context.server.answerNext((_request, response) => json(response, 500, { code: 50000 }));
			const { code, message } = await failureOf(auth.headers());
			assert.equal(code, "ERR_SIGN_IN_NEEDED");
			assert.match(message, /sign in again/);
			sinon.assert.calledOnce(lost);
			context.clock.pass(60);
			await auth.headers();
			sinon.assert.calledOnce(back);
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
