import assert from "node:assert/strict";
import { type FamilyId, type Simulator, startSimulator } from "../../../demo";
import { type Answer, families, get, roots } from "../client";

type Item = Record<string, unknown> & { id: string; startedAt: string };
type Link = { href: string };
type Page = {
	total: number;
	totalPage: number;
	currentPage: number;
	_links: { self: Link; first: Link; last: Link; next?: Link; prev?: Link };
	_embedded: Record<string, Item[]>;
};

const now = Date.parse("2026-03-11T09:12:00Z");
const day = 86_400_000;

describe("collections of the demo API", () => {
	let simulator: Simulator;
	before(async () => {
		simulator = await startSimulator({ now: () => now, vehicles: 190 });
	});
	after(() => simulator.close());

	function vehicles(family: FamilyId, index?: number): string {
		const list = roots[family];
		return `${list}/vehicles${index === undefined ? "" : `/${simulator.vehicles[index]?.id}`}`;
	}

	function trips(family: FamilyId, query = ""): string {
		return `${vehicles(family, 0)}/trips?${family === "accounts-v1" ? "type=Normal&" : ""}${query}`;
	}

	async function page(family: FamilyId, path: string): Promise<Page & { items: Item[] }> {
		const answer = await get(simulator, family, path);
		assert.equal(answer.status, 200, `${path} answers ${answer.status}: ${JSON.stringify(answer.body)}`);
		const body = answer.body as Page;
		return { ...body, items: Object.values(body._embedded)[0] ?? [] };
	}

	async function refuses(family: FamilyId, path: string): Promise<void> {
		const answer: Answer = await get(simulator, family, path);
		assert.equal(answer.status, 400, `${path} answers ${answer.status}`);
	}

	async function walk(family: FamilyId, path: string, rel: "next" | "prev" = "next"): Promise<Item[]> {
		const items: Item[] = [];
		for (let next: string | undefined = path; next; ) {
			const each: Page & { items: Item[] } = await page(family, next);
			items.push(...(rel === "next" ? each.items : [...each.items].reverse()));
			next = each._links[rel]?.href;
		}
		return items;
	}

	for (const family of families) {
		describe(family, () => {
			const [standard, most] = family === "accounts-v1" ? [100, 500] : [60, 60];

			it(`has pages of ${standard} unless asked, ${most} at most`, async () => {
				assert.equal((await page(family, vehicles(family))).items.length, standard);
				assert.equal((await page(family, `${vehicles(family)}?pageSize=${most}`)).items.length, Math.min(most, 202));
				for (const size of ["0", "-1", "x", "1.5", "", String(most + 1)]) {
					await refuses(family, `${vehicles(family)}?pageSize=${size}`);
				}
			});

			it("walks over next through every item once, and back over prev", async () => {
				const forth = await walk(family, trips(family, "pageSize=25"));
				const { total, _links, items } = await page(family, trips(family, "pageSize=25"));
				assert.equal(forth.length, total);
				assert.equal(new Set(forth.map((trip) => trip.id)).size, total);
				assert.deepEqual(items, forth.slice(0, 25));
				const back = await walk(family, _links.last.href, "prev");
				assert.deepEqual(back.reverse(), forth);
			});

			it("numbers its pages and links them with absolute addresses that carry no credential", async () => {
				const first = await page(family, vehicles(family));
				assert.equal(first.totalPage, Math.ceil(202 / standard));
				assert.equal(first.currentPage, 1);
				assert.equal(first._links.prev, undefined);
				const last = await page(family, first._links.last.href);
				assert.equal(last.currentPage, first.totalPage);
				assert.equal(last._links.next, undefined);
				assert.equal(last.items.length, 202 % standard);
				for (const link of Object.values(last._links)) {
					assert.ok(link.href.startsWith(`${simulator.origin}/connectedcar/`));
					assert.deepEqual([...new URL(link.href).searchParams.keys()], ["pageToken"]);
				}
				const token = new URL(last._links.self.href).searchParams.get("pageToken") ?? "";
				assert.doesNotMatch(Buffer.from(token.slice(8), "base64url").toString(), /client_id|demo-/);
				assert.doesNotMatch(JSON.stringify(last), /client_id|demo-client|demo-access/);
			});

			it("fixes filters and size in the token and refuses a token that isn't its own", async () => {
				const range = `timestamps=${encodeURIComponent("2026-01-05T00:00:00Z/2026-02-01T00:00:00+00:00")}`;
				const found = await walk(family, trips(family, `pageSize=7&${range}`));
				assert.ok(found.length > 14);
				assert.ok(found.every((trip) => trip.startedAt >= "2026-01-05" && trip.startedAt < "2026-02-02"));
				const { _links } = await page(family, trips(family, "pageSize=7"));
				const token = new URL(_links.next?.href ?? "").searchParams.get("pageToken") ?? "";
				await refuses(family, `${vehicles(family)}?pageToken=${token}`);
				await refuses(family, trips(family, `pageToken=${token.slice(0, -2)}`));
				await refuses(family, trips(family, "pageToken="));
			});

			it("takes pageSize beside a token only where the token wins", async () => {
				const { _links } = await page(family, trips(family, "pageSize=7"));
				const beside = `${_links.next?.href}&pageSize=3`;
				if (family === "accounts-v1") {
					await refuses(family, beside);
					await refuses(family, `${_links.next?.href}&indexRange=0-3`);
				} else assert.equal((await page(family, beside)).items.length, 7);
			});

			it("cuts out an index range and pages inside it", async () => {
				const all = await walk(family, trips(family));
				assert.deepEqual((await page(family, trips(family, "indexRange=3-9"))).items, all.slice(3, 10));
				assert.deepEqual(await walk(family, trips(family, "indexRange=5-&pageSize=50")), all.slice(5));
				assert.deepEqual((await page(family, trips(family, "indexRange=100000-100009"))).items, []);
				for (const range of ["9-3", "x", "-5"]) await refuses(family, trips(family, `indexRange=${range}`));
			});

			it("answers oldest first, but accounts-v1 newest first unless asked", async () => {
				const times = (await walk(family, trips(family))).map((trip) => trip.startedAt);
				const sorted = [...times].sort();
				assert.deepEqual(times, family === "accounts-v1" ? sorted.reverse() : sorted);
				if (family !== "accounts-v1") return;
				const ascending = (await walk(family, trips(family, "orderBy=ascending"))).map((trip) => trip.startedAt);
				assert.deepEqual(ascending, [...times].reverse());
				await refuses(family, trips(family, "orderBy=sideways"));
			});

			it("filters by several time ranges with open ends, and refuses bad ones", async () => {
				const all = await walk(family, trips(family));
				const [early, late] = ["2025-10-01T00:00:00Z", "2026-03-01T00:00:00Z"];
				const either = await walk(family, trips(family, `timestamps=/${early}&timestamps=${late}/`));
				assert.deepEqual(
					either,
					all.filter((trip) => trip.startedAt <= early || trip.startedAt >= late),
				);
				assert.ok(either.length > 0 && either.length < all.length);
				const bad = [
					"now/",
					"/",
					early,
					`${early}/${late}/`,
					"2026-01-01/",
					"2026-01-01T00:00:00/",
					`${early.replace("Z", "+01:00")}/`,
				];
				for (const text of bad) await refuses(family, trips(family, `timestamps=${text}`));
				await refuses(family, trips(family, Array(11).fill(`timestamps=${early}/`).join("&")));
				await page(family, trips(family, `timestamps=${encodeURIComponent(`${early.replace("Z", "+01:00")}/`)}`));
			});

			it("filters trips by distance, duration and state", async () => {
				const all = await walk(family, trips(family));
				const ids = async (query: string) => (await walk(family, trips(family, query))).map((trip) => trip.id);
				const distance = (trip: Item) =>
					Number(trip.distance ?? (trip.stats as { distance: { total: number } }).distance.total);
				const seconds = (trip: Item) => (Date.parse(String(trip.stoppedAt)) - Date.parse(trip.startedAt)) / 1000;
				const done = (trip: Item) => trip.done ?? (trip.state as { done: boolean }).done;
				const expected = (test: (trip: Item) => boolean) => all.filter(test).map((trip) => trip.id);
				assert.deepEqual(
					await ids("distance=4-15"),
					expected((trip) => distance(trip) >= 4 && distance(trip) <= 15),
				);
				assert.deepEqual(
					await ids("duration=1800-"),
					expected((trip) => seconds(trip) >= 1800),
				);
				const unfinished = await ids("states=Unfinished");
				assert.deepEqual(
					unfinished,
					expected((trip) => !done(trip)),
				);
				assert.ok(unfinished.length > 0);
				for (const query of ["distance=x", "duration=9", "states=Odd"]) await refuses(family, trips(family, query));
			});

			it("finds vehicles by the start of their VIN", async () => {
				const found = await walk(family, `${vehicles(family)}?vinPrefix=VR1`);
				assert.ok(found.length > 1 && found.every((vehicle) => String(vehicle.vin).startsWith("VR1")));
			});

			it("has several pages of path for a trip, in order of time", async () => {
				const [longest] = (await walk(family, trips(family, "distance=20-"))).map((trip) => trip.id);
				const path = `${vehicles(family, 0)}/trips/${longest}/wayPoints`;
				assert.ok((await page(family, path)).totalPage > 1);
				const features = await walk(family, path);
				const times = features.map((each) => String((each.properties as { createdAt: string }).createdAt));
				const sorted = [...times].sort();
				assert.deepEqual(times, family === "accounts-v1" ? sorted.reverse() : sorted);
			});
		});
	}

	it("accounts-v1 trips without type=Normal are refused", async () => {
		await refuses("accounts-v1", `${vehicles("accounts-v1", 0)}/trips`);
		await refuses("accounts-v1", `${vehicles("accounts-v1", 0)}/trips?type=Odd`);
	});

	it("fleet-v3 knows no indexRange on fleets and vehicles", async () => {
		await refuses("fleet-v3", "/fleets?indexRange=0-9");
		await refuses("fleet-v3", `${vehicles("fleet-v3")}?indexRange=0-9`);
	});

	it("only accounts-v1 filters alerts by active", async () => {
		const all = await walk("user-v4", `${vehicles("user-v4", 1)}/alerts?active=true`);
		const active = await walk("accounts-v1", `${vehicles("accounts-v1", 1)}/alerts?active=true`);
		const ended = await walk("accounts-v1", `${vehicles("accounts-v1", 1)}/alerts?active=false`);
		assert.ok(active.length > 0 && ended.length > 0);
		assert.ok(active.every((alert) => alert.active === true) && ended.every((alert) => alert.active === false));
		assert.equal(all.length, active.length + ended.length);
		await refuses("accounts-v1", `${vehicles("accounts-v1", 1)}/alerts?active=maybe`);
	});

	it("telemetry has pages of up to 2000, or 500 in accounts-v1", async () => {
		assert.equal((await page("user-v4", `${vehicles("user-v4", 8)}/telemetry?pageSize=2000`)).items.length, 2000);
		await refuses("user-v4", `${vehicles("user-v4", 8)}/telemetry?pageSize=2001`);
		assert.equal(
			(await page("accounts-v1", `${vehicles("accounts-v1", 8)}/telemetries?pageSize=500`)).items.length,
			500,
		);
		await refuses("accounts-v1", `${vehicles("accounts-v1", 8)}/telemetries?pageSize=501`);
	});

	it("fleet-wide trips are those of all cars by time, each with its VIN", async () => {
		const since = new Date(now - 3 * day).toISOString();
		const wide = await walk("fleet-v3", `/fleets/demo-fleet/trips?timestamps=${since}/`);
		const single = await walk("fleet-v3", `${vehicles("fleet-v3", 8)}/trips?timestamps=${since}/`);
		assert.ok(single.length > 0);
		assert.deepEqual(
			wide.filter((trip) => trip.vin === simulator.vehicles[8]?.vin),
			single,
		);
		assert.deepEqual(
			wide.map((trip) => trip.startedAt),
			wide.map((trip) => trip.startedAt).sort(),
		);
		assert.ok(new Set(wide.map((trip) => trip.vin)).size > 8);
	});

	it("fleet-wide states are those of every car that ever told one", async () => {
		const states = await walk("fleet-v3", "/fleets/demo-fleet/status");
		const vins = simulator.vehicles.filter((vehicle) => vehicle.hasData).map((vehicle) => vehicle.vin);
		assert.deepEqual(
			states.map((state) => state.vin),
			vins,
		);
	});
});

describe("changes to the demo world while it runs", () => {
	it("shows an added trip and alert at once in every family, and an ended alert as ended", async () => {
		let clock = now;
		const simulator = await startSimulator({ now: () => clock });
		try {
			const id = simulator.vehicles[2]?.id ?? "";
			const trip = simulator.addTrip(id, { distance: 7 });
			const alert = simulator.addAlert(id, { type: "FuelLevelLow", severity: "Warning" });
			const newest = async (path: string) => {
				const { body } = await get(simulator, "accounts-v1", `/accounts/vehicles/${id}/${path}`);
				return Object.values((body as Page)._embedded)[0]?.[0];
			};
			assert.equal((await newest("trips?type=Normal"))?.id, trip.id);
			assert.equal((await newest("alerts?active=true"))?.id, alert.id);
			const flat = await get(simulator, "user-v4", `/user/vehicles/${id}/trips/${trip.id}`);
			assert.equal((flat.body as { distance: number }).distance, 7);
			clock += 60_000;
			simulator.endAlert(id, alert.id);
			const { body } = await get(simulator, "fleet-v3", `/fleets/demo-fleet/alerts/${alert.id}`);
			const { active, endAt } = body as { active: boolean; endAt: string };
			assert.deepEqual({ active, endAt }, { active: false, endAt: "2026-03-11T09:13:00Z" });
		} finally {
			await simulator.close();
		}
	});

	it("refuses changes to what isn't there", async () => {
		const simulator = await startSimulator();
		try {
			assert.throws(() => simulator.addTrip("nobody"));
			assert.throws(() => simulator.addAlert("nobody"));
			assert.throws(() => simulator.endAlert(simulator.vehicles[0]?.id ?? "", "nothing"));
		} finally {
			await simulator.close();
		}
	});
});
