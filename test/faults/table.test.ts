import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { createGzip, gzipSync } from "node:zlib";
import sinon from "sinon";
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

interface Row {
	fault: Fault;
	/** What the flow must see: a code, or nothing at all, because another try mends it. */
	sees: "success" | string;
	/** What the sentence must say. */
	says?: RegExp;
}

const OK = ["HTTP/1.1 200 OK", "content-type: application/hal+json"];
const error = (status: number, body: (echo: string) => unknown, headers: Record<string, string> = {}): Fault => {
	return ({ json, echo }) => json(status, body(echo), headers);
};
/** The bodies in which errors come, each with what a careless server might echo. */
const BODIES: Record<string, (echo: string) => unknown> = {
	"a name": (echo) => ({ name: "Odd", debug: echo, message: `refused ${echo}` }),
	"a number": (echo) => ({ code: 40099, uuid: "u-1", message: `refused ${echo}`, timestamp: "2026-01-01T00:00:00Z" }),
	"a gateway": (echo) => ({ httpCode: "400", httpMessage: "Refused", moreInformation: `refused ${echo}` }),
	"a nested": (echo) => ({ error: { code: "REMOTE_NOT_SUPPORTED", message: `refused ${echo}` } }),
	"a web page": (echo) => `<html><body>${echo}</body></html>`,
	"an empty": () => "",
};
const CODES: Record<number, string> = {
	400: "ERR_REJECTED",
	401: "ERR_UNAUTHORIZED",
	403: "ERR_FORBIDDEN",
	404: "ERR_NOT_FOUND",
	405: "ERR_REJECTED",
	406: "ERR_REJECTED",
	409: "ERR_REJECTED",
	410: "ERR_REJECTED",
	418: "ERR_REJECTED",
	422: "ERR_REJECTED",
	429: "ERR_RATE_LIMITED",
	431: "ERR_REJECTED",
	500: "ERR_SERVER",
	501: "ERR_NOT_SUPPORTED",
	502: "ERR_SERVER",
	503: "ERR_SERVER",
	504: "ERR_SERVER",
	505: "ERR_SERVER",
	599: "ERR_SERVER",
};

/** Faults that nothing mends within the account's patience. */
const rows: Record<string, Row> = {};
for (const [status, code] of Object.entries(CODES))
	for (const [kind, body] of Object.entries(BODIES))
		rows[`${status} with ${kind} body`] = {
			fault: error(Number(status), body, status === "429" ? { "retry-after": "0" } : {}),
			sees: code,
		};

const MEBIBYTES = 300;
/** 300 MiB of zeros, packed; made chunk by chunk, so that the test itself stays small. */
async function makeBomb(): Promise<Buffer> {
	const gzip = createGzip({ level: 1 });
	const packed: Buffer[] = [];
	gzip.on("data", (chunk: Buffer) => packed.push(chunk));
	const zeros = Buffer.alloc(1024 * 1024);
	for (let n = 0; n < MEBIBYTES; n++) if (!gzip.write(zeros)) await once(gzip, "drain");
	gzip.end();
	await once(gzip, "end");
	return Buffer.concat(packed);
}

const half = (text: string) => text.slice(0, text.length / 2);

Object.assign(rows, {
	"a reset instead of an answer": { fault: ({ socket }) => socket.resetAndDestroy(), sees: "ERR_NETWORK" },
	"an end instead of an answer": { fault: ({ socket }) => socket.end(), sees: "ERR_NETWORK" },
	"a reset within the headers": {
		fault: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-ty", () => socket.resetAndDestroy()),
		sees: "ERR_NETWORK",
	},
	"a reset before the body": {
		fault: ({ socket, body }) =>
			socket.write(`${OK.join("\r\n")}\r\ncontent-length: ${body.length}\r\n\r\n`, () => socket.resetAndDestroy()),
		sees: "ERR_NETWORK",
	},
	"a reset within the body": {
		fault: ({ socket, body }) =>
			socket.write(`${OK.join("\r\n")}\r\ncontent-length: ${body.length}\r\n\r\n${half(body)}`, () =>
				socket.resetAndDestroy(),
			),
		sees: "ERR_NETWORK",
	},
	"a body that is cut": {
		fault: ({ raw, socket, body }) => {
			raw([...OK, `content-length: ${body.length}`], half(body));
			socket.end();
		},
		sees: "ERR_NETWORK",
	},
	"a chunked body that is cut": {
		fault: ({ raw, socket, body }) => {
			raw([...OK, "transfer-encoding: chunked"], `${body.length.toString(16)}\r\n${half(body)}`);
			socket.end();
		},
		sees: "ERR_NETWORK",
	},
	"a chunked body without its last chunk": {
		fault: ({ raw, socket, body }) => {
			raw([...OK, "transfer-encoding: chunked"], `${body.length.toString(16)}\r\n${body}\r\n`);
			socket.end();
		},
		sees: "ERR_NETWORK",
	},
	"a connection that ends in place of a length, too early": {
		fault: ({ raw, socket, body }) => {
			raw([...OK, "connection: close"], half(body));
			socket.end();
		},
		sees: "ERR_BAD_RESPONSE",
		says: /broken JSON/,
	},
	"a stall instead of an answer": { fault: () => {}, sees: "ERR_TIMEOUT", says: /timeout can be raised/ },
	"a stall within the headers": {
		fault: ({ socket }) => socket.write("HTTP/1.1 200 OK\r\ncontent-ty"),
		sees: "ERR_TIMEOUT",
	},
	"a stall within the body": {
		fault: ({ raw, body }) => raw([...OK, `content-length: ${body.length}`], half(body)),
		sees: "ERR_TIMEOUT",
	},
	"a body byte by byte": {
		fault: async ({ raw, socket, body }) => {
			raw([...OK, `content-length: ${body.length}`]);
			for (const byte of body) {
				if (socket.destroyed) return;
				socket.write(byte);
				await delay(10);
			}
		},
		sees: "ERR_TIMEOUT",
	},
	"headers that never end": {
		fault: async ({ socket }) => {
			socket.write("HTTP/1.1 200 OK\r\n");
			for (let n = 0; n < 10_000 && !socket.destroyed; n++) socket.write(`x-${n}: ${"x".repeat(100)}\r\n`);
		},
		sees: "ERR_NETWORK",
	},
	"a length that is too long": {
		fault: ({ raw, body }) => raw([...OK, `content-length: ${body.length + 10}`], body),
		sees: "ERR_TIMEOUT",
	},
	"a length that is too short": {
		fault: ({ raw, body }) => raw([...OK, `content-length: ${body.length - 10}`], body),
		sees: "ERR_NETWORK",
	},
	"two lengths that differ": {
		fault: ({ raw, body }) => raw([...OK, `content-length: ${body.length}`, "content-length: 3"], body),
		sees: "ERR_NETWORK",
	},
	"something that is no HTTP": { fault: ({ socket }) => socket.end("SSH-2.0-OpenSSH\r\n"), sees: "ERR_NETWORK" },
	"a body that calls itself gzip and is not": {
		fault: ({ response, body }) => response.writeHead(200, { "content-encoding": "gzip" }).end(body),
		sees: "ERR_BAD_RESPONSE",
		says: /compressed body/,
	},
	"gzip that is cut": {
		fault: ({ response, body }) =>
			response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(body).subarray(0, -12)),
		sees: "ERR_BAD_RESPONSE",
		says: /compressed body/,
	},
	"gzip with a wrong checksum": {
		fault: ({ response, body }) => {
			const packed = gzipSync(body);
			packed.writeUInt32LE(7, packed.length - 8);
			response.writeHead(200, { "content-encoding": "gzip" }).end(packed);
		},
		sees: "ERR_BAD_RESPONSE",
		says: /compressed body/,
	},
	"bytes that are no UTF-8": {
		fault: ({ response, body }) => response.end(Buffer.from(body.replace('"v', '"\u00e9'), "latin1")),
		sees: "ERR_BAD_RESPONSE",
		says: /no UTF-8/,
	},
	"an empty body": { fault: ({ response }) => response.end(), sees: "ERR_BAD_RESPONSE", says: /is empty/ },
	"304 that nobody asked for": { fault: ({ response }) => response.writeHead(304).end(), sees: "ERR_BAD_RESPONSE" },
	"a web page": {
		fault: ({ response, echo }) => response.end(`<html>${echo}</html>`),
		sees: "ERR_BAD_RESPONSE",
		says: /web page/,
	},
	"an array": { fault: ({ json }) => json(200, [1, 2]), sees: "ERR_BAD_RESPONSE" },
	null: { fault: ({ json }) => json(200, "null"), sees: "ERR_BAD_RESPONSE" },
	"a text": { fault: ({ json, echo }) => json(200, JSON.stringify(echo)), sees: "ERR_BAD_RESPONSE" },
	"half a JSON": { fault: ({ json, body }) => json(200, half(body)), sees: "ERR_BAD_RESPONSE", says: /broken JSON/ },
	"a redirect to itself": {
		fault: ({ response, request }) => response.writeHead(302, { location: request.url }).end(),
		sees: "success",
	},
	"a redirect without a target": { fault: ({ response }) => response.writeHead(302).end(), sees: "ERR_BAD_RESPONSE" },
	"a redirect to no address": {
		fault: ({ response }) => response.writeHead(302, { location: "http://[" }).end(),
		sees: "ERR_BAD_RESPONSE",
	},
	"a redirect to a file": {
		fault: ({ response }) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
		sees: "ERR_FOREIGN_LINK",
	},
} satisfies Record<string, Row>);

/** Faults that another try mends. */
const passing: Record<string, Fault> = {
	...Object.fromEntries(
		[500, 502, 503, 504].map((status) => [`${status}`, error(status, () => "<html>") satisfies Fault]),
	),
	"429 with Retry-After": error(429, () => ({}), { "retry-after": "0" }),
	"a reset": ({ socket }) => socket.resetAndDestroy(),
	"a cut body": ({ raw, socket, body }) => {
		raw([...OK, `content-length: ${body.length}`], half(body));
		socket.end();
	},
	"a stall": () => {},
};

describe("faults of network and server, as a flow sees them", () => {
	let api: FaultApi;
	let elsewhere: FaultApi;
	let runtime: Runtime;

	before(async () => {
		api = await new FaultApi().start();
		elsewhere = await new FaultApi().start();
		runtime = new Runtime();
		await runtime.start(
			[
				accountAt(api),
				listNode(),
				accountAt(api, { id: "patient", retries: 1 }),
				listNode("patient-list", { account: "patient" }),
				accountAt(api, { id: "slow", timeout: 15 }),
				listNode("slow-list", { account: "slow" }),
			],
			{ ...credentialsWith(), patient: credentialsWith().acc ?? {}, slow: credentialsWith().acc ?? {} },
		);
	});
	after(async () => {
		await runtime.stop();
		await Promise.all([api.stop(), elsewhere.stop()]);
		assertNothingLeaked(runtime, api);
	});
	beforeEach(() => {
		// The shortest pause between two tries.
		sinon.stub(Math, "random").returns(0);
	});
	afterEach(() => {
		sinon.restore();
		api.heal();
		api.headers = {};
		assertNothingLeaked(runtime, api);
		runtime.written.splice(0);
		assert.equal(elsewhere.seen.length, 0, "a request went elsewhere");
	});

	for (const [what, { fault, sees, says }] of Object.entries(rows))
		it(`${what}: ${sees}`, async () => {
			api.plan(2, fault);
			const outcome = await runtime.send("list");
			if (sees === "success") assertWhole(outcome);
			else {
				const failed = await assertBrokenOff(outcome, sees, runtime);
				if (says) assert.match(errorOf(failed).message, says);
			}
		});

	for (const [what, fault] of Object.entries(passing))
		it(`${what}, once, with another try: success`, async () => {
			api.plan(2, fault);
			const before = api.seen.length;
			assertWhole(await runtime.send("patient-list"));
			assert.equal(api.seen.length - before, 4);
		});

	it("a redirect that goes round in circles: ERR_BAD_RESPONSE", async () => {
		api.plan(2, ({ response, request }) => response.writeHead(302, { location: request.url }).end(), 20);
		const before = api.seen.length;
		const outcome = await runtime.send("list");
		assert.ok(api.seen.length - before < 10);
		api.heal();
		const failed = await assertBrokenOff(outcome, "ERR_BAD_RESPONSE", runtime);
		assert.match(errorOf(failed).message, /keeps redirecting/);
	});

	it("a redirect within the API: success, with the credentials once", async () => {
		api.plan(2, ({ response }) =>
			response.writeHead(307, { location: "/connectedcar/v4/other/vehicles?pageToken=p2&client_id=x" }).end(),
		);
		assertWhole(await runtime.send("list"));
		const { url = "", authorization } = api.seen.find((seen) => seen.url.includes("/other/")) ?? {};
		assert.deepEqual(new URL(url, api.url).searchParams.getAll("client_id"), ["client-1"]);
		assert.match(authorization ?? "", /^Bearer /);
	});

	for (const status of [301, 302, 303, 307, 308])
		it(`a redirect (${status}) to another origin: ERR_FOREIGN_LINK, and no request goes there`, async () => {
			api.plan(2, ({ response }) => response.writeHead(status, { location: `${elsewhere.url}/user/vehicles` }).end());
			const failed = await assertBrokenOff(await runtime.send("list"), "ERR_FOREIGN_LINK", runtime);
			assert.match(errorOf(failed).message, /not followed/);
		});

	it("a next link to another origin: ERR_FOREIGN_LINK, and no request goes there", async () => {
		api.plan(2, ({ json, body }) => json(200, body.replace('"next":{"href":"', `"next":{"href":"${elsewhere.url}`)));
		const { errors, items } = await runtime.send("list");
		assert.equal(items.length, 4);
		assert.equal(errorOf(errors[0] ?? {}).code, "ERR_FOREIGN_LINK");
	});

	it("300 MB of zeros: ERR_BAD_RESPONSE, and memory stays flat", async () => {
		const packed = await makeBomb();
		const start = process.memoryUsage().rss;
		let most = start;
		const watch = setInterval(() => {
			most = Math.max(most, process.memoryUsage().rss);
		}, 5);
		for (let n = 0; n < 3; n++) {
			api.plan(2, ({ response }) => response.writeHead(200, { "content-encoding": "gzip" }).end(packed));
			const { errors, items } = await runtime.send("slow-list");
			assert.equal(items.length, 2);
			assert.equal(errorOf(errors[0] ?? {}).code, "ERR_BAD_RESPONSE");
			assert.match(errorOf(errors[0] ?? {}).message, /larger than 32 MB/);
		}
		clearInterval(watch);
		assert.ok(most - start < 150 * 1024 * 1024, `grew by ${Math.round((most - start) / 1024 / 1024)} MB`);
	});
});
