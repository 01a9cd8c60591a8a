import type { JournalEntry, JournalLine } from "../../commands/journal";
import { commanded } from "../../telemetry";

/** A command from its beginning to its end, as the journal tells it. */
export interface CommandCopy {
	/** Of its entries in the journal. */
	key: string;
	/** RFC 3339, on this machine's clock. */
	endedAt: string;
	/** How it ended: a status of the API, or `refused`, `not sent`, `unknown`. */
	outcome: string;
	/** What else its entries say: account, node, actor, vehicle, vin, command, args, rule, channel, id, code. */
	[field: string]: unknown;
}

/** What the copy leaves out: how the journal holds together, and the way to the API. */
const INTERNAL: ReadonlySet<string> = new Set(["event", "prev", "path", "time"]);

/** Puts the entries of each command together, and tells it once it has ended. */
export class CommandCopies {
	readonly #begun = new Map<string, Record<string, unknown>>();
	readonly #tell: (copy: CommandCopy) => void;
	readonly #linesOf: (key: string) => Promise<JournalLine[]>;

	/** @param linesOf lines of a command in the journal, where the beginning of one is that an earlier run has sent */
	constructor(tell: (copy: CommandCopy) => void, linesOf: (key: string) => Promise<JournalLine[]>) {
		this.#tell = tell;
		this.#linesOf = linesOf;
	}

	/** An entry was made. */
	note(entry: JournalEntry): void {
		const { key, event } = entry;
		if (event === "intent") this.#begun.set(key, { startedAt: new Date().toISOString() });
		const known = this.#begun.get(key);
		if (known) Object.assign(known, copied(entry));
		if (event !== "end") return;
		this.#begun.delete(key);
		const endedAt = new Date().toISOString();
		if (known) this.#end(key, { ...known, endedAt });
		else void this.#fromJournal(entry).then((found) => this.#end(key, { ...found, endedAt }));
	}

	#end(key: string, { outcome, ...rest }: Record<string, unknown>): void {
		const end = String(outcome ?? "unknown");
		commanded.tell(() => ({ command: String(rest.command ?? "unknown"), end }));
		this.#tell({ ...rest, key, outcome: end } as CommandCopy);
	}

	async #fromJournal(end: JournalEntry): Promise<Record<string, unknown>> {
		const own = await this.#linesOf(end.key).catch((): JournalLine[] => []);
		const startedAt = own.find(({ event }) => event === "intent")?.time;
		return Object.assign(startedAt === undefined ? {} : { startedAt }, ...own.map(copied), copied(end));
	}
}

function copied(entry: object): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(entry).filter(([name, value]) => value !== undefined && !INTERNAL.has(name)),
	);
}
