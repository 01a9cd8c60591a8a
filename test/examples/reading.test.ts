import assert from "node:assert/strict";
import { Example, inFlows } from "./harness";

inFlows("example 01, list and status", (flows) => {
	it("shows the state of each vehicle", async () => {
		await flows().deploy(new Example("01"));
		await flows().press("read all");
		const [done] = (await flows().debugged("all vehicles listed")) as { items: number }[];
		assert.equal(done?.items, 12);
		// one of the demo's vehicles has never sent anything, which is an error that says so
		const [error] = (await flows().debugged("error")) as { code: string }[];
		assert.equal(error?.code, "ERR_NOT_FOUND");
		const states = (await flows().debugged("state of each vehicle", 11)) as { outsideTemperature: number }[];
		for (const { outsideTemperature } of states) assert.ok(outsideTemperature < 5, `${outsideTemperature} °C`);
	});
});
