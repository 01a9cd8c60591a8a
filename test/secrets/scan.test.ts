import assert from "node:assert/strict";
import { redact } from "../../src/transport/redact";
import { leaksIn } from "./scan";

const secret = 'cnry"sec ret/1+=é';

describe("the scan for secrets", () => {
	for (const [how, text] of Object.entries({
		plain: `before ${secret} after`,
		JSON: JSON.stringify({ secret }),
		"an address": `?a=${encodeURIComponent(secret)}&b`,
		"a form": new URLSearchParams({ secret }).toString(),
		"Base64 alone": Buffer.from(secret).toString("base64"),
		"Base64 with a user": Buffer.from(`user:${secret}`).toString("base64"),
		"Base64url with a client": Buffer.from(`client:${secret}!`).toString("base64url"),
		hexadecimal: Buffer.from(secret).toString("hex"),
	}))
		it(`finds one in ${how}`, () => {
			assert.notDeepEqual(leaksIn(text, { secret }), []);
		});

	it("finds none where there is none, or where it was taken out", () => {
		assert.deepEqual(leaksIn("cnry sec ret", { secret }), []);
		assert.deepEqual(leaksIn(redact(`${secret} ${encodeURIComponent(secret)}`, [secret]), { secret }), []);
	});
});
