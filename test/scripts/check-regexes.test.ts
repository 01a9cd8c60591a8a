import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";

const SCRIPT = join(__dirname, "../../scripts/check-regexes.mjs");

describe("the check of regular expressions", () => {
	const folder = mkdtempSync(join(tmpdir(), "stellantis-regexes-"));
	after(() => rmSync(folder, { recursive: true }));
	/** What it says of files. */
	function check(files: Record<string, string>) {
		const paths = Object.entries(files).map(([name, text]) => {
			writeFileSync(join(folder, name), text);
			return join(folder, name);
		});
		const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...paths], { encoding: "utf8" });
		return { status, complaints: stderr.replaceAll(`${folder}${sep}`, "").trim().split("\n") };
	}

	it("takes one that is linear, and a type", () => {
		const good = check({ "good.ts": "const word: RegExp = /^[a-z]+$/i; word instanceof RegExp;" });
		assert.deepEqual(good, { status: 0, complaints: [""] });
	});

	it("finds one that can be made slow, that it can't decide, or that is made at run time", () => {
		const { status, complaints } = check({
			"slow.ts": "\nconst ends = /,+$/;",
			"form.html": '<script type="text/html"><b>/(/</b></script>\n<script>/(a|a)*b/.test(x)</script>',
			"ahead.js": "/^P(?=\\d)(\\d+H)?(\\d+M)?$/.test(x)",
			"new.js": "new RegExp(name)",
			"call.js": "RegExp(name)",
			"match.js": '"a".match("b")',
		});
		assert.equal(status, 1);
		assert.deepEqual(
			complaints.map((complaint) => complaint.split(/: \/|; /, 1)[0]),
			[
				"slow.ts:2 takes 2nd degree polynomial time",
				"form.html:2 takes exponential time",
				"ahead.js:1 can't be decided (unsupported)",
				"new.js:1 is made at run time",
				"call.js:1 is made at run time",
				"match.js:1 is made at run time",
			],
		);
	});
});
