/** The package as it is built: what a Node-RED in a process of its own loads, which starts far sooner than from the sources. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(__dirname, "../..");
const SOURCES = [
	"nodes",
	"src",
	"icons",
	"demo",
	...["editor", "forms", "guidance", "sidebar", "migrations.js"].map((name) => join("resources", name)),
	"scripts/build.ts",
	"scripts/forms",
	"tsconfig.json",
	"tsconfig.build.json",
];

let isLookedAt = false;

/** Builds the package when a source is newer than what was built; a process looks once. */
export function build(): void {
	if (isLookedAt) return;
	const built = join(ROOT, "dist", "nodes", "account.js");
	const newest = Math.max(...SOURCES.map((source) => changedAt(join(ROOT, source))));
	if (!existsSync(built) || statSync(built).mtimeMs <= newest)
		execFileSync(process.execPath, ["--import", "tsx", join(ROOT, "scripts", "build.ts")], {
			cwd: ROOT,
			stdio: "inherit",
		});
	isLookedAt = true;
}

function changedAt(path: string): number {
	const own = statSync(path);
	if (!own.isDirectory()) return own.mtimeMs;
	return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}
