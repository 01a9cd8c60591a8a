import { StellantisError } from "../../../error";
import type { Errand } from "../way";
import type { CarSession } from "./car-session";
import { isPending } from "./codes";
import { readStatusText } from "./status-text";

/** A VIN as sentences name it. */
const named = (vin: string) => `the car …${vin.slice(-4)}`;

/** @throws ERR_NOT_SUPPORTED, ERR_NOT_FOUND where Home Assistant can't be asked for a command at all */
export function assertOffered(session: CarSession, { vin, command, ask }: Errand): void {
	const refuse = (code: "ERR_NOT_SUPPORTED" | "ERR_NOT_FOUND", sentence: string) => {
		throw new StellantisError(code, `Nothing was sent, because ${sentence}`);
	};
	if (!session.hasCars)
		refuse(
			"ERR_NOT_SUPPORTED",
			"Home Assistant has no car of the integration Stellantis Vehicles. Install and set it up there first.",
		);
	if (session.entities.size === 0)
		refuse(
			"ERR_NOT_FOUND",
			`the integration Stellantis Vehicles in Home Assistant does not know ${named(vin)}. Add the account of that car there.`,
		);
	const entity = session.entities.get(`button.${ask}`);
	if (!entity) {
		const hasButtons = [...session.entities.keys()].some((name) => name.startsWith("button."));
		refuse(
			"ERR_NOT_SUPPORTED",
			hasButtons
				? `Home Assistant has no button for ${command} of ${named(vin)}. Update the integration Stellantis Vehicles there; if it is the newest, it can't do this with that car.`
				: `Home Assistant has no buttons for ${named(vin)}: remote commands are not set up. Do the step with the text message and PIN in the integration Stellantis Vehicles there.`,
		);
	}
	if (entity?.disabledBy !== undefined)
		refuse(
			"ERR_NOT_SUPPORTED",
			`the button for ${command} of ${named(vin)} (${entity.id}) is disabled in Home Assistant. Enable it there, among the entities.`,
		);
}

/** How long (ms) the integration refuses another command after the last sign of one without an end. */
export const STILL_PENDING = 60_000;

/**
 * The command of the car, whoever sent it, that has no end, as far as its status tells: its button, and since when the
 * status says so (epoch milliseconds, Home Assistant's clock).
 */
export function pendingIn(session: CarSession): { button: string; since: number } | undefined {
	const status = session.state("sensor.command_status");
	const said = status && !status.restored ? readStatusText(status.state, session.words) : undefined;
	return status && said && isPending(said.code) ? { button: said.button, since: status.changed } : undefined;
}

/** Another command is under way there. */
export function busyThere({ vin, command }: Errand): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_BUSY",
		`The command ${command} was not sent: in Home Assistant another command to ${named(vin)} has no end yet, sent from there or by somebody else. Wait for its end and try again; if it never comes, reload the integration there.`,
	);
}

/** Why a button was not pressed though Home Assistant took the request, as its entities tell. */
export function notPressed(session: CarSession, errand: Errand): StellantisError {
	const { vin, command, ask, offered } = errand;
	const entity = session.entities.get(`button.${ask}`);
	const state = session.state(`button.${ask}`);
	const connected = session.state("binary_sensor.remote_commands")?.state;
	if (pendingIn(session)) return busyThere(errand);
	const why = (): string => {
		if (state?.restored || state === undefined)
			return "the integration Stellantis Vehicles is not loaded there. Has Home Assistant just started? Else look at Settings, Devices & services";
		if (connected === "off" || connected === "unavailable")
			return "its remote commands are not connected. Look at the integration Stellantis Vehicles there; it may ask to be set up again";
		const status = session.state("sensor.command_status");
		const said = status ? readStatusText(status.state, session.words) : undefined;
		if (said?.code === "not_compatible" && said.button === ask)
			return "the car or its subscription was found not to have it; reload the integration there if that has changed";
		const reason = blocks(session, ask);
		if (reason !== undefined) return reason;
		return offered === undefined
			? "its button is not available. A command without an end can be the cause: reload the integration there"
			: `it is offered only ${offered}, as far as Home Assistant knows the car's state`;
	};
	return new StellantisError(
		"ERR_REJECTED",
		`The command ${command} was not sent to ${named(vin)}: Home Assistant did not press ${entity?.id ?? "its button"}, because ${why()}.`,
	);
}

/** What the car's own state has against a command there. */
function blocks(session: CarSession, ask: string): string | undefined {
	if (!ask.startsWith("preconditioning_")) return undefined;
	if (session.state("binary_sensor.doors")?.state === "on") return "the doors are not locked, as far as it knows";
	const level = Number(session.state("sensor.battery")?.state);
	const charges = session.state("binary_sensor.battery_charging")?.state === "on";
	return level < 20 && !charges ? `the battery is at ${level} %, and the car does not charge` : undefined;
}
