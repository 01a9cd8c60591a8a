import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const FOLDER = resolve(__dirname, "../../../../shared/recorded");

/** Runs `test` with a recorded answer of the real API; without the folder the test is pending and says why. */
export function withRecorded(name: string, title: string, test: (answer: unknown) => void): void {
	const file = join(FOLDER, name);
	if (existsSync(file)) it(title, () => test(JSON.parse(readFileSync(file, "utf8"))));
	else it(`${title} (left out: ../shared/recorded/${name} is not here)`);
}

/** Names of all recorded answers. */
export function recordedNames(): string[] {
	return existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith(".json")) : [];
}
