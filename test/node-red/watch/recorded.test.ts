import { strict as assert } from "node:assert";
import { withRecorded } from "../../api/summaries/recorded";
import { FakeApi } from "../../support/fake-api";
import { HOUR, START, TurnedClock, WatchBench } from "./support";

describe("watch: recorded answers in sequence", () => {
	withRecorded(
		"status-plugin-hybrid.json",
		"tells a recorded state once, and only what changes after it",
		async (status) => {
			const api = await FakeApi.start();
			const clock = new TurnedClock(START);
			const bench = new WatchBench(clock, { api: "user-v4", baseUrl: api.root, auth: "none" });
			try {
				let body = status;
				api.on("/user/vehicles", { body: { _embedded: { vehicles: [{ id: "one", vin: "VR3UHZKXBN0000001" }] } } });
				api.on("/user/vehicles/one/status", () => ({ body }));
				const watch = await bench.start("w");
				await bench.turn(3 * HOUR);
				const states = () => watch.sent.filter(({ output }) => output === 2);
				assert.equal(states().length, 1);
				assert.deepEqual(states()[0]?.payload, status);
				const kinds = () => watch.events().map(({ event }) => event.kind);
				const before = kinds().length;
				// The same car an hour later, by every time that it tells.
				const later = new Date(clock.now()).toISOString();
				body = JSON.parse(JSON.stringify(status).replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, JSON.stringify(later)));
				await bench.turn(HOUR);
				assert.equal(states().length, 2);
				assert.ok(
					kinds()
						.slice(before)
						.every((kind) => kind === "fresh"),
					String(kinds()),
				);
				assert.deepEqual(watch.failures, []);
				await bench.close(watch);
			} finally {
				await api.stop();
			}
		},
	);
});
