import assert from "node:assert/strict";
import { readResume, resumable } from "../../../src/node-red/reading/resume";

const COLLECTION = new URL("https://api.example/car/v4/user/vehicles/v1/trips?pageSize=60");
const RESOURCE = "user-v4 /user/vehicles/v1/trips";
const place = (address: string, before?: string) => ({
	address,
	way: "next" as const,
	skip: 2,
	handled: [],
	...(before === undefined ? {} : { before }),
});
const resume = (address: string, before?: string) => ({
	version: 1,
	resource: RESOURCE,
	position: place(address, before),
});

const OWN = { id: "a1", isOwn: true };

describe("a resume", () => {
	it("is good for its own account only, and for the node's own where it names none", () => {
		const made = resume("/car/v4/user/vehicles/v1/trips?pageToken=2");
		const read = (given: object, id: string, isOwn: boolean) => readResume(given, RESOURCE, COLLECTION, { id, isOwn });
		assert.equal(read({ ...made, account: "a2" }, "a2", false).account, "a2");
		assert.equal(read(made, "a1", true).account, "a1");
		for (const use of [
			() => read({ ...made, account: "a2" }, "a1", true),
			() => read({ ...made, account: "a1" }, "a2", false),
			() => read(made, "a2", false),
			() => read({ ...made, account: { id: "a2" } }, "a2", false),
		])
			assert.throws(use, { code: "ERR_BAD_INPUT" });
	});

	it("goes on in its collection", () => {
		const given = resume("/car/v4/user/vehicles/v1/trips?pageToken=2", "/car/v4/user/vehicles/v1/trips?pageToken=1");
		assert.deepEqual(readResume(given, RESOURCE, COLLECTION, OWN), { ...given, account: OWN.id });
	});

	for (const address of [
		"/car/v4/user/vehicles/v1/alerts",
		"/car/v4/user/vehicles/v2/trips",
		"/car/v4/user/vehicles/v1/trips/../../v2/trips",
		"/car/v4/user/vehicles/v1/trips/7",
		"/admin",
		"//other.example/car/v4/user/vehicles/v1/trips",
	])
		it(`never leads elsewhere: ${address}`, () => {
			for (const given of [resume(address), resume(COLLECTION.pathname, address)])
				assert.throws(() => readResume(given, RESOURCE, COLLECTION, OWN), { code: "ERR_BAD_INPUT" });
		});

	it("stands on the collection's own path where a server's links are spelled otherwise", () => {
		const made = resumable(
			place("/internal/trips?client_id=x&pageToken=2", "/internal/trips?pageToken=1&client_id=x"),
			COLLECTION,
			"client_id",
		);
		assert.equal(made.address, "/car/v4/user/vehicles/v1/trips?pageToken=2");
		assert.equal(made.before, "/car/v4/user/vehicles/v1/trips?pageToken=1");
		assert.deepEqual(readResume({ ...resume(""), position: made }, RESOURCE, COLLECTION, OWN).position, made);
	});
});
