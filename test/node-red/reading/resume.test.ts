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

describe("a resume", () => {
	it("goes on in its collection", () => {
		const given = resume("/car/v4/user/vehicles/v1/trips?pageToken=2", "/car/v4/user/vehicles/v1/trips?pageToken=1");
		assert.deepEqual(readResume(given, RESOURCE, COLLECTION), given);
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
				assert.throws(() => readResume(given, RESOURCE, COLLECTION), { code: "ERR_BAD_INPUT" });
		});

	it("stands on the collection's own path where a server's links are spelled otherwise", () => {
		const made = resumable(place("/internal/trips?pageToken=2", "/internal/trips?pageToken=1"), COLLECTION);
		assert.equal(made.address, "/car/v4/user/vehicles/v1/trips?pageToken=2");
		assert.equal(made.before, "/car/v4/user/vehicles/v1/trips?pageToken=1");
		assert.deepEqual(readResume({ ...resume(""), position: made }, RESOURCE, COLLECTION).position, made);
	});
});
