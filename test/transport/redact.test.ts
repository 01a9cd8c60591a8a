import assert from "node:assert/strict";
import fc from "fast-check";
import { redact } from "../../src/transport/redact";
import { takesLess } from "../support/takes-less";

const SECRET = 's3cr/t pa+ss="wört"';

describe("redaction of known secrets", () => {
	const spellings: [string, string][] = [
		["plain", SECRET],
		["URL-encoded", encodeURIComponent(SECRET)],
		["as a form field", new URLSearchParams({ a: SECRET }).toString().slice(2)],
		["Base64", Buffer.from(SECRET).toString("base64")],
		["Base64 for addresses", Buffer.from(SECRET).toString("base64url")],
		["in JSON", JSON.stringify(SECRET).slice(1, -1)],
	];
	for (const [name, spelling] of spellings)
		it(name, () => {
			const clean = redact(`before ${spelling} between ${spelling} after`, [SECRET]);
			assert.ok(!clean.includes(spelling), clean);
			assert.match(clean, /^before .*after$/);
		});

	it("leaves nothing of one that holds another", () => {
		assert.equal(redact("x abcdefgh y", ["abcd", "abcdefgh"]), "x ••• y");
		assert.equal(redact("x abcdefgh y", ["abcdefgh", "abcd"]), "x ••• y");
	});

	it("cuts a text between its characters", () => {
		for (const most of [6, 7, 8]) {
			const clean = redact(`ab cd ${"😀".repeat(100)}`, [], most);
			assert.equal(clean.length, most === 7 ? 6 : most);
			assert.equal(clean, Buffer.from(clean).toString(), "no half of one is left");
		}
	});

	it("spares ordinary words from secrets of a few letters", () => {
		assert.equal(redact("an ordinary sentence", ["an", "", "or"]), "an ordinary sentence");
	});

	it("works for any secret in any text", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary", minLength: 4, maxLength: 40 }), fc.string(), (secret, around) => {
				fc.pre(!"•••".includes(secret) && !`${around}•••${around}`.includes(secret));
				assert.ok(!redact(`${around}${secret}${around}`, [secret]).includes(secret));
			}),
		);
	});

	it("survives half a character", () => assert.equal(redact("a \ud800abc b", ["\ud800abc"]), "a ••• b"));
});

describe("redaction of a text that never ends", () => {
	it("shows its beginning, and no part of a secret that the cut went through", () => {
		const secrets = [SECRET, "x".repeat(6_000)];
		for (const most of [10, 300]) {
			const plain = redact("a".repeat(1_000_000), secrets, most);
			assert.equal(plain, "a".repeat(most));
			for (let before = most + 6_000 - SECRET.length; before <= most + 6_000; before++) {
				const clean = redact("b".repeat(before) + SECRET + "c".repeat(9_000), secrets, most);
				assert.equal(clean, "b".repeat(most));
			}
		}
		for (let before = 280; before <= 300; before++) {
			const clean = redact(`${"b".repeat(before)} access_token=${SECRET.repeat(1_000)}`, [SECRET], 300);
			assert.ok(!clean.includes("s3c"), clean);
		}
	});

	it("finds a known secret within a word, in every spelling that is one, and cuts the rest", () => {
		for (const secret of ["s3cret", "half-of_it", "Zürich?=", "ÿÿÿÿ"]) {
			const base64 = Buffer.from(secret).toString("base64url");
			for (const spelling of [secret, base64].filter((each) => /^[\w-]+$/.test(each)))
				assert.equal(redact(`${spelling}-b`, [secret]), "•••-b");
			assert.equal(redact(base64, [secret]), "•••");
		}
		assert.equal(redact("123e4567-e89b-12d3", [SECRET], 8), "123e4567");
	});

	it("takes no time for what is made to keep patterns busy", () => {
		for (const bite of [
			"eyJ-",
			"a-",
			'secret="',
			"authorization ",
			"-----BEGIN PRIVATE KEY-----",
			"basic\t",
			"://@",
			".",
		]) {
			const text = bite.repeat(1_000_000 / bite.length);
			takesLess(100, () => redact(text, [SECRET]), bite);
		}
	});
});

describe("redaction of what looks like a secret", () => {
	const table: [text: string, leaks: string[]][] = [
		["Authorization: Bearer abcdefghijkl", ["abcdefghijkl"]],
		["authorization: Basic dXNlcjpwYXNz", ["dXNlcjpwYXNz"]],
		["sent Bearer mF_9.B5f-4.1JqM again", ["mF_9"]],
		["sent basic dXNlcjpwYXNz again", ["dXNl"]],
		["Cookie: sid=abc123; session=def456", ["abc123", "def456"]],
		["Set-Cookie: sid=abc123; Path=/", ["abc123"]],
		["X-IBM-Client-Secret: 9f8e7d", ["9f8e7d"]],
		['{"access_token":"abc123","expires_in":1}', ["abc123"]],
		['{"refresh_token" : "ab\\"c123"}', ["c123"]],
		['{\\"access_token\\":\\"abc123\\"}', ["abc123"]],
		["{'client_secret': 'abc123'}", ["abc123"]],
		["grant_type=refresh_token&refresh_token=abc123&client_secret=def456", ["abc123", "def456"]],
		["https://h/cb?code=abc123&state=1", ["abc123"]],
		["db_password=abc123", ["abc123"]],
		["passphrase: abc123", ["abc123"]],
		["token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP rejected", ["eyJhbGci", "dBjftJeZ"]],
		["-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", ["MIIabc"]],
		["-----BEGIN PRIVATE KEY-----\nMIIabc cut off", ["MIIabc"]],
		["proxy http://user:pa:ss@proxy.example:8080/ failed", ["pa:ss", "user"]],
		["proxy http://user:p@ss@proxy.example failed", ["ss@"]],
	];
	for (const [text, leaks] of table)
		it(text.slice(0, 60), () => {
			const clean = redact(text);
			for (const leak of leaks) assert.ok(!clean.includes(leak), clean);
			assert.ok(clean.includes("•••"));
		});

	const ordinary = [
		"Basic authentication failed: check user name and password.",
		"The Bearer token is missing.",
		"Basic sign-in needs a user name.",
		"The API allows no more requests for now. Try again in 30 s.",
		"GET /user/vehicles/108e0001/status?profile=endUser (404)",
		"https://api.example/connectedcar/v4/user?mail=a@b.example",
		"code: 40499, uuid 123e4567-e89b-12d3-a456-426614174000",
		"The secret of a good sentence is its words.",
		"-----BEGIN CERTIFICATE-----",
	];
	for (const text of ordinary) it(`leaves alone: ${text}`, () => assert.equal(redact(text, ["hunter22"]), text));
});
