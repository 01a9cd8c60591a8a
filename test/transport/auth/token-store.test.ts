import assert from "node:assert/strict";
import {
	chmodSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import sinon from "sinon";
import { fileTokenStore } from "../../../src/transport/auth";
import { failureOf, setUp } from "./helpers";

describe("stored sign-ins", () => {
	const { context, options, open, signedIn } = setUp();
	const file = () => join(context.directory, "sign-in-a1.json");
	const key = () => join(context.directory, "sign-in.key");
	const refreshes = () =>
		context.server.requests
			.filter(({ body }) => body.get("grant_type") === "refresh_token")
			.map(({ body }) => body.get("refresh_token"));

	it("signs in again after a restart without a request", async () => {
		const before = await (await signedIn()).headers();
		const requests = context.server.requests.length;
		assert.deepEqual(await open().headers(), before);
		assert.equal(context.server.requests.length, requests);
	});

	it("renews after a restart with the refresh token that was rotated last", async () => {
		for (let restart = 0; restart < 3; restart++) {
			const auth = restart === 0 ? await signedIn() : open();
			context.clock.pass(4000);
			await auth.headers();
		}
		assert.equal(new Set(refreshes()).size, 3);
		context.server.requests.length = 0;
		await open().headers();
		assert.deepEqual(refreshes(), []);
	});

	it("has the new tokens on the disk before anybody gets them", async () => {
		const auth = await signedIn();
		context.clock.pass(4000);
		const headers = await auth.headers();
		const stored = options().store.read();
		assert.ok("tokens" in stored);
		assert.equal(headers.authorization, `Bearer ${stored.tokens?.accessToken}`);
	});

	it("keeps files for the owner only and no secret in plain text", async function () {
		if (process.platform === "win32") this.skip();
		chmodSync(context.directory, 0o755);
		const auth = await signedIn({ typed: { refreshToken: "typed-refresh-token" } });
		assert.equal(statSync(context.directory).mode & 0o777, 0o700);
		for (const name of readdirSync(context.directory)) {
			assert.equal(statSync(join(context.directory, name)).mode & 0o777, 0o600, name);
			const content = readFileSync(join(context.directory, name), "latin1");
			for (const secret of auth.secrets()) assert.ok(!content.includes(secret));
		}
		assert.deepEqual(readdirSync(context.directory).sort(), ["sign-in-a1.json", "sign-in.key"]);
	});

	it("makes the directory where there is none", async () => {
		const directory = join(context.directory, "user", "stellantis");
		await signedIn({ store: fileTokenStore(directory, "a1") });
		assert.equal(open({ store: fileTokenStore(directory, "a1") }).state().signedIn, true);
	});

	it("clears away what a killed writer left behind", async () => {
		writeFileSync(`${file()}.0123.tmp`, "half");
		await signedIn();
		assert.deepEqual(readdirSync(context.directory).sort(), ["sign-in-a1.json", "sign-in.key"]);
	});

	const damages: [string, () => unknown][] = [
		["empty", () => truncateSync(file(), 0)],
		["cut", () => truncateSync(file(), 40)],
		["garbage", () => writeFileSync(file(), "\u0000\u0001{")],
		["other JSON", () => writeFileSync(file(), '{"version":1,"data":{}}')],
		["a directory", () => [rmSync(file()), mkdirSync(file())]],
		[
			"of a later version",
			() => writeFileSync(file(), readFileSync(file(), "utf8").replace('"version":1', '"version":2')),
		],
		["without its key", () => rmSync(key())],
		["under another key", () => writeFileSync(key(), Buffer.alloc(32, 7))],
		["under a damaged key", () => truncateSync(key(), 5)],
	];
	for (const [what, damage] of damages) {
		it(`takes a file that is ${what} as no sign-in, with a reason`, async () => {
			await signedIn();
			damage();
			const auth = open();
			const { signedIn: yes, reason } = auth.state();
			assert.equal(yes, false);
			assert.match(reason ?? "", /can't be read.*sign in again/);
			assert.equal((await failureOf(auth.headers())).code, "ERR_SIGN_IN_NEEDED");
		});
	}

	it("can be signed in again over a damaged file and key", async () => {
		await signedIn();
		truncateSync(file(), 10);
		truncateSync(key(), 5);
		await signedIn();
		assert.equal(open().state().signedIn, true);
	});

	it("never takes a changed file for a sign-in", async () => {
		await signedIn();
		const whole = readFileSync(file());
		const original = options().store.read();
		fc.assert(
			fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
				const changed = Buffer.from(whole);
				changed[at] = (changed[at] ?? 0) ^ flip;
				writeFileSync(file(), changed);
				const read = options().store.read();
				// Base64's spare bits leave the same content; nothing else may pass.
				if (!("reason" in read)) assert.deepEqual(read, original);
			}),
		);
	});

	it("does not take another account's file", async () => {
		await signedIn();
		renameSync(file(), join(context.directory, "sign-in-a2.json"));
		assert.match(open({ store: fileTokenStore(context.directory, "a2") }).state().reason ?? "", /can't be read/);
	});

	it("keeps an account id that looks like a path inside the directory", async () => {
		await signedIn({ store: fileTokenStore(context.directory, "../../escape") });
		assert.equal(readdirSync(context.directory).length, 2);
		assert.equal(open({ store: fileTokenStore(context.directory, "../../escape") }).state().signedIn, true);
	});

	for (const [what, changes] of [
		["another sign-in server", { tokenUrl: "https://idp.example/token" }],
		["another client", { clientId: "somebody-else" }],
	] as const) {
		it(`never sends stored tokens to ${what}`, async () => {
			await signedIn();
			const auth = open(changes);
			assert.match(auth.state().reason ?? "", /changed since/);
			assert.equal((await failureOf(auth.headers())).code, "ERR_SIGN_IN_NEEDED");
		});
	}

	describe("with a refresh token typed into the form", () => {
		it("uses the typed one instead of the stored one, once", async () => {
			await signedIn();
			const refreshToken = context.server.mintRefreshToken();
			const typed = { refreshToken: ` ${refreshToken}\n` };
			await open({ typed }).headers();
			assert.deepEqual(refreshes(), [refreshToken]);
			context.clock.pass(4000);
			await open({ typed }).headers();
			assert.equal(refreshes().length, 2);
			assert.notEqual(refreshes()[1], refreshToken);
		});

		it("prefers a sign-in in the browser that came after it", async () => {
			const typed = { refreshToken: "typed-long-ago" };
			const headers = await (await signedIn({ typed })).headers();
			assert.deepEqual(await open({ typed }).headers(), headers);
		});

		it("stays signed out after a sign-out, until another one is typed", async () => {
			const refreshToken = context.server.mintRefreshToken();
			const auth = open({ typed: { refreshToken } });
			await auth.headers();
			await auth.signOut();
			assert.equal(auth.state().signedIn, false);
			assert.equal(open({ typed: { refreshToken } }).state().signedIn, false);
			const another = context.server.mintRefreshToken();
			await open({ typed: { refreshToken: another } }).headers();
		});
	});

	it("forgets everything at a sign-out, also when the server can't be told", async () => {
		const onWarning = sinon.spy();
		const auth = await signedIn({ onWarning });
		context.server.answerNext((_request, response) => response.writeHead(500).end());
		await auth.signOut();
		assert.deepEqual(readdirSync(context.directory), ["sign-in.key"]);
		sinon.assert.calledOnceWithMatch(onWarning, /Signed out here/);
		assert.equal((await failureOf(auth.headers())).code, "ERR_SIGN_IN_NEEDED");
	});

	it("goes on with what version 0.1.0 has stored", () => {
		writeFileSync(key(), Buffer.from("00112233445566778899aabbccddeeff".repeat(2), "hex"), { mode: 0o600 });
		const data = [
			"4Om5CsOrpVH4HXCMeN4tMqjwaAvKXiI3nAPR489IueA2aCSdMTZ6PTeMXjLGk2LfGdKkyIqe+NYF5S89iJGxFmbF",
			"q9iOQfUR8nsGeuMCt8gUK2C7nDLqOjFdNyZSK5QYae4zaZV78c+3P9rTTeeG3igC/tDi2Xxvus2hl1zJQBJZO7Sh",
			"VLqJ42O3TfxQYaJi/EN2TrgPo8t8XzecFsBWj/T/AJIHrxhVkeQjOwFjI2WcUeiuzjQ0L0BXUW9NimCWb8XnwUaM",
			"5wkPyQFfRXIwTWiGRdXssYc9uk8oQT+a0BDC9FeyQhVhsVCAp/QJvQlq10K7aDJu7n0uAd/HFoWlwCmKW5wmCRK1",
			"ehMLE/Y9JeVg2cjMytwg2w==",
		].join("");
		writeFileSync(join(context.directory, "sign-in-acc1.json"), `{"version":1,"data":"${data}"}`, { mode: 0o600 });
		assert.deepEqual(fileTokenStore(context.directory, "acc1").read("typed-in-the-form"), {
			tokens: {
				accessToken: "old-access",
				refreshToken: "old-refresh",
				receivedAt: 1767225600000,
				lifetime: 3600000,
				user: "somebody@example.org",
			},
			issuedFor: '["https://idp.example","client-1"]',
			typedIsKnown: true,
		});
	});

	it("works on when the disk refuses, warns once, and stores as soon as it can", async () => {
		const onWarning = sinon.spy();
		const auth = await signedIn({ onWarning });
		rmSync(file());
		mkdirSync(join(file(), "in-the-way"), { recursive: true });
		context.clock.pass(4000);
		const headers = await auth.headers();
		context.clock.pass(61);
		assert.deepEqual(await auth.headers(), headers);
		await options().store.locked(async () => {});
		sinon.assert.calledOnceWithMatch(onWarning, /could not be stored.*The folder .* can't be written \(\w+\): /);
		rmSync(file(), { recursive: true });
		context.clock.pass(61);
		await auth.headers();
		await options().store.locked(async () => {});
		assert.deepEqual(await open().headers(), headers);
	});
});
