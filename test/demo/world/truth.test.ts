import assert from "node:assert/strict";
import { day, minute } from "../../../demo/base/time";
import { distance, type Place } from "../../../demo/world/geography";
import { Model } from "../../../demo/world/model";
import type { Fact } from "../../../demo/world/truth";
import { cast } from "../../../demo/world/vehicles";

const from = Date.UTC(2026, 2, 2);
const month = 31 * day;

describe("the truth of the simulated world", () => {
	const model = new Model(1, () => from + month, 0);

	for (const index of [cast.owner, cast.nightShift]) {
		const car = model.vehicle(index);
		const facts = model.truth(car, from, from + month);
		const of = (kind: Fact["kind"]) => facts.filter((fact) => fact.kind === kind);

		it(`${car.label}: has every plug, charge and drive of a month that its state shows, and no other`, () => {
			const state = (at: number) => {
				const { driving, electric } = model.state(car, at);
				return {
					driving,
					plugged: electric?.charging.plugged === true,
					charging: electric?.charging.status === "InProgress",
				};
			};
			const names = {
				driving: ["driving-started", "driving-ended"],
				plugged: ["plugged", "unplugged"],
				charging: ["charging-started", "charging-ended"],
			} as const;
			const told = new Set<Fact>();
			let before = state(from);
			for (let at = from + minute; at <= from + month; at += minute) {
				const now = state(at);
				for (const key of ["driving", "plugged", "charging"] as const) {
					if (before[key] === now[key]) continue;
					const kind = names[key][now[key] ? 0 : 1];
					const fact = facts.find((each) => each.kind === kind && each.at > at - minute && each.at <= at);
					assert.ok(fact, `${kind} at ${new Date(at).toISOString()}`);
					told.add(fact);
				}
				before = now;
			}
			const unseen = facts.filter((fact) => !told.has(fact));
			// What begins and ends within a minute shows in no two looks.
			const brief = (fact: Fact) => facts.some((other) => other !== fact && Math.abs(other.at - fact.at) <= minute);
			assert.deepEqual(
				unseen.filter((fact) => !brief(fact)),
				[],
			);
			assert.ok(of("driving-ended").length > 50 && of("charging-ended").length > 15);
			assert.ok(of("plugged").length - of("unplugged").length <= 1);
		});

		it(`${car.label}: tells of a charge what the levels of its state say`, () => {
			for (const fact of of("charging-ended")) {
				if (fact.kind !== "charging-ended") continue;
				const { startedAt, plug } = fact.charge;
				const gained = (fact.level ?? 0) - (model.state(car, startedAt).electric?.level ?? 0);
				assert.ok(Math.abs((gained * plug.capacity) / 100_000 - fact.energy) < 0.2, `${gained} %, ${fact.energy} kWh`);
				assert.equal(fact.reason === "unplugged", fact.charge.endLevel < fact.charge.target);
			}
		});
	}

	it("knows when a zone is entered and left, once each time", () => {
		const car = model.vehicle(cast.owner);
		const zone = (name: string, [longitude, latitude]: Place) => ({ name, longitude, latitude, radius: 150 });
		const zones = [zone("home", car.home), zone("work", car.work)];
		const facts = model.truth(car, from, from + month, zones);
		for (const { name, longitude, latitude } of zones) {
			const crossed = facts.flatMap((fact) => ("zone" in fact && fact.zone === name ? [fact] : []));
			assert.ok(crossed.length > 20, `${name}: ${crossed.length}`);
			let kind = crossed[0]?.kind;
			for (const fact of crossed) {
				assert.equal(fact.kind, kind, `${name} at ${new Date(fact.at).toISOString()}`);
				kind = kind === "zone-left" ? "zone-entered" : "zone-left";
				const metres = 1000 * distance([longitude, latitude], model.state(car, fact.at).position.place);
				const line = fact.kind === "zone-left" ? 200 : 150;
				assert.ok(Math.abs(metres - line) < 30, `${fact.kind} ${name} at ${metres} m`);
			}
		}
	});

	it("has a car unplugged before it drives and parked before it is plugged in, also in the same moment", () => {
		const kinds = model.truth(model.vehicle(cast.nightShift), from, from + month).map(({ kind }) => kind);
		const day = kinds.slice(kinds.indexOf("plugged"), kinds.indexOf("plugged", kinds.indexOf("plugged") + 1));
		const rounds = Array(6).fill(["driving-started", "driving-ended"]).flat();
		assert.deepEqual(day.slice(0, 4), ["plugged", "charging-started", "charging-ended", "unplugged"]);
		assert.deepEqual(day.slice(4).toSorted(), rounds.toSorted());
	});

	it("is the same however it is cut", () => {
		const car = model.vehicle(cast.owner);
		const half = from + 10 * day + 7 * 60 * minute;
		const cut = [...model.truth(car, from, half), ...model.truth(car, half, from + month)];
		assert.deepEqual(cut, model.truth(car, from, from + month));
	});
});
