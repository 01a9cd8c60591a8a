import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runningAccountsIn } from "../../src/commands/running-accounts";
import { VehicleGuards } from "../../src/commands/vehicle-guards";

const MINUTE = 60_000;
const VIN = "VR3UHZKXZLT000042";

describe("guards of vehicles", () => {
	let folder: string;
	let now: number;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "guards-"));
		now = Date.parse("2026-03-10T12:00:00Z");
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	/** As after a start of Node-RED. */
	const start = async () => {
		const guards = new VehicleGuards(folder, { now: () => now, sleep: () => new Promise(() => {}) });
		await guards.ready();
		return guards;
	};
	const command = (vehicle: { id: string; vin?: string }, more: Partial<{ account: string; wakes: boolean }> = {}) => ({
		account: "a",
		vehicle,
		wakes: false,
		limits: { commandLimit: 2, wakeupInterval: 60, wakeupsPerDay: 2 },
		...more,
	});
	const limited = { code: "ERR_COMMAND_LIMIT" };
	const tooSoon = { code: "ERR_WAKEUP_TOO_SOON" };

	it("count on after a restart", async () => {
		const before = await start();
		await (await before.admit(command({ id: "v1" }, { wakes: true }))).kept;
		await (await before.admit(command({ id: "v2" }))).kept;
		assert.equal(statSync(join(folder, "guards.jsonl")).mode & 0o777, 0o600);
		const after = await start();
		assert.throws(() => after.check(command({ id: "v3" })), { ...limited, retryAfter: 60 });
		assert.throws(() => after.check(command({ id: "v1" }, { wakes: true })), tooSoon);
		now += MINUTE + 1;
		after.check(command({ id: "v3" }));
		assert.throws(() => after.check(command({ id: "v1" }, { wakes: true })), tooSoon);
		now += 60 * MINUTE;
		after.check(command({ id: "v1" }, { wakes: true }));
	});

	it("count on where our clock is set back, while they work and before a restart", async () => {
		const running = await start();
		await (await running.admit(command({ id: "v1" }, { wakes: true }))).kept;
		await (await running.admit(command({ id: "v2" }))).kept;
		now -= 600 * MINUTE;
		for (const guards of [running, await start()]) {
			assert.throws(() => guards.check(command({ id: "v3" })), { ...limited, retryAfter: 60 });
			assert.throws(() => guards.check(command({ id: "v1" }, { wakes: true })), { ...tooSoon, retryAfter: 3600 });
		}
		now += MINUTE + 1;
		running.check(command({ id: "v3" }));
		now += 60 * MINUTE;
		running.check(command({ id: "v1" }, { wakes: true }));
	});

	it("hold a vehicle whose command may be under way no longer than that lasts, where our clock is set back", async () => {
		const entry = { time: new Date(now).toISOString(), key: "k1", event: "intent", prev: "0".repeat(64) };
		const sent = { account: "gone", vehicle: "v1", command: "lock", channel: "cb1", timeout: 120 };
		writeFileSync(join(folder, "journal.jsonl"), `${JSON.stringify({ ...entry, ...sent })}\n`);
		now -= 600 * MINUTE;
		const waits: number[] = [];
		const sleep = (milliseconds: number) => {
			waits.push(milliseconds);
			return new Promise<void>(() => {});
		};
		const guards = new VehicleGuards(folder, { now: () => now, sleep });
		await guards.ready();
		assert.deepEqual([guards.isBusy({ id: "v1" }), waits], [true, [120_000]]);
	});

	it("decide in one step: of many that ask at once no more are sent than the limit allows", async () => {
		const guards = await start();
		const asked = Array.from({ length: 15 }, (_, n) => guards.admit(command({ id: `v${n}` })));
		const sent = (await Promise.allSettled(asked)).filter(({ status }) => status === "fulfilled");
		assert.equal(sent.length, 2);
	});

	it("know a vehicle by its VIN, what was remembered of its ids included, also after a restart", async () => {
		const before = await start();
		await before.admit(command({ id: "v1" }, { wakes: true }));
		before.learn({ id: "v1", vin: VIN });
		before.learn({ id: "w7", vin: VIN });
		now += 10 * MINUTE;
		assert.throws(() => before.check(command({ id: "w7" }, { wakes: true })), tooSoon);
		await before.pauseWakeUps({ id: "w7" }, now + 1000 * MINUTE);
		const after = await start();
		assert.equal(after.isVinMissing({ id: "w7" }), false);
		now += 100 * MINUTE;
		assert.throws(() => after.check(command({ id: "v1" }, { wakes: true })), tooSoon);
	});

	it("count the latest command to a vehicle, by whichever of its names it was sent", async () => {
		const guards = await start();
		await guards.admit(command({ id: "w7", vin: VIN }));
		now += 10 * MINUTE;
		await guards.admit(command({ id: "v1" }));
		guards.learn({ id: "v1", vin: VIN });
		await guards.admit(command({ id: "v2" }));
		assert.throws(() => guards.check(command({ id: "v3" })), limited);
	});

	it("ask a running account for its limits, and forget those of one that was deleted", async () => {
		const running = runningAccountsIn(folder);
		const guards = await start();
		const strict = { commandLimit: 1, wakeupInterval: 0, wakeupsPerDay: 100 };
		const leave = running.enter("strict", () => strict);
		await guards.admit({ ...command({ id: "v1" }, { account: "strict" }), limits: strict });
		await guards.admit(command({ id: "v1" }));
		assert.throws(() => guards.check(command({ id: "v2" })), limited);
		strict.commandLimit = 5;
		guards.check(command({ id: "v2" }));
		strict.commandLimit = 1;
		leave(false);
		assert.throws(() => guards.check(command({ id: "v2" })), limited);
		running.enter("strict", () => strict)(true);
		guards.check(command({ id: "v2" }));
	});

	it("count together what accounts send that know each other's vehicles, though none was asked for by both", async () => {
		const running = runningAccountsIn(folder);
		const guards = await start();
		const limits = { commandLimit: 1, wakeupInterval: 0, wakeupsPerDay: 100 };
		const cars = new Set([VIN, "v2"]);
		running.enter("strict", () => limits);
		running.enter("other", () => limits);
		running.enter(
			"a",
			() => ({ ...limits, commandLimit: 2 }),
			(name) => cars.has(name),
		);
		await guards.admit({ ...command({ id: "w7", vin: VIN }, { account: "strict" }), limits });
		for (const account of ["a", "strict"])
			assert.throws(() => guards.check(command({ id: "v2" }, { account })), limited, account);
		guards.check(command({ id: "v3" }, { account: "other" }));
	});

	it("count nothing that was taken back, or could not be written", async () => {
		const guards = await start();
		const { kept, takeBack } = await guards.admit(command({ id: "v1" }, { wakes: true }));
		await kept;
		await takeBack();
		guards.check(command({ id: "v1" }, { wakes: true }));
		const [counted, takenBack] = readFileSync(join(folder, "guards.jsonl"), "utf8").trim().split("\n");
		assert.match(counted ?? "", /"sent"/);
		assert.doesNotMatch(takenBack ?? "", /"sent"/);
		(await start()).check(command({ id: "v1" }, { wakes: true }));
		rmSync(folder, { recursive: true });
		writeFileSync(folder, "");
		const both = await Promise.all(["v1", "v2"].map((id) => guards.admit(command({ id }))));
		for (const { kept } of both) await assert.rejects(kept, /The folder .* can't be written/);
		for (const id of ["v1", "v2", "v3"])
			await assert.rejects((await guards.admit(command({ id }))).kept, /The folder .* can't be written/);
		guards.check(command({ id: "v4" }));
	});

	it("count on after a crash in the middle of a line, and after their lines were written anew", async () => {
		const before = await start();
		for (let turn = 0; turn < 1_100; turn++) {
			now += MINUTE;
			await (await before.admit(command({ id: `v${turn % 3}` }))).kept;
		}
		for (const id of ["v1", "v2"]) await (await before.admit(command({ id }, { wakes: true }))).kept;
		const log = join(folder, "guards.jsonl");
		assert.ok(readFileSync(log, "utf8").split("\n").length < 500, "it was written anew meanwhile");
		appendFileSync(log, '{"name":"v1","vehicle":{"ids":[],"acc');
		const after = await start();
		assert.throws(() => after.check(command({ id: "v1" }, { wakes: true })), tooSoon);
		assert.throws(() => after.check(command({ id: "v9" })), limited);
	});

	it("lose nothing of what comes while their lines are written anew", async () => {
		const before = await start();
		const often = { commandLimit: 5_000, wakeupInterval: 0, wakeupsPerDay: 5_000 };
		const admitted: Promise<void>[] = [];
		for (let turn = 0; turn < 1_200; turn++) {
			now += 1_000;
			const { kept } = await before.admit({ ...command({ id: `v${turn % 40}` }, { wakes: true }), limits: often });
			admitted.push(kept);
			await new Promise((resolve) => setImmediate(resolve));
		}
		await Promise.all(admitted);
		assert.ok(existsSync(join(folder, "guards.json")), "they were written anew meanwhile");
		const after = await start();
		const seldom = { ...often, wakeupInterval: 1_000 };
		for (let n = 0; n < 40; n++)
			assert.throws(
				() => after.check({ ...command({ id: `v${n}` }, { account: "b", wakes: true }), limits: seldom }),
				// the last 40 were woken in the order of their numbers, a second apart
				{ ...tooSoon, retryAfter: 60_000 - 39 + n },
			);
	});

	it("begin anew where their file is damaged", async () => {
		writeFileSync(join(folder, "guards.json"), "{");
		await (await (await start()).admit(command({ id: "v1" }))).kept;
	});
});
