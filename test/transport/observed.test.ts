import assert from "node:assert/strict";
import { StellantisError } from "../../src/error";
import { observed, type RequestRecord } from "../../src/transport/observed";

const about = { purpose: "api", method: "GET", url: "https://host.example/v4/things", attempt: 2 } as const;

describe("an exchange that is observed", () => {
	it("tells status, size and budget of an answer, and nothing of its headers and body", async () => {
		const told: RequestRecord[] = [];
		const answer = {
			statusCode: 200,
			headers: { "x-ratelimit-remaining-1": "7", "set-cookie": "cookie-4711" },
			body: Buffer.from("body-4711"),
		};
		assert.equal(
			await observed(
				(each) => told.push(each),
				about,
				async () => answer,
			),
			answer,
		);
		const [{ time, duration, ...rest } = {}] = told as Partial<RequestRecord>[];
		assert.deepEqual(rest, { ...about, statusCode: 200, size: 9, rateLimit: { day: { remaining: 7 } } });
		assert.ok(Math.abs(Date.now() - Number(time)) < 10_000 && Number(duration) >= 0);
		assert.doesNotMatch(JSON.stringify(told), /4711/);
	});

	it("tells a failure by its code, and passes it on", async () => {
		const codes: unknown[] = [];
		const failures = [
			new StellantisError("ERR_TIMEOUT", "too late"),
			Object.assign(new Error("Aborted"), { name: "AbortError" }),
			new TypeError("oops"),
		];
		for (const failure of failures)
			await assert.rejects(
				observed(
					({ error }) => codes.push(error),
					about,
					() => Promise.reject(failure),
				),
				failure,
			);
		assert.deepEqual(codes, ["ERR_TIMEOUT", "aborted", "unexpected"]);
	});
});
