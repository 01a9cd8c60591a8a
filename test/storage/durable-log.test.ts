import assert from "node:assert/strict";
import {
	lutimesSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	symlinkSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import promises, { open } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import sinon from "sinon";
import { DurableLog, type LogOptions } from "../../src/storage/durable-log";

describe("durable log", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "log-"));
	});
	afterEach(() => {
		sinon.restore();
		rmSync(folder, { recursive: true, force: true });
	});

	const format = { encode: (entry: string) => entry, decode: (line: string) => line };
	const log = (options: Partial<LogOptions<string>> = {}) =>
		new DurableLog<string>({ folder, name: "log", format, fileBytes: 1_000_000, ...options });
	const file = () => join(folder, "log.jsonl");

	/** The disk refuses to take anything for good. */
	async function brokenSync(): Promise<sinon.SinonStub> {
		const handle = await open(file(), "a");
		const prototype = Object.getPrototypeOf(handle) as typeof handle;
		await handle.close();
		return sinon.stub(prototype, "sync").rejects(Object.assign(new Error("no"), { code: "ENOSPC" }));
	}

	it("syncs entries that come at the same time together", async () => {
		const handle = await open(join(folder, "any"), "a");
		const sync = sinon.spy(Object.getPrototypeOf(handle) as typeof handle, "sync");
		await handle.close();
		const one = log();
		await Promise.all(Array.from({ length: 500 }, (_, n) => one.append([`e${n}`])));
		assert.ok(sync.callCount < 20, `${sync.callCount} syncs`);
		assert.equal((await one.latest()).length, 500);
	});

	it("has nothing of what it did not take, and takes the next when the disk does", async () => {
		const one = log();
		await one.append(["first"]);
		const sync = await brokenSync();
		await assert.rejects(one.append(["second"]), /^StorageError: The folder .* can't be written \(ENOSPC\): make room/);
		sync.restore();
		assert.equal(readFileSync(file(), "utf8"), "first\n");
		await one.append(["third"]);
		assert.deepEqual(await one.latest(), ["first", "third"]);
	});

	it("refuses one that can't be written as a line, and takes those that came with it", async () => {
		const one = log({
			format: {
				...format,
				encode(entry) {
					if (entry === "bad") throw new Error("no line");
					return entry;
				},
			},
		});
		const outcomes = await Promise.allSettled([one.append(["a"]), one.append(["b", "bad"]), one.append(["c"])]);
		assert.deepEqual(
			outcomes.map(({ status }) => status),
			["fulfilled", "rejected", "fulfilled"],
		);
		assert.deepEqual(await one.latest(), ["a", "c"]);
	});

	it("keeps entries in order over files that are put aside, and places that never come twice", async () => {
		const one = log({ fileBytes: 30 });
		for (let n = 0; n < 20; n++) await one.append([`entry ${n}`]);
		const read: string[] = [];
		const places = new Set<string>();
		let place = { file: 0, offset: 0 };
		for (let lines = await one.read(place); lines.length > 0; lines = await one.read(place)) {
			for (const { entry = "", end } of lines) {
				read.push(entry);
				places.add(JSON.stringify(end));
				place = end;
			}
			if (read.length === 12) await one.erase(place, async () => {});
		}
		assert.deepEqual(
			read,
			Array.from({ length: 20 }, (_, n) => `entry ${n}`),
		);
		assert.equal(places.size, 20);
	});

	it("cuts off what a crash left of a line, also within a character", async () => {
		await log().append(["whole", "grün"]);
		truncateSync(file(), Buffer.byteLength("whole\ngr") + 1);
		await log().append(["next"]);
		assert.deepEqual(await log().latest(), ["whole", "next"]);
	});

	for (const [who, mark, old] of [
		["that was killed", `999999999 ${hostname()}`, false],
		["that had our own number", `${process.pid} ${hostname()}`, false],
		["whose number another process has now", `1 ${hostname()}`, true],
		["on a machine that is gone", "1 elsewhere", true],
		["whose mark version 0.1.0 left half made", "", true],
	] as const)
		for (const kind of ["file", "link"]) {
			if (kind === "link" && mark === "") continue;
			it(`is held up by no writer ${who} (${kind})`, async () => {
				const lock = join(folder, "log.lock");
				if (kind === "file") writeFileSync(lock, mark);
				else symlinkSync(mark, lock);
				if (old) lutimesSync(lock, 1, 1);
				await log().append(["entry"]);
				assert.deepEqual(readdirSync(folder), ["log.jsonl"]);
			});
		}

	for (const kind of ["file", "link"])
		it(`waits for a writer that is alive (${kind})`, async () => {
			const lock = join(folder, "log.lock");
			if (kind === "file") writeFileSync(lock, `1 ${hostname()}`);
			else symlinkSync(`1 ${hostname()}`, lock);
			let isDone = false;
			const done = log()
				.append(["entry"])
				.then(() => {
					isDone = true;
				});
			await pause(100);
			assert.equal(isDone, false);
			rmSync(lock);
			await done;
		});

	for (const [where, refused] of [
		["", []],
		[" where there are no symbolic links", ["symlink"]],
	] as const)
		it(`never leaves a mark half made, wherever a kill may hit${where}`, async () => {
			for (const name of refused)
				sinon.stub(promises, name).rejects(Object.assign(new Error("not permitted"), { code: "EPERM" }));
			const lock = join(folder, "log.lock");
			const marks = new Set<string>();
			let isDone = false;
			const look = () => {
				try {
					marks.add(refused.length === 0 ? readlinkSync(lock) : readFileSync(lock, "utf8"));
				} catch {
					// There is none at the moment.
				}
				if (!isDone) setImmediate(look);
			};
			look();
			try {
				for (let n = 0; n < 20; n++) await log().append([`${n}`]);
			} finally {
				isDone = true;
				sinon.restore();
			}
			assert.deepEqual([...marks], [`${process.pid} ${hostname()}`]);
			assert.deepEqual(readdirSync(folder), ["log.jsonl"]);
		});

	it("is written where there are no links at all, and waits there for a writer that is alive", async () => {
		for (const name of ["symlink", "link"] as const)
			sinon.stub(promises, name).rejects(Object.assign(new Error("not permitted"), { code: "EPERM" }));
		const lock = join(folder, "log.lock");
		writeFileSync(lock, `1 ${hostname()}`);
		const done = log().append(["entry"]);
		await pause(100);
		// Between two tries there may be what the next one is made of.
		const lasting = readdirSync(folder).filter((name) => !name.startsWith("log.lock."));
		assert.deepEqual([lasting, readFileSync(lock, "utf8")], [["log.lock"], `1 ${hostname()}`]);
		rmSync(lock);
		await done;
		assert.deepEqual(readdirSync(folder), ["log.jsonl"]);
	});
});
