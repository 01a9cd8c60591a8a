import { join } from "node:path";
import type { NodeAPI } from "node-red";

/** Where this package keeps its files: below Node-RED's user directory. */
export function folderOf(RED: NodeAPI): string {
	return join(RED.settings.userDir ?? ".", "stellantis");
}
