import assert from "node:assert/strict";
import { StellantisError } from "../../../src/error";
import { Recorder } from "../../../src/node-red/account/recorder";
import type { RequestRecord } from "../../../src/transport/observed";

const record = (url: string): RequestRecord => ({
	purpose: "api",
	method: "GET",
	url,
	attempt: 1,
	time: 0,
	duration: 1,
});

describe("what an account remembers for a bug report", () => {
	it("keeps the last 50 requests and errors of 10,000, oldest first", () => {
		const recorder = new Recorder();
		for (let n = 1; n <= 10_000; n++) {
			recorder.request(record(`https://host.example/${n}`));
			recorder.failure(new StellantisError("ERR_SERVER", `failure ${n}`), "node");
		}
		assert.equal(recorder.requests.length, 50);
		assert.equal(recorder.errors.length, 50);
		assert.equal(recorder.requests[0]?.url, "https://host.example/9951");
		assert.equal(recorder.requests.at(-1)?.url, "https://host.example/10000");
		assert.equal(recorder.errors.at(-1)?.message, "failure 10000");
	});

	it("keeps no more than the beginning of what is endless", () => {
		const recorder = new Recorder();
		recorder.request(record(`https://host.example/short?query=${"x".repeat(1_000_000)}`));
		recorder.request(record(`https://host.example/${"x".repeat(1_000_000)}`));
		recorder.failure(new StellantisError("ERR_BAD_INPUT", "x".repeat(1_000_000)), "node");
		assert.equal(recorder.requests[0]?.url, "https://host.example/short");
		assert.ok((recorder.requests[1]?.url.length ?? 0) <= 2_000);
		assert.ok((recorder.errors[0]?.message.length ?? 0) <= 2_000);
	});

	it("does not quote an error that is none of ours", () => {
		const recorder = new Recorder();
		recorder.failure(new TypeError("Cannot read token-4711"), "node");
		assert.equal(recorder.errors[0]?.code, "unexpected");
		assert.equal(recorder.errors[0]?.message, "");
	});
});
