import assert from "node:assert/strict";
import { type FamilyId, type SimulatedVehicle, type Simulator, startSimulator } from "../../demo";
import { cast } from "../../demo/world/vehicles";
import { families, get, roots } from "./client";

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into at many places, and a wrong path must fail the test
type Body = any;

const day = 86_400_000;
const start = Date.parse("2026-01-13T03:00:00Z");
/** Four weeks and a half: the battery is not as it was. */
const end = start + 31.4 * day;

/** Fails when one is not about the other: by half or a third no, by a factor of two yes. */
function assertAbout(one: number, other: number, what: string): void {
	const ratio = one / other;
	assert.ok(ratio > 0.7 && ratio < 1.42, `${what}: ${one} and ${other}`);
}

/** A trip as all families tell it: kWh and L used, and percents that the levels fell by. */
interface Used {
	km: number;
	kWh: number;
	litres: number;
	/** Percents of the battery. */
	fallen: number;
}

describe("the balance of energy in the demo's answers", () => {
	let clock = end;
	let simulator: Simulator;
	before(async () => {
		simulator = await startSimulator({ now: () => clock });
	});
	after(() => simulator.close());

	const between = `timestamps=${new Date(start).toISOString()}/${new Date(end).toISOString()}`;
	const vehicle = (family: FamilyId, { id }: SimulatedVehicle) => `${roots[family]}/vehicles/${id}`;

	async function all(family: FamilyId, path: string): Promise<Body[]> {
		const items: Body[] = [];
		for (let next: string | undefined = path; next; ) {
			const body = (await get(simulator, family, next)).body as Body;
			items.push(...((Object.values(body._embedded)[0] as Body[]) ?? []));
			next = body._links.next?.href;
		}
		return items;
	}

	async function battery(family: FamilyId, car: SimulatedVehicle, time: number): Promise<Body> {
		clock = time;
		const path = family === "accounts-v1" ? "telemetries/latest" : "status";
		const body = (await get(simulator, family, `${vehicle(family, car)}/${path}`)).body as Body;
		clock = end;
		const { energies } = body.vehicle ?? body;
		return energies.find(({ type }: Body) => type === "Electric");
	}

	/** Consumption by the scale that the trip itself tells: it is the average times the distance, or a thousandth. */
	function scaled(entry: Body, km: number, small: number): number {
		const byAverage = (entry.avgConsumption * km) / 100;
		return entry.consumption / byAverage > 0.03 ? entry.consumption / small : entry.consumption;
	}

	async function used(family: FamilyId, car: SimulatedVehicle): Promise<Used[]> {
		const trips = await all(family, `${vehicle(family, car)}/trips?type=Normal&${between}`);
		return trips.map((trip) => {
			const { energyConsumptions, distance } = trip.stats ?? trip;
			const km = distance.total ?? distance;
			const of = (list: Body[], type: string) => list.find((each) => each.type === type);
			const [electric, fuel] = [of(energyConsumptions, "Electric"), of(energyConsumptions, "Fuel")];
			const level = (list: Body[]) => of(list, "Electric")?.level ?? 0;
			return {
				km,
				kWh: electric ? scaled(electric, km, 1000) : 0,
				litres: fuel ? scaled(fuel, km, 100) : 0,
				fallen: level(trip.startEnergies) - level(trip.endEnergies),
			};
		});
	}

	const sum = <T>(list: readonly T[], value: (each: T) => number) => list.reduce((all, each) => all + value(each), 0);
	const electric = (index: number) =>
		[cast.owner, cast.stuckEnergies, cast.private, cast.emptyHybrid, cast.nightShift, cast.smallBattery][index];

	for (const family of families)
		describe(family, () => {
			for (let n = 0; electric(n) !== undefined; n++) {
				it(`car ${electric(n)}: what trips take is what the battery's levels fall by`, async () => {
					const car = simulator.vehicles[electric(n) ?? 0] as SimulatedVehicle;
					const trips = await used(family, car);
					const { capacity } = (await battery(family, car, end)).extension.electric.battery.load;
					assert.ok(trips.length > 50);
					assertAbout(
						sum(trips, ({ kWh }) => kWh),
						(sum(trips, ({ fallen }) => fallen) * capacity) / 100_000,
						"kWh of trips, and of levels",
					);
					const perKm = (100 * sum(trips, ({ kWh }) => kWh)) / sum(trips, ({ km }) => km);
					assert.ok(perKm > (car.tank ? 8 : 12) && perKm < 25, `${perKm} kWh/100 km`);
				});
			}

			it("what petrol cars burn is what their tanks lose", async () => {
				const car = simulator.vehicles[cast.compactTimes] as SimulatedVehicle;
				const trips = await used(family, car);
				const litres = sum(trips, (trip) => trip.litres);
				const perKm = (100 * litres) / sum(trips, ({ km }) => km);
				assert.ok(perKm > 4 && perKm < 9, `${perKm} L/100 km`);
				assert.equal(
					sum(trips, ({ kWh }) => kWh),
					0,
				);
			});

			it("a car that charges gains what its rate says", async () => {
				const car = simulator.vehicles[cast.owner] as SimulatedVehicle;
				const charge = simulator
					.truth(car.id, start, end)
					.find((fact) => fact.kind === "charging-ended" && fact.energy > 15);
				assert.ok(charge && charge.kind === "charging-ended");
				const hour = charge.charge.startedAt + day / 24;
				const [before, after] = [await battery(family, car, hour), await battery(family, car, hour + day / 24)];
				const { charging } = before.extension.electric;
				const rate = charging.chargingRate ?? charging.settings.chargingSpeed;
				assertAbout(after.autonomy - before.autonomy, rate, "km gained in an hour, and the rate");
				const { load } = after.extension.electric.battery;
				assertAbout(load.residual, (after.level * load.capacity) / 100, "Wh left, and by the level");
			});
		});

	it("what charging sessions give is what trips take and the levels differ by", async () => {
		const family = "accounts-v1";
		for (let n = 0; electric(n) !== undefined; n++) {
			const car = simulator.vehicles[electric(n) ?? 0] as SimulatedVehicle;
			const sessions = await all(family, `${vehicle(family, car)}/charging/sessions?${between}`);
			const gained = sum(sessions, ({ gain }) => gain.power) / 1000;
			const percents = sum(sessions, ({ gain }) => gain.level);
			const taken = sum(await used(family, car), ({ kWh }) => kWh);
			const [before, after] = [await battery(family, car, start), await battery(family, car, end)];
			const { capacity } = after.extension.electric.battery.load;
			assertAbout(gained, (percents * capacity) / 100_000, `${car.label}: kWh of sessions, and by levels`);
			const more = ((after.level - before.level) * capacity) / 100_000;
			assertAbout(gained, taken + more, `${car.label}: kWh of sessions, and of trips`);
		}
	});

	it("what trips take and charging gives in user-v4 and fleet-v3 is what the levels of the state say", async () => {
		const car = simulator.vehicles[cast.owner] as SimulatedVehicle;
		for (const family of ["user-v4", "fleet-v3"] as const) {
			let [gained, last] = [0, await battery(family, car, start)];
			for (let time = start; time <= start + 14 * day; time += day / 48) {
				const now = await battery(family, car, time);
				gained += Math.max(0, now.level - last.level);
				last = now;
			}
			const { capacity } = last.extension.electric.battery.load;
			const trips = await all(family, `${vehicle(family, car)}/trips?timestamps=${new Date(start).toISOString()}/`);
			const early = trips.filter((trip) => Date.parse(trip.startedAt) < start + 14 * day);
			const taken = sum(early, (trip) => {
				const [entry] = trip.energyConsumptions;
				return entry ? scaled(entry, trip.distance, 1000) : 0;
			});
			assertAbout((gained * capacity) / 100_000, taken, `${family}: kWh gained by the levels, and taken by trips`);
		}
	});

	it("would not balance by a factor of two", () => {
		for (const ratio of [2, 0.5, 2 * 1.343, 1.343 / 2, 1000]) assert.throws(() => assertAbout(ratio, 1, ""));
		for (const ratio of [1, 1.343]) assertAbout(ratio, 1, "");
	});
});
