import { badInput } from "../../error";
import { quote } from "../time";

/** Every command, under the name that flows use; the same in every family that has it. */
export const COMMANDS = [
	"lock",
	"unlock",
	"horn",
	"lights",
	"wakeup",
	"find",
	"climate-start",
	"climate-stop",
	"climate-programs",
	"charge-start",
	"charge-stop",
	"charge-programs",
	"charge-settings",
	"navigate",
	"immobilize",
	"mobilize",
	"report-stolen",
	"recovered",
	"theft-alarm",
	"delete-personal-data",
	"custom",
] as const;

/** A command as flows name it. */
export type CommandId = (typeof COMMANDS)[number];

/** Commands that open, immobilize, accuse or delete: an account sends them only when it names them. */
export const GUARDED: ReadonlySet<CommandId> = new Set<CommandId>([
	"unlock",
	"immobilize",
	"mobilize",
	"report-stolen",
	"recovered",
	"theft-alarm",
	"delete-personal-data",
	"custom",
]);

/**
 * The command a flow names.
 *
 * @throws ERR_BAD_INPUT with the names there are
 */
export function commandId(value: unknown): CommandId {
	const id = COMMANDS.find((each) => each === value);
	if (id !== undefined) return id;
	if (value === undefined || value === null || value === "")
		throw badInput(`No command was given. Set one of ${COMMANDS.join(", ")}.`);
	throw badInput(`The command is ${quote(value)}; it must be one of ${COMMANDS.join(", ")}.`);
}
