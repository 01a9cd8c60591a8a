import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, SeenEvents, type SeenOptions } from "../../../src/node-red/events/seen-events";

const HOUR = 3_600_000;

describe("what is remembered against repeats", () => {
	let folder: string;
	let now: number;
	let warnings: string[];
	const opened: SeenEvents[] = [];
	const open = async (more: SeenOptions = {}, base = join(folder, "events-n")) => {
		const onWarning = (sentence: string) => void warnings.push(sentence);
		const seen = await SeenEvents.open(base, { now: () => now, onWarning, ...more });
		opened.push(seen);
		return seen;
	};
	const add = (seen: SeenEvents, ...ids: string[]) => {
		for (const id of ids) seen.add(digestOf(id));
	};
	const has = (seen: SeenEvents, ...ids: string[]) => ids.map((id) => seen.has(digestOf(id)));
	const bytes = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "seen-"));
		[now, warnings] = [Date.UTC(2026, 10, 1), []];
	});
	afterEach(async () => {
		for (const seen of opened.splice(0)) await seen.close();
		rmSync(folder, { recursive: true, force: true });
	});

	it("outlives a restart, whatever an id looks like, in a file that only its owner reads", async () => {
		const ids = ["plain", "with blanks  and\nline breaks\r\n", "x".repeat(500_000), "ü\u0000\ud800"];
		const seen = await open();
		add(seen, ...ids);
		await seen.close();
		assert.deepEqual(has(await open(), ...ids, "plain "), [true, true, true, true, false]);
		const [name = ""] = readdirSync(folder);
		assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
	});

	it("takes at most 24 bytes an event on the disk", async () => {
		const seen = await open();
		for (let n = 0; n < 10_000; n++) add(seen, `event ${n}`);
		await seen.close();
		assert.ok(bytes() <= 24 * 10_000, `${bytes()} bytes`);
	});

	it("lasts three days and a margin, then its file is deleted", async () => {
		let seen = await open();
		add(seen, "first");
		await seen.flush();
		for (let hours = 0; hours < 77; hours += 7) {
			now += 7 * HOUR;
			assert.deepEqual(has(seen, "first"), [true], `after ${hours + 7} hours`);
			add(seen, `at ${hours}`);
			await seen.flush();
		}
		now += 20 * HOUR;
		assert.deepEqual(has(seen, "first", "at 70"), [false, true]);
		await seen.close();
		seen = await open();
		assert.deepEqual(has(seen, "first", "at 70"), [false, true]);
		now += 100 * HOUR;
		await open();
		assert.deepEqual(readdirSync(folder), []);
	});

	it("forgets the oldest beyond its cap, and says once for how long it remembers", async () => {
		const seen = await open({ most: 80 });
		for (let n = 0; n < 200; n++) {
			now += 60_000;
			add(seen, `event ${n}`);
			await seen.flush();
		}
		assert.deepEqual(has(seen, "event 0", "event 140", "event 199"), [false, true, true]);
		assert.equal(warnings.length, 1);
		assert.match(String(warnings), /More than 80 events.*known for the last 1\.\d hours only/);
		assert.ok(bytes() <= 16 * 80, `${bytes()} bytes`);
	});

	it("is not damaged by a crash in the middle of a write", async () => {
		const seen = await open();
		add(seen, "before");
		await seen.close();
		const [name = ""] = readdirSync(folder);
		appendFileSync(join(folder, name), "half of it");
		const next = await open();
		add(next, "after");
		await next.close();
		assert.deepEqual(has(await open(), "before", "after"), [true, true]);
	});

	it("takes over what version 0.1.0 remembered", async () => {
		const old = join(folder, "events-n.seen");
		writeFileSync(old, `${now / 1000 - 60} kept\n${now / 1000 - 80 * 3600} old\n12`);
		assert.deepEqual(has(await open(), "kept", "old"), [true, false]);
		assert.ok(!readdirSync(folder).includes("events-n.seen"));
		assert.deepEqual(has(await open(), "kept"), [true]);
	});

	it("works on without its file, says so once, and writes all when it can again", async () => {
		writeFileSync(join(folder, "file"), "");
		const base = join(folder, "file", "events-n");
		const seen = await open({}, base);
		add(seen, "one");
		await seen.flush();
		add(seen, "two");
		await seen.flush();
		assert.deepEqual(has(seen, "one", "two"), [true, true]);
		assert.equal(warnings.length, 1);
		assert.match(String(warnings), /can't be written/);
		rmSync(join(folder, "file"));
		mkdirSync(join(folder, "file"));
		await seen.close();
		assert.deepEqual(has(await open({}, base), "one", "two"), [true, true]);
	});
});
