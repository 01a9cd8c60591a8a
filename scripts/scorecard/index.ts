// Judges the package as it would be published by the rules of the flow library's scorecard that need no network. With the
// path of a scorecard that node-red-dev has written, it says what in there is not as expected. With `unpack <folder>` it
// only leaves the unpacked package there, for node-red-dev to look at.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { judge, type Scorecard, unexpected } from "./rules";

const root = join(__dirname, "../..");

/** Packs the package as `npm publish` does, and unpacks it. Returns the folder. */
function unpacked(folder: string): string {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const answer = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
		cwd: root,
		encoding: "utf8",
		stdio: ["ignore", "pipe", "ignore"],
		shell: process.platform === "win32",
	});
	const [{ filename }] = JSON.parse(answer) as [{ filename: string }];
	execFileSync("tar", ["-xzf", filename], { cwd: folder });
	return join(folder, "package");
}

function report(problems: readonly string[]): void {
	for (const problem of problems) console.error(problem);
	process.exitCode = problems.length === 0 ? 0 : 1;
}

const [what, folder = ""] = process.argv.slice(2);
if (what === "unpack") console.log(unpacked(resolve(folder)));
else if (what !== undefined) report(unexpected(JSON.parse(readFileSync(what, "utf8")) as Scorecard));
else {
	const lock = readFileSync(join(root, "package-lock.json"), "utf8");
	const findings = judge(unpacked(join(root, "build", "scorecard")), lock);
	for (const { rule, detail } of findings.filter(({ passed }) => passed)) console.log(`${rule} ${detail}`);
	report(findings.filter(({ passed }) => !passed).map(({ rule, detail }) => `${rule} ${detail}`));
}
