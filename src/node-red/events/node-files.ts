import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { NodeAPI } from "node-red";
import { defined } from "../../json";
import { DurableQueue } from "../../storage/durable-queue";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { folderOf } from "../folder";
import { idsInFlows, isInFlows } from "../in-flows";
import { EventsFile, eventsFile } from "./events-file";
import { type Waiting, waitingShape } from "./inbox";
import { forgetAddresses, knownNames } from "./known-addresses";
import { SeenEvents } from "./seen-events";
import { type EventQueue, SharedQueue } from "./shared-queue";
import { SharedSeen } from "./shared-seen";

/** How long (ms) the events of a node that is in no flow any more are kept: as long as the API repeats. */
const KEEP = 78 * 3_600_000;
/** Milliseconds for which deliveries are gathered: to remember them costs several syncs. */
const GATHER = 1_000;
/** Least milliseconds between two reads of the log: answers wait for them. */
const LINGER = 20;

/** What an events node keeps on the disk. */
export interface NodeFiles {
	/** Of its files, without an ending. */
	name: string;
	file: EventsFile;
	queue: EventQueue;
	seen: SeenEvents;
	/** Where several Node-RED receive the account's events. */
	shared?: SharedSeen;
}

/** Opens the files of an events node. What can't be kept is told. */
export async function openNodeFiles(
	RED: NodeAPI,
	nodeId: string,
	onWarning: (sentence: string) => void,
	account?: SharedAccount,
): Promise<NodeFiles> {
	const base = eventsFile(folderOf(RED), nodeId);
	const local = queueOf(RED, basename(base), onWarning);
	const queue = account ? new SharedQueue(account, nodeId, local) : local;
	const shared = account && new SharedSeen(account, nodeId);
	void shared?.tidy();
	if (queue instanceof SharedQueue) void queue.tidy(idsInFlows(RED));
	return {
		name: basename(base),
		file: await EventsFile.open(base, onWarning),
		queue,
		seen: await SeenEvents.open(base, { onWarning }),
		...defined({ shared }),
	};
}

/** Deletes all of them. */
export async function removeNodeFiles({ file, queue, seen }: NodeFiles): Promise<void> {
	await Promise.all([file.remove(), queue.remove(), seen.remove()]);
}

/** Deletes the events of a node that have not been sent. */
export async function removeWaiting(RED: NodeAPI, nodeId: string): Promise<void> {
	await queueOf(RED, basename(eventsFile(folderOf(RED), nodeId)), () => {}).remove();
}

/**
 * Nodes that were deleted while Node-RED did not run, or that belong to another project, are in no flow: once flows run
 * their addresses are unknown, and what waits for them is deleted when it is old.
 */
export async function tidyUp(RED: NodeAPI, runs: (name: string) => boolean): Promise<void> {
	const folder = folderOf(RED);
	const listed = new Set(idsInFlows(RED).map((id) => basename(eventsFile(folder, id))));
	const isListed = (name: string) => listed.has(name) || isInFlows(RED, name.slice("events-".length));
	const isOrphan = (name: string) => !isListed(name) && !runs(name);
	for (const name of knownNames(RED.httpNode)) if (isOrphan(name)) forgetAddresses(RED.httpNode, name);
	for (const entry of await readdir(folder).catch(() => [])) {
		const [name = "", kind] = entry.split(".", 2);
		if (!name.startsWith("events-") || kind !== "log" || !isOrphan(name)) continue;
		const { mtimeMs } = await stat(join(folder, entry));
		if (Date.now() - mtimeMs > KEEP) await queueOf(RED, name, () => {}).remove();
	}
}

function queueOf(RED: NodeAPI, name: string, onWarning: (sentence: string) => void): DurableQueue<Waiting> {
	return new DurableQueue({
		folder: folderOf(RED),
		name: `${name}.log`,
		schema: waitingShape,
		gather: GATHER,
		linger: LINGER,
		onError: (error) => onWarning(error instanceof Error ? error.message : String(error)),
	});
}
