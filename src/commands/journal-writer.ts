import { inspect } from "node:util";
import { vehicleName } from "../api/vehicle-name";
import { StellantisError } from "../error";
import { storageSentence } from "../storage/storage-error";
import { plainText } from "../text";
import type { PreparedCommand } from "./delivery";
import type { CommandJournal, JournalEntry } from "./journal";
import type { CommandRequest } from "./request";

/** Most characters of arguments, and of who wants a command. */
const MOST_ARGUMENTS = 8_192;
/** Characters beyond that in which a secret is looked for that begins before. */
const MARGIN = 8_192;
/** Most characters of any other text: ids, paths, statuses. */
const MOST_TEXT = 500;

/** How a value is shown that is no JSON; nothing of it is run for that. */
const INSPECTION = {
	depth: 2,
	customInspect: false,
	maxStringLength: MOST_TEXT,
	breakLength: Number.POSITIVE_INFINITY,
};

/** What is written of a command before it is sent. */
type Intent = Omit<CommandRequest, "prepared"> & { prepared: Pick<PreparedCommand, "args"> };

/** Whose journal it is, and where it goes. */
export interface JournalWriterOptions {
	/** Id of the account node. */
	account: string;
	journal: CommandJournal;
	/** Takes secrets out of a text. */
	redact: (text: string) => string;
	warn: (sentence: string) => void;
	/** Told of each entry; also of a step that the journal could not take. */
	onEntry?: (entry: JournalEntry) => void;
}

/** What an account writes into the journal of commands: no secrets, and no text without end. */
export class JournalWriter {
	readonly #options: JournalWriterOptions;

	constructor(options: JournalWriterOptions) {
		this.#options = options;
	}

	/**
	 * A command is about to be sent; kept when it resolves.
	 *
	 * @throws ERR_COMMAND_DISABLED, ERR_STORE when the journal does not take it: what can't be written down is not done
	 */
	async intend(key: string, request: Intent, channel: string): Promise<void> {
		const { node, actor, vehicle, command, prepared, rule, timeout } = request;
		try {
			await this.#append({
				key,
				event: "intent",
				account: this.#options.account,
				node,
				actor: actor === undefined ? undefined : this.#recorded(actor),
				vehicle: vehicle.id,
				vin: vehicle.vin,
				command,
				args: this.#recorded(prepared.args),
				rule,
				channel,
				timeout,
			});
		} catch (error) {
			throw notSent(request, error);
		}
	}

	/** A step of a command that is under way; it goes on even where the disk is full. */
	async note(entry: JournalEntry): Promise<void> {
		try {
			await this.#append(entry);
		} catch (error) {
			this.#options.warn(`The journal of commands can't be written. ${storageSentence(error)}`);
		}
	}

	/** The texts of an entry may come from a server or a message. Properties without a value are left out. */
	async #append(entry: JournalEntry): Promise<void> {
		const texts = Object.entries(entry).map(([name, value]) => [
			name,
			typeof value === "string" && name !== "actor" && name !== "args" ? this.#short(value) : value,
		]);
		const written = Object.fromEntries(texts) as JournalEntry;
		const { journal, onEntry } = this.#options;
		try {
			await journal.append(written);
		} catch (error) {
			// What was to begin is not done; what is under way goes on.
			if (entry.event !== "intent") onEntry?.(written);
			throw error;
		}
		onEntry?.(written);
	}

	#short(value: string): string {
		const clean = this.#options.redact(value.slice(0, MOST_TEXT + MARGIN));
		return plainText(clean, MOST_TEXT) ?? "";
	}

	/** A value of a flow as the journal may hold it: without secrets, and not endless. */
	#recorded(value: unknown): unknown {
		let json: string;
		try {
			json = JSON.stringify(value, withoutEndlessTexts) ?? "null";
		} catch {
			// In a circle, too deep, or it breaks when it is asked.
			return this.#short(inspect(value, INSPECTION));
		}
		const clean = this.#options.redact(json.slice(0, MOST_ARGUMENTS + MARGIN));
		if (json.length > MOST_ARGUMENTS) return `${clean.slice(0, MOST_ARGUMENTS)}…`;
		try {
			return JSON.parse(clean);
		} catch {
			return clean;
		}
	}
}

/** Cuts a text to what the journal can hold at most, before anything is done with it. */
function withoutEndlessTexts(_name: string, value: unknown): unknown {
	return typeof value === "string" ? value.slice(0, MOST_ARGUMENTS + MARGIN) : value;
}

/** What can't be kept is not done. */
export function notSent(
	{ command, vehicle }: Pick<CommandRequest, "command" | "vehicle">,
	error: unknown,
): StellantisError {
	if (error instanceof StellantisError) return error;
	return new StellantisError(
		"ERR_COMMAND_DISABLED",
		`The command ${command} was not sent to ${vehicleName(vehicle)}, because nobody could tell afterwards that it was. ${storageSentence(error)}`,
		{ cause: error },
	);
}
