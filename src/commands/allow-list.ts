import { type CommandId, GUARDED } from "../api/commands/names";
import { StellantisError } from "../error";

/** The rule by which an account sends a command: its list names it, or it has no list and the command is harmless. */
export type Rule = "commands" | "default";

/**
 * Whether an account sends a command.
 *
 * @param allowed the account's list; undefined when it has none
 * @throws ERR_COMMAND_DISABLED
 */
export function allowedBy(command: CommandId, allowed: readonly string[] | undefined): Rule {
	if (allowed === undefined) {
		if (!GUARDED.has(command)) return "default";
		throw disabled(`${command} is guarded`, command);
	}
	if (allowed.includes(command)) return "commands";
	throw disabled(allowed.length === 0 ? "it allows none" : "it is not on its list", command);
}

function disabled(why: string, command: CommandId): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_DISABLED",
		`The account does not send the command ${command}: ${why}. Whoever may change the account can switch it on there.`,
	);
}
