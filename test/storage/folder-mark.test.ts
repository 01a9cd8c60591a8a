import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { FolderMark, MARK } from "../../src/storage/folder-mark";

const MINUTE = 60_000;

describe("a folder with one writer", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "mark-"));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));

	const path = () => join(folder, MARK);
	const own = () => `${process.pid} ${hostname()}`;
	/** A mark of another process that was renewed then. */
	function left(pid: number, host: string, at: number): void {
		writeFileSync(path(), `${pid} ${host}`);
		utimesSync(path(), at / 1000, at / 1000);
	}

	it("is marked by the first", async () => {
		const mark = new FolderMark(folder);
		await mark.look();
		await mark.look();
		assert.equal(readFileSync(path(), "utf8"), own());
		assert.equal(mark.other, undefined);
	});

	it("is not made where there is none", async () => {
		rmSync(folder, { recursive: true });
		await new FolderMark(folder).look();
		assert.equal(existsSync(folder), false);
	});

	it("tells another process of this machine at once, and leaves its mark alone", async () => {
		left(4711, hostname(), Date.now());
		const mark = new FolderMark(folder, (pid) => pid === 4711);
		await mark.look();
		assert.deepEqual(mark.other, { pid: 4711, host: hostname() });
		assert.equal(readFileSync(path(), "utf8"), `4711 ${hostname()}`);
	});

	it("is taken over from a process that has died", async () => {
		left(4711, hostname(), Date.now());
		const mark = new FolderMark(folder, () => false);
		await mark.look();
		assert.equal(mark.other, undefined);
		assert.equal(readFileSync(path(), "utf8"), own());
	});

	it("is taken over where the number of a process that was killed was given to another, which renews nothing", async () => {
		left(4711, hostname(), Date.now() - 3 * MINUTE);
		const mark = new FolderMark(folder, () => true);
		await mark.look();
		assert.equal(mark.other, undefined);
		assert.equal(readFileSync(path(), "utf8"), own());
	});

	it("tells a process of another machine once its mark was renewed, and takes one over that is not", async () => {
		const now = Date.now();
		const mark = new FolderMark(folder);
		left(1, "container-a", now);
		await mark.look(now);
		assert.equal(mark.other, undefined, "it may have been killed just now");
		left(1, "container-a", now + MINUTE / 3);
		await mark.look(now + MINUTE / 2);
		assert.deepEqual(mark.other, { pid: 1, host: "container-a" });
		await mark.look(now + 3 * MINUTE);
		assert.equal(mark.other, undefined);
		assert.equal(readFileSync(path(), "utf8"), own());
	});

	it("is told where another has taken it meanwhile", async () => {
		const mark = new FolderMark(folder, () => true);
		await mark.look();
		left(4711, hostname(), Date.now());
		await mark.look();
		assert.equal(mark.other?.pid, 4711);
	});
});
