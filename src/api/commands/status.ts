import { at } from "../../json";
import { text } from "../summaries/readers";

/** Where a command stands (`RemoteActionStatus`); the API may add words. */
export interface CommandStatus {
	status: string;
	/** Why it failed (`RemoteFailedEventStatus`). */
	failureCause?: string;
}

const FINAL: ReadonlySet<string> = new Set(["Success", "AlreadyDone", "Failed"]);

/** True when nothing follows any more. A status that nobody knows yet is progress. */
export function isFinal(status: string): boolean {
	return FINAL.has(status);
}

/** The month's wake-ups are used up, said as a status on the way or as the cause of a failure. */
export const WAKEUPS_USED_UP = "TooManyWakeUpsOverMonth";

/** Reads a `RemoteAction`; undefined when it tells no status. */
export function commandStatusOf(resource: unknown): CommandStatus | undefined {
	const status = text(at(resource, "status"));
	if (status === null) return undefined;
	const failureCause = text(at(resource, "failureCause"));
	return { status, ...(failureCause === null ? {} : { failureCause }) };
}

/** Causes of failures in words. */
const CAUSES: Readonly<Record<string, string>> = {
	AuthorizationError: "the account is not authorized for it",
	GeneralError: "a general error came up",
	VehicleError: "the vehicle reports an error",
	WrongCommand: "the vehicle does not know the command",
	VehicleConnectionTimeout: "the vehicle could not be reached; it may be out of coverage",
	MissingRights: "the account lacks the right",
	NotPossibleDueToVehicleBatteryLevel: "the vehicle's battery is too low",
	NotPossibleDueToVehiclePrivacyLevel: "the vehicle's privacy mode forbids it",
	TooManyWakeUpsOverMonth: "the vehicle was woken too often this month",
	TooManyRequestInShortTime: "there were too many commands in a short time",
	SameActionInProgress: "the same command is under way already",
	NotPossibleDueToVehicleStolenState: "the vehicle is reported stolen",
	VehicleInUse: "the vehicle is in use",
	TooManyRequestSent: "too many commands were sent",
	DoorsOpen: "a door is open",
	VehicleErrorOrCidInside: "the vehicle reports an error, or the key is inside",
	CidInside: "the key is inside",
	ExternalChargingSystemError: "the charging station reports an error",
	VehicleChargingSystemError: "the vehicle's charging system reports an error",
	VehicleIsNotLocked: "the vehicle is not locked",
	CanceledByDriver: "the driver cancelled it",
};

/** Why a command failed, as part of a sentence. */
export function causeInWords(cause: string | undefined): string {
	if (cause === undefined) return "the API gives no cause";
	const words = CAUSES[cause];
	return words === undefined ? cause : `${words} (${cause})`;
}
