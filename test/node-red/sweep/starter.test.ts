import assert from "node:assert/strict";
import fc from "fast-check";
import type { Message } from "../../../src/node-red/messages";
import { keptOf, MOST } from "../../../src/node-red/sweep/starter";
import { redact } from "../../../src/transport/redact";

const SECRET = "cnry-6f1d0a";
const kept = (msg: object) => keptOf(msg as Message, (text) => redact(text, [SECRET, "12345678"], MOST));

describe("what is kept of the message that starts a sweep", () => {
	it("is its plain data, whatever stands in it, as far as it is no secret", () => {
		const ordinary = {
			topic: "nightly",
			vehicle: { id: "car1" },
			rows: Array.from({ length: 800 }, (_, n) => ({ id: n, name: `customer number ${n}` })),
			page: { index: 1 },
			nothing: null,
			__other: [true, 1e300, "a\u0000b", "half \ud83d"],
		};
		assert.deepEqual(kept({ ...ordinary, payload: "x", lease: [], req: {}, res: {} }), ordinary);
		const long = { text: "x ".repeat(30_000) };
		assert.deepEqual(kept(long), long);
		assert.deepEqual(kept({ text: 'Authorization: say "hi" now' }), { text: 'Authorization: •••"hi" now' });
		assert.deepEqual(kept({ list: ["password=", { a: 1 }], at: 'see ?code=a"b' }), {
			list: ["password=", { a: 1 }],
			at: 'see ?code=•••"b',
		});
		assert.deepEqual(kept({ [`at ${SECRET}`]: { [SECRET]: `${SECRET}.` }, job: 12345678 }), {
			"at •••": { "•••": "•••." },
		});
	});

	it("is nothing that JSON can't give back, and nothing of a name that sounds like a secret", () => {
		const round: Record<string, unknown> = {};
		round.self = round;
		const throws = {
			get field() {
				throw new Error("no");
			},
		};
		const odd = {
			round,
			throws,
			f() {},
			at: new Date(),
			bytes: Buffer.from("x"),
			no: Number.NaN,
			big: 1n,
			gone: undefined,
		};
		assert.deepEqual(kept({ ...odd, accessToken: "a", ok: { passphrase: "b", code_verifier: "c", n: undefined } }), {
			ok: {},
		});
		const own = JSON.parse('{ "__proto__": { "x": 1 }, "nested": { "__proto__": 2 } }');
		assert.deepEqual(kept(own), own);
	});

	it("leaves out what is too large, and only that", () => {
		const rows = Array.from({ length: 100_000 }, (_, n) => ({ n }));
		assert.deepEqual(kept({ first: 1, rows, text: "x".repeat(MOST + 1), last: 2 }), { first: 1, last: 2 });
		const half = "x".repeat(40_000);
		assert.deepEqual(kept({ one: half, other: half, last: 2 }), { one: half, last: 2 });
		// Each of these takes six characters in JSON.
		assert.deepEqual(kept({ text: "\u0001".repeat(MOST / 2) }), {});
	});

	it("never fails, and has no secret in it", () => {
		fc.assert(
			fc.property(
				fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true, withMap: true })),
				(msg) => {
					const text = JSON.stringify(kept({ ...msg, text: `a ${SECRET}` }));
					assert.ok(!text.includes(SECRET));
					assert.deepEqual(JSON.stringify(JSON.parse(text)), text);
				},
			),
		);
	});
});
