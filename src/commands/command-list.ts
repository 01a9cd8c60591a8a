import { z } from "zod";
import { COMMANDS, type CommandId } from "../api/commands/names";
import { defined } from "../json";
import type { JournalEntry, JournalLine } from "./journal";

/** A command of an account, as it stands. */
export interface ListedCommand {
	command: CommandId;
	/** Id of the vehicle. */
	vehicle: string;
	vin?: string;
	/** Epoch milliseconds at which it was written down. */
	since: number;
	/** The last status; `Accepted` until there is one. */
	status: string;
	failureCause?: string;
	/** True when nothing follows. */
	isDone: boolean;
}

/** Commands that are kept; the oldest go first. */
const MOST = 50;

const entryShape = z.discriminatedUnion("event", [
	z.object({
		event: z.literal("intent"),
		command: z.enum(COMMANDS),
		vehicle: z.string(),
		vin: z.string().exactOptional(),
	}),
	z.object({ event: z.literal("taken") }),
	z.object({ event: z.literal("status"), status: z.string(), failureCause: z.string().exactOptional() }),
	z.object({ event: z.literal("end"), outcome: z.string(), failureCause: z.string().exactOptional() }),
]);

/** The last commands of an account, by what is written into the journal. */
export class CommandList {
	readonly #commands = new Map<string, ListedCommand>();

	/** The last commands, latest first. */
	get latest(): ListedCommand[] {
		return [...this.#commands.values()].reverse();
	}

	/** Takes note of a step of a command; of one that is not known, only its beginning. */
	note(entry: JournalEntry | JournalLine, time: number = Date.now()): void {
		const step = entryShape.safeParse(defined(entry)).data;
		if (!step) return;
		const known = this.#commands.get(entry.key);
		if (step.event === "intent") {
			const { event, ...begun } = step;
			this.#commands.set(entry.key, { ...begun, since: time, status: "Accepted", isDone: false });
			const [oldest] = this.#commands.keys();
			if (this.#commands.size > MOST && oldest !== undefined) this.#commands.delete(oldest);
		} else if (known && step.event !== "taken") {
			const { failureCause } = step;
			const status = step.event === "end" ? step.outcome : step.status;
			Object.assign(known, { status, isDone: step.event === "end", ...defined({ failureCause }) });
		}
	}

	/** Takes in what the journal holds of an account from before, oldest first. */
	recall(lines: readonly JournalLine[], account: string): void {
		const later = [...this.#commands];
		const keys = new Set(later.map(([key]) => key));
		this.#commands.clear();
		for (const line of lines)
			if (!keys.has(line.key) && (line.event !== "intent" || line.account === account))
				this.note(line, Date.parse(line.time ?? ""));
		for (const [key, command] of later) this.#commands.set(key, command);
		for (const key of [...this.#commands.keys()].slice(0, -MOST)) this.#commands.delete(key);
	}
}
