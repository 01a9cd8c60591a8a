import assert from "node:assert/strict";
import { KnownVehicles } from "../../src/api/known-vehicles";
import { summarizeStatus } from "../../src/api/summaries/status";
import { vehicleRefOf } from "../../src/api/vehicles";

const VIN = "VR3UHZKXBN0000001";
const STATUS = summarizeStatus({ energies: [{ type: "Electric", level: 50 }] }, { speed: "km/h" });

/** Takes in a vehicle as a list tells it. */
function list(known: KnownVehicles, resource: Record<string, unknown>): void {
	const ref = vehicleRefOf(resource);
	assert.ok(ref);
	known.listed(ref, resource);
}

describe("what an account knows of its vehicles", () => {
	it("joins card and state of a vehicle, whichever came first and by whichever name", () => {
		const known = new KnownVehicles();
		known.saw("a", STATUS);
		list(known, { id: "a", vin: VIN, label: "Blue" });
		known.saw(VIN, STATUS);
		assert.deepEqual(
			known.all.map(({ id, vin, label, state }) => [id, vin, label, state?.battery]),
			[["a", VIN, "Blue", 50]],
		);
	});

	it("follows a vehicle to another id and another name, and keeps its state", () => {
		const known = new KnownVehicles();
		list(known, { id: "a", vin: VIN, label: "Blue" });
		known.saw(VIN, STATUS);
		list(known, { id: "b", vin: VIN, label: "Red" });
		assert.deepEqual(
			known.all.map(({ id, label, state }) => [id, label, state?.battery]),
			[["b", "Red", 50]],
		);
	});

	it("takes a picture that is safe, also when it comes later", () => {
		const known = new KnownVehicles();
		const picture = "https://pictures.example/a.png";
		list(known, { id: "a", label: "Blue", pictures: ["javascript:alert(1)"] });
		assert.equal(known.all[0]?.picture, undefined);
		list(known, { id: "a", label: "Blue", _embedded: { extension: { pictures: [picture] } } });
		assert.equal(known.all[0]?.picture, picture);
	});

	it("keeps no picture beyond two million characters of them", () => {
		const known = new KnownVehicles();
		const picture = `data:image/png;base64,${"A".repeat(19_000)}`;
		for (let number = 0; number < 200; number++) list(known, { id: `v${number}`, pictures: [picture] });
		const kept = known.all.filter((vehicle) => vehicle.picture !== undefined).length;
		assert.equal(kept, Math.floor(2_000_000 / picture.length));
	});

	it("takes in no more than so many vehicles, and those that it knows all the same", () => {
		const known = new KnownVehicles(2);
		for (const id of ["a", "b", "c"]) list(known, { id });
		known.saw("d", STATUS);
		known.saw("b", STATUS);
		assert.deepEqual(
			known.all.map(({ id, state }) => [id, state?.battery]),
			[
				["a", undefined],
				["b", 50],
			],
		);
	});
});
