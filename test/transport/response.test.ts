import assert from "node:assert/strict";
import { explain, isErrorBody, parseBody, rateLimitOf } from "../../src/transport/response";

const answer = (body: string | Buffer, statusCode = 400) => ({
	statusCode,
	headers: {},
	url: new URL("https://api.example/x?client_id=1"),
	body: Buffer.from(body),
});
const same = (text: string) => text;

describe("the server's explanation", () => {
	const table: [name: string, body: unknown, details: unknown][] = [
		["name and message", { name: "BadRequest", debug: "d", message: "m" }, { name: "BadRequest", message: "m" }],
		["a numeric code", { code: 1001, debug: "d", message: "m" }, { code: 1001, message: "m" }],
		["a code in words", { code: "REMOTE_NOT_SUPPORTED", message: "m" }, { code: "REMOTE_NOT_SUPPORTED", message: "m" }],
		["a uuid", { code: 40499, uuid: "u-1", message: "m", timestamp: "t" }, { code: 40499, id: "u-1", message: "m" }],
		[
			"a gateway",
			{ httpCode: "401", httpMessage: "Unauthorized", moreInformation: "more" },
			{ code: "401", name: "Unauthorized", message: "more" },
		],
		["OAuth", { error: "invalid_grant", error_description: "gone" }, { name: "invalid_grant", message: "gone" }],
		["nested", { error: { code: 1, message: "m" } }, { code: 1, message: "m" }],
		["only debug", { debug: "d" }, { message: "d" }],
		["wrong types", { code: {}, message: ["m"], name: 7 }, undefined],
		["an array", ["m"], undefined],
		["null", null, undefined],
	];
	for (const [name, body, details] of table)
		it(name, () => assert.deepEqual(explain(answer(JSON.stringify(body)), same), details));
	for (const body of ["<html>", "", "{", Buffer.from([0xff])])
		it(`is none in ${JSON.stringify(String(body))}`, () => assert.equal(explain(answer(body), same), undefined));
	it("is cleaned in every part before it is shortened", () => {
		const secret = "s3cret";
		const long = `${"x".repeat(297)}${secret}`;
		const body = JSON.stringify({ code: secret, name: secret, message: long, uuid: secret });
		const details = explain(answer(body), (text, most) => text.replaceAll(secret, "•••").slice(0, most));
		assert.ok(!JSON.stringify(details).includes("s3c"));
	});
});

describe("the body of an error", () => {
	const links = { self: { href: "/x" } };
	const table: [body: unknown, isError: boolean][] = [
		[{ code: 50_000, uuid: "u", message: "no" }, true],
		[{ uuid: "u" }, true],
		[{ code: 50_000, uuid: "u", message: "no", _links: {} }, true],
		[{ httpCode: "500", httpMessage: "no", _links: links }, true],
		[{ error: "x", message: "no", _links: links }, true],
		[{ message: "hello", _links: links }, false],
		[{ code: "A", name: "B", _links: links }, false],
		[{ code: 1, message: "no", answer: 42 }, false],
		[{ code: 1, message: "no", _embedded: {} }, false],
		[{ _links: {} }, false],
		[{}, false],
		[[], false],
		[null, false],
	];
	for (const [body, isError] of table)
		it(`${isError ? "is" : "is not"} ${JSON.stringify(body)}`, () => assert.equal(isErrorBody(body), isError));
});

describe("the server's budget", () => {
	const table: [headers: Record<string, string | string[]>, rateLimit: unknown][] = [
		[{}, undefined],
		[{ "x-ratelimit-limit-1": "100", "x-ratelimit-remaining-1": "0" }, { day: { limit: 100, remaining: 0 } }],
		[
			{ "x-ratelimit-remaining-2": ["3", "4"], "x-ratelimit-reset": "60" },
			{ burst: { remaining: 3 }, reset: 60 },
		],
		[{ "x-ratelimit-reset": "1777881612" }, { reset: 12 }],
		[{ "x-ratelimit-reset": "1777881612000" }, { reset: 12 }],
		[{ "x-ratelimit-limit-1": "", "x-ratelimit-remaining-1": "many", "x-ratelimit-reset": "-1" }, undefined],
	];
	for (const [headers, rateLimit] of table)
		it(`${JSON.stringify(headers)}`, () => assert.deepEqual(rateLimitOf(headers, Date.UTC(2026, 4, 4, 8)), rateLimit));
});

it("a body that can't be read is named, but never quoted", () => {
	for (const body of ["<html>hunter22", '{"a":hunter22', "", Buffer.from("hunter22\xff", "latin1")])
		assert.throws(
			() => parseBody(answer(body, 200)),
			(error: Error & { code?: string }) =>
				error.code === "ERR_BAD_RESPONSE" &&
				!error.message.includes("hunter22") &&
				!error.message.includes("client_id"),
		);
});
