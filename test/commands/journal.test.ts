import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GENESIS, Journal } from "../../src/commands/journal";
import { verifyJournal } from "../../src/commands/journal-check";
import { JournalWriter } from "../../src/commands/journal-writer";
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

	const start = async (...args: string[]) => {
		const child = fork(join(__dirname, "journal-child.ts"), [directory, ...args], {
			execArgv: ["--require", "tsx/cjs"],
		});
		await once(child, "message");
		return child;
	};

	it("is one chain where several Node-RED on one folder write it at the same time", async function () {
		this.timeout(120_000);
		const children = await Promise.all(["one", "two", "three"].map((name) => start(name, "100")));
		const ends = children.map((child) => once(child, "exit"));
		for (const child of children) child.send("go");
		assert.deepEqual(
			(await Promise.all(ends)).map(([code]) => code),
			[0, 0, 0],
		);
		assert.deepEqual(await checked(), [300, [], true]);
		await fill(new Journal(directory), 1);
		assert.deepEqual(await checked(), [301, [], true]);
	});

	it("has every entry that was taken, and no gap, after any number of kills", async function () {
		this.timeout(120_000);
		for (let round = 0; round < 3; round++) {
			const child = await start(`r${round}`);
			const taken: string[] = [];
			await new Promise<void>((resolve) => {
				child.on("message", (key: string) => {
					taken.push(key);
					if (taken.length === 5 + 3 * round) resolve();
				});
				child.send("go");
			});
			child.kill("SIGKILL");
			await once(child, "exit");
			const there = (await new Journal(directory).recent()).map(({ key }) => key);
			for (const key of taken) assert.ok(there.includes(key), `${key} is lost`);
		}
		await fill(new Journal(directory), 1);
		assert.deepEqual((await verifyJournal(directory)).gaps, []);
	});

	describe("of version 0.1.0", () => {
		const hash = (line: string) => createHash("sha256").update(line).digest("hex");
		const line = (key: string, prev: string) => `{"time":"2026-01-05T08:00:00.000Z","key":"${key}","prev":"${prev}"}`;

		it("goes on, and what was under way is known", async () => {
			const intent = `{"time":"2026-01-05T08:00:00.000Z","key":"k1","event":"intent","account":"a","node":"n","vehicle":"v1","vin":"VR3UHZKXZLT000042","command":"lock","args":{},"rule":"default","channel":"c1","timeout":120,"prev":"${GENESIS}"}`;
			const taken = `{"time":"2026-01-05T08:00:01.000Z","key":"k1","event":"taken","id":"r1","path":"/user/vehicles/v1/callbacks/c1/remotes/r1","prev":"${hash(intent)}"}`;
			writeFileSync(file(), `${intent}\n${taken}\n`);
			const journal = new Journal(directory);
			assert.deepEqual(unfinished(await journal.recent(), "a"), [
				{
					key: "k1",
					command: "lock",
					vehicle: "v1",
					vin: "VR3UHZKXZLT000042",
					channel: "c1",
					args: {},
					timeout: 120,
					id: "r1",
					path: "/user/vehicles/v1/callbacks/c1/remotes/r1",
					status: "Accepted",
				},
			]);
			await fill(journal, 1);
			assert.deepEqual(await checked(), [3, [], true]);
		});

		it("that two Node-RED wrote at the same time is told apart from one that was changed", async () => {
			const one = line("one", GENESIS);
			const two = line("two", GENESIS);
			const three = line("three", hash(one));
			writeFileSync(file(), `${one}\n${two}\n${three}\n`);
			const reasons = (await verifyJournal(directory)).gaps.map(({ reason }) => reason);
			assert.deepEqual(reasons, ["branched", "branched"]);
		});
	});

	describe("as an account writes it", () => {
		const redact = (text: string) => text.replaceAll("s3cret", "•••");
		const entries = async (write: (writer: JournalWriter) => Promise<void>) => {
			await write(new JournalWriter({ account: "a", journal: new Journal(directory), redact, warn: assert.fail }));
			return lines().map((line) => JSON.parse(line) as Record<string, unknown>);
		};

		it("holds no text without end, and no secret, wherever it comes from", async () => {
			const long = `s3cret ${"x".repeat(600_000)}`;
			const [entry] = await entries((writer) =>
				writer.note({ key: "k", event: "status", status: long, failureCause: long, id: long, path: long }),
			);
			for (const name of ["status", "failureCause", "id", "path"])
				assert.match(String(entry?.[name]), /^••• x{400,500}…$/, name);
			assert.ok((lines()[0] ?? "").length < 5_000);
		});

		/** The entry of a command that is about to be sent. */
		const intent = async (actor: unknown, args: Record<string, unknown>) => {
			const request = {
				...({ node: "n", actor, vehicle: { id: "v1" }, command: "custom", rule: "commands" } as const),
				prepared: { args, needs: [], needsStatus: false, wakes: false, action: () => ({}) },
				...({ ifBusy: "wait", wait: "result", timeout: 120 } as const),
			};
			const [entry] = await entries((writer) => writer.intend("k", request, "c1"));
			return entry;
		};

		it("cuts what a flow says of who wants a command, and its arguments", async () => {
			const long = `${"y".repeat(8_180)}s3cret${"y".repeat(100_000)}`;
			const entry = await intent(long, { long });
			for (const name of ["actor", "args"]) {
				assert.ok(String(entry?.[name]).length < 9_000, name);
				assert.doesNotMatch(String(entry?.[name]), /s3c/, name);
			}
		});

		for (const [what, actor, shown] of [
			["a circle", circle(), /•••/],
			["nested too deeply", nested(100_000), /^\[ \[ \[/],
			["what breaks when it is asked", { name: "me", toJSON: broken, toString: broken }, /me/],
		] as const)
			it(`takes ${what} for who wants a command, too`, async () => {
				const { actor: written } = (await intent(actor, {})) ?? {};
				assert.match(String(written), shown);
				assert.doesNotMatch(String(written), /s3c/);
			});
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

function circle(): object {
	const all: Record<string, unknown> = { name: "s3cret" };
	return Object.assign(all, { all });
}

function nested(depth: number): unknown[] {
	let all: unknown[] = [];
	for (let level = 0; level < depth; level++) all = [all];
	return all;
}

function broken(): never {
	throw new Error("broken");
}
