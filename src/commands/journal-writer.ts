import { StellantisError } from "../error";
import { errorName } from "../storage/storage-error";
import type { Journal, JournalEntry } from "./journal";
import type { CommandOrder } from "./order";

/** Largest arguments (characters) that the journal takes. */
const MOST_ARGUMENTS = 16_384;

/** Whose records, and where they go. */
export interface RecordsOptions {
	/** Id of the account node. */
	account: string;
	journal: Journal;
	/** Takes secrets out of a text. */
	redact: (text: string) => string;
	warn: (sentence: string) => void;
}

/** What an account writes into the journal of commands. */
export class JournalWriter {
	readonly #options: RecordsOptions;

	constructor(options: RecordsOptions) {
		this.#options = options;
	}

	/**
	 * A command is about to be sent; on the disk when it resolves.
	 *
	 * @throws ERR_COMMAND_DISABLED when the journal does not take it: what can't be written down is not done
	 */
	async intend(key: string, order: CommandOrder, channel: string): Promise<void> {
		const { node, actor, vehicle, command, prepared, rule, timeout } = order;
		const entry: JournalEntry = {
			key,
			event: "intent",
			account: this.#options.account,
			node,
			...(actor === undefined ? {} : { actor: this.#recorded(actor) }),
			vehicle: vehicle.id,
			...(vehicle.vin === undefined ? {} : { vin: vehicle.vin }),
			command,
			args: this.#recorded(prepared.args),
			rule,
			channel,
			timeout,
		};
		try {
			await this.#options.journal.append(entry);
		} catch (error) {
			throw new StellantisError(
				"ERR_COMMAND_DISABLED",
				`The command ${command} was not sent to vehicle ${vehicle.id}, because the journal can't be written (${errorName(error)}). Check the disk and the folder "stellantis" in the user directory.`,
				{ cause: error },
			);
		}
	}

	/** A step of a command that is under way; it goes on even where the disk is full. */
	async note(entry: JournalEntry): Promise<void> {
		try {
			await this.#options.journal.append(entry);
		} catch (error) {
			this.#options.warn(`The journal of commands can't be written: ${errorName(error)}.`);
		}
	}

	/** A value of a flow as the journal may hold it: without secrets, and not endless. */
	#recorded(value: unknown): unknown {
		let text: string;
		try {
			text = JSON.stringify(value) ?? "null";
		} catch {
			return String(value);
		}
		const clean = this.#options.redact(text);
		if (clean.length > MOST_ARGUMENTS) return `${clean.slice(0, MOST_ARGUMENTS)}…`;
		try {
			return JSON.parse(clean);
		} catch {
			return clean;
		}
	}
}
