import assert from "node:assert/strict";
import { labelOf } from "../../src/api/vehicle-name";

describe("what people call a vehicle", () => {
	it("is brand and model where there is no label, a code of a brand that nobody knows as it is", () => {
		const label = (brandCode: string) => labelOf({ brandCode, model: "e-208" });
		assert.deepEqual(["AP", "ZZ", "constructor"].map(label), ["Peugeot e-208", "ZZ e-208", "constructor e-208"]);
	});
});
