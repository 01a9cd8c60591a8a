import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { DamagedFile, damagedIsNone, JsonFile } from "../../src/storage/json-file";

describe("file of one value", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "json-"));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));
	const file = (path = join(folder, "deep", "value.json")) => new JsonFile(path, z.object({ count: z.number() }));

	it("keeps the value that was written last, for its owner only", async () => {
		assert.equal(await file().read(), undefined);
		await Promise.all(Array.from({ length: 10 }, (_, count) => file().write({ count })));
		assert.deepEqual(await file().read(), { count: 9 });
		assert.deepEqual(file().readSync(), { count: 9 });
		assert.equal(statSync(file().path).mode & 0o777, 0o600);
		assert.equal(statSync(join(folder, "deep")).mode & 0o777, 0o700);
		await file().remove();
		assert.equal(file().readSync(), undefined);
	});

	it("takes nothing that is not of its schema", async () => {
		await file().write({ count: 1 });
		for (const content of ["", "{", "[]", '{"count":"1"}']) {
			writeFileSync(file().path, content);
			await assert.rejects(file().read(), DamagedFile);
			assert.throws(() => file().readSync(), DamagedFile);
			assert.equal(await file().read().catch(damagedIsNone), undefined);
			assert.equal(readFileSync(file().path, "utf8"), content);
		}
	});

	it("says which folder can't be used, and what helps", async () => {
		writeFileSync(join(folder, "file"), "");
		const inTheWay = file(join(folder, "file", "value.json"));
		await assert.rejects(inTheWay.write({ count: 1 }), /The folder .*file can't be written \(E\w+\): something else/);
		await assert.rejects(inTheWay.read(), /The folder .*file can't be read \(ENOTDIR\): something else/);
	});
});
