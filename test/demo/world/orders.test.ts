import assert from "node:assert/strict";
import { minute } from "../../../demo/base/time";
import { Model } from "../../../demo/world/model";
import { outcomeOf, type VehicleOrder } from "../../../demo/world/orders";
import { cast } from "../../../demo/world/vehicles";

/** It charges from six in the morning to six in the evening. */
const NIGHT_SHIFT = cast.nightShift;
const at = (time: string) => Date.parse(`2027-01-13T${time}Z`);

describe("a car that obeys", () => {
	let now = at("06:30:00");
	let model: Model;
	beforeEach(() => {
		now = at("06:30:00");
		model = new Model(1, () => now, 0);
	});

	const car = () => model.vehicle(NIGHT_SHIFT);

	function obey(order: VehicleOrder): void {
		const overrides = model.overrides(car().id);
		const outcome = outcomeOf(order, { now, state: model.state(car()), overrides, newId: () => "id" });
		assert.equal(outcome.status, "Success");
		Object.assign(overrides, outcome.change, { contactAt: now });
	}

	/** Lets time pass, and asserts that whatever changes is told in a newer state. */
	function passTo(time: string): void {
		let before = model.state(car());
		for (const end = at(time); now < end; now += minute / 2) {
			const state = model.state(car());
			assert.ok(state.updatedAt >= before.updatedAt, `goes back at ${new Date(now).toISOString()}`);
			const { status } = state.electric?.charging ?? {};
			if (status !== before.electric?.charging.status)
				assert.ok(state.updatedAt > before.updatedAt, `${status} is as old as what was before`);
			before = state;
		}
	}

	it("tells of a stopped charge, and of its end when it goes on, in states that are newer each time", () => {
		passTo("07:00:00");
		obey({ do: "charge", on: false });
		passTo("07:20:00");
		assert.equal(model.state(car()).electric?.charging.status, "Stopped");
		obey({ do: "charge settings", limit: 70 });
		obey({ do: "charge", on: true });
		passTo("17:55:00");
		assert.equal(model.state(car()).electric?.charging.status, "Finished");
	});

	it("tells when it goes on by itself at the time that a command has named", () => {
		obey({ do: "charge", on: false, resumeAt: at("07:12:00") });
		passTo("07:30:00");
		assert.equal(model.state(car()).electric?.charging.status, "InProgress");
	});

	it("tells when it has reached the level that a command has set", () => {
		obey({ do: "charge settings", limit: 60 });
		passTo("17:55:00");
		assert.equal(model.state(car()).electric?.charging.status, "Finished");
	});
});
