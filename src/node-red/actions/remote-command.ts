import { commandId } from "../../api/commands/names";
import { quote } from "../../api/time";
import type { CommandProgress } from "../../commands/request";
import { badInput, StellantisError } from "../../error";
import { isDocument } from "../../hal/document";
import { type Message, setAnswer, setVehicle } from "../messages";
import type { NodeInput } from "../node-input";
import { REMOTE_COMMAND, TIMEOUT_VIA } from "../properties";
import { choice, numberValue, text, typedValue } from "../values";
import { commandVehicle } from "./command-vehicle";

/** Errors of commands that may come from a channel that is not there any more. */
const FOR_WANT_OF_A_CHANNEL: readonly string[] = ["ERR_NO_CHANNEL", "ERR_NOT_FOUND", "ERR_REJECTED"];

/** Sends the command that the node or the message names, and tells how it goes: the end first, the way second output. */
export async function actOnCommand(input: NodeInput): Promise<void> {
	try {
		await sendCommand(input);
	} catch (error) {
		if (error instanceof StellantisError && FOR_WANT_OF_A_CHANNEL.includes(error.code))
			input.account.remoteEvents.emit("no-channel");
		throw error;
	}
}

async function sendCommand(input: NodeInput): Promise<void> {
	const { RED, node, msg, config, badge, signal } = input;
	badge.progress("…");
	const commands = await input.commandSender();
	const { command: named = "", commandType, args: givenArgs, argsType } = config;
	const command = commandId(
		choice(commandType, "commandType", REMOTE_COMMAND.commandType.types) === "msg"
			? await typedValue(RED, node, msg, "command", named || "command", "msg")
			: named,
	);
	const allowed = commands.allow(command, await argumentsOf(input, givenArgs, argsType));
	const request = {
		...allowed,
		node: node.id,
		actor: msg.actor,
		aside: input.aside,
		ifBusy: choice(config.ifBusy, "ifBusy", REMOTE_COMMAND.ifBusy.choices),
		wait: choice(config.wait, "wait", REMOTE_COMMAND.wait.choices),
		timeout: timeoutOf(input),
		channel: input.commandsVia === undefined ? await channelOf(input) : undefined,
		vehicle: await commandVehicle({ ...input, single: { priority: "command", owner: node.id } }),
	};
	const message = (progress: CommandProgress) => fill(RED.util.cloneMessage(msg), progress);
	const fill = (outgoing: Message, { report, answer }: CommandProgress) => {
		outgoing.payload = { ...report };
		setVehicle(outgoing, structuredClone(request.vehicle));
		if (answer) setAnswer(outgoing, answer);
		return outgoing;
	};
	const tell = (progress: CommandProgress) => {
		badge.progress(badge.texts.command(command, progress.report.status));
		input.complete(message(progress));
	};
	const outcome = await commands.run(request, tell, signal).catch(async (error: unknown) => {
		// The next command finds the vehicle, should it have another id now; this one is not sent twice.
		if (error instanceof StellantisError && error.code === "ERR_NOT_FOUND")
			await input.vehicles.lookAgain(request.vehicle, input.single).catch(() => undefined);
		throw error;
	});
	if (outcome.error) {
		fill(msg, outcome);
		throw outcome.error;
	}
	input.emit(message(outcome));
	badge.success(badge.texts.command(command, outcome.report.status), request.vehicle);
}

/** The arguments, from the form (an object, or JSON as its field keeps it), a message or an expression. */
async function argumentsOf({ RED, node, msg }: NodeInput, args: unknown, type: unknown): Promise<unknown> {
	const kind = choice(type, "argsType", REMOTE_COMMAND.argsType.types);
	if (kind === "json" && isDocument(args)) return args;
	return typedValue(RED, node, msg, "args", kind === "msg" ? args || "payload" : args, kind);
}

/** Seconds; the usual time is another one where a command goes another way than by the API. */
function timeoutOf({ config, commandsVia }: NodeInput): number {
	const { range, value: usual } = REMOTE_COMMAND.timeout;
	const seconds = numberValue(config.timeout, "timeout", range, usual);
	return commandsVia !== undefined && seconds === usual ? TIMEOUT_VIA : seconds;
}

/** The id of the channel that the node names; undefined when any will do. */
async function channelOf({ RED, node, msg, config }: NodeInput): Promise<string | undefined> {
	const value = await typedValue(RED, node, msg, "channel", config.channel, config.channelType);
	if (value === undefined || value === null || value === "") return undefined;
	const id = text(isDocument(value) ? value.id : value);
	if (id !== undefined) return id;
	throw badInput(`The channel is ${quote(value)}; it must be a channel's id, or empty for the first one that runs.`);
}
