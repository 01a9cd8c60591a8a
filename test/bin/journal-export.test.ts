import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal } from "../../src/commands/journal";
import { verifyJournal } from "../../src/commands/journal-check";
import { momentOf } from "../../src/commands/journal-export";

const COMMAND = join(__dirname, "../../src/bin/stellantis-journal.ts");
const LOADER = ["--require", require.resolve("tsx/cjs")];
const DAY = 86_400_000;

describe("a journal of commands", () => {
	let userDir: string;
	let folder: string;
	beforeEach(() => {
		userDir = realpathSync(mkdtempSync(join(tmpdir(), "journal-")));
		folder = join(userDir, "stellantis");
		mkdirSync(folder);
	});
	afterEach(() => rmSync(userDir, { recursive: true, force: true }));

	const run = (...args: string[]) => {
		const { status, stdout, stderr } = spawnSync(process.execPath, [...LOADER, COMMAND, ...args], {
			cwd: userDir,
			encoding: "utf8",
		});
		return { status, stderr, lines: stdout.split("\n").filter(Boolean) };
	};
	/** Two commands, a day apart. */
	async function fill(): Promise<void> {
		let now = Date.parse("2026-05-01T10:00:00Z");
		const journal = new Journal(folder, { now: () => now });
		for (const key of ["one", "two"]) {
			await journal.append({
				key,
				event: "intent",
				account: "a1",
				actor: "Zoë\n2026-01-01\tforged",
				vehicle: "v1",
				vin: "VF3AAAAAAAA000001",
				command: "lock",
			});
			now += 5_000;
			await journal.append({ key, event: "end", outcome: "Success" });
			now += DAY;
		}
	}

	it("is exported as a line a command, with text that stays in its line and field", async () => {
		await fill();
		const { status, lines } = run("export");
		assert.equal(status, 0);
		assert.deepEqual(lines[0]?.split("\t"), [
			"2026-05-01T10:00:00.000Z",
			"2026-05-01T10:00:05.000Z",
			"lock",
			"Success",
			"VF3AAAAAAAA000001",
			"account=a1",
			"actor=Zoë 2026-01-01 forged",
		]);
		assert.equal(lines.length, 2);
	});

	it("is exported as JSON Lines whose hashes hold together", async () => {
		await fill();
		const { status, lines } = run("export", "--json", folder);
		assert.equal(status, 0);
		const entries = lines.map((line) => JSON.parse(line) as { prev: string; hash: string; key: string });
		assert.deepEqual(
			entries.map(({ key }) => key),
			["one", "one", "two", "two"],
		);
		for (const [index, { prev }] of entries.entries()) if (index > 0) assert.equal(prev, entries[index - 1]?.hash);
	});

	it("is exported from a moment on, a command that was under way then as a whole", async () => {
		await fill();
		assert.equal(run("export", "--since", "2026-05-02").lines.length, 1);
		assert.equal(run("export", "--json", "--since", "2026-05-01T10:00:03Z").lines.length, 3);
		assert.match(run("export", "--since", "2026-05-01T10:00:03Z").lines[0] ?? "", /^2026-05-01T10:00:00\.000Z/);
		for (const ago of ["2d", "P2D", "PT48H", "p2d"]) assert.equal(momentOf(ago, 3 * DAY), DAY, ago);
	});

	it("is no failure where whoever reads it has had enough", async () => {
		let now = Date.parse("2026-05-01T10:00:00Z");
		const journal = new Journal(folder, { now: () => now++ });
		const entries = Array.from({ length: 3_000 }, (_, n) => ({
			key: `k${n}`,
			event: "status",
			status: "x".repeat(100),
		}));
		await Promise.all(entries.map((entry) => journal.append(entry as never)));
		const child = spawn(process.execPath, [...LOADER, COMMAND, "export", "--json"], { cwd: userDir });
		let stderr = "";
		child.stderr.on("data", (text) => {
			stderr += text;
		});
		await once(child.stdout, "data");
		child.stdout.destroy();
		const [code] = await once(child, "close");
		assert.deepEqual([code, stderr], [0, ""]);
	});

	it("says how it is asked for, and where there is none", async () => {
		await fill();
		for (const wrong of [
			["export", "--since", "yesterday"],
			["export", "--since", "365"],
			["export", "--since", "2026"],
			["export", "--since", "2026-02-30"],
			["export", "--seen", "x"],
			["--json"],
			["export", "a", "b"],
		])
			assert.equal(run(...wrong).status, 2, wrong.join(" "));
		assert.match(run("export", join(userDir, "nowhere")).stderr, /There is no journal in/);
		for (const file of [[join(folder, "journal.jsonl")], ["export", join(folder, "journal.jsonl")]])
			assert.match(run(...file).stderr, /journal\.jsonl is a file\. Give the folder/);
	});

	it("is kept for days, whatever the number of its files, and not longer", async () => {
		const files = () => readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
		const write = (count: number) => {
			const journal = new Journal(folder, { maxBytes: 300, keep: 1, days: 30 });
			return Promise.all(Array.from({ length: count }, (_, n) => journal.append({ key: `k${n}`, event: "status" })));
		};
		await write(12);
		const all = files();
		assert.ok(all.length > 4, all.join());
		const [oldest = ""] = all.filter((name) => name !== "journal.jsonl").sort();
		const age = (name: string, days: number) => {
			const time = (Date.now() - days * DAY) / 1000;
			utimesSync(join(folder, name), time, time);
		};
		age(oldest, 31);
		age("journal.jsonl", 1);
		await write(1);
		assert.equal(files().includes(oldest), false);
		// A file ends with its day, so that its days can be counted.
		assert.equal(files().length, all.length);
		const { gaps, fromBeginning } = await verifyJournal(folder);
		assert.deepEqual([gaps, fromBeginning], [[], false]);
	});

	it("goes on as one chain where all of it was kept long enough", async () => {
		const write = () => new Journal(folder, { days: 30 }).append({ key: "k", event: "status" });
		await write();
		const { last } = await verifyJournal(folder);
		const time = (Date.now() - 31 * DAY) / 1000;
		utimesSync(join(folder, "journal.jsonl"), time, time);
		await write();
		const { lines, fromBeginning } = await verifyJournal(folder);
		assert.deepEqual([lines, fromBeginning], [1, false]);
		assert.equal(JSON.parse(readFileSync(join(folder, "journal.jsonl"), "utf8")).prev, last?.hash);
	});
});
