import { at, defined, ownValue } from "../../json";
import { text } from "../summaries/readers";

/** Where a command stands (`RemoteActionStatus`); the API may add words. */
export interface CommandStatus {
	status: string;
	/** Why it failed (`RemoteFailedEventStatus`). */
	failureCause?: string;
	/** True where nothing follows although the status, which nobody knows, does not say so. */
	isEnd?: boolean;
}

/** What `RemoteDoneEventStatus` and `RemotePendingEventStatus` know. */
const FINAL: ReadonlySet<string> = new Set(["Success", "AlreadyDone", "Failed"]);
const ON_THE_WAY: ReadonlySet<string> = new Set([
	"Accepted",
	"WakingUpVehicle",
	"CheckingVehicle",
	"SentToVehicle",
	"VehicleBatteryChargeTooLow",
	"TooManyWakeUpsOverMonth",
	"VehicleBatteryLevelWarning",
]);

/** True when nothing follows any more. A status that nobody knows yet is progress. */
export function isFinal(status: string): boolean {
	return FINAL.has(status);
}

/** True for what nothing follows. */
export function isEnd(told: CommandStatus): boolean {
	return told.isEnd === true || isFinal(told.status);
}

/** The month's wake-ups are used up, said as a status on the way or as the cause of a failure. */
export const WAKEUPS_USED_UP = "TooManyWakeUpsOverMonth";

/** Reads a `RemoteAction`; undefined when it tells no status. */
export function commandStatusOf(resource: unknown): CommandStatus | undefined {
	return statusOfWords(at(resource, "status"), at(resource, "failureCause"));
}

/**
 * Reads the words of a status, however they are cased.
 *
 * @param isDone where an event says that it is the last: with a cause it is a failure. A status that the documents know
 *   only on the way contradicts that, and the next question tells which of the two was meant
 */
export function statusOfWords(status: unknown, failureCause: unknown, isDone = false): CommandStatus | undefined {
	const told = defined({ status: wordOf(status), failureCause: wordOf(failureCause) });
	if (told.status === undefined) return undefined;
	const known = { ...told, status: told.status };
	if (!isDone || isFinal(known.status)) return known;
	if (known.failureCause !== undefined) return { ...known, status: "Failed" };
	return ON_THE_WAY.has(known.status) ? known : { ...known, isEnd: true };
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

/** The words that are known, by what they are in small letters. */
const WORDS: ReadonlyMap<string, string> = new Map(
	[...FINAL, ...ON_THE_WAY, ...Object.keys(CAUSES)].map((word) => [word.toLowerCase(), word]),
);
/** Characters of the longest of them. */
const LONGEST = Math.max(...[...WORDS.keys()].map(({ length }) => length));

/** A word of the API as the documents spell it; one that they don't know as it is. Undefined for none. */
function wordOf(value: unknown): string | undefined {
	const word = text(value)?.trim();
	if (!word || word.length > LONGEST) return word;
	return WORDS.get(word.toLowerCase()) ?? word;
}

/** Why a command failed, as part of a sentence. */
export function causeInWords(cause: string | undefined): string {
	if (cause === undefined) return "the API gives no cause";
	const words = ownValue(CAUSES, cause);
	return words === undefined ? cause : `${words} (${cause})`;
}
