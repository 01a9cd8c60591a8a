import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NodeAPI } from "node-red";
import { folderChoice, folderOf } from "../../src/node-red/folder";
import { folderProblem, watchFolder } from "../../src/node-red/folder-watch";
import { build, ROOT } from "../support/built";

describe("the folder of settings.js", () => {
	let home: string;
	beforeEach(() => {
		home = mkdtempSync(join(tmpdir(), "folder-"));
	});
	afterEach(async () => {
		// What a folder's watch leaves in it may be on its way still.
		for (;;)
			try {
				rmSync(home, { recursive: true, force: true });
				return;
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
				await new Promise(setImmediate);
			}
	});

	function nodeRed(folder?: unknown, userDir = home): { RED: NodeAPI; said: string[] } {
		const said: string[] = [];
		const log = { warn: (text: string) => said.push(text), error: (text: string) => said.push(text) };
		return { RED: { settings: { userDir, stellantis: { folder } }, log } as unknown as NodeAPI, said };
	}
	/** Lets the disk work until it has done something, but not for ever. */
	const until = async (isDone: () => boolean) => {
		for (const end = Date.now() + 10_000; !isDone() && Date.now() < end; ) await new Promise(setImmediate);
	};
	const file = (folder: string, name: string, content = "x") => {
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, name), content);
	};

	it("is below the user directory, or absolute, and else stays what it was", () => {
		assert.equal(folderOf(nodeRed().RED), join(home, "stellantis"));
		assert.equal(folderOf(nodeRed("data/cars").RED), join(home, "data/cars"));
		assert.equal(folderOf(nodeRed("/srv/cars").RED), "/srv/cars");
		for (const wrong of ["../elsewhere", "a/../../b", "..", 7, {}, ["x"], "a\0b"]) {
			const { folder, problem } = folderChoice(nodeRed(wrong).RED);
			assert.equal(folder, join(home, "stellantis"), String(wrong));
			assert.match(problem ?? "", /absolute path/);
		}
		assert.equal(folderOf(nodeRed("..cars").RED), join(home, "..cars"));
	});

	it("says where the files of before are, once it is another one and empty", () => {
		file(join(home, "stellantis"), "journal.jsonl");
		const { RED, said } = nodeRed("moved");
		watchFolder(RED);
		watchFolder(RED);
		assert.equal(said.length, 1);
		assert.ok(said[0]?.includes(join(home, "moved")) && said[0].includes(`${join(home, "stellantis")},`), said[0]);
	});

	it("says nothing once they were moved", () => {
		file(join(home, "moved"), "journal.jsonl");
		file(join(home, "stellantis"), "left-over.json");
		const { RED, said } = nodeRed("moved");
		watchFolder(RED);
		assert.deepEqual(said, []);
	});

	it("knows where they are when the setting is taken away again", async () => {
		file(join(home, "moved"), "journal.jsonl");
		watchFolder(nodeRed("moved").RED);
		const signpost = join(home, "stellantis/moved-to.txt");
		await until(() => existsSync(signpost));
		assert.equal(readFileSync(signpost, "utf8").trim(), join(home, "moved"));
		const { RED, said } = nodeRed();
		watchFolder(RED);
		assert.equal(said.length, 1);
		assert.ok(said[0]?.includes(join(home, "moved")), said[0]);
	});

	it("knows where they are when the setting names a third one, until something is kept there", async () => {
		const [one, two] = [join(home, "one"), join(home, "two")];
		file(one, "journal.jsonl");
		watchFolder(nodeRed("one").RED);
		const signpost = join(home, "stellantis/moved-to.txt");
		await until(() => existsSync(signpost));
		const { RED, said } = nodeRed("two");
		watchFolder(RED);
		assert.equal(said.length, 1);
		assert.ok(said[0]?.includes(`${one},`) && said[0].includes(two), said[0]);
		assert.equal(readFileSync(signpost, "utf8").trim(), one);
	});

	it("is told in the log and to whoever asks, when another Node-RED uses it", async () => {
		const folder = join(home, "stellantis");
		// The process that runs this one lives, and is no Node-RED of ours.
		const { hostname } = await import("node:os");
		file(folder, "node-red.pid", `${process.ppid} ${hostname()}`);
		const { RED, said } = nodeRed();
		watchFolder(RED);
		await until(() => said.length > 0);
		assert.match(said[0] ?? "", /Another Node-RED \(process \d+ on .+\) keeps its files in/);
		assert.equal(folderProblem(RED), said[0]);
	});

	it("is marked from the start where settings.js names it, so that a second Node-RED finds the first", async () => {
		watchFolder(nodeRed("of-both").RED);
		const path = join(home, "of-both/node-red.pid");
		const mark = () => (existsSync(path) ? readFileSync(path, "utf8") : "");
		await until(() => mark() !== "");
		assert.match(mark(), new RegExp(`^${process.pid} `));
	});

	for (const [what, named] of [
		["usual", undefined],
		["that settings.js names", "cars"],
		["that settings.js names further below", "cars/ours"],
	] as const)
		it(`is told to whoever asks when nothing can be kept there: the one ${what}`, async () => {
			for (const name of ["stellantis", "cars"]) writeFileSync(join(home, name), "a file in its place");
			const { RED } = nodeRed(named);
			watchFolder(RED);
			await until(() => folderProblem(RED) !== undefined);
			assert.match(folderProblem(RED) ?? "", /^The folder .+ can't be written \(E[A-Z]+\): .+ move that away\.$/);
		});

	it("is told to whoever asks when it is not there yet and can't be made in the user directory", () => {
		build();
		chmodSync(home, 0o555);
		const script = `const { watchFolder, folderProblem } = require(process.argv[1]);
			const RED = { settings: { userDir: process.argv[2] } };
			watchFolder(RED);
			const isOver = Date.now() + 10_000;
			(function look() {
				const problem = folderProblem(RED);
				if (problem === undefined && Date.now() < isOver) setImmediate(look);
				else console.log(problem);
			})();`;
		// Root may write everywhere.
		const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
		const watch = join(ROOT, "dist/src/node-red/folder-watch.js");
		const problem = execFileSync(process.execPath, ["-e", script, watch, home], { ...user, encoding: "utf8" });
		assert.match(problem, /stellantis can't be written \(EACCES\): give Node-RED's user the right/);
		assert.deepEqual(readdirSync(home), []);
	});

	it("loses at the start what of the journal is older than its days, though no command comes", async () => {
		const line = `${JSON.stringify({ key: "k", event: "status", prev: "0".repeat(64) })}\n`;
		for (const [name, days] of Object.entries({ "journal.1.jsonl": 40, "journal.2.jsonl": 20, "journal.jsonl": 40 })) {
			const time = Date.now() / 1000 - days * 86_400;
			file(join(home, "cars"), name, line);
			utimesSync(join(home, "cars", name), time, time);
		}
		const { RED } = nodeRed("cars");
		Object.assign(Object(RED.settings).stellantis, { journal: { days: 30 } });
		watchFolder(RED);
		await until(() => !existsSync(join(home, "cars/journal.1.jsonl")));
		const kept = readdirSync(join(home, "cars")).filter((name) => name.endsWith(".jsonl"));
		// The last line is what the next one goes on from.
		assert.deepEqual(kept.sort(), ["journal.2.jsonl", "journal.jsonl"]);
	});

	it("says which number of days can't be used", () => {
		const { RED, said } = nodeRed("days");
		Object.assign(Object(RED.settings).stellantis, { journal: { days: "30" } });
		watchFolder(RED);
		assert.match(said[0] ?? "", /stellantis\.journal\.days/);
	});
});
