import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sinon from "sinon";
import { CommandApi, CommandFlow, ManualClock } from "./remote-command-support";

const VIN = "VR3UHZKXZLT000042";

describe("guards of several accounts", () => {
	let api: CommandApi;
	let flow: CommandFlow;
	let clock: ManualClock;
	beforeEach(async () => {
		api = await CommandApi.start();
		flow = new CommandFlow();
		clock = new ManualClock().install();
	});
	afterEach(async () => {
		await flow.stop();
		await api.stop();
		flow.remove();
		sinon.restore();
	});

	/** One vehicle as two accounts know it: by the same VIN, under ids of their own. */
	const mine = { id: "v1", vin: VIN, label: "Peugeot e-208" };
	const theirs = { id: "w7", vin: VIN.toLowerCase() };
	const byMessage = { vehicle: "vehicle", vehicleType: "msg" };
	const end = async (msg: Record<string, unknown>, node = "command") => {
		flow.send(msg, node);
		return flow.end();
	};
	/** Until the journal tells the end of the last command. */
	const ended = async () => {
		await clock.pass(1000);
		while ((await flow.journal()).at(-1)?.event !== "end") await new Promise((resolve) => setImmediate(resolve));
	};

	it("keep one wake-up memory of a vehicle, in which the longest pause counts", async () => {
		const node = { ...byMessage, command: "wakeup", wait: "accepted" };
		await flow.load(api, node, { wakeupInterval: 60 }, { wakeupInterval: 0 });
		assert.equal((await end({ vehicle: mine })).error, undefined);
		await ended();
		clock.time += 30 * 60_000;
		const refused = await end({ vehicle: theirs }, "second");
		assert.equal(refused.error?.code, "ERR_WAKEUP_TOO_SOON");
		assert.match(refused.error?.message ?? "", /vehicle …0042: .*60 min between/);
		await flow.redeploy(api, node, { wakeupInterval: 60 }, { wakeupInterval: 0 });
		assert.equal((await end({ vehicle: theirs }, "second")).error?.code, "ERR_WAKEUP_TOO_SOON");
		clock.time += 31 * 60_000;
		assert.equal((await end({ vehicle: theirs }, "second")).error, undefined);
		assert.equal(api.posted.length, 2);
	});

	it("count the vehicles of a minute together, and the strictest limit counts, over a deploy too", async () => {
		const node = { ...byMessage, command: "horn", wait: "accepted" };
		const limits = [{ commandLimit: 5 }, { commandLimit: 2 }] as const;
		await flow.load(api, node, ...limits);
		assert.equal((await end({ vehicle: mine })).error, undefined);
		await ended();
		assert.equal((await end({ vehicle: theirs }, "second")).error, undefined);
		await ended();
		assert.equal((await end({ vehicle: "v2" })).error, undefined);
		await flow.redeploy(api, node, ...limits);
		const refused = await end({ vehicle: "v3" });
		assert.equal(refused.error?.code, "ERR_COMMAND_LIMIT");
		assert.match(refused.error?.message ?? "", /2 vehicles a minute/);
		assert.equal((await end({ vehicle: mine })).error, undefined);
		assert.equal(api.posted.length, 4);
	});

	it("leave an account alone that reaches none of the same vehicles", async () => {
		await flow.load(api, { ...byMessage, command: "horn", wait: "accepted" }, { commandLimit: 5 }, { commandLimit: 1 });
		assert.equal((await end({ vehicle: "other" }, "second")).error, undefined);
		for (const vehicle of ["v1", "v2", "v3"]) assert.equal((await end({ vehicle })).error, undefined);
	});

	it("send one command at a time to a vehicle, whichever account sends it", async () => {
		const node = { ...byMessage, ifBusy: "refuse", wait: "accepted" };
		await flow.load(api, node, {}, {});
		assert.equal((await end({ vehicle: mine })).error, undefined);
		const refused = await end({ vehicle: theirs }, "second");
		assert.equal(refused.error?.code, "ERR_COMMAND_BUSY");
		await flow.redeploy(api, node, {}, {});
		assert.equal((await end({ vehicle: theirs }, "second")).error?.code, "ERR_COMMAND_BUSY");
		await ended();
		let next = refused;
		// The journal has the end a moment before the vehicle is free.
		while (next.error?.code === "ERR_COMMAND_BUSY") next = await end({ vehicle: theirs }, "second");
		assert.equal(next.error, undefined);
	});

	it("know the vehicle by its VIN when the API tells it, also where the flow gives ids", async () => {
		api.capability = { id: "any", vin: VIN };
		await flow.load(api, { ...byMessage, ifBusy: "refuse", wait: "accepted" }, {}, {});
		assert.equal((await end({ vehicle: "v1" })).error, undefined);
		assert.equal((await end({ vehicle: "w7" }, "second")).error?.code, "ERR_COMMAND_BUSY");
	});

	it("hold a vehicle that another account's command had when Node-RED stopped, until it can't be under way any more", async () => {
		mkdirSync(flow.folder);
		const entry = {
			time: new Date(clock.time - 30_000).toISOString(),
			key: "k1",
			event: "intent",
			account: "an account that is switched off",
			vehicle: "w7",
			vin: VIN,
			command: "lock",
			channel: "cb1",
			timeout: 120,
			prev: "0".repeat(64),
		};
		writeFileSync(join(flow.folder, "journal.jsonl"), `${JSON.stringify(entry)}\n`);
		await flow.load(api, { ...byMessage, ifBusy: "refuse", wait: "accepted" });
		assert.equal((await end({ vehicle: mine })).error?.code, "ERR_COMMAND_BUSY");
		await clock.pass(90_000);
		assert.equal((await end({ vehicle: mine })).error, undefined);
	});

	it("go on with the wake-ups that version 0.1.0 has remembered", async () => {
		mkdirSync(flow.folder);
		writeFileSync(
			join(flow.folder, "wakeups.json"),
			`{"version":1,"vehicles":{"v1":{"times":[${clock.time - 10 * 60_000}]},"v2":{"times":[],"pausedUntil":${clock.time + 1000}}}}`,
		);
		await flow.load(api, { ...byMessage, command: "wakeup", wait: "accepted" });
		for (const vehicle of [mine, "v2"]) assert.equal((await end({ vehicle })).error?.code, "ERR_WAKEUP_TOO_SOON");
		assert.equal((await end({ vehicle: "v3" })).error, undefined);
	});

	it("take back what was counted for a command that the API refused", async () => {
		await flow.load(api, { ...byMessage, command: "horn", wait: "accepted" }, { commandLimit: 1 });
		api.post = [{ status: 400, body: {} }];
		assert.equal((await end({ vehicle: "v1" })).error?.code, "ERR_REJECTED");
		assert.equal((await end({ vehicle: "v2" })).error, undefined);
	});

	it("say in one sentence that the folder can't be used, and send nothing", async () => {
		// Root may write anywhere but where a file is in the way.
		writeFileSync(flow.folder, "");
		await flow.load(api, byMessage);
		const { error } = await end({ vehicle: mine });
		assert.equal(error?.code, "ERR_COMMAND_DISABLED");
		assert.match(
			error?.message ?? "",
			/lock was not sent to Peugeot e-208 …0042.*The folder .*stellantis can't be read \(ENOTDIR\): something else is in its place/,
		);
		assert.equal(api.posted.length, 0);
	});
});
