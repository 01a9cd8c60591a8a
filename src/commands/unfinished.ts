import { z } from "zod";
import { COMMANDS, type CommandId } from "../api/commands/names";
import type { JournalLine } from "./journal";

/** A command of which the journal knows the beginning but not the end. */
export interface Unfinished {
	key: string;
	command: CommandId;
	/** Id of the vehicle. */
	vehicle: string;
	vin?: string;
	channel: string;
	/** Its arguments, as far as they were written down. */
	args?: Record<string, unknown>;
	/** Seconds that it may be followed. */
	timeout: number;
	/** Its id at the API, where the API had told it. */
	id?: string;
	/** Where its status is, below the API's root. */
	path?: string;
	/** The last status. */
	status: string;
}

/** An unfinished command, of any account. */
export interface Open {
	/** Id of the account node. */
	account: string;
	/** Epoch milliseconds at which it was written down. */
	since: number;
	unfinished: Unfinished;
}

const TIMEOUT = 120;

/** What is read of the journal's entries; whatever else stands in them is for people. */
const steps = z.discriminatedUnion("event", [
	z.object({
		event: z.literal("intent"),
		key: z.string(),
		time: z.string(),
		account: z.string(),
		command: z.enum(COMMANDS),
		vehicle: z.string(),
		vin: z.string().exactOptional(),
		channel: z.string(),
		args: z.record(z.string(), z.unknown()).catch({}).exactOptional(),
		timeout: z.number().positive().catch(TIMEOUT),
	}),
	z.object({
		event: z.literal("taken"),
		key: z.string(),
		id: z.string().exactOptional(),
		path: z.string().exactOptional(),
	}),
	z.object({ event: z.literal("status"), key: z.string(), status: z.string() }),
	z.object({ event: z.literal("end"), key: z.string() }),
]);

/** The commands that have no end in the journal, oldest first. */
export function openCommands(lines: readonly JournalLine[]): Open[] {
	const open = new Map<string, Open>();
	for (const line of lines) {
		const step = steps.safeParse(line).data;
		if (!step) continue;
		const known = open.get(step.key)?.unfinished;
		if (step.event === "intent") {
			const { event, account, time, ...begun } = step;
			open.set(step.key, { account, since: Date.parse(time), unfinished: { ...begun, status: "Accepted" } });
		} else if (step.event === "end") open.delete(step.key);
		else if (known) {
			const { event, key, ...news } = step;
			Object.assign(known, news);
		}
	}
	return [...open.values()];
}

/** The commands of one account that have no end in the journal, oldest first. */
export function unfinished(lines: readonly JournalLine[], account: string): Unfinished[] {
	return openCommands(lines).flatMap((open) => (open.account === account ? [open.unfinished] : []));
}
