import assert from "node:assert/strict";
import { outcomesOf } from "../../../src/commands/via/outcomes";

describe("a command at home that is said to be done", () => {
	const since = Date.parse("2026-03-10T12:00:00Z");
	const doors = (locked: boolean) => ({
		doors: { locked, updatedAt: new Date(since + 1000).toISOString() },
	});
	/** Statuses that are told, where each look sees one of these; an error is a look that fails. */
	const told = async (...looks: (object | Error)[]) => {
		const statuses: string[] = [];
		const outcomes = outcomesOf({
			visit: {
				listen(onStatus) {
					onStatus("done");
					return () => {};
				},
				close: () => {},
			},
			confirmedBy: { path: "doors.locked", is: true },
			before: undefined,
			since,
			look: async () => {
				const seen = looks.shift();
				if (seen instanceof Error) throw seen;
				return seen;
			},
			clock: { now: () => since, sleep: async () => {} },
		});
		const stop = outcomes.listen(({ status }) => statuses.push(status));
		while (looks.length > 0 && statuses.length === 0) await new Promise((resolve) => setImmediate(resolve));
		await new Promise((resolve) => setImmediate(resolve));
		stop();
		return statuses;
	};

	it("has not come to its end where a newer state contradicted, though later looks fail", async () => {
		assert.deepEqual(await told(doors(false), new Error("away"), new Error("away")), []);
		assert.deepEqual(await told(doors(false), new Error("away"), doors(true)), ["Success"]);
		assert.deepEqual(await told(new Error("away"), new Error("away"), new Error("away")), ["Success"]);
	});
});
