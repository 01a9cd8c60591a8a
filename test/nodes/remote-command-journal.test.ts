import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GENESIS, Journal } from "../../src/commands/journal";
import { verifyJournal } from "../../src/commands/journal-check";
import { unfinished } from "../../src/commands/unfinished";

describe("journal of commands", () => {
	let directory: string;
	beforeEach(() => {
		directory = mkdtempSync(join(tmpdir(), "journal-"));
	});
	afterEach(() => rmSync(directory, { recursive: true, force: true }));
	const file = () => join(directory, "journal.jsonl");
	const lines = () => readFileSync(file(), "utf8").split("\n").filter(Boolean);
	const fill = async (journal: Journal, count: number) => {
		for (let n = 0; n < count; n++) await journal.append({ key: `k${n}`, event: "status", status: `s${n}` });
	};

	const checked = async () => {
		const { lines, gaps, fromBeginning } = await verifyJournal(directory);
		return [lines, gaps, fromBeginning];
	};

	it("is one chain from its first line on, also when another run goes on with it", async () => {
		await fill(new Journal(directory), 3);
		await fill(new Journal(directory), 2);
		assert.equal((JSON.parse(lines()[0] ?? "") as { prev: string }).prev, GENESIS);
		assert.deepEqual(await checked(), [5, [], true]);
	});

	it("keeps the order of entries that are written at once", async () => {
		const journal = new Journal(directory);
		await Promise.all(Array.from({ length: 20 }, (_, n) => journal.append({ key: `${n}`, event: "status" })));
		assert.deepEqual(
			lines().map((line) => (JSON.parse(line) as { key: string }).key),
			Array.from({ length: 20 }, (_, n) => `${n}`),
		);
		assert.deepEqual((await verifyJournal(directory)).gaps, []);
	});

	it("shows a line that was changed, and one that was taken out", async () => {
		await fill(new Journal(directory), 5);
		const whole = lines();
		writeFileSync(file(), `${whole.map((line) => line.replace('"s1"', '"s9"')).join("\n")}\n`);
		assert.deepEqual((await verifyJournal(directory)).gaps, [
			{ file: "journal.jsonl", line: 3, reason: "chain broken" },
		]);
		writeFileSync(file(), `${whole.filter((_, n) => n !== 2).join("\n")}\n`);
		assert.deepEqual((await verifyJournal(directory)).gaps, [
			{ file: "journal.jsonl", line: 3, reason: "chain broken" },
		]);
		writeFileSync(file(), `${whole.with(1, "scribble").join("\n")}\n`);
		assert.equal((await verifyJournal(directory)).gaps[0]?.reason, "unreadable");
	});

	it("cuts off what a crash left of a line", async () => {
		await fill(new Journal(directory), 2);
		appendFileSync(file(), '{"time":"2026-01-01T00:00:00Z","key":"ha');
		await fill(new Journal(directory), 1);
		assert.deepEqual(await checked(), [3, [], true]);
	});

	it("puts full files aside, keeps the chain over them, and not more files than it should", async () => {
		const journal = new Journal(directory, { maxBytes: 600, keep: 3 });
		await fill(journal, 8);
		const before = await verifyJournal(directory);
		assert.deepEqual([before.lines, before.gaps, before.fromBeginning], [8, [], true]);
		await fill(journal, 20);
		const names = readdirSync(directory).filter((name) => name !== "journal.jsonl");
		assert.equal(names.length, 3);
		const after = await verifyJournal(directory);
		assert.deepEqual([after.gaps, after.fromBeginning], [[], false]);
		rmSync(join(directory, names.sort()[1] ?? ""));
		assert.equal((await verifyJournal(directory)).gaps.length, 1);
	});

	it("shows no gap to who checks it while files are put aside", async () => {
		const journal = new Journal(directory, { maxBytes: 600, keep: 3 });
		await fill(journal, 12);
		let isWriting = true;
		const writing = fill(journal, 60).finally(() => {
			isWriting = false;
		});
		while (isWriting) assert.deepEqual((await verifyJournal(directory)).gaps, []);
		await writing;
	});

	it("goes on with the chain when a crash came right after a file was put aside", async () => {
		const journal = new Journal(directory);
		await fill(journal, 2);
		writeFileSync(join(directory, "journal.1.jsonl"), readFileSync(file()));
		rmSync(file());
		await fill(new Journal(directory), 1);
		assert.deepEqual(await checked(), [3, [], true]);
	});

	it("knows which commands of an account have no end", async () => {
		const journal = new Journal(directory);
		const intent = { event: "intent", command: "lock", vehicle: "v1", channel: "c", timeout: 30 } as const;
		await journal.append({ key: "done", account: "a", ...intent });
		await journal.append({ key: "done", event: "end", outcome: "Success" });
		await journal.append({ key: "other", account: "b", ...intent });
		await journal.append({ key: "lost", account: "a", ...intent });
		await journal.append({ key: "going", account: "a", ...intent });
		await journal.append({ key: "going", event: "taken", id: "r1", path: "/x" });
		await journal.append({ key: "going", event: "status", status: "SentToVehicle" });
		const common = { command: "lock", vehicle: "v1", channel: "c", timeout: 30 };
		assert.deepEqual(unfinished(await journal.recent(), "a"), [
			{ key: "lost", ...common, status: "Accepted" },
			{ key: "going", ...common, id: "r1", path: "/x", status: "SentToVehicle" },
		]);
	});
});
