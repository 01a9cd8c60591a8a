import assert from "node:assert/strict";
import { type FamilyId, type Simulator, startSimulator } from "../../demo";
import { type Answer, get } from "../demo/client";
import { assertFits } from "./deviations";
import { documentsPresent, openDocument, recorded } from "./openapi";

type Item = Record<string, unknown>;

/** Paths that real servers answer and the document doesn't list, with the schema that fits. */
const unlisted: Record<FamilyId, Record<string, string>> = {
	"user-v4": {
		"/user/vehicles/{id}/trips": "Trips",
		"/user/vehicles/{id}/trips/{tid}": "Trip",
		"/user/vehicles/{id}/trips/{tid}/alerts": "Alerts",
		"/user/vehicles/{id}/trips/{tid}/collisions": "Collisions",
		"/user/vehicles/{id}/trips/{tid}/wayPoints": "WayPoints",
		"/user/vehicles/{id}/trips/{tid}/telemetry": "Telemetries",
	},
	"accounts-v1": {},
	"fleet-v3": {},
};

const families = ["user-v4", "accounts-v1", "fleet-v3"] as const;

describe("answers of the demo API against the published documents", () => {
	if (!documentsPresent) {
		it("needs the OpenAPI documents in ../shared/api, which are not there: nothing was compared");
		return;
	}
	let simulator: Simulator;
	before(async () => {
		simulator = await startSimulator({ now: () => Date.parse("2026-03-11T17:12:00Z") });
	});
	after(() => simulator.close());

	for (const family of families) {
		describe(family, () => {
			const document = openDocument(family);
			for (const path of document.paths) {
				it(`GET ${path}`, async () => {
					const { body } = await read(family, path);
					assertFits(family, document.check(path, body));
				});
			}
			for (const [path, schema] of Object.entries(unlisted[family])) {
				it(`GET ${path}, which the document doesn't list`, async () => {
					const { body } = await read(family, path);
					assertFits(family, document.checkSchema(schema, body));
				});
			}
			it("errors have a body of the document's kind", async () => {
				const { status, body } = await get(simulator, family, `${vehicles(family)}/unknown`);
				assert.equal(status, 404);
				assertFits(family, document.checkSchema("xError", body));
			});
			it("every extension of a vehicle", async () => {
				const names = family === "accounts-v1" ? "devices,callCenterNumbers" : "onboardCapabilities,branding,pictures";
				const path = vehicles(family);
				const answer = await get(simulator, family, `${path}?extension=${names}`);
				const [first] = itemsOf(answer);
				const embedded = first?._embedded as { extension: Item };
				assert.deepEqual(Object.keys(embedded.extension), names.split(","));
				const listed = document.paths.find((each) => each === path || each === "/fleets/{fid}/vehicles");
				assertFits(family, document.check(listed ?? "", answer.body));
			});
			it("every vehicle's latest state", async () => {
				const name = family === "accounts-v1" ? "telemetries/latest" : "status";
				const listed = document.paths.find((path) => path.endsWith(`id}/${name}`) && path !== "/fleets/{fid}/status");
				for (const vehicle of simulator.vehicles.slice(0, 12)) {
					const { body } = await get(simulator, family, `${vehicles(family)}/${vehicle.id}/${name}`);
					assertFits(family, document.check(listed ?? "", body));
				}
			});
		});
	}

	describe("real answers of user-v4", () => {
		const cases = [
			{ name: "vehicles-page.json", path: () => "/user/vehicles?pageSize=1" },
			{ name: "trips-page.json", path: () => `/user/vehicles/${simulator.vehicles[0]?.id}/trips?pageSize=1` },
			{ name: "status-plugin-hybrid.json", path: () => `/user/vehicles/${simulator.vehicles[1]?.id}/status` },
		];
		for (const { name, path } of cases) {
			it(`${name}: every field there is one here`, async () => {
				const { body } = await get(simulator, "user-v4", path());
				const here = new Set(fields(body));
				assert.deepEqual(
					fields(recorded(name)).filter((field) => !here.has(field)),
					[],
				);
			});
		}
	});

	/** Reads a path of a document, its variables filled with what the lists above it hold; no list may be empty. */
	async function read(family: FamilyId, path: string): Promise<Answer> {
		let filled = "";
		for (const part of path.split("/").slice(1)) {
			filled += `/${part.startsWith("{") ? await segmentFor(family, part, path, filled) : part}`;
		}
		const answer = await get(simulator, family, withType(family, filled));
		assert.equal(answer.status, 200, `${filled} answers ${answer.status}`);
		const embedded = (answer.body as { total?: number })?.total === undefined ? undefined : itemsOf(answer);
		if (embedded) assert.ok(embedded.length > 0, `${filled} is empty: nothing was compared`);
		return answer;
	}

	async function segmentFor(family: FamilyId, name: string, path: string, above: string): Promise<string> {
		if (name === "{fid}") return "demo-fleet";
		const index = path.includes("ollisions") ? 7 : path.includes("stolen") ? 10 : path.includes("alarms") ? 2 : 0;
		const vehicle = simulator.vehicles[index];
		assert.ok(vehicle);
		if (name === "{id}" || name === "{vid}") return vehicle.id;
		if (name === "{vin}") return vehicle.vin;
		if (name === "{cbid}" || name === "{chId}") {
			const channels = {
				"user-v4": "/user/callbacks",
				"accounts-v1": "/accounts/channels",
				"fleet-v3": "/fleets/demo-fleet/remote/callbacks",
			};
			return idOf(itemsOf(await get(simulator, family, channels[family]))[0]);
		}
		const items = itemsOf(await get(simulator, family, withType(family, above)));
		if (name !== "{tid}" || !/alerts|collisions/.test(path)) return idOf(items[0]);
		// A trip on which something happened.
		const kind = path.includes("alerts") ? "alerts" : "collisions";
		const events = itemsOf(await get(simulator, family, above.replace("/trips", `/${kind}`)));
		const times = events.map((event) => String(event.startedAt ?? event.createdAt));
		const pages = await allItems(family, withType(family, above));
		const trip = pages.find((each) =>
			times.some((time) => String(each.startedAt) <= time && time <= String(each.stoppedAt)),
		);
		return idOf(trip);
	}

	async function allItems(family: FamilyId, path: string): Promise<Item[]> {
		const items: Item[] = [];
		for (let next: string | undefined = path; next; ) {
			const answer: Answer = await get(simulator, family, next);
			items.push(...itemsOf(answer));
			next = (answer.body as { _links: { next?: { href: string } } })._links.next?.href;
		}
		return items;
	}
});

/** Paths of all values, list indexes left out. */
function fields(value: unknown, path = ""): string[] {
	if (typeof value !== "object" || value === null) return [path];
	const inner = Array.isArray(value)
		? value.flatMap((each) => fields(each, path))
		: Object.entries(value).flatMap(([key, each]) => fields(each, `${path}/${key}`));
	return [...new Set(inner)];
}

function vehicles(family: FamilyId): string {
	return {
		"user-v4": "/user/vehicles",
		"accounts-v1": "/accounts/vehicles",
		"fleet-v3": "/fleets/demo-fleet/vehicles",
	}[family];
}

function withType(family: FamilyId, path: string): string {
	return family === "accounts-v1" && path.endsWith("/trips") ? `${path}?type=Normal` : path;
}

function itemsOf(answer: Answer): Item[] {
	const embedded = (answer.body as { _embedded?: Record<string, unknown> })._embedded ?? {};
	return (Object.values(embedded).find(Array.isArray) ?? []) as Item[];
}

function idOf(item: Item | undefined): string {
	const id = item?.id ?? item?.sid ?? item?.monitorId ?? item?.remoteActionId;
	assert.equal(typeof id, "string", `no id in ${JSON.stringify(item)}`);
	return String(id);
}
