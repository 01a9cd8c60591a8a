import { StellantisError } from "../../error";
import type { Family } from "../families";
import type { CommandId } from "./names";
import { type CommandSpec, FAMILY_COMMANDS, type Prepared } from "./table";

/**
 * A command of a family.
 *
 * @throws ERR_NOT_SUPPORTED when the family has no such command
 */
export function commandSpec(family: Pick<Family, "id">, command: CommandId): CommandSpec {
	const spec = FAMILY_COMMANDS[family.id].specs[command];
	if (spec) return spec;
	throw new StellantisError("ERR_NOT_SUPPORTED", `The API family ${family.id} has no command ${command}.`);
}

/**
 * The body that is posted: `{label, <one action>}`, the action wrapped where the family does so; a custom body as it
 * is (schema `Remote` of each document).
 *
 * @param status the vehicle's latest state, for commands that depend on it
 * @throws ERR_BAD_INPUT, ERR_NOT_SUPPORTED
 */
export function commandBody(
	family: Pick<Family, "id">,
	command: CommandId,
	prepared: Prepared,
	status?: unknown,
): Record<string, unknown> {
	const action = prepared.action(status);
	if (commandSpec(family, command).raw) return action;
	const { wrapper } = FAMILY_COMMANDS[family.id];
	return { label: command, ...(wrapper === undefined ? action : { [wrapper]: action }) };
}
