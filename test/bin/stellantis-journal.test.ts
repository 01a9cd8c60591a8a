import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Journal } from "../../src/commands/journal";

const COMMAND = join(__dirname, "../../src/bin/stellantis-journal.ts");
const LOADER = ["--require", require.resolve("tsx/cjs")];

describe("the command that checks a journal", () => {
	let userDir: string;
	let folder: string;
	beforeEach(() => {
		userDir = realpathSync(mkdtempSync(join(tmpdir(), "journal-")));
		folder = join(userDir, "stellantis");
		mkdirSync(folder);
	});
	afterEach(() => rmSync(userDir, { recursive: true, force: true }));

	const file = () => join(folder, "journal.jsonl");
	const lines = () => readFileSync(file(), "utf8").split("\n").filter(Boolean);
	const write = (kept: string[]) => writeFileSync(file(), kept.map((line) => `${line}\n`).join(""));
	const fill = async (count: number, journal = new Journal(folder)) => {
		for (let n = 0; n < count; n++) await journal.append({ key: `k${n}`, event: "status", status: `s${n}` });
	};
	/** As an operator runs it, in Node-RED's user directory. */
	const run = (...args: string[]) => {
		const { status, stdout, stderr } = spawnSync(process.execPath, [...LOADER, COMMAND, ...args], {
			cwd: userDir,
			encoding: "utf8",
		});
		return { status, stdout, stderr };
	};
	const hashIn = (report: string) => /hash ([0-9a-f]{64})$/m.exec(report)?.[1] ?? "";

	it("counts the entries of a whole one, and says what it can't see", async () => {
		await fill(5);
		const { status, stdout } = run();
		assert.equal(status, 0);
		assert.ok(stdout.startsWith(`${folder}: 5 entries in 1 file.\n`), stdout);
		assert.match(stdout, /^No gap: no entry was changed/m);
		assert.match(
			stdout,
			/^Not shown by this check: whether the end is complete\. Entries that were cut off at the end leave no gap/m,
		);
		assert.match(stdout, /^Last entry: \d{4}-[\d-]+T[\d:.]+Z, hash [0-9a-f]{64}$/m);
	});

	it("fails for an entry that was changed, and says where", async () => {
		await fill(5);
		write(lines().map((line) => line.replace('"s1"', '"s9"')));
		const { status, stdout } = run(folder);
		assert.equal(status, 1);
		assert.match(stdout, /^1 gap, the first in journal\.jsonl, line 3: the entry before it was changed/m);
		assert.doesNotMatch(stdout, /^No gap/m);
	});

	it("tells entries of two Node-RED with version 0.1.0 apart from one that was changed", async () => {
		await fill(2);
		const [first = "", second = ""] = lines();
		write([first, second, second.replace('"s1"', '"s9"')]);
		const { status, stdout } = run();
		assert.equal(status, 1);
		assert.match(stdout, /^1 gap, the first in journal\.jsonl, line 3: it goes on from an earlier entry/m);
	});

	it("fails for one that was shortened in the middle", async () => {
		await fill(6);
		write(lines().filter((_, n) => n !== 2 && n !== 4));
		const { status, stdout } = run("stellantis");
		assert.equal(status, 1);
		assert.match(stdout, /4 entries in 1 file/);
		assert.match(stdout, /^2 gaps, the first in journal\.jsonl, line 3: .*entries before it are missing/m);
	});

	it("fails for what is no entry", async () => {
		await fill(3);
		write(lines().with(1, "scribble"));
		const { status, stdout } = run();
		assert.equal(status, 1);
		assert.match(stdout, /line 2: this is no entry/);
	});

	it("gives the hash alone of a last entry that has no time", () => {
		write(['{"event":"status"}']);
		assert.match(run().stdout, /^Last entry: hash [0-9a-f]{64}$/m);
	});

	it("says which file can't be read", () => {
		mkdirSync(file());
		for (const args of [[], ["export"]]) {
			const { status, stderr } = run(...args);
			assert.equal(status, 2);
			assert.equal(stderr, `The journal's file ${file()} can't be read (EISDIR).\n`);
		}
	});

	it("says of an empty one that it is empty", () => {
		write([]);
		const { status, stdout } = run();
		assert.equal(status, 2, "there is nothing to check");
		assert.equal(run("--seen", "0".repeat(64)).status, 1, "what was seen is missing");
		assert.match(stdout, /0 entries in 1 file\.\nNo command was written yet, or all entries were taken out/);
		assert.doesNotMatch(stdout, /hash/);
	});

	it("sees an end that was cut off when it is told the hash of an earlier check", async () => {
		await fill(4);
		const hash = hashIn(run().stdout);
		await fill(2);
		const whole = run("--seen", hash);
		assert.equal(whole.status, 0);
		assert.match(whole.stdout, /^The entry of --seen is still there\.$/m);
		write(lines().slice(0, 3));
		assert.equal(run().status, 0);
		const cut = run("--seen", hash);
		assert.equal(cut.status, 1);
		assert.match(cut.stdout, /^The entry of --seen is not there/m);
	});

	it("takes no offence at an entry that is being written", async () => {
		await fill(2);
		appendFileSync(file(), '{"time":"2026-01-01T00:00:00Z","key":"ha');
		const { status, stdout } = run();
		assert.equal(status, 0);
		assert.match(stdout, /2 entries in 1 file/);
		assert.match(stdout, /not written to its end/);
	});

	it("reads the files that were put aside, and tells when the oldest are gone", async () => {
		await fill(30, new Journal(folder, { maxBytes: 600, keep: 3 }));
		const { status, stdout } = run();
		assert.equal(status, 0);
		assert.match(stdout, /in 4 files\.\nThe oldest entries are not here/);
	});

	it("ends with 2 where there is nothing to check", () => {
		const missing = run("elsewhere");
		assert.equal(missing.status, 2);
		assert.ok(missing.stderr.startsWith(`There is no journal in ${join(userDir, "elsewhere")}.`), missing.stderr);
		write([]);
		for (const args of [["--seen", "x"], ["a", "b"], ["--else"]]) assert.equal(run(...args).status, 2, args.join(" "));
	});
});
