import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { NodeAPI } from "node-red";
import { folderOf } from "../folder";
import { idsInFlows, isInFlows } from "../in-flows";
import { FileStore, fileName } from "./file-store";

/** How long (ms) what a watch knew is kept that is in no flow any more: its flows may come back with another project. */
const KEEP = 30 * 86_400_000;

/** Deletes what watches knew that were deleted while they were disabled or Node-RED did not run, once it is old. */
export async function tidyUp(RED: NodeAPI): Promise<void> {
	const folder = folderOf(RED);
	const listed = new Set(idsInFlows(RED).map(fileName));
	for (const entry of await readdir(folder).catch(() => [])) {
		const [, name] = /^watch-([\w-]{1,64})\.\d{1,15}\.jsonl$/.exec(entry) ?? [];
		if (name === undefined || listed.has(name) || isInFlows(RED, name)) continue;
		const { mtimeMs } = await stat(join(folder, entry));
		if (Date.now() - mtimeMs > KEEP) await new FileStore(folder, name, { count: () => 0, entries: () => [] }).remove();
	}
}
