import assert from "node:assert/strict";
import { type FamilyId, type Simulator, startSimulator } from "../../demo";
import { get, roots } from "./client";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into at many places, and a wrong path must fail the test
type Body = any;

describe("one car told in three spellings", () => {
	const now = Date.parse("2026-03-11T09:12:34Z");
	let clock = now;
	let simulator: Simulator;
	before(async () => {
		simulator = await startSimulator({ now: () => clock });
	});
	beforeEach(() => {
		clock = now;
	});
	after(() => simulator.close());

	async function read(family: FamilyId, index: number, path: string): Promise<Body> {
		const list = roots[family];
		const answer = await get(simulator, family, `${list}/vehicles/${simulator.vehicles[index]?.id}${path}`);
		assert.equal(answer.status, 200, path);
		return answer.body;
	}

	it("nests the state in accounts-v1, with speed in m/s instead of km/h", async () => {
		const [flat, nested] = [await read("user-v4", 8, "/status"), await read("accounts-v1", 8, "/telemetries/latest")];
		assert.equal(flat.kinetic.moving, true);
		assert.ok(Math.abs(nested.vehicle.kinetic.speed - flat.kinetic.speed / 3.6) < 0.01);
		assert.deepEqual(nested.vehicle.location, flat.lastPosition);
		assert.equal(nested.vehicle.odometer.mileage, flat.odometer.mileage);
		assert.equal(nested.vehicle.energies[0].level, flat.energies[1].level);
		assert.deepEqual(nested.vehicle.doorsState.lockedState, flat.doorsState.lockedStates);
		assert.equal(flat.vin, undefined);
	});

	it("says energies and air conditioning twice in user-v4, with a stale fuel entry on an electric car", async () => {
		const status = await read("user-v4", 0, "/status");
		assert.equal(status.energies.length, status.energy.length);
		assert.equal(status.preconditioning.airConditioning.status, status.preconditionning.airConditioning.status);
		assert.equal(status.preconditionning.airConditioning.programs[0].occurence, null);
		const [fuel, electric] = status.energies;
		assert.equal(fuel.type, "Fuel");
		assert.ok(fuel.createdAt < electric.createdAt && fuel.level === 0);
		const fleet = await read("fleet-v3", 0, "/status");
		assert.equal(fleet.energy, undefined);
		assert.equal(fleet.vin, simulator.vehicles[0]?.vin);
	});

	it("has no id on vehicles of accounts-v1 but in their address, and templated links of commands", async () => {
		const [flat, nested] = [await read("user-v4", 0, ""), await read("accounts-v1", 0, "")];
		assert.equal(nested.id, undefined);
		assert.equal(nested._links.self.href.split("/").at(-1), flat.id);
		assert.notEqual(flat.id, flat.vin);
		assert.match(flat._links.remotes.href, /\/callbacks\/\{cbid\}\/remotes$/);
		assert.equal(flat._links.remotes.templated, true);
		assert.match(nested._links.remotes.href, /\/channels\/\{chId\}\/remotes$/);
		assert.ok(Array.isArray(nested._links.groups));
	});

	it("gives fleet-v3 items links relative to the host", async () => {
		const vehicle = await read("fleet-v3", 0, "");
		assert.match(vehicle._links.trips.href, /^\/connectedcar\/v3\/fleets\/demo-fleet\/vehicles\/[^/]+\/trips$/);
	});

	it("tells a trip flat or nested, its consumption in Wh and cL or in kWh and L", async () => {
		const path = "/trips?type=Normal&distance=10-&pageSize=1";
		const only = (body: Body) => body._embedded.trips[0];
		const flat = only(await read("user-v4", 1, path));
		const fleet = only(await read("fleet-v3", 1, path));
		const nested = await read("accounts-v1", 1, `/trips/${flat.id}`);
		assert.equal(fleet.id, flat.id);
		assert.equal(nested.stats.distance.total, flat.distance);
		assert.match(nested.stats.duration, /^PT(\d+H)?(\d+M)?(\d+S)?$/);
		assert.deepEqual(nested.locations.startPosition.geometry, flat.startPosition.geometry);
		assert.ok(flat._links.wayPoints && nested._links.wayPoints);
		assert.deepEqual(fleet.energyConsumptions, flat.energyConsumptions);
		const [kWh, litres] = nested.stats.energyConsumptions.map((each: Body) => each.consumption);
		const [Wh, centilitres] = flat.energyConsumptions.map((each: Body) => each.consumption);
		assert.ok(kWh > 0 && kWh < 30 && Math.abs(Wh - kWh * 1000) < 1);
		assert.ok(Math.abs(centilitres - litres * 100) < 1);
		assert.ok(Math.abs(flat.kinetic.avgSpeed - (flat.distance * 1000) / flat.duration) < 0.1, "avgSpeed is m/s");
	});

	it("gives the extensions that are asked for and no other", async () => {
		const none = await read("user-v4", 0, "");
		assert.equal(none._embedded, undefined);
		const some = await read("user-v4", 0, "?extension=branding&extension=pictures");
		assert.deepEqual(Object.keys(some._embedded.extension), ["branding", "pictures"]);
		const odd = await get(simulator, "user-v4", `/user/vehicles/${simulator.vehicles[0]?.id}?extension=odd`);
		assert.equal(odd.status, 400);
	});

	it("keeps of the latest state of accounts-v1 what type asks for", async () => {
		const part = await read("accounts-v1", 0, "/telemetries/latest?type=vehicle.odometer&type=privacy");
		assert.deepEqual(Object.keys(part.vehicle), ["odometer"]);
		assert.ok(part.privacy && part.environment === undefined);
	});

	it("advertises maintenance in accounts-v1, which has no such path", async () => {
		const vehicle = await read("accounts-v1", 0, "");
		assert.equal((await get(simulator, "accounts-v1", vehicle._links.maintenance.href)).status, 404);
	});

	it("answers the position as GeoJSON", async () => {
		const id = simulator.vehicles[0]?.id;
		const { headers, body } = await get(simulator, "user-v4", `/user/vehicles/${id}/lastPosition`);
		assert.match(headers.get("content-type") ?? "", /^application\/vnd\.geo\+json/);
		assert.equal((body as Body).type, "Feature");
	});

	it("reports a car stolen while it is, with its way, and parks it where it was taken", async () => {
		const {
			_embedded: {
				stolen: [theft],
			},
		} = await read("fleet-v3", 10, "/stolen");
		const { body } = await get(simulator, "fleet-v3", theft._links.waypoints.href.replace("/connectedcar/v3", ""));
		assert.ok((body as Body).total > 60);
		clock = Date.parse(theft.startedAt) + 3_600_000;
		const status = await read("fleet-v3", 10, "/status");
		assert.equal(status.stolen.id, theft.id);
		assert.equal(status.stolen.state, true);
		assert.notDeepEqual(status.lastPosition.geometry, theft.startPosition.geometry);
		const latest = await read("accounts-v1", 10, "/telemetries/latest");
		assert.equal(latest.vehicle.stolen.startedAt, theft.startedAt);
		clock = Date.parse(theft.endAt) + 1000;
		const after = await read("fleet-v3", 10, "/status");
		assert.equal(after.stolen, undefined);
		assert.deepEqual(after.lastPosition.geometry, theft.startPosition.geometry);
	});
});
