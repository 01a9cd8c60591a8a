import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { createGzip, gzipSync } from "node:zlib";
import type { StellantisError } from "../../src/error";
import { type Agents, createAgents } from "../../src/transport/agents";
import { type Authenticator, noAuth, tokenAuth } from "../../src/transport/auth";
import { ApiClient, type ApiClientOptions, type ApiRequest } from "../../src/transport/client";
import { createHttp, exchange } from "../../src/transport/http";
import { type Claim, Limiter } from "../../src/transport/limiter";

const CLAIM: Claim = { priority: "single", owner: "n1" };
const TOKEN = "t0ken-of-the-account";
const CLIENT_ID = "public-client-id";
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An answer with a status and a JSON body. */
const json =
	(status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
	(_, response) =>
		void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
const raw =
	(status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer =>
	(_, response) =>
		void response.writeHead(status, headers).end(body);

describe("the door to the API", () => {
	let server: Server;
	let agents: Agents;
	let root: URL;
	let answers: Answer[];
	let requests: { method: string; url: URL; headers: IncomingMessage["headers"] }[];
	let slept: number[];

	beforeEach(async () => {
		answers = [];
		requests = [];
		slept = [];
		agents = createAgents({ maxSockets: 8, env: {} });
		server = createServer((request, response) => {
			requests.push({ method: request.method ?? "", url: new URL(request.url ?? "", root), headers: request.headers });
			// The last answer is given again and again.
			const answer = answers.length > 1 ? answers.shift() : answers[0];
			answer?.(request, response);
		});
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		root = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api`);
	});
	afterEach(async () => {
		agents.destroy();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	function open({ timeout = 10, ...options }: Partial<ApiClientOptions> & { timeout?: number } = {}) {
		const limiter = new Limiter({ concurrency: 1, requestsPerSecond: 0, maxHold: 60_000 });
		const client = new ApiClient({
			http: createHttp({ agents, timeout }),
			limiter,
			auth: tokenAuth(TOKEN),
			root,
			query: { client_id: CLIENT_ID },
			headers: { "x-introspect-realm": "realm" },
			secrets: ["gateway-s3cret"],
			retries: 3,
			random: () => 0.5,
			sleep: async (seconds) => void slept.push(seconds),
			...options,
		});
		const send = (request: Partial<ApiRequest> = {}) =>
			client.send({ url: new URL(`${root}/x`), claim: CLAIM, ...request });
		return { client, limiter, send };
	}

	/** The error of a request, whose every text is free of secrets. */
	async function failureOf(sending: Promise<unknown>): Promise<StellantisError> {
		const error = await sending.then(
			() => assert.fail("it went through"),
			(thrown: unknown) => thrown,
		);
		const text = inspect(error, { depth: 9, showHidden: true }) + (error as Error).stack + JSON.stringify(error);
		for (const secret of [TOKEN, "gateway-s3cret"]) assert.ok(!text.includes(secret), text);
		assert.equal(Object.hasOwn(error as object, "cause"), false);
		return error as StellantisError;
	}

	it("adds credentials, each exactly once, and takes them off the address it tells", async () => {
		answers = [json(200, { ok: 1 }, { "x-ratelimit-limit-1": "100", "x-ratelimit-remaining-1": "99" })];
		const { send } = open();
		const response = await send({ url: new URL(`${root}/x?client_id=other&client_id=twice&a=1`) });
		assert.deepEqual(requests[0]?.url.searchParams.getAll("client_id"), [CLIENT_ID]);
		assert.equal(requests[0]?.headers.authorization, `Bearer ${TOKEN}`);
		assert.equal(requests[0]?.headers["x-introspect-realm"], "realm");
		assert.equal(response.url.search, "?a=1");
		assert.deepEqual([response.body, response.rateLimit], [{ ok: 1 }, { day: { limit: 100, remaining: 99 } }]);
	});

	it("lets no user name in a link take the place of the account's credentials", async () => {
		answers = [json(200, {})];
		const url = new URL(`${root}/x`);
		url.username = "evil";
		url.password = "evil";
		await open().send({ url });
		assert.equal(requests[0]?.headers.authorization, `Bearer ${TOKEN}`);
	});

	it("quotes the beginning of a path that a link of the server made endless", async () => {
		for (const status of [400, 404]) {
			answers = [json(status, {})];
			const url = new URL(`${root}/${"x".repeat(5000)}`);
			const error = await failureOf(open().send({ url }));
			assert.match(error.message, /\/x{100,200}… \(40[04]\)/);
			assert.ok(error.message.length < 500, `${error.message.length} characters`);
		}
	});

	const statuses: [status: number, code: string, requests: number][] = [
		[400, "ERR_REJECTED", 1],
		[401, "ERR_UNAUTHORIZED", 1],
		[403, "ERR_FORBIDDEN", 1],
		[404, "ERR_NOT_FOUND", 1],
		[409, "ERR_REJECTED", 1],
		[422, "ERR_REJECTED", 1],
		[429, "ERR_RATE_LIMITED", 1],
		[500, "ERR_SERVER", 4],
		[501, "ERR_NOT_SUPPORTED", 1],
		[502, "ERR_SERVER", 4],
		[503, "ERR_SERVER", 4],
		[504, "ERR_SERVER", 4],
		[599, "ERR_SERVER", 1],
		[304, "ERR_BAD_RESPONSE", 1],
	];
	for (const [status, code, count] of statuses)
		it(`${status} is ${code} after ${count} request${count === 1 ? "" : "s"}`, async () => {
			// A pause this long is not waited for.
			answers = [
				json(
					status,
					{ code: 7, message: `because of ${TOKEN} and gateway-s3cret` },
					{ ...(status === 429 ? { "retry-after": "900" } : {}) },
				),
			];
			const error = await failureOf(open().send());
			assert.deepEqual([error.code, error.statusCode, requests.length], [code, status, count]);
			if (status !== 304) assert.deepEqual(error.apiError, { code: 7, message: "because of ••• and •••" });
			assert.equal(error.retryAfter, status === 429 ? 900 : undefined);
		});

	it("writes what the server says on one line, without escape sequences for a terminal", async () => {
		answers = [json(400, { message: "no\r\n[info] all \u001b[31mfine\u2028 " })];
		const { message } = await failureOf(open().send());
		assert.match(message, /The API says: no \[info\] all \[31mfine$/);
	});

	it("tries again, waiting longer each time, until it goes through", async () => {
		answers = [raw(503, ""), raw(500, ""), (request) => request.socket.destroy(), json(200, { ok: 1 })];
		assert.deepEqual((await open().send()).body, { ok: 1 });
		assert.deepEqual(slept, [0.75, 1.5, 3]);
	});

	for (const method of ["POST", "PUT", "DELETE"] as const)
		it(`sends a ${method} once, whatever comes of it`, async () => {
			for (const answer of [
				raw(503, ""),
				(request: IncomingMessage) => request.socket.destroy(),
				raw(302, "", { location: "/api/y" }),
			]) {
				answers = [answer];
				requests.length = 0;
				await failureOf(open().send({ method, json: { a: 1 } }));
				assert.equal(requests.length, 1);
			}
		});

	it("takes a bare success of what changes something", async () => {
		const { send } = open();
		for (const [method, status] of [
			["PUT", 202],
			["DELETE", 204],
			["POST", 201],
			["GET", 204],
		] as const) {
			answers = [raw(status, "")];
			assert.deepEqual([(await send({ method })).statusCode, (await send({ method })).body], [status, undefined]);
		}
	});

	describe("after a 401", () => {
		function renewing(tokens: string[]): Authenticator & { renewals: number } {
			return {
				...noAuth(),
				renewals: 0,
				async headers() {
					return { authorization: `Bearer ${tokens[this.renewals] ?? "none"}` };
				},
				async renew() {
					this.renewals++;
					return this.renewals < tokens.length;
				},
				secrets: () => tokens,
			};
		}
		it("renews once and goes on", async () => {
			answers = [raw(401, ""), json(200, { ok: 1 })];
			const auth = renewing(["old-token", "new-token"]);
			assert.deepEqual((await open({ auth }).send()).body, { ok: 1 });
			assert.deepEqual(
				requests.map(({ headers }) => headers.authorization),
				["Bearer old-token", "Bearer new-token"],
			);
		});
		it("gives up at the second", async () => {
			answers = [json(401, { message: "what about new-token?" })];
			const auth = renewing(["old-token", "new-token", "third-token"]);
			const error = await failureOf(open({ auth }).send());
			assert.deepEqual([error.code, requests.length, auth.renewals], ["ERR_UNAUTHORIZED", 2, 1]);
			assert.equal(error.apiError?.message, "what about •••?");
		});
		it("renews again after minutes, however many requests were refused at the same time", async () => {
			answers = [raw(401, "")];
			let now = 0;
			let asked = 0;
			let renewed = () => {};
			const renewal = new Promise<void>((resolve) => {
				renewed = resolve;
			});
			const auth: Authenticator = {
				...noAuth(),
				async renew() {
					if (++asked === 4) renewed();
					await renewal;
					return true;
				},
			};
			const limiter = new Limiter({ concurrency: 4, requestsPerSecond: 0, maxHold: 60_000 });
			const { send } = open({ auth, limiter, now: () => now });
			const refusals = await Promise.all([1, 2, 3, 4].map(() => failureOf(send())));
			assert.deepEqual(
				[refusals.map(({ code }) => code), asked, requests.length],
				[Array(4).fill("ERR_UNAUTHORIZED"), 4, 8],
			);
			now = 4 * 60_000;
			await failureOf(send());
			assert.equal(asked, 4, "not yet");
			now = 6 * 60_000;
			await failureOf(send());
			assert.equal(asked, 5);
		});
	});

	describe("redirects", () => {
		it("within the API keep the credentials, exactly once", async () => {
			answers = [raw(302, "", { location: `/api/y?client_id=${CLIENT_ID}&b=1` }), json(200, { ok: 1 })];
			const response = await open().send();
			assert.deepEqual(requests[1]?.url.searchParams.getAll("client_id"), [CLIENT_ID]);
			assert.equal(requests[1]?.headers.authorization, `Bearer ${TOKEN}`);
			assert.equal(response.url.href, `${root}/y?b=1`);
		});
		for (const status of [301, 302, 303, 307, 308])
			it(`elsewhere are refused, and no request goes there (${status})`, async () => {
				let visits = 0;
				const elsewhere = createServer((_, response) => {
					visits++;
					response.end("{}");
				});
				await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
				const { port } = elsewhere.address() as AddressInfo;
				answers = [raw(status, "", { location: `http://127.0.0.1:${port}/x` })];
				const error = await failureOf(open().send());
				elsewhere.close();
				assert.deepEqual([error.code, visits, requests.length], ["ERR_FOREIGN_LINK", 0, 1]);
			});
		it("that never end are an error", async () => {
			answers = [raw(302, "", { location: "/api/x" })];
			assert.equal((await failureOf(open().send())).code, "ERR_BAD_RESPONSE");
			assert.ok(requests.length < 10);
		});
	});

	it("sends nothing to another origin", async () => {
		const { send } = open();
		for (const url of ["http://127.0.0.1:1/x", root.href.replace("http:", "https:"), "http://localhost/x"])
			assert.equal((await failureOf(send({ url: new URL(url) }))).code, "ERR_FOREIGN_LINK");
		assert.equal(requests.length, 0);
	});

	const bodies: [name: string, answer: Answer][] = [
		["a web page", raw(200, "<html>Sign in</html>")],
		["half JSON", raw(200, '{"a": [1, 2')],
		["nothing", raw(200, "")],
		["bad UTF-8", raw(200, Buffer.from([0x22, 0xff, 0xfe, 0x22]))],
		["gzip that is none", raw(200, "{}", { "content-encoding": "gzip" })],
		[
			"gzip with a broken middle",
			raw(200, Buffer.concat([gzipSync("{}").subarray(0, 10), Buffer.alloc(30, 255)]), { "content-encoding": "gzip" }),
		],
	];
	for (const [name, answer] of bodies)
		it(`${name} is a bad response, asked for once`, async () => {
			answers = [answer];
			const error = await failureOf(open().send());
			assert.deepEqual([error.code, error.statusCode, requests.length], ["ERR_BAD_RESPONSE", 200, 1]);
		});

	const unreadable: [name: string, answer: (status: number) => Answer][] = [
		["can't be unpacked", (status) => raw(status, "{}", { "content-encoding": "gzip", "retry-after": "90" })],
		[
			"is cut",
			(status) => (request, response) => {
				response.writeHead(status, { "content-length": "100", "retry-after": "90" }).write('{"a":');
				setImmediate(() => request.socket.destroy());
			},
		],
		[
			"never ends",
			(status) => (_, response) =>
				void response.writeHead(status, { "content-length": "100", "retry-after": "90" }).write('{"a":'),
		],
	];
	for (const [name, answer] of unreadable)
		it(`knows a refusal by its status where its body ${name}`, async () => {
			const codes = { 403: "ERR_FORBIDDEN", 404: "ERR_NOT_FOUND", 429: "ERR_RATE_LIMITED", 503: "ERR_SERVER" };
			for (const [status, code] of Object.entries(codes)) {
				answers = [answer(Number(status))];
				const error = await failureOf(open({ timeout: 0.2 }).send());
				assert.deepEqual([error.code, error.statusCode], [code, Number(status)]);
				assert.equal(error.retryAfter, status === "429" ? 90 : undefined);
			}
			assert.equal(requests.length, 4);
		});

	it("reads UTF-8 whatever the content type says, compressed or not", async () => {
		const { send } = open();
		for (const answer of [
			raw(200, '\ufeff{"a":"é"}', { "content-type": "text/plain; charset=latin1" }),
			raw(200, gzipSync('{"a":"é"}'), { "content-encoding": "gzip" }),
		]) {
			answers = [answer];
			assert.deepEqual((await send()).body, { a: "é" });
		}
	});

	it("tries again when a body is cut", async () => {
		answers = [
			(request, response) => {
				response.writeHead(200, { "content-length": "100" }).write('{"a":');
				setImmediate(() => request.socket.destroy());
			},
			json(200, { ok: 1 }),
		];
		assert.deepEqual((await open().send()).body, { ok: 1 });
	});

	it("breaks off a body that grows without end, with little memory", async () => {
		answers = [
			(_, response) => {
				const zip = createGzip();
				zip.pipe(response.writeHead(200, { "content-encoding": "gzip" }));
				const zeros = Buffer.alloc(1 << 20);
				let megabytes = 0;
				const more = () => {
					while (!response.destroyed && megabytes++ < 300) if (!zip.write(zeros)) return void zip.once("drain", more);
					zip.end();
				};
				more();
			},
		];
		const before = process.memoryUsage().rss;
		const http = createHttp({ agents, timeout: 10 });
		const error = await failureOf(exchange(http, { method: "GET", url: root, headers: {} }, 4 << 20));
		assert.deepEqual([error.code, error.statusCode], ["ERR_BAD_RESPONSE", 200]);
		assert.ok(process.memoryUsage().rss - before < 120 << 20);
	});

	const stalls: [name: string, answer: Answer][] = [
		["never answers", () => {}],
		[
			"answers drop by drop",
			(_, response) => {
				response.writeHead(200);
				const drip = setInterval(() => response.write(" "), 5);
				response.on("close", () => clearInterval(drip));
			},
		],
	];
	for (const [name, answer] of stalls)
		it(`does not wait for ever for a server that ${name}`, async () => {
			answers = [answer];
			const error = await failureOf(open({ timeout: 0.1, retries: 1 }).send());
			assert.deepEqual([error.code, requests.length], ["ERR_TIMEOUT", 2]);
		});

	it("tells a host that refuses connections", async () => {
		const closed = createServer();
		await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
		const { port } = closed.address() as AddressInfo;
		await new Promise((resolve) => closed.close(resolve));
		const there = new URL(`http://127.0.0.1:${port}`);
		const error = await failureOf(open({ root: there, retries: 0 }).send({ url: there }));
		assert.deepEqual([error.code, /refuses the connection/.test(error.message)], ["ERR_NETWORK", true]);
	});

	it("tells a host that is there, but speaks something else than HTTP", async () => {
		answers = [(request) => void request.socket.end("220 ready\r\n")];
		const { code, message } = await failureOf(open({ retries: 0 }).send());
		assert.deepEqual([code, /no proper HTTP/.test(message)], ["ERR_NETWORK", true]);
	});

	describe("an abort", () => {
		/** Aborts when `reached` says so; the request must be over at once, and its place free for another. */
		async function aborted(options: Partial<ApiClientOptions>, reach: (abort: () => void) => void) {
			const controller = new AbortController();
			const { send } = open(options);
			const sending = send({ signal: controller.signal });
			reach(() => controller.abort());
			await assert.rejects(sending, { name: "AbortError" });
			answers = [json(200, { ok: 1 })];
			assert.deepEqual((await send()).body, { ok: 1 });
		}
		it("before the request", async () => {
			await assert.rejects(open().send({ signal: AbortSignal.abort() }), { name: "AbortError" });
			assert.equal(requests.length, 0);
		});
		it("while the sign-in is renewed", async () => {
			let first = true;
			const auth: Authenticator = {
				...noAuth(),
				headers: (signal) =>
					new Promise((resolve, reject) => {
						if (!first) return resolve({});
						first = false;
						signal?.addEventListener("abort", () => reject(signal.reason));
					}),
			};
			await aborted({ auth }, (abort) => setImmediate(abort));
		});
		it("while the server thinks", () =>
			aborted({}, (abort) => {
				answers = [() => abort()];
			}));
		it("while the body comes", () =>
			aborted({}, (abort) => {
				answers = [
					(_, response) => {
						response.writeHead(200).write("{");
						setImmediate(abort);
					},
				];
			}));
		it("while it waits for another try", () =>
			aborted({ sleep: undefined as never }, (abort) => {
				answers = [
					(_, response) => {
						response.writeHead(503, { "retry-after": "50" }).end();
						response.on("close", () => setImmediate(abort));
					},
				];
			}));
	});

	it("takes a pause that no server can mean for a day, and says so", async () => {
		answers = [raw(429, "", { "x-ratelimit-reset": "1793894400000000" })];
		const { limiter, send } = open();
		const error = await failureOf(send());
		assert.deepEqual([error.code, error.retryAfter, limiter.holdSeconds], ["ERR_RATE_LIMITED", 86_400, 86_400]);
		assert.match(error.message, /asks for a pause of a day or longer, which is taken for a day/);
	});

	it("holds all requests of the account while the server asks for it", async () => {
		answers = [raw(429, "", { "retry-after": "600" })];
		const { send } = open();
		const error = await failureOf(send());
		assert.deepEqual([error.code, error.retryAfter], ["ERR_RATE_LIMITED", 600]);
		const second = await failureOf(send());
		assert.deepEqual([second.code, requests.length], ["ERR_RATE_LIMITED", 1]);
	});

	it("says 1 s where the pause that is asked for is over already", async () => {
		answers = [raw(429, "", { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" })];
		const { send } = open();
		const error = await failureOf(send());
		assert.deepEqual([error.code, error.retryAfter], ["ERR_RATE_LIMITED", 1]);
	});
});
