import assert from "node:assert/strict";
import { type FamilyId, type Simulator, startSimulator } from "../../demo";
import { quirks } from "../../demo/world/quirks";
import { cast } from "../../demo/world/vehicles";
import { families, get, roots, send } from "./client";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into at many places, and a wrong path must fail the test
type Body = any;

const hour = 3_600_000;
const day = 24 * hour;
/** A Wednesday, eleven o'clock where most cars are: they are parked at work. */
const noon = Date.parse("2026-03-11T10:00:00Z");

describe("what the demo's cars tell wrongly, as real ones do", () => {
	let clock = noon;
	let simulator: Simulator;
	before(async () => {
		simulator = await startSimulator({ now: () => clock });
	});
	beforeEach(() => {
		clock = noon;
	});
	after(() => simulator.close());

	/** The latest state as its family tells it. */
	async function state(family: FamilyId, car: number): Promise<Body> {
		const path = family === "accounts-v1" ? "telemetries/latest" : "status";
		const { body } = await get(simulator, family, `${roots[family]}/vehicles/${simulator.vehicles[car]?.id}/${path}`);
		return body;
	}
	const parts = (body: Body): Body => body.vehicle ?? body;
	const electric = (body: Body): Body => parts(body).energies.find(({ type }: Body) => type === "Electric");
	const charging = (body: Body): Body => electric(body).extension.electric.charging;

	it("has none of it on the home owner's own car, and names for each who has seen it", () => {
		assert.ok(quirks.every(({ car, source }) => car !== cast.owner && source.length > 10));
	});

	for (const family of families)
		describe(family, () => {
			it("one car's energies have a time of months ago beside a state of today", async () => {
				const body = await state(family, cast.stuckEnergies);
				const age = Date.parse(body.updatedAt) - Date.parse(electric(body).createdAt);
				assert.ok(age > 50 * day, `${age / day} days`);
				assert.ok(noon - Date.parse(body.updatedAt) < day);
				clock += 3 * day;
				assert.equal(electric(await state(family, cast.stuckEnergies)).createdAt, electric(body).createdAt);
			});

			it("one car's roof window is open for ever, and no other's", async () => {
				const open = async (car: number) =>
					parts(await state(family, car)).doorsState.opening.flatMap((each: Body) =>
						each.state === "Open" ? [each.identifier] : [],
					);
				assert.deepEqual(await open(cast.openRoof), ["RoofWindow"]);
				assert.deepEqual(await open(cast.owner), []);
				clock += 40 * day;
				assert.deepEqual(await open(cast.openRoof), ["RoofWindow"]);
			});

			it("one car's odometer reads 0 when it is parked", async () => {
				const mileage = async () => parts(await state(family, cast.noOdometer)).odometer.mileage;
				const id = simulator.vehicles[cast.noOdometer]?.id ?? "";
				const drive = simulator.truth(id, noon, noon + 3 * day).find(({ kind }) => kind === "driving-started");
				assert.equal(await mileage(), 0);
				clock = (drive?.at ?? 0) + 60_000;
				assert.ok(Math.abs((await mileage()) - (drive?.odometer ?? 0)) < 3);
			});

			it("one car has no fix at work: [0, 0] of 1970", async () => {
				const { id = "", work } = simulator.vehicles[cast.noFix] ?? {};
				const arrival = simulator
					.truth(id, noon, noon + 7 * day)
					.find((fact) => fact.kind === "driving-ended" && String(fact.trip.to) === String(work));
				clock = (arrival?.at ?? 0) + 60_000;
				const body = await state(family, cast.noFix);
				const { geometry, properties } = body.lastPosition ?? body.vehicle.location;
				assert.deepEqual(geometry.coordinates.slice(0, 2), [0, 0]);
				assert.equal(properties.createdAt, "1970-01-01T00:00:00Z");
			});

			it("one car tells older news after newer, and then newer again", async () => {
				const times: number[] = [];
				for (let n = 0; n < 300; n++) {
					clock = noon + n * 10 * 60_000;
					times.push(Date.parse((await state(family, cast.lagging)).updatedAt));
				}
				const falls = times.filter((time, n) => n > 0 && time < (times[n - 1] ?? 0)).length;
				assert.ok(falls > 20 && falls < 120, `${falls} of ${times.length}`);
				assert.ok(clock - Math.max(...times) < day);
			});

			it("an empty plug-in hybrid says 100 % with a range of 0", async () => {
				const id = simulator.vehicles[cast.emptyHybrid]?.id ?? "";
				simulator.changeVehicle(id, { level: 8 });
				const { level, autonomy, extension } = electric(await state(family, cast.emptyHybrid));
				assert.deepEqual([level, autonomy], [100, 0]);
				const { capacity, residual } = extension.electric.battery.load;
				assert.ok(residual / capacity < 0.1);
				simulator.changeVehicle(id, { level: undefined });
			});

			it("the battery of one car is 1/1.343 of what it is", async () => {
				const { capacity, residual } = electric(await state(family, cast.smallBattery)).extension.electric.battery.load;
				const { level } = electric(await state(family, cast.smallBattery));
				const real = simulator.vehicles[cast.smallBattery]?.battery?.capacity ?? 0;
				assert.ok(Math.abs(real / capacity - 1.343) < 0.001);
				assert.ok(Math.abs((100 * residual) / capacity - level) < 0.2);
			});

			it("two cars spell times in other ways than RFC 3339", async () => {
				const compact = await state(family, cast.compactTimes);
				const words = await state(family, cast.wordyTimes);
				assert.match(compact.updatedAt, /^2026-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000$/);
				assert.match(words.updatedAt, /^\w{3} \w{3} \d\d \d\d:\d\d:\d\d GMT 2026$/);
				for (const body of [compact, words]) {
					const age = clock - Date.parse(body.updatedAt);
					assert.ok(age >= 0 && age < 2 * day);
					assert.doesNotMatch(JSON.stringify(body), /T\d\d:\d\d:\d\dZ"/);
				}
			});

			it("remaining time is 10 h 30 at most, and stays as it was when the cable was pulled before the end", async () => {
				const id = simulator.vehicles[cast.nightShift]?.id ?? "";
				const start = simulator.truth(id, noon, noon + day).find(({ kind }) => kind === "charging-started");
				clock = (start?.at ?? 0) + 60_000;
				const remaining = async (car: number) => charging(await state(family, car));
				assert.equal((await remaining(cast.nightShift)).remainingTime, "PT10H30M");
				clock += 6 * hour;
				assert.match((await remaining(cast.nightShift)).remainingTime, /^PT[4-6]H/);
				const early = simulator.vehicles.flatMap((vehicle, car) =>
					simulator
						.truth(vehicle.id, noon - 90 * day, noon)
						.flatMap((fact) => (fact.kind === "charging-ended" && fact.reason === "unplugged" ? [{ car, fact }] : [])),
				);
				const [seen] = early.filter(({ car }) => car !== cast.lagging);
				assert.ok(seen);
				clock = seen.fact.at + 3 * 60_000;
				const { status, plugged, remainingTime } = await remaining(seen.car);
				assert.deepEqual([status, plugged], ["Disconnected", false]);
				assert.match(remainingTime, /^PT(\d+H)?(\d+M)?$/);
				assert.notEqual(remainingTime, "PT0S");
			});
		});

	it("answers 404 for lists without anything, in each family's own words", async () => {
		for (const family of families) {
			const { status, body } = await get(
				simulator,
				family,
				`${roots[family]}/vehicles/${simulator.vehicles[cast.owner]?.id}/collisions`,
			);
			assert.equal(status, 404);
			const { code, name } = body as Body;
			assert.deepEqual([code, name], family === "accounts-v1" ? [1001, "DataNotFound"] : [40400, undefined]);
		}
		const callbacks = "/user/callbacks";
		const [{ id }] = ((await get(simulator, "user-v4", callbacks)).body as Body)._embedded.callbacks;
		await send(simulator, "user-v4", "DELETE", `${callbacks}/${id}`);
		const { status, body } = await get(simulator, "user-v4", callbacks);
		assert.deepEqual([status, (body as Body).code], [404, 40400]);
	});

	it("always names a time of day for delayed charging, also while the car charges", async () => {
		for (const family of ["user-v4", "fleet-v3"] as const)
			for (const [car, vehicle] of simulator.vehicles.entries()) {
				if (!vehicle.battery) continue;
				for (const time of [noon, noon + 13 * hour]) {
					clock = time;
					const minutes = vehicle.charging.programmed / 60_000;
					const expected = `PT${Math.floor(minutes / 60)}H${minutes % 60 === 0 ? "" : `${minutes % 60}M`}`;
					assert.equal(charging(await state(family, car)).nextDelayedTime, expected);
				}
			}
	});
});
