import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sinon from "sinon";
import type { AccountNode } from "../../src/node-red/account/connection";
import type { AccountNotice } from "../../src/node-red/account/notices";
import { filesUnder, leaksIn } from "../secrets/scan";
import { type Fault, FaultApi } from "./api";
import {
	accountAt,
	assertBrokenOff,
	assertNothingLeaked,
	assertWhole,
	credentialsWith,
	errorOf,
	listNode,
} from "./flows";
import { Runtime } from "./runtime";

const accountNode = (runtime: Runtime) => runtime.node("acc") as unknown as AccountNode;

describe("sign-ins that end or change under a flow", () => {
	let api: FaultApi;
	let runtime: Runtime;
	const account = (changes: object = {}) => accountAt(api, { auth: "authorization-code", timeout: 2, ...changes });
	/** A runtime whose account has a refresh token in its form. */
	const start = (changes: object = {}) =>
		runtime.start(
			[account(changes), listNode()],
			credentialsWith({ accessToken: "", refreshToken: api.mintRefreshToken() }),
		);
	/** The access token dies the next time a page is asked for. */
	const dieAt = (page: number) =>
		api.plan(page, ({ api: server, serve }) => {
			server.killAccessToken();
			serve();
		});
	const said = (sentence: RegExp) => runtime.logged.filter(({ msg }) => sentence.test(msg)).length;

	beforeEach(async () => {
		api = await new FaultApi().start();
		api.killAccessToken();
		runtime = new Runtime();
	});
	afterEach(async () => {
		sinon.restore();
		const files = filesUnder(runtime.userDir);
		await runtime.stop();
		await api.stop();
		assertNothingLeaked(runtime, api);
		const tokens = Object.fromEntries(api.issued.map((token, n) => [`token ${n}`, token]));
		for (const [path, content] of files) assert.deepEqual(leaksIn(content, tokens), [], path);
	});

	it("signs in with the refresh token of the form, and tells until when", async () => {
		await start();
		assertWhole(await runtime.send("list"));
		assert.equal(api.tokenRequests.length, 1);
		assert.match(runtime.statuses.find(({ id }) => id === "acc")?.text ?? "", /^signed in until /);
	});

	it("renews in mid-collection, with nothing lost and nothing twice", async () => {
		await start();
		for (const page of [1, 2, 3]) dieAt(page);
		assertWhole(await runtime.send("list"));
		assert.equal(api.tokenRequests.length, 4);
	});

	it("renews once for ten messages at the same time", async () => {
		await start({ concurrency: 10 });
		assertWhole(await runtime.send("list"));
		api.killAccessToken();
		const items: string[] = [];
		await new Promise<void>((resolve) => {
			let ends = 0;
			runtime.node("items").on("input", (msg) => items.push((msg.payload as { id: string }).id));
			runtime.node("completion").on("input", () => {
				if (++ends === 10) resolve();
			});
			for (let n = 0; n < 10; n++) runtime.node("list").receive({ _msgid: `m${n}` } as never);
		});
		assert.equal(items.length, 50);
		assert.equal(api.tokenRequests.length, 2);
	});

	it("gives up after one renewal when the API refuses the new token too", async () => {
		await start();
		assertWhole(await runtime.send("list"));
		const refuse: Fault = ({ json, echo }) => json(401, { message: echo });
		api.plan(2, refuse, 2);
		await assertBrokenOff(await runtime.send("list"), "ERR_UNAUTHORIZED", runtime);
		assert.equal(api.tokenRequests.length, 2);
	});

	it("pays one renewal for ten polls of a car that is always refused, and reads the others on", async () => {
		const car = (id: string) => ({
			id: `node-${id}`,
			type: "stellantis-status",
			account: "acc",
			vehicle: id,
			vehicleType: "str",
			wires: [["completion"]],
		});
		await runtime.start(
			[account(), car("v1"), car("v2")],
			credentialsWith({ accessToken: "", refreshToken: api.mintRefreshToken() }),
		);
		const answer: Fault = ({ request: { url, headers }, json }) => {
			const isRefused = url?.includes("/v1/") || headers.authorization !== api.accepted;
			json(isRefused ? 401 : 200, isRefused ? {} : { updatedAt: "2026-11-01T10:00:00Z", odometer: { mileage: 7 } });
		};
		api.plan("any", answer, 1000);
		for (let poll = 0; poll < 10; poll++) {
			const { errors } = await runtime.send("node-v1");
			assert.equal(errorOf(errors[0] ?? {}).code, "ERR_UNAUTHORIZED");
			assert.equal((await runtime.send("node-v2")).completions.length, 1);
		}
		// The first is the sign-in with the token of the form.
		assert.equal(api.tokenRequests.length, 2);
	});

	it("warns on badges and in the log before a sign-in ends that renewals don't prolong, once", async () => {
		api.refreshLifetime = 2 * 86_400;
		await runtime.start(
			[account(), listNode(), { ...listNode("idle"), wires: [] }],
			credentialsWith({ accessToken: "", refreshToken: api.mintRefreshToken() }),
		);
		assertWhole(await runtime.send("list"));
		api.killAccessToken();
		api.refreshLifetime = 3_600;
		const notices: AccountNotice[] = [];
		accountNode(runtime).connection.notices.on("notice", (notice) => notices.push(notice));
		for (let n = 0; n < 2; n++) assertWhole(await runtime.send("list"));
		const badgeOf = (id: string) => runtime.statuses.filter((status) => status.id === id).at(-1);
		assert.match(badgeOf("list")?.text ?? "", /5 .* · sign-in ends /);
		assert.equal(badgeOf("list")?.fill, "yellow");
		assert.match(badgeOf("acc")?.text ?? "", /^sign-in ends /);
		assert.match(badgeOf("idle")?.text ?? "", /^sign-in ends /);
		assert.deepEqual(
			notices.map(({ what }) => what),
			["sign-in-ends"],
		);
		const left = Date.parse(notices[0]?.until ?? "") - Date.now();
		assert.ok(left > 3_500_000 && left <= 3_600_000);
		await runtime.redeploy([account(), listNode()], credentialsWith());
		assert.equal(said(/The sign-in ends at .* sign in again before/), 1);
	});

	it("tells who listens that a sign-in is lost, and that it is back", async () => {
		await start();
		assertWhole(await runtime.send("list"));
		const notices: string[] = [];
		accountNode(runtime).connection.notices.on("notice", ({ what }) => notices.push(what));
		api.killAccessToken();
		api.planToken(({ json }) => json(401, { error: "invalid_client" }));
		await runtime.send("list");
		await runtime.send("list");
		assert.deepEqual(notices, ["sign-in-lost"]);
		const clock = sinon.stub(performance, "now");
		clock.callsFake(() => clock.wrappedMethod.call(performance) + 61_000);
		assertWhole(await runtime.send("list"));
		assert.deepEqual(notices, ["sign-in-lost", "sign-in-back"]);
	});

	it("says once, loudly, that a sign-in has ended, and asks the server no more", async () => {
		await start();
		assertWhole(await runtime.send("list"));
		api.killAccessToken();
		api.planToken(({ json, echo }) => json(400, { error: "invalid_grant", error_description: echo }));
		for (let n = 0; n < 3; n++) {
			const { errors, items } = await runtime.send("list");
			assert.equal(errorOf(errors[0] ?? {}).code, "ERR_SIGN_IN_NEEDED");
			assert.equal(items.length, 0);
		}
		assert.equal(api.tokenRequests.length, 2);
		assert.match(runtime.statuses.filter(({ id }) => id === "acc").at(-1)?.text ?? "", /not signed in/);
		assert.match(runtime.statuses.filter(({ id }) => id === "list").at(-1)?.text ?? "", /sign in, please/);
		await runtime.redeploy([account(), listNode()], credentialsWith());
		assert.equal(said(/The sign-in has ended.*sign in again/), 1);
	});

	it("goes on after a rotation and a crash: the token that was rotated last is on the disk", async () => {
		await start();
		assertWhole(await runtime.send("list"));
		dieAt(2);
		// What a crash leaves behind, taken the moment the flow first sees the new token work.
		const crashed = mkdtempSync(join(tmpdir(), "stellantis-crashed-"));
		api.plan(3, ({ serve }) => {
			cpSync(runtime.userDir, crashed, { recursive: true });
			serve();
		});
		assertWhole(await runtime.send("list"));
		const typed = api.issued[0] ?? "";
		await runtime.stop();
		cpSync(crashed, runtime.userDir, { recursive: true });
		rmSync(crashed, { recursive: true });
		await runtime.start([account(), listNode()], credentialsWith({ accessToken: "", refreshToken: typed }));
		api.killAccessToken();
		assertWhole(await runtime.send("list"));
	});

	for (const [what, hours] of [
		["ahead by a day", 24],
		["back by a day", -24],
	] as const)
		it(`goes on when the clock jumps ${what} in mid-collection`, async () => {
			await start({ requestsPerSecond: 200 });
			assertWhole(await runtime.send("list"));
			const real = Date.now;
			api.plan(2, ({ serve }) => {
				sinon.stub(Date, "now").callsFake(() => real() + hours * 3_600_000);
				serve();
			});
			assertWhole(await runtime.send("list"));
			assertWhole(await runtime.send("list"));
			assert.ok(api.tokenRequests.length <= 2);
		});

	it("does not care for the server's idea of the time", async () => {
		await start();
		api.headers = { date: "Mon, 01 Jan 2001 00:00:00 GMT", expires: "0" };
		assertWhole(await runtime.send("list"));
		assertWhole(await runtime.send("list"));
		assert.equal(api.tokenRequests.length, 1);
	});

	const faults: Record<string, [Fault, string]> = {
		"a web page": [({ json, echo }) => json(200, `<html>${echo}`), "ERR_BAD_RESPONSE"],
		"an array": [({ json }) => json(200, []), "ERR_BAD_RESPONSE"],
		"half a JSON": [({ json }) => json(200, '{"access_token": "x'), "ERR_BAD_RESPONSE"],
		"a redirect": [
			({ response }) => response.writeHead(307, { location: "https://elsewhere.example" }).end(),
			"ERR_BAD_RESPONSE",
		],
		"a failure of its own": [({ json, echo }) => json(503, { message: echo }), "ERR_SERVER"],
		"a wrong client": [
			({ json, echo }) => json(401, { error: "invalid_client", error_description: echo }),
			"ERR_SIGN_IN_NEEDED",
		],
		"a rate limit": [({ json, echo }) => json(429, { message: echo }, { "retry-after": "7" }), "ERR_RATE_LIMITED"],
		"a reset": [({ socket }) => socket.resetAndDestroy(), "ERR_NETWORK"],
		"a stall": [() => {}, "ERR_TIMEOUT"],
	};
	for (const [what, [fault, code]] of Object.entries(faults))
		it(`sees ${what} of the token endpoint as ${code}, and the API no request`, async () => {
			await start({ timeout: 0.2 });
			api.planToken(fault);
			const { errors, items } = await runtime.send("list");
			assert.equal(errorOf(errors[0] ?? {}).code, code);
			assert.equal(items.length, 0);
			assert.equal(api.seen.length, 0);
		});

	it("never repeats a renewal that may have arrived, however often it may read again", async () => {
		await start({ retries: 3 });
		api.planToken(({ socket }) => socket.resetAndDestroy());
		assert.equal((await runtime.send("list")).errors.length, 1);
		assert.equal(api.tokenRequests.length, 1);
	});
});
