import { COMMANDS, type CommandId } from "../api/commands/names";
import type { JournalLine } from "./journal";

/** A command of which the journal knows the beginning but not the end. */
export interface Unfinished {
	key: string;
	command: CommandId;
	vehicle: string;
	channel: string;
	/** Seconds that it may be followed. */
	timeout: number;
	/** Its id at the API, where the API had told it. */
	id?: string;
	/** Where its status is, below the API's root. */
	path?: string;
	/** The last status. */
	status: string;
}

const TIMEOUT = 120;

/** The commands of an account that have no end in the journal, oldest first. */
export function unfinished(lines: readonly JournalLine[], account: string): Unfinished[] {
	const open = new Map<string, Unfinished>();
	for (const line of lines) {
		const known = open.get(line.key);
		if (line.event === "intent" && line.account === account) {
			const begun = begin(line);
			if (begun) open.set(line.key, begun);
		} else if (line.event === "end") open.delete(line.key);
		else if (known && line.event === "taken") {
			if (typeof line.id === "string") known.id = line.id;
			if (typeof line.path === "string") known.path = line.path;
		} else if (known && line.event === "status" && typeof line.status === "string") known.status = line.status;
	}
	return [...open.values()];
}

function begin({ key, command, vehicle, channel, timeout }: JournalLine): Unfinished | undefined {
	const id = COMMANDS.find((each) => each === command);
	if (id === undefined || typeof vehicle !== "string" || typeof channel !== "string") return undefined;
	return {
		key,
		command: id,
		vehicle,
		channel,
		timeout: typeof timeout === "number" && timeout > 0 ? timeout : TIMEOUT,
		status: "Accepted",
	};
}
