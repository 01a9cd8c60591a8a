import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PoolOptions } from "../../../src/storage/shared/pool";
import type { PostgresStore } from "../../../src/storage/shared/postgres-store";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { fileTokenStore } from "../../../src/transport/auth";
import { sharedTokenStore } from "../../../src/transport/auth/shared-token-store";
import { json } from "../../support/oauth-server";
import { asOwner, closeStores, freshPlace, storeAt, WAYS } from "../../support/postgres";
import { TcpProxy } from "../../support/tcp-proxy";
import { setUp } from "./helpers";

const KEY = "cnry-sealing-key-of-all";

for (const [what, way] of WAYS)
	describe(`A sign-in that several Node-RED share in ${what}`, () => {
		const { context, open, signedIn } = setUp();
		let place: PoolOptions;
		let closing: AbortController;
		beforeEach(async () => {
			place = await freshPlace(way);
			closing = new AbortController();
		});
		afterEach(async () => {
			closing.abort();
			await closeStores();
		});

		const instance = (key = KEY, store: PostgresStore = storeAt(place), { signal } = closing, typed?: string) => {
			const local = { files: fileTokenStore(context.directory, "a1"), typed };
			return {
				store,
				tokens: sharedTokenStore(new SharedAccount(store, "fleet", "customer"), key, local, signal, context.clock.now),
			};
		};
		/** An instance with a refresh token in its form, or none. */
		const typedAt = (refreshToken: string | undefined) => {
			const { tokens } = instance(KEY, storeAt(place), closing, refreshToken);
			return { tokens, auth: open({ store: tokens, typed: { refreshToken } }) };
		};
		const renewals = () =>
			context.server.requests.filter(({ body }) => body.get("grant_type") === "refresh_token").length;
		/** What the server issues while the store has its table no more. */
		const renewedWithout = (auth: ReturnType<typeof open>) => {
			context.server.answerNext(async (request, response) => {
				await asOwner(place, `alter table ${place.schema}.sign_in rename to gone`);
				context.server.grant(request, response);
			});
			return auth.headers();
		};
		/** Gives the store its table back. */
		const mended = async (store: PostgresStore) => {
			const back = new Promise((resolve) => store.onState((away) => !away && resolve(undefined)));
			await asOwner(place, `alter table ${place.schema}.gone rename to sign_in`);
			await back;
		};
		const row = async () => (await asOwner(place, `select * from ${place.schema}.sign_in`))[0] ?? {};

		it("is renewed once for all, and none of it can be read in the store", async () => {
			const three = [instance(), instance(), instance()];
			const [first] = three;
			assert.ok(first);
			await signedIn({ store: first.tokens });
			const all = three.map(({ tokens }) => ({ tokens, auth: open({ store: tokens }) }));
			await Promise.all(all.map(({ tokens }) => tokens.known()));
			const before = await Promise.all(all.map(({ auth }) => auth.headers()));
			assert.equal(new Set(before.map(({ authorization }) => authorization)).size, 1);
			context.clock.pass(3600 - 100);
			const after = await Promise.all(all.map(({ auth }) => auth.headers()));
			assert.equal(renewals(), 1, "begun over 90 s before the end, once");
			assert.equal(new Set(after.map(({ authorization }) => authorization)).size, 1);
			assert.notDeepEqual(after[0], before[0]);
			assert.doesNotMatch(JSON.stringify(await row()), /access-|refresh-/);
		});

		it("is renewed by one account at a time of two that one Node-RED shares under one name", async () => {
			const store = storeAt(place);
			const [one, two] = [instance(KEY, store).tokens, instance(KEY, store).tokens];
			await Promise.all([one.known(), two.known()]);
			const order: string[] = [];
			let second: Promise<unknown> | undefined;
			await one.locked(async () => {
				second = two.locked(async () => order.push("second"));
				for (let asked = 0; asked < 20; asked++) await row();
				order.push("first");
			});
			await second;
			assert.deepEqual(order, ["first", "second"]);
		});

		it("that an account could not store before it was deployed anew is stored before its successor renews", async () => {
			const store = storeAt(place);
			const deploy = new AbortController();
			const one = instance(KEY, store, deploy).tokens;
			await signedIn({ store: one });
			const auth = open({ store: one });
			await auth.headers();
			context.clock.pass(3600);
			const fresh = await renewedWithout(auth);
			deploy.abort();
			const two = instance(KEY, store).tokens;
			await mended(store);
			await two.known();
			const other = open({ store: two });
			await two.locked(async () => {});
			assert.deepEqual(await other.headers(), fresh);
			assert.equal(renewals(), 1);
		});

		it("that an instance died renewing is taken over only when it was not heard of for a minute", async () => {
			const one = instance();
			await signedIn({ store: one.tokens });
			await asOwner(
				place,
				`insert into ${place.schema}.instance (id, name, package) values ('dead', 'dead', 'x')`,
				`update ${place.schema}.sign_in set holder = 'dead', rev = rev + 1`,
			);
			context.clock.pass(3600);
			const auth = open({ store: one.tokens });
			let isDone = false;
			const asked = auth.headers().finally(() => {
				isDone = true;
			});
			// Not heard of for long, but this instance itself could not hear of it before.
			await asOwner(place, `update ${place.schema}.instance set seen = seen - interval '1 hour' where id = 'dead'`);
			await new Promise((resolve) => setTimeout(resolve, 500));
			assert.equal(isDone, false);
			one.store.availableFor = () => 60_001;
			await asked;
			assert.equal(renewals(), 1);
			assert.equal((await row()).holder, null);
		});

		it("is not renewed while the store is away, used as long as it lasts, and not called lost", async () => {
			const one = instance();
			const lost: string[] = [];
			await signedIn({ store: one.tokens });
			const auth = open({ store: one.tokens, onSignInLost: ({ message }) => lost.push(message) });
			await auth.headers();
			await asOwner(place, `alter table ${place.schema}.sign_in rename to gone`);
			context.clock.pass(3600 - 60);
			await auth.headers();
			context.clock.pass(60);
			await assert.rejects(auth.headers(), { code: "ERR_STORE" });
			assert.equal(renewals(), 0);
			await mended(one.store);
			context.clock.pass(60);
			await auth.headers();
			assert.equal(renewals(), 1);
			assert.deepEqual(lost, []);
		});

		it("that the server has issued while the store went away is stored when it is back", async () => {
			const one = instance();
			const two = instance();
			await signedIn({ store: one.tokens });
			const auth = open({ store: one.tokens });
			await auth.headers();
			context.clock.pass(3600);
			const fresh = await renewedWithout(auth);
			await mended(one.store);
			const other = open({ store: two.tokens });
			await two.tokens.known();
			await two.tokens.locked(async () => {});
			assert.deepEqual(await other.headers(), fresh);
		});

		it("that was stored although the answer was lost is everybody's, and renewed once", async () => {
			const wire = await TcpProxy.to(place.port);
			const one = instance(KEY, storeAt({ ...place, port: wire.port }));
			const two = instance();
			await signedIn({ store: one.tokens });
			const auth = open({ store: one.tokens });
			await auth.headers();
			context.clock.pass(3600);
			context.server.answerNext(async (request, response) => {
				wire.cutBehind = "sealed = $4";
				context.server.grant(request, response);
			});
			const fresh = await auth.headers();
			const back = new Promise((resolve) => one.store.onState((away) => !away && resolve(undefined)));
			wire.mend();
			await back;
			await two.tokens.known();
			assert.deepEqual(await open({ store: two.tokens }).headers(), fresh);
			assert.deepEqual(await auth.headers(), fresh);
			assert.equal(renewals(), 1);
			await one.store.close();
			await wire.stop();
		});

		for (const what of ["begun", "given up"])
			it(`is renewed by another where the store was cut off while one has ${what} a renewal that it does not go on with`, async () => {
				const wire = await TcpProxy.to(place.port);
				const one = instance(KEY, storeAt({ ...place, port: wire.port }));
				const two = instance();
				await signedIn({ store: two.tokens });
				await one.tokens.known();
				context.clock.pass(3600);
				if (what === "begun") wire.cutBehind = "set holder = $2";
				else
					context.server.answerNext((_request, response) => {
						wire.cut();
						json(response, 503, {});
					});
				await assert.rejects(open({ store: one.tokens }).headers());
				wire.cut();
				wire.mend();
				await two.tokens.known();
				await open({ store: two.tokens }).headers();
				await one.store.close();
				await wire.stop();
			});

		it("is read again before it is called lost", async () => {
			const one = instance();
			const lost: string[] = [];
			await signedIn({ store: one.tokens });
			const auth = open({ store: one.tokens, onSignInLost: ({ message }) => lost.push(message) });
			await auth.headers();
			context.clock.pass(3600);
			const two = instance();
			context.server.answerNext(async (_request, response) => {
				// While this one asks with an old token, a person signs in at another instance.
				await asOwner(place, `update ${place.schema}.sign_in set holder = null`);
				await signedIn({ store: two.tokens });
				json(response, 400, { error: "invalid_grant" });
			});
			await auth.headers();
			assert.deepEqual(lost, []);
		});

		it("of another key is never overwritten, and the sentence says what to do", async () => {
			const one = instance();
			await signedIn({ store: one.tokens });
			const before = await row();
			const other = instance("cnry-quite-another-key");
			await assert.rejects(other.tokens.known(), { code: "ERR_STORE", message: /sealed with another key/ });
			await assert.rejects(signedIn({ store: other.tokens }));
			assert.deepEqual(await row(), before);
		});

		it("whose bytes were changed in the store is called unreadable, left as it is, and followed by a new one", async () => {
			const one = instance();
			await signedIn({ store: one.tokens });
			const sealed = Buffer.from(String((await row()).sealed), "base64");
			sealed[20] = ~(sealed[20] ?? 0);
			await asOwner(place, `update ${place.schema}.sign_in set sealed = '${sealed.toString("base64")}'`);
			const two = instance();
			const auth = open({ store: two.tokens });
			const needed = { code: "ERR_SIGN_IN_NEEDED", message: /can't be read any more.* sign in again/ };
			for (let tries = 0; tries < 2; tries++) {
				await two.tokens.known();
				await assert.rejects(auth.headers(), needed);
			}
			assert.equal((await row()).sealed, sealed.toString("base64"));
			await signedIn({ store: one.tokens });
			await two.tokens.refresh?.();
			assert.deepEqual(await auth.headers(), await open({ store: one.tokens }).headers());
		});

		it("of this machine's files enters an empty store, once", async () => {
			await signedIn();
			const one = instance();
			const auth = open({ store: one.tokens });
			await one.tokens.known();
			assert.equal(auth.state().signedIn, true);
			await auth.signOut();
			const two = instance();
			await two.tokens.known();
			assert.equal(open({ store: two.tokens }).state().signedIn, false);
		});

		it("that a refresh token in the form has begun enters with it, so that it is not spent twice", async () => {
			const refreshToken = context.server.mintRefreshToken();
			await open({ typed: { refreshToken } }).headers();
			context.clock.pass(3600);
			const before = await open({ typed: { refreshToken } }).headers();
			const one = typedAt(refreshToken);
			await one.tokens.known();
			assert.deepEqual(await one.auth.headers(), before);
			assert.equal(renewals(), 2);
		});

		it("stays signed out where the refresh token in the form was", async () => {
			const refreshToken = context.server.mintRefreshToken();
			const auth = open({ typed: { refreshToken } });
			await auth.headers();
			await auth.signOut();
			const one = typedAt(refreshToken);
			await one.tokens.known();
			assert.equal(one.auth.state().signedIn, false);
		});

		it("goes on where instances have different refresh tokens in their forms, or none: each is spent once", async () => {
			const all: ReturnType<typeof typedAt>[] = [];
			const use = async ({ tokens, auth }: ReturnType<typeof typedAt>) => {
				await tokens.known();
				await tokens.refresh?.();
				await auth.headers();
				context.clock.pass(3600);
			};
			for (const hasToken of [true, true, false]) {
				const each = typedAt(hasToken ? context.server.mintRefreshToken() : undefined);
				all.push(each);
				await use(each);
			}
			for (const each of all) await use(each);
			const used = context.server.requests.map(({ body }) => body.get("refresh_token"));
			assert.equal(new Set(used).size, used.length, used.join());
			for (const { auth } of all) assert.equal(auth.state().signedIn, true);
		});

		it("is sealed with a new key where nobody is signed in", async () => {
			const one = instance();
			await signedIn({ store: one.tokens });
			await open({ store: one.tokens }).signOut();
			const other = instance("cnry-quite-another-key");
			await signedIn({ store: other.tokens });
			await assert.rejects(instance().tokens.known(), /sealed with another key/);
		});

		it("of this machine's files enters a store that another instance has used before without any", async () => {
			const empty = mkdtempSync(join(tmpdir(), "stellantis-auth-"));
			const local = { files: fileTokenStore(empty, "a1"), typed: undefined };
			const first = sharedTokenStore(
				new SharedAccount(storeAt(place), "fleet", "customer"),
				KEY,
				local,
				closing.signal,
			);
			await first.known();
			assert.equal(open({ store: first }).state().signedIn, false);
			await signedIn();
			await instance().tokens.known();
			await first.refresh?.();
			assert.equal(open({ store: first }).state().signedIn, true);
			rmSync(empty, { recursive: true });
		});

		it("can be finished with the same code once the store is back", async () => {
			const one = instance();
			await one.tokens.known();
			const auth = open({ store: one.tokens });
			const { state } = await auth.startSignIn({ redirectUri: "app://oauth2redirect/fr" });
			const finish = () => auth.finishSignIn(`app://oauth2redirect/fr?code=first-code&state=${state}`);
			await asOwner(place, `alter table ${place.schema}.sign_in rename to gone`);
			await assert.rejects(finish, { code: "ERR_STORE" });
			await mended(one.store);
			await finish();
			assert.equal(auth.state().signedIn, true);
		});

		it("goes on in this machine's files where the account has no store any more, and is gone there after a sign-out", async () => {
			const refreshToken = context.server.mintRefreshToken();
			const one = typedAt(refreshToken);
			await one.tokens.known();
			await one.auth.headers();
			context.clock.pass(3600);
			const shared = await one.auth.headers();
			const alone = () => open({ typed: { refreshToken } });
			assert.deepEqual(await alone().headers(), shared);
			await one.auth.signOut();
			assert.equal(alone().state().signedIn, false);
		});
	});
