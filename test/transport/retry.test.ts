import assert from "node:assert/strict";
import { StellantisError } from "../../src/error";
import {
	type AttemptOutcome,
	type NextStep,
	nextStep,
	retryAfter,
	retryDelay,
	type Situation,
} from "../../src/transport/retry";

const NOW = Date.UTC(2026, 4, 4, 8);
const failed = (code: "ERR_NETWORK" | "ERR_TIMEOUT" | "ERR_BAD_RESPONSE" | "ERR_FOREIGN_LINK"): AttemptOutcome => ({
	failure: new StellantisError(code, "failed"),
});

describe("the wait before another try", () => {
	const table: [name: string, outcome: AttemptOutcome, attempt: number, random: number, delay: number | undefined][] = [
		["first", { statusCode: 503 }, 1, 0, 0.5],
		["first, late", { statusCode: 503 }, 1, 1, 1],
		["second", { statusCode: 500 }, 2, 1, 2],
		["third", { statusCode: 502 }, 3, 1, 4],
		["tenth", { statusCode: 504 }, 10, 1, 20],
		["too many", { statusCode: 503 }, 11, 1, undefined],
		["no connection", failed("ERR_NETWORK"), 1, 1, 1],
		["no answer", failed("ERR_TIMEOUT"), 1, 1, 1],
		["a bad answer", failed("ERR_BAD_RESPONSE"), 1, 1, undefined],
		["a foreign link", failed("ERR_FOREIGN_LINK"), 1, 1, undefined],
		["an abort", { failure: new DOMException("x", "AbortError") }, 1, 1, undefined],
		["not supported", { statusCode: 501 }, 1, 1, undefined],
		["not found", { statusCode: 404 }, 1, 1, undefined],
		["unauthorized", { statusCode: 401 }, 1, 1, undefined],
		["asked for", { statusCode: 429, headers: { "retry-after": "7" } }, 1, 1, 7],
		["asked for less than is decent", { statusCode: 503, headers: { "retry-after": "0" } }, 2, 1, 2],
		["asked for a minute", { statusCode: 503, headers: { "retry-after": "60" } }, 1, 1, 60],
		["asked for an hour", { statusCode: 503, headers: { "retry-after": "3600" } }, 1, 1, undefined],
		["quota's reset on a 429", { statusCode: 429, headers: { "x-ratelimit-reset": "9" } }, 1, 1, 9],
		["quota's reset on a 500", { statusCode: 500, headers: { "x-ratelimit-reset": "40000" } }, 1, 1, 1],
	];
	for (const [name, outcome, attempt, random, delay] of table)
		it(`${name}: ${delay ?? "none"}`, () => assert.equal(retryDelay(outcome, attempt, 10, random, NOW), delay));
	it("is none without retries", () => assert.equal(retryDelay({ statusCode: 503 }, 1, 0, 1), undefined));
});

describe("what comes after an attempt that was no success", () => {
	const fresh = { attempt: 1, retries: 3, renewed: false };
	const situation: Situation = { ...fresh, isRead: true, isHeld: false, inVain: false, random: 1 };
	const table: [name: string, outcome: AttemptOutcome, changes: Partial<Situation>, step: NextStep][] = [
		["a 401", { statusCode: 401 }, {}, { kind: "renew" }],
		["a 401 after the last try", { statusCode: 401 }, { attempt: 4 }, { kind: "renew" }],
		["a 401 of what changes something", { statusCode: 401 }, { isRead: false }, { kind: "renew" }],
		["a 401 with a renewed sign-in", { statusCode: 401 }, { renewed: true }, { kind: "give up" }],
		["a 401 that no renewal has mended", { statusCode: 401 }, { inVain: true }, { kind: "give up" }],
		["a 503", { statusCode: 503 }, {}, { kind: "wait", seconds: 1 }],
		["a 503 after a renewal", { statusCode: 503 }, { renewed: true }, { kind: "wait", seconds: 1 }],
		["a 503 of what changes something", { statusCode: 503 }, { isRead: false }, { kind: "give up" }],
		["a 503 in a long pause", { statusCode: 503 }, { isHeld: true }, { kind: "give up" }],
		["a sign-in that got no answer", { ...failed("ERR_NETWORK"), once: true }, {}, { kind: "give up" }],
		["the last try", { statusCode: 503 }, { attempt: 4 }, { kind: "give up" }],
	];
	for (const [name, outcome, changes, step] of table)
		it(`${name}: ${step.kind}`, () => assert.deepEqual(nextStep(outcome, { ...situation, ...changes }, NOW), step));
});

describe("what a server asks to wait", () => {
	const table: [headers: Record<string, string | string[] | undefined>, seconds: number | undefined][] = [
		[{}, undefined],
		[{ "retry-after": "120" }, 120],
		[{ "retry-after": "1.5" }, 1.5],
		[{ "retry-after": "-3" }, 0],
		[{ "retry-after": ["4", "9"] }, 4],
		[{ "retry-after": "" }, undefined],
		[{ "retry-after": "soon" }, undefined],
		[{ "retry-after": "Mon, 04 May 2026 08:00:30 GMT" }, 30],
		[{ "retry-after": "Mon, 04 May 2026 07:00:00 GMT" }, 0],
		[{ "x-ratelimit-reset": "12" }, 12],
		[{ "x-ratelimit-reset": String(NOW / 1000 + 12) }, 12],
		[{ "x-ratelimit-reset": String(NOW / 1000 - 12) }, 0],
		[{ "x-ratelimit-reset": "Mon, 04 May 2026 08:00:30 GMT" }, 30],
		[{ "x-ratelimit-reset": "2026-05-04T08:00:30Z" }, 30],
		[{ "x-ratelimit-reset": "2026-05-04T07:00:00Z" }, 0],
		[{ "x-ratelimit-reset": "9999-12-31T00:00:00Z" }, 86_400],
		[{ "x-ratelimit-reset": "soon" }, undefined],
		[{ "x-ratelimit-reset": "-1" }, undefined],
		[{ "x-ratelimit-reset": "" }, undefined],
		[{ "x-ratelimit-reset": String(NOW + 12_000) }, 12],
		[{ "x-ratelimit-reset": String(NOW - 12_000) }, 0],
		[{ "retry-after": String(NOW / 1000 + 12) }, 12],
		[{ "retry-after": String(NOW + 12_000) }, 12],
		[{ "retry-after": "3", "x-ratelimit-reset": "12" }, 3],
		// Longer than a day is a day.
		[{ "retry-after": "86400" }, 86_400],
		[{ "retry-after": "86401" }, 86_400],
		[{ "retry-after": "999999999" }, 86_400],
		[{ "retry-after": "1e300" }, 86_400],
		[{ "retry-after": "Infinity" }, undefined],
		[{ "retry-after": "Fri, 31 Dec 9999 23:59:59 GMT" }, 86_400],
		[{ "x-ratelimit-reset": "1793894400000000" }, 86_400],
		[{ "x-ratelimit-reset": String(NOW / 1000 + 90_000) }, 86_400],
		[{ "retry-after": "soon", "x-ratelimit-reset": "12" }, 12],
	];
	for (const [headers, seconds] of table)
		it(`${JSON.stringify(headers)}: ${seconds ?? "nothing"}`, () => assert.equal(retryAfter(headers, NOW), seconds));
});
