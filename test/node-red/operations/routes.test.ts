import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse as partsOf } from "node:path";
import client from "prom-client";
import type { AccountConnection } from "../../../src/node-red/account/connection";
import { runningAccounts } from "../../../src/node-red/account/running";
import { clientFrom, registryOf } from "../../../src/node-red/operations/metrics";
import { isBearer, operationsSettings } from "../../../src/node-red/operations/settings";
import { commanded, received, requested } from "../../../src/telemetry";
import { FakeApi, liveAccount, SECRETS } from "../../support/fake-api";
import { WebhookRuntime } from "../../support/webhook-runtime";

/** It ships no types. */
const parse: (text: string) => Family[] = require("parse-prometheus-text-format");

const TOKEN = "scrape-4c1f";
const VIN = "VF3AAAAAAAA000001";
const stellantis = { health: { path: "/ops/health" }, metrics: { path: "ops/metrics/", token: TOKEN } };

interface Family {
	name: string;
	type: string;
	metrics: { value?: string; labels?: Record<string, string>; count?: string }[];
}

describe("the routes of settings.js for operations", () => {
	let api: FakeApi;
	let runtime: WebhookRuntime;
	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(() => api.clear());
	after(() => api.stop());
	afterEach(async () => {
		await runtime.stop();
		runtime.dispose();
	});

	const account = (more: Record<string, unknown> = {}) => liveAccount(api, { name: "Smith & Sons", ...more });
	const status = { id: "status", type: "stellantis-status", account: "account", vehicle: "v1", vehicleType: "str" };
	async function start(
		settings: object,
		nodes = [account(), status],
		credentials: object = { account: { ...SECRETS } },
	) {
		runtime = new WebhookRuntime({ stellantis: settings });
		await runtime.load(nodes, credentials as Record<string, unknown>);
	}
	const ask = (path: string, authorization?: string) =>
		fetch(runtime.origin + path, authorization === undefined ? {} : { headers: { authorization } });
	const health = async (query = "") => {
		const answer = await ask(`/ops/health${query}`);
		return { status: answer.status, body: (await answer.json()) as { ok: boolean; problems: { what: string }[] } };
	};
	async function scrape(): Promise<Map<string, Family>> {
		const answer = await ask("/ops/metrics", `Bearer ${TOKEN}`);
		assert.equal(answer.status, 200);
		assert.match(answer.headers.get("content-type") ?? "", /^application\/openmetrics-text; *version=1\.0\.0/);
		const text = await answer.text();
		assert.ok(text.endsWith("# EOF\n"));
		return new Map(parse(text).map((family) => [family.name, family]));
	}
	async function read(msg: object = {}): Promise<void> {
		const { length } = runtime.messages.concat(runtime.errors);
		runtime.node("status").receive(msg as never);
		await runtime.until(() => runtime.messages.length + runtime.errors.length > length);
	}

	it("are off unless they are given a path", async () => {
		await start({});
		for (const path of ["/ops/health", "/ops/metrics"]) assert.equal((await ask(path)).status, 404);
		assert.doesNotMatch(runtime.complaints().join(), /settings\.js/);
	});

	it("say when metrics have no token, and serve none", async () => {
		await start({ metrics: { path: "/ops/metrics" } });
		assert.equal((await ask("/ops/metrics")).status, 404);
		assert.match(runtime.complaints().join(), /stellantis\.metrics.*no token/);
	});

	it("let nobody read metrics without the token", async () => {
		await start(stellantis);
		for (const wrong of [
			undefined,
			"",
			TOKEN,
			`Basic ${TOKEN}`,
			"Bearer",
			"Bearer ",
			`Bearer ${TOKEN}x`,
			"Bearer scrape-4c1",
		]) {
			const answer = await ask("/ops/metrics", wrong);
			assert.equal(answer.status, 401, wrong);
			assert.doesNotMatch(await answer.text(), /stellantis_/);
		}
		assert.equal((await ask(`/ops/metrics?token=${TOKEN}`)).status, 401);
		await scrape();
	});

	it("say how things are without asking the API, also after deploys", async () => {
		await start(stellantis);
		assert.deepEqual(await health(), {
			status: 200,
			body: { ok: true, accounts: { running: 1, used: 0 }, problems: [] },
		});
		for (const name of ["Jones", "Smith"]) await runtime.deploy([account({ name }), status]);
		assert.equal((await health("?ready")).status, 200);
		await runtime.deploy([], "full");
		assert.deepEqual((await health()).body, { ok: true, accounts: { running: 0, used: 0 }, problems: [] });
		assert.equal(api.requests.length, 0);
	});

	it("say what is wrong with 200, and with 503 only to whoever asks whether it is ready", async () => {
		await start(stellantis, [account({ baseUrl: "ftp://nowhere" }), status]);
		await read();
		const { status: code, body } = await health();
		assert.equal(code, 200);
		assert.deepEqual(
			body.problems.map(({ what, account: name }: { what: string; account?: string }) => [what, name]),
			[["settings", "Smith & Sons"]],
		);
		assert.equal((await health("?ready")).status, 503);
	});

	it("say of an API that it is away once three requests in a row have failed, until one is answered", async () => {
		await start(stellantis);
		const told = async () => (await health()).body.problems.map(({ what }) => what);
		for (const fault of [{ status: 503 }, { drop: true }, { status: 502 }]) {
			assert.deepEqual(await told(), []);
			api.on("/user/vehicles/v1/status", fault);
			await read();
		}
		const { body } = await health();
		assert.match(JSON.stringify(body.problems), /"what":"api","account":"Smith & Sons".+3 requests failed.+\(502\)/);
		// All instances would be without it.
		assert.equal((await health("?ready")).status, 200);
		api.on("/user/vehicles/v1/status", { status: 404, body: { code: 40400, message: "no such vehicle" } });
		await read();
		assert.deepEqual(await told(), []);
		// It has no such thing.
		api.on("/user/vehicles/v1/status", { status: 501 });
		for (let count = 0; count < 3; count++) await read();
		assert.deepEqual(await told(), []);
	});

	it("are ready as long as one account works", async () => {
		const broken = account({ id: "broken", name: "Broken", auth: "client-credentials" });
		await start(stellantis, [account(), broken, status, { ...status, id: "other", account: "broken" }]);
		api.on("/user/vehicles/v1/status", { body: { updatedAt: "2026-05-01T00:00:00Z" } });
		await read();
		runtime.node("other").receive({});
		await runtime.until(() => runtime.errors.length === 1);
		const { status: code, body } = await health("?ready");
		assert.deepEqual([code, body.ok, body.problems.length], [200, false, 1]);
	});

	it("are not ready while every account misses its store, and say so with 200 to whoever asks whether it lives", async () => {
		const away = account({ id: "away", name: "Away", store: "store" });
		const store = { id: "store", type: "stellantis-store", host: "127.0.0.1", port: 1 };
		const other = { ...status, id: "other", account: "away" };
		const credentials = { account: { ...SECRETS }, away: { ...SECRETS }, store: { user: "u", password: "cnry" } };
		await start(stellantis, [account(), away, store, status, other], credentials);
		api.on("/user/vehicles/v1/status", { body: { updatedAt: "2026-05-01T00:00:00Z" } });
		runtime.node("other").receive({});
		await runtime.until(() => runtime.messages.length === 1);
		assert.equal((await health("?ready")).status, 503);
		const { status: code, body } = await health();
		assert.deepEqual([code, body.problems.map(({ what }) => what)], [200, ["store"]]);
		// One that has no store works all the same.
		await read();
		assert.equal((await health("?ready")).status, 200);
	});

	it("are not ready while flows are stopped", async () => {
		await start(stellantis);
		await runtime.restartFlows(async () => {
			const { status: code, body } = await health("?ready");
			assert.deepEqual([code, body.problems[0]?.what], [503, "flows-stopped"]);
			assert.equal((await health()).status, 200);
		});
		assert.equal((await health("?ready")).status, 200);
	});

	it("tell what a real Prometheus parser reads: requests, latency, quota, sign-in, and no vehicle", async () => {
		await start(stellantis, [account({ name: `Fleet ${VIN}` }), { ...status, vehicle: "vehicle", vehicleType: "msg" }]);
		const headers = { "x-ratelimit-limit-2": "1000", "x-ratelimit-remaining-2": "640" };
		api.collection("/user/vehicles", [{ id: "v1", vin: VIN }], { key: "vehicles" });
		api.on("/user/vehicles/v1/status", { headers, body: { updatedAt: "2026-05-01T00:00:00Z" } });
		await read({ vehicle: VIN });
		api.on("/user/vehicles/v1/status", { status: 503 });
		await read({ vehicle: VIN });
		const families = await scrape();
		const requests = families.get("stellantis_requests_total") ?? families.get("stellantis_requests");
		const counted = requests?.metrics.map(({ labels, value }) => [labels?.route, labels?.code, value]);
		for (const row of [
			["status", "200", "1"],
			["status", "503", "1"],
			["vehicles", "200", "1"],
		])
			assert.ok(
				counted?.some((each) => each.join() === row.join()),
				JSON.stringify(counted),
			);
		assert.equal(families.get("stellantis_request_seconds")?.type, "HISTOGRAM");
		const gauge = (name: string) => families.get(name)?.metrics[0];
		assert.deepEqual(gauge("stellantis_signed_in")?.labels, { account: "Fleet …" });
		assert.equal(gauge("stellantis_messages_waiting")?.value, "0");
		assert.equal(gauge("stellantis_accounts")?.value, "1");
		const text = JSON.stringify([...families]);
		for (const secret of [VIN, SECRETS.accessToken, TOKEN]) assert.ok(!text.includes(secret), secret);
	});

	it("tell all messages that nodes have not done, also those that wait in a node by thousands", async () => {
		api.on("/user/vehicles/v1/status", () => new Promise(() => {}));
		const patient = { timeout: 60 };
		const other = account({ ...patient, id: "other", name: "Jones", byMessage: true });
		await start(stellantis, [account(patient), other, status], { account: SECRETS, other: SECRETS });
		const waiting = async () => {
			const { metrics = [] } = (await scrape()).get("stellantis_messages_waiting") ?? {};
			return Object.fromEntries(metrics.map(({ labels, value }) => [labels?.account, Number(value)]));
		};
		for (let count = 0; count < 3_000; count++)
			runtime.node("status").receive({ ...(count % 3 === 0 ? { account: "Jones" } : {}) } as never);
		await api.requested(2);
		assert.deepEqual(await waiting(), { "Smith & Sons": 2_000, Jones: 1_000 });
		runtime.node("status").receive({ reset: true } as never);
		await api.abortedRequests(2);
		assert.deepEqual(await waiting(), { "Smith & Sons": 0, Jones: 0 });
		for (let count = 0; count < 2_000; count++) runtime.node("status").receive({} as never);
		// The account runs on while its node is deployed anew.
		await runtime.deploy([account(patient), other, { ...status, vehicle: "v2" }], "nodes");
		assert.equal((await waiting())["Smith & Sons"], 0);
	});

	it("count on over deploys, each request once", async () => {
		api.on("/user/vehicles/v1/status", { body: { updatedAt: "2026-05-01T00:00:00Z" } });
		await start(stellantis);
		for (const name of ["Jones", "Smith", "Miller"]) {
			await runtime.deploy([account({ name }), status], "full", { account: { ...SECRETS } });
			await read();
		}
		const families = await scrape();
		const { metrics = [] } = families.get("stellantis_requests_total") ?? families.get("stellantis_requests") ?? {};
		assert.deepEqual(metrics, [{ labels: { route: "status", code: "200" }, value: "3" }]);
		assert.deepEqual(
			families.get("stellantis_signed_in")?.metrics.map(({ labels }) => labels?.account),
			["Miller"],
		);
	});
});

describe("settings of the operations' routes", () => {
	const read = (given: unknown) => operationsSettings({ settings: { stellantis: given } } as never);
	const metrics = (path: unknown) => read({ metrics: { path, token: "t" } });

	it("take a plain path, whatever slashes are around it", () => {
		for (const path of ["ops/metrics", "/ops/metrics", "/ops/metrics/"])
			assert.equal(metrics(path).metrics?.path, "/ops/metrics");
	});

	for (const path of ["/", "/:any", "/*", "/a//b", "/..", "/a b", "/%2e", 7, {}, ["/a"], "/(.*)"])
		it(`refuse the path ${JSON.stringify(path)}, and say so`, () => {
			const { metrics: route, problems } = metrics(path);
			assert.deepEqual([route, problems.length], [undefined, 1]);
		});

	for (const given of [undefined, null, "text", 7, [], { health: "/health", metrics: true }, { health: null }])
		it(`are off for ${JSON.stringify(given)}`, () => {
			assert.deepEqual(read(given), { health: undefined, metrics: undefined, problems: [] });
		});

	it("take a token with blanks in it, and refuse in words what no header can carry", () => {
		const digest = (each: string) => createHash("sha256").update(each).digest();
		const token = read({ metrics: { path: "m", token: " my  own token " } }).metrics?.token ?? "";
		assert.ok(isBearer("Bearer my  own token", token, digest));
		for (const wrong of ["Bearer my", "Bearer my own token", "my  own token", "Bearer", " "])
			assert.ok(!isBearer(wrong, token, digest), wrong);
		for (const odd of ["clé", "two\nlines"]) {
			const { metrics, problems } = read({ metrics: { path: "m", token: odd } });
			assert.equal(metrics, undefined);
			assert.match(problems.join(), /token of stellantis\.metrics in settings\.js can't stand in a header/);
		}
	});

	it("don't put two things on one path", () => {
		const { metrics: route, problems } = read({ health: { path: "/x" }, metrics: { path: "x", token: "t" } });
		assert.deepEqual([route, problems.length], [undefined, 1]);
	});
});

describe("metrics of what has not happened yet", () => {
	it("are there at 0, so that a rate tells the first", async () => {
		const registry = registryOf({ events: new EventEmitter() }, client);
		const before = await registry.metrics();
		for (const line of [
			'stellantis_commands_total{command="lock",end="Failed"} 0',
			'stellantis_events_total{kind="remote"} 0',
			'stellantis_store_seconds_count{operation="query",failed="true"} 0',
		])
			assert.ok(before.includes(`${line}\n`), line);
		commanded.tell(() => ({ command: "lock", end: "Failed" }));
		assert.match(await registry.metrics(), /stellantis_commands_total\{command="lock",end="Failed"\} 1\n/);
	});

	it("tell a sign-in that ends from a token that is renewed", async () => {
		const events = new EventEmitter();
		const registry = registryOf({ events }, client);
		for (const [name, signInState] of [
			["Ends", { signedIn: true, expiresAt: 1_700_000_000_000, endsAt: 1_800_000_000_000 }],
			["Renewed", { signedIn: true, expiresAt: 1_700_000_000_000 }],
			["Fixed", { signedIn: true }],
		] as const)
			runningAccounts({ events }).add({ name, isUsed: true, signInState } as unknown as AccountConnection);
		const lines = (await registry.metrics()).match(/^stellantis_sign_in_valid_until_seconds\{.*$/gm);
		assert.deepEqual(lines, [
			'stellantis_sign_in_valid_until_seconds{account="Ends",renewed="false"} 1800000000',
			'stellantis_sign_in_valid_until_seconds{account="Renewed",renewed="true"} 1700000000',
		]);
	});
});

describe("metrics of 300 accounts", () => {
	it("tell of each by its name", async () => {
		const events = new EventEmitter();
		const registry = registryOf({ events }, client);
		for (let index = 0; index < 300; index++)
			runningAccounts({ events }).add({
				name: `Customer number ${index}`,
				isUsed: true,
				underWay: index,
				requestsWaiting: 0,
				signInState: { signedIn: true, expiresAt: 1_800_000_000_000 },
				rateLimit: { day: { limit: 1000, remaining: index } },
			} as unknown as AccountConnection);
		for (const route of ["status", "trips", "alerts", "vehicles", "position", "maintenance", "monitors", "remotes"])
			for (const code of ["200", "401", "404", "429", "500", "ERR_NETWORK"])
				requested.tell(() => ({ route, code, seconds: 0.2 }));
		received.tell(() => ({ kind: "monitor", isRepeat: false }));
		const text = await registry.metrics();
		for (const index of [0, 150, 299])
			assert.match(text, new RegExp(`stellantis_quota_remaining\\{account="Customer number ${index}"\\} ${index}\\n`));
	});
});

describe("labels of metrics", () => {
	it("show no VIN, whatever stands around it in an account's name", async () => {
		const events = new EventEmitter() as never;
		const accounts: Set<unknown> = runningAccounts({ events });
		const names = [`Fleet_${VIN}`, `car-${VIN.toLowerCase()}:1`, `${VIN}_${VIN}`, `A${VIN}`];
		for (const name of names) accounts.add({ name, isUsed: true, underWay: 1 });
		const text = await registryOf({ events }, client).metrics();
		const labels = [...text.matchAll(/messages_waiting\{account="([^"]*)"/g)].map(([, label]) => label);
		assert.deepEqual(labels, ["Fleet_…", "car-…:1", "…_…", `A${VIN}`]);
	});
});

describe("labels of accounts of one name", () => {
	it("are one for each, and stay whose they are when another is used or deployed anew", async () => {
		const events = new EventEmitter() as never;
		const accounts = runningAccounts({ events }) as Set<unknown>;
		const account = (id: string, name: string, underWay: number) => ({ id, name, isUsed: true, underWay });
		const registry = registryOf({ events }, client);
		const labels = async () =>
			[...(await registry.metrics()).matchAll(/messages_waiting\{account="([^"]*)"\} (\d+)/g)]
				.map(([, label, value]) => `${value} ${label}`)
				.sort();
		const first = { ...account("a", "Same", 1), isUsed: false };
		for (const each of [first, account("b", "Same", 2), account("c", "Same (2)", 3), account("d", "Same", 4)])
			accounts.add(each);
		const before = ["2 Same (3)", "3 Same (2)", "4 Same (4)"];
		assert.deepEqual(await labels(), before);
		accounts.delete(first);
		accounts.add({ ...first, isUsed: true });
		assert.deepEqual(await labels(), ["1 Same", ...before]);
	});
});

describe("the package prom-client", () => {
	it("may lie in Node-RED's user directory, in a version that knows OpenMetrics", async () => {
		const userDir = mkdtempSync(join(tmpdir(), "operations-"));
		try {
			const installed = (name: string, source: string) => {
				const folder = join(userDir, name, "node_modules/prom-client");
				mkdirSync(folder, { recursive: true });
				writeFileSync(join(folder, "index.js"), `module.exports = { Registry: ${source} };`);
				return join(userDir, name, "package.json");
			};
			const own = installed("own", '{ OPENMETRICS_CONTENT_TYPE: "the user\'s" }');
			// what other packages bring along
			const old = installed("old", "class {}");
			assert.equal(clientFrom([old, own])?.Registry.OPENMETRICS_CONTENT_TYPE, "the user's");
			assert.equal(clientFrom([old]), undefined);
			// not below this project, whose own it would find
			assert.equal(clientFrom([join(partsOf(tmpdir()).root, "nowhere", "package.json")]), undefined);
		} finally {
			rmSync(userDir, { recursive: true, force: true });
		}
	});
});
