import assert from "node:assert/strict";
import type { EventEmitter } from "node:events";
import { type Answer, FakeApi, liveAccount, liveCredentials, SECRETS } from "../support/fake-api";
import { badges, type FlowMessage, load, logText, node, run, useRuntime, watch } from "../support/runtime";

const STATUS = "/user/vehicles/v1/status";
const TRIPS = "/user/vehicles/v1/trips";

describe("a failure", () => {
	useRuntime();
	let api: FakeApi;
	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(() => api.clear());
	after(() => api.stop());

	const flow = (
		account: Record<string, unknown> = {},
		properties: Record<string, unknown> = {},
		credentials: object = {},
	) =>
		load(
			[
				liveAccount(api, account),
				...["status", "trips"].map((name) => ({
					id: name,
					type: `stellantis-${name}`,
					account: "account",
					vehicle: "v1",
					vehicleType: "str",
					...properties,
				})),
			],
			{ account: { ...liveCredentials.account, ...credentials } },
		);

	/** What every error has: a code of its own, a sentence, no cause, no secret; and the node is done only once. */
	async function failing(id: string, code: string, msg: FlowMessage = {}): Promise<FlowMessage> {
		const outcome = await run(id, { payload: "mine", parts: { id: "p", index: 1, type: "array" }, ...msg });
		const { error: message, completions, completed } = outcome;
		assert.equal(message.error?.code, code, message.error?.message);
		assert.equal("cause" in (message.error ?? {}), false);
		assert.match(message.error?.message ?? "", /^.{20,}/s);
		assert.deepEqual([completions, completed], [[], []]);
		assert.equal(message.payload, "mine");
		assert.deepEqual(message.parts, { id: "p", index: 1, type: "array" });
		for (const secret of [SECRETS.accessToken, "hunter2-secret"])
			assert.equal((JSON.stringify(message) + logText()).includes(secret), false, `${secret} shows`);
		return message;
	}

	const spoken = { code: 40399, uuid: "u-42", message: "No.", timestamp: "2026-05-01T00:00:00Z" };
	const rows: [string, Answer, string, Record<string, unknown>][] = [
		["401", { status: 401, body: spoken }, "ERR_UNAUTHORIZED", { statusCode: 401 }],
		["403", { status: 403, body: spoken }, "ERR_FORBIDDEN", { statusCode: 403 }],
		["404", { status: 404, text: "gone" }, "ERR_NOT_FOUND", { statusCode: 404, apiError: undefined }],
		["400", { status: 400, body: spoken }, "ERR_REJECTED", { statusCode: 400 }],
		["418", { status: 418, body: spoken }, "ERR_REJECTED", { statusCode: 418 }],
		["501", { status: 501, body: spoken }, "ERR_NOT_SUPPORTED", { statusCode: 501 }],
		["500", { status: 500, body: spoken }, "ERR_SERVER", { statusCode: 500 }],
		["503 with HTML", { status: 503, text: "<html>" }, "ERR_SERVER", { statusCode: 503, apiError: undefined }],
		[
			"429",
			{ status: 429, headers: { "retry-after": "7" }, body: spoken },
			"ERR_RATE_LIMITED",
			{ statusCode: 429, retryAfter: 7 },
		],
		["a broken connection", { drop: true }, "ERR_NETWORK", { statusCode: undefined }],
		["a web page", { text: "<html>welcome</html>" }, "ERR_BAD_RESPONSE", {}],
		["broken JSON", { text: '{"_links":' }, "ERR_BAD_RESPONSE", {}],
		["an array", { body: [] }, "ERR_BAD_RESPONSE", {}],
		["a text", { body: "hello" }, "ERR_BAD_RESPONSE", {}],
		["nothing", { status: 204 }, "ERR_BAD_RESPONSE", {}],
		["a redirect elsewhere", { status: 302, headers: { location: "http://127.0.0.2:9/x" } }, "ERR_FOREIGN_LINK", {}],
	];
	for (const [what, answer, code, expected] of rows)
		it(`that is ${what} is ${code} for one resource`, async () => {
			api.on(STATUS, answer);
			await flow();
			const seen = badges();
			const message = await failing("status", code);
			for (const [name, value] of Object.entries(expected)) assert.deepEqual(message[name], value, name);
			if (answer.body === spoken) assert.deepEqual(message.apiError, { code: 40399, message: "No.", id: "u-42" });
			assert.equal("resume" in message, false);
			assert.match(seen.at(-1) ?? "", /^red ring /);
		});

	for (const [what, answer, code] of rows.filter(([what]) => !["nothing"].includes(what)))
		it(`that is ${what} is ${code} for a collection, with a place to go on from`, async () => {
			api.on(TRIPS, answer);
			await flow();
			const message = await failing("trips", code);
			assert.ok(message.resume);
		});

	for (const document of [{ hello: 1 }, { _embedded: { a: [1], b: [2] } }, { _embedded: 5, foo: 1 }])
		it(`that is a document without items (${JSON.stringify(document)}) is ERR_BAD_RESPONSE for a collection`, async () => {
			api.on(TRIPS, { body: document });
			await flow();
			await failing("trips", "ERR_BAD_RESPONSE");
		});

	it("to answer in time is ERR_TIMEOUT", async () => {
		api.on(STATUS, () => new Promise(() => {}));
		await flow({ timeout: "0.2" });
		await failing("status", "ERR_TIMEOUT");
	});

	it("to be reached is ERR_NETWORK", async () => {
		const gone = await FakeApi.start();
		const baseUrl = gone.root;
		await gone.stop();
		await flow({ baseUrl });
		await failing("status", "ERR_NETWORK");
	});

	it("to be signed in is ERR_SIGN_IN_NEEDED, without a request", async () => {
		await flow({}, {}, { accessToken: "" });
		await failing("status", "ERR_SIGN_IN_NEEDED");
		assert.equal(api.requests.length, 0);
	});

	it("to find the account is ERR_NO_ACCOUNT", async () => {
		await flow({}, { account: "elsewhere" });
		await failing("status", "ERR_NO_ACCOUNT");
		await failing("trips", "ERR_NO_ACCOUNT");
	});

	for (const [what, account] of Object.entries({
		"base URL": { baseUrl: "nonsense" },
		"base URL with a secret": { baseUrl: "https://me:hunter2-secret@host.example/v4" },
		timeout: { timeout: "soon" },
		family: { api: "user-v5" },
		country: { country: "France" },
		"extra header": { headers: [{ name: "a b", value: "x" }] },
		"public address": { api: "accounts-v1", baseUrl: "" },
		"fleet id": { api: "fleet-v3", fleetId: "" },
	}))
		it(`of the account's ${what} is ERR_BAD_INPUT, without a request`, async () => {
			await flow(account);
			await failing("status", "ERR_BAD_INPUT");
			assert.equal(api.requests.length, 0);
		});

	it("of the secret headers quotes none of them", async () => {
		await flow({}, {}, { secretHeaders: '{"x-key": "hunter2-secret' });
		await failing("status", "ERR_BAD_INPUT");
	});

	it("that quotes the token back is shown without it", async () => {
		api.on(STATUS, { status: 400, body: { code: 1, message: `token ${SECRETS.accessToken} is odd` } });
		await flow();
		const message = await failing("status", "ERR_REJECTED");
		assert.match(String(message.apiError?.message), /^token .* is odd$/);
	});

	for (const [field, value] of [
		["output", "pages"],
		["pageSize", 61],
		["pageSize", "x"],
		["parallel", 0],
		["order", "up"],
		["from", "tomorrow"],
		["to", "2026-02-30"],
		["scope", "world"],
		["states", "Lost"],
		["minDistance", "-3"],
	] as const)
		it(`of the node's ${field} (${value}) is ERR_BAD_INPUT that names it, without a request`, async () => {
			await flow({}, { [field]: value });
			const message = await failing("trips", "ERR_BAD_INPUT");
			assert.match(message.error?.message ?? "", new RegExp(field));
			assert.equal(api.requests.length, 0);
		});

	for (const query of ["a=b", 5, [], { a: {} }, { a: [{}] }])
		it(`of msg.query (${JSON.stringify(query)}) is ERR_BAD_INPUT`, async () => {
			await flow();
			await failing("trips", "ERR_BAD_INPUT", { query });
			await failing("status", "ERR_BAD_INPUT", { query });
			assert.equal(api.requests.length, 0);
		});

	it("of a range that ends before it starts is ERR_BAD_INPUT", async () => {
		await flow({}, { from: "2026-05-02", to: "2026-05-01" });
		await failing("trips", "ERR_BAD_INPUT");
	});

	it("of a pager that leaves the API is ERR_FOREIGN_LINK, after the items it got", async () => {
		api.on(TRIPS, {
			body: { _links: { next: { href: "http://127.0.0.2:9/trips?page=2" } }, _embedded: { trips: [{ id: "t1" }] } },
		});
		await flow({}, { order: "ascending" });
		const { items, error } = await run("trips");
		assert.equal(error.error?.code, "ERR_FOREIGN_LINK");
		assert.deepEqual(
			items.map(({ payload }) => payload),
			[{ id: "t1" }],
		);
	});

	it("of the family to know a thing is ERR_NOT_SUPPORTED, without a request", async () => {
		await flow({}, { scope: "fleet" });
		await failing("trips", "ERR_NOT_SUPPORTED");
		await failing("status", "ERR_NOT_SUPPORTED");
		assert.equal(api.requests.length, 0);
	});

	it("that passes is tried again until it is over", async () => {
		api.on(STATUS, { body: { _links: {} } });
		api.fault(STATUS, { status: 429, headers: { "retry-after": "0" } });
		await flow({ retries: "1" });
		const { items } = await run("status");
		assert.equal(items.length, 1);
		assert.equal(api.requests.length, 2);
	});

	describe("to find data of a vehicle", () => {
		const noData = { status: 404, body: { code: 40499, message: "We didn't find data for this vehicle." } };

		for (const output of ["item", "page", "array"])
			it(`is zero items when the vehicle is known (${output})`, async () => {
				api.on(TRIPS, noData).on("/user/vehicles/v1", { body: { id: "v1", _links: {} } });
				await flow({}, { output });
				const { items, done } = await run("trips");
				assert.deepEqual(
					items.map(({ payload }) => payload),
					output === "array" ? [[]] : [],
				);
				// Pages count from 1, also where there is none to tell the number of.
				for (const { page } of items) assert.deepEqual(page, { index: 1 });
				assert.deepEqual(done, { items: 0, pages: 0, total: 0, complete: true });
			});

		it("is ERR_NOT_FOUND when the vehicle is unknown", async () => {
			api.on(TRIPS, noData).on("/user/vehicles/v1", { status: 404, body: { code: 40499, message: "unknown" } });
			await flow();
			const message = await failing("trips", "ERR_NOT_FOUND");
			assert.equal(message.statusCode, 404);
		});

		it("is the other error when that can't be told, with a place to go on from", async () => {
			api.on(TRIPS, noData).on("/user/vehicles/v1", { status: 500 });
			await flow();
			const message = await failing("trips", "ERR_SERVER");
			assert.ok(message.resume);
		});

		it("is ERR_NOT_FOUND for one resource", async () => {
			api.on(STATUS, noData);
			await flow();
			const message = await failing("status", "ERR_NOT_FOUND");
			assert.deepEqual(message.apiError, { code: 40499, message: "We didn't find data for this vehicle." });
		});
	});

	it("leaves an earlier error's notes behind", async () => {
		api.on(STATUS, { drop: true });
		await flow();
		const message = await failing("status", "ERR_NETWORK", { statusCode: 429, retryAfter: 9, apiError: { code: 1 } });
		for (const name of ["statusCode", "retryAfter", "apiError", "_error"]) assert.equal(name in message, false, name);
	});

	it("that a catch node sends straight back is stopped by Node-RED, not asked for ever", async () => {
		api.on(STATUS, { status: 403, body: spoken });
		await flow();
		const status = node("status");
		watch("errors", (msg) => status.receive(msg));
		const stopped = new Promise<void>((resolve) => {
			(status as unknown as EventEmitter).on("call:warn", () => resolve());
		});
		status.receive({});
		await stopped;
		assert.equal(api.requests.length, 10);
	});
});
