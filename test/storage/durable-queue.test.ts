import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { LogFull } from "../../src/storage/durable-log";
import { DurableQueue, type QueueOptions } from "../../src/storage/durable-queue";

describe("durable queue", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "queue-"));
	});
	// Its cursor may still be on the way to the disk.
	afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 }));

	const open = (options: Partial<QueueOptions<number>> = {}) =>
		new DurableQueue({ folder, name: "queue", schema: z.number(), gather: 1, ...options });
	const content = () =>
		readdirSync(folder)
			.filter((name) => name.endsWith(".jsonl"))
			.map((name) => readFileSync(join(folder, name), "utf8"))
			.join("");

	/** The next entries; the first `done` of them are delivered. */
	async function take(queue: DurableQueue<number>, count: number, done = count): Promise<number[]> {
		const stop = new AbortController();
		const entries: number[] = [];
		for await (const { entry, delivered } of queue.read(stop.signal)) {
			entries.push(entry);
			if (entries.length <= done) delivered();
			if (entries.length === count) stop.abort();
		}
		return entries;
	}

	it("gives what was appended in its order, also to a reader that waits for it", async () => {
		const queue = open();
		const taken = take(queue, 4);
		await queue.append([1, 2]);
		await queue.append([3]);
		await queue.append([4]);
		assert.deepEqual(await taken, [1, 2, 3, 4]);
	});

	it("gives to the next run what the one before has not delivered", async () => {
		const first = open();
		await Promise.all(Array.from({ length: 50 }, (_, n) => first.append([n])));
		await take(first, 30, 20);
		await first.flush();
		assert.deepEqual((await take(open(), 30))[0], 20);
	});

	it("holds nothing any more of what was delivered, and is readable for nobody else", async () => {
		const queue = open();
		await queue.append([111, 222]);
		assert.match(content(), /111/);
		for (const name of readdirSync(folder)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
		await take(queue, 2);
		await queue.flush();
		assert.equal(content(), "");
		await queue.append([333]);
		assert.deepEqual(await take(open(), 1), [333]);
		await queue.remove();
		assert.deepEqual(readdirSync(folder), []);
	});

	it("takes nothing when it is full, and goes on when something was delivered", async () => {
		const queue = open({ mostBytes: 100 });
		for (let n = 0; n < 9; n++) await queue.append([n]);
		await assert.rejects(queue.append([9]), LogFull);
		await take(queue, 9);
		await queue.flush();
		await queue.append([9]);
		assert.deepEqual(await take(queue, 1), [9]);
	});

	it("says in one sentence why nothing can be appended, and takes the next when the folder is mended", async () => {
		const inTheWay = join(folder, "file");
		writeFileSync(inTheWay, "");
		const queue = open({ folder: join(inTheWay, "sub") });
		await assert.rejects(
			queue.append([1]),
			/^StorageError: The folder .*sub can't be written \(ENOTDIR\): something else is in its place/,
		);
		rmSync(inTheWay);
		await queue.append([2]);
		assert.deepEqual(await take(queue, 1), [2]);
	});

	for (const [what, done] of [
		["that were delivered", 2],
		["that were not", 0],
	] as const)
		it(`gives what was appended after its files were taken away, with entries in them ${what}, also to the next run`, async () => {
			const queue = open();
			await queue.append([1, 2]);
			assert.deepEqual(await take(queue, 2, done), [1, 2]);
			await queue.flush();
			const stop = new AbortController();
			const reader = queue.read(stop.signal);
			if (done === 0) for (let count = 0; count < 2; count++) await reader.next();
			const next = reader.next();
			rmSync(folder, { recursive: true });
			await queue.append([3]);
			const { value } = await next;
			assert.equal(value?.entry, 3);
			value?.delivered();
			await queue.flush();
			await queue.append([4]);
			stop.abort();
			assert.deepEqual(await take(open(), 1), [4]);
		});

	it("passes over lines that a failing disk has changed, and what a crash left of one", async () => {
		await open().append([1, 2, 3]);
		const file = join(folder, "queue.jsonl");
		const [one = "", two = "", three = ""] = readFileSync(file, "utf8").split("\n");
		writeFileSync(file, `${one}\n${two.replace(/2$/, "7")}\n${three}\n`);
		appendFileSync(file, `${two.slice(0, 6)}`);
		await open().append([4]);
		assert.deepEqual(await take(open(), 3), [1, 3, 4]);
	});

	it("reads entries longer than what is read at once", async () => {
		const queue = new DurableQueue({ folder, name: "long", schema: z.string() });
		const long = "ü".repeat(300_000);
		await queue.append(["a", long, "b"]);
		const stop = new AbortController();
		const read: number[] = [];
		for await (const { entry } of queue.read(stop.signal)) {
			read.push(entry.length);
			if (read.length === 3) stop.abort();
		}
		assert.deepEqual(read, [1, 300_000, 1]);
	});

	it("loses nothing that was taken, and repeats only what was not remembered, however often it is killed", async function () {
		// Each of its processes compiles what it runs.
		this.timeout(120_000);
		/** Runs until it has told of some numbers, and kills it in the middle of whatever it does. */
		const run = async (work: string, enough: number, from = 0) => {
			const child = fork(join(__dirname, "queue-child.ts"), [folder, work, String(from)], {
				execArgv: ["--require", "tsx/cjs"],
			});
			const told: number[] = [];
			await new Promise<void>((resolve) => {
				child.on("message", (number: number) => {
					told.push(number);
					if (told.length === enough) resolve();
				});
			});
			child.kill("SIGKILL");
			await once(child, "exit");
			return told;
		};
		let promised = -1;
		const seen = new Set<number>();
		for (let round = 0; round < 4; round++) {
			promised = (await run("append", 10 + 7 * round, promised + 1)).at(-1) ?? promised;
			const delivered = await run("deliver", 20);
			for (const number of delivered) seen.add(number);
		}
		const rest = open();
		await rest.append([-1]);
		const stop = new AbortController();
		for await (const { entry, delivered } of rest.read(stop.signal)) {
			seen.add(entry);
			delivered();
			if (entry === -1) stop.abort();
		}
		for (let number = 0; number <= promised; number++) assert.ok(seen.has(number), `${number} is lost`);
	});
});
