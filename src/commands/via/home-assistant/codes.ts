import { ownValue } from "../../../json";
import type { ToldStatus } from "../../delivery";

/** Codes of a command that is under way, and the status that each is here. */
const PROGRESS: Readonly<Record<string, string>> = {
	"900": "Accepted",
	"901": "WakingUpVehicle",
	"903": "SentToVehicle",
};

/** Codes of a failure, the cause that each is here, and what there is to know. */
const FAILURES: Readonly<Record<string, readonly [cause: string, advice?: string]>> = {
	"300": [
		"VehicleConnectionTimeout",
		"After seven days without a drive of 15 minutes the maker ends a car's connectivity, also while it is plugged in: then only a drive helps.",
	],
	"422": ["NotPossibleDueToVehiclePrivacyLevel"],
	"500": ["VehicleError"],
	"502": ["SameActionInProgress"],
	failed: ["GeneralError", "Home Assistant's own log tells more."],
	not_compatible: [
		"MissingRights",
		"The car or its subscription does not have it; Home Assistant offers it no more until its integration is reloaded.",
	],
	rate_limit: [
		"TooManyRequestInShortTime",
		"Home Assistant's integration wakes cars at most 6 times in 20 minutes; nothing was sent.",
	],
};

/** What a code of the integration says: a status, or that the command is done; undefined for a code that nobody knows. */
export function statusOfCode(code: string): ToldStatus | "done" | undefined {
	if (code === "0" || code === "1") return "done";
	const progress = ownValue(PROGRESS, code);
	if (progress !== undefined) return { status: progress };
	const [failureCause, advice] = ownValue(FAILURES, code) ?? [];
	return failureCause === undefined ? undefined : { status: "Failed", failureCause, advice };
}

/** True for a code after which another one must follow. */
export function isPending(code: string): boolean {
	return Object.hasOwn(PROGRESS, code);
}
