// What `npm run release -- minor` needs of the changelog, by the word behind it: `check` that there is something to
// release, `changelog` makes it a version of today, `notes` prints what the released version brings.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { notesOf, released } from "./changelog";

const path = join(__dirname, "../CHANGELOG.md");
const changelog = readFileSync(path, "utf8");
const { version } = JSON.parse(readFileSync(join(__dirname, "../package.json"), "utf8")) as { version: string };

const tasks: Record<string, () => void> = {
	check: () => notesOf(changelog, "Unreleased"),
	changelog: () => writeFileSync(path, released(changelog, version, new Date().toISOString().slice(0, 10))),
	notes: () => console.log(notesOf(changelog, version)),
};

const [word = ""] = process.argv.slice(2);
const task = tasks[word];
if (!task) throw new Error(`Say one of ${Object.keys(tasks).join(", ")}.`);
task();
