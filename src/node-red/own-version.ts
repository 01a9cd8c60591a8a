import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The version in the package.json that is nearest above this file, compiled or not. */
export function ownVersion(): string | null {
	for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
		try {
			const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
			if (name === "node-red-contrib-stellantis") return String(version);
		} catch {
			// None here.
		}
	}
	return null;
}
