import type { CommandId } from "../api/commands/names";
import type { CommandStatus } from "../api/commands/status";
import type { VehicleRef } from "../api/vehicles";
import type { StellantisError } from "../error";
import type { Rule } from "./allow-list";
import type { Answer, PreparedCommand } from "./delivery";

/** A command with its arguments checked, and the rule that allows it. */
export interface AllowedCommand {
	command: CommandId;
	prepared: PreparedCommand;
	rule: Rule;
}

/** A command that a node wants to be sent. */
export interface CommandRequest extends AllowedCommand {
	/** Id of the node. */
	node: string;
	/** Who wants it, if the flow says so. */
	actor?: unknown;
	vehicle: VehicleRef;
	/** The channel to use; undefined: the account's first one that can. */
	channel?: string | undefined;
	ifBusy: "wait" | "refuse";
	/** Waits until a busy vehicle is free, which may take long; default: simply that. */
	aside?: <T>(wait: Promise<T>) => Promise<T>;
	wait: "result" | "accepted";
	/** Seconds. */
	timeout: number;
}

/** Where a command stands, as messages tell it. */
export interface CommandReport extends CommandStatus {
	command: CommandId;
	id?: string;
}

/** A report and the answer it comes from; none where an event told it. */
export interface CommandProgress {
	report: CommandReport;
	answer?: Answer | undefined;
}

/** How a command ended. */
export interface CommandResult extends CommandProgress {
	/** ERR_COMMAND_FAILED, ERR_COMMAND_TIMEOUT or ERR_COMMAND_UNKNOWN, where it did not come to a good end. */
	error?: StellantisError;
	/** True where its status has come with the end, and no progress has told it. */
	isUntold?: boolean;
}
