import assert from "node:assert/strict";
import { Example, inFlows } from "./harness";

inFlows("example 12, monitor and webhook", (flows) => {
	it("creates a monitor, hears of it, lists it and deletes it", async () => {
		await flows().deploy(new Example("12"));
		await flows().badge(/./, "stellantis-events");
		await flows().press("create");
		const [created] = (await flows().debugged("created")) as { monitorId: string }[];
		const [event] = (await flows().debugged("of a monitor")) as { payload: { monitorEvent: { monitorId: string } } }[];
		assert.equal(event?.payload.monitorEvent.monitorId, created?.monitorId);
		await flows().press("list");
		const [monitors = []] = (await flows().debugged("monitors")) as object[][];
		assert.ok(JSON.stringify(monitors).includes(`"${created?.monitorId}"`), JSON.stringify(monitors));
		await flows().press("delete all");
		await flows().debugged("deleted", monitors.length);
		await flows().press("list");
		assert.deepEqual((await flows().debugged("monitors", 2))[1], []);
		assert.deepEqual(flows().shown("error"), []);
	});

	it("leaves without a complaint when it is removed, and the demo API with it", async () => {
		const before = flows().nodeRed.log.length;
		await flows().deploy(new Example("13"));
		assert.doesNotMatch(flows().nodeRed.log.slice(before), /could not be deleted/);
	});
});

inFlows("example 13, errors and resume", (flows) => {
	it("tells an unknown vehicle by the error's code", async () => {
		await flows().deploy(new Example("13"));
		await flows().press("read");
		const [error] = (await flows().debugged("no such vehicle")) as { code: string }[];
		assert.equal(error?.code, "ERR_NOT_FOUND");
		assert.deepEqual(flows().shown("state"), []);
	});

	it("lists five vehicles at a time until all are there, none of them twice", async () => {
		await flows().press("list");
		const [done] = (await flows().debugged("all listed")) as { complete: boolean }[];
		assert.equal(done?.complete, true);
		const vehicles = (await flows().debugged("vehicle", 12)) as { id: string }[];
		assert.equal(new Set(vehicles.map(({ id }) => id)).size, 12);
		assert.equal(vehicles.length, 12);
	});
});

inFlows("example 15, remote command", (flows) => {
	it("locks the car and reads that it is locked", async () => {
		await flows().deploy(new Example("15"));
		await flows().press("lock");
		const [doors] = (await flows().debugged("doors")) as { locked: boolean }[];
		assert.equal(doors?.locked, true);
	});

	it("sends the command that comes with the message", async () => {
		await flows().press("warm up");
		const [result] = (await flows().debugged("result")) as { command: string; status: string }[];
		assert.deepEqual([result?.command, result?.status], ["climate-start", "Success"]);
	});

	it("says why a guarded command was not sent", async () => {
		await flows().press("unlock");
		const [error] = (await flows().debugged("not allowed")) as { code: string }[];
		assert.equal(error?.code, "ERR_COMMAND_DISABLED");
	});
});
