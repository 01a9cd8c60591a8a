/** From the message to the request on the wire, for commands: each is on disk before it is sent. */
import { join } from "node:path";
import { commandFlow, nodeRed } from "./contenders";
import type { Row } from "./report";

interface Commands {
	/** Milliseconds from the message to the start of its POST, of each command. */
	waits: number[];
	/** Milliseconds that the disk takes to sync a short line, as often. */
	syncs: number[];
}

/** Commands one after the other, on the demo API whose cars answer at once. */
export async function commands(count = 40): Promise<Row[]> {
	const quick = join(__dirname, "../test/e2e/quick-demo.cjs");
	const ours = await nodeRed(commandFlow(), ["--require", quick]);
	try {
		const { waits, syncs } = await ours.ask<Commands>({ kind: "commands", count });
		const [wait, sync] = [waits, syncs].map((all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN);
		if (wait === undefined || sync === undefined) throw new Error("no command was measured");
		return [
			{
				what: `${count} commands, from message to POST`,
				measured: `over the disk's own sync (${wait.toFixed(1)}, ${sync.toFixed(1)} ms)`,
				...{ value: wait - sync, goal: 3, unit: " ms" },
			},
		];
	} finally {
		await ours.stop();
	}
}
