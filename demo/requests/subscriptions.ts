/**
 * Bodies that register channels and monitors, by family. Sources: `CallbackSubscribe`, `ChannelSubscribe`,
 * `RemoteCallbackSubscribe`, `MonitorParameter`, `HandleSetter` of the three documents.
 */
import { ApiFailure } from "../base/failure";
import type { Json } from "../base/json";
import { type Family, type FamilyId, families } from "../families";
import { both, type Check, exactlyOne, list, number, object, text, whole, word } from "./checks";
import { parseExpression } from "./expression";

const address: Check = (value, name) => {
	text()(value, name);
	if (!URL.canParse(String(value)) || !/^https?:$/.test(new URL(String(value)).protocol)) {
		throw new ApiFailure(400, `${name} must be an http or https address.`);
	}
};

function attributes(...types: string[]): Check {
	return list(object({ type: word(...types), key: text(), value: text() }));
}

function webhook(...types: string[]): Check {
	return object({ target: address, name: text() }, { attributes: attributes(...types) });
}

const target = { websocket: object({ target: text() }), pushnotif: object({}) };
const types = (family: FamilyId) => word(...families[family].channels.types);
const kinds = (family: FamilyId) => ({ label: text(), type: list(types(family)) });
const retryPolicy = (...policies: string[]) =>
	object({ policy: word(...policies) }, { retryNumber: whole(1), retryDelay: whole(1) });
const batchNotify = object({ size: whole(1) }, { timeWindow: whole(5) });
const fleetCallback = object({ webhook: webhook("Header", "Body", "Query") });

const channelChecks: Readonly<Record<FamilyId, Check>> = {
	"user-v4": object(
		{ callback: exactlyOne({ webhook: webhook("Header", "Body", "Query"), ...target }) },
		kinds("user-v4"),
	),
	"accounts-v1": object(
		{ channel: exactlyOne({ webhook: webhook("Header", "Query"), ...target }) },
		kinds("accounts-v1"),
	),
	"fleet-v3": object(
		{ callback: fleetCallback, remoteTypes: list(types("fleet-v3"), 1) },
		{ label: text(), retryPolicy: retryPolicy("None", "Bounded"), batchNotify },
	),
};

/** Checks the body that registers a channel. Throws ApiFailure 400. */
export function readChannel({ id }: Family, body: unknown): Json {
	channelChecks[id](body, "The body");
	return structuredClone(body as Json);
}

const day = list(word("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), 1, 7);
const occurrence = object({}, { day, week: list(text(), 1, 52) });
const duration = text(
	/^P(\d+D(T(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S))?|T(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S))$/,
	"an ISO 8601 duration",
);
const daily = object({ start: duration, duration }, { occurrence, occurence: occurrence });
const once = object({ start: text(/^\d{4}-\d\d-\d\dT.*/, "an RFC 3339 date-time") }, { duration });
const timeEntry: Check = (value, name) => {
	object({}, { recurrence: word("None", "Daily") })(value, name);
	((value as Json).recurrence === "Daily" ? daily : once)(value, name);
};
const timeZone: Check = (value, name) => {
	try {
		new Intl.DateTimeFormat("en", { timeZone: String(value) });
	} catch {
		throw new ApiFailure(400, `${name} must be a time zone such as Europe/Paris.`);
	}
};
const values = list(text(), 1);
const operators = ["equalsTo", "greaterThan", "lowerThan", "includedIn", "onChange"];

const data: Check = (value, name) => {
	const previous = object({ op: word("equalsTo", "includedIn"), value: values });
	object({ data: text(), op: word(...operators) }, { value: values, previous })(value, name);
	const { op, value: operand } = value as Json;
	if (op !== "onChange") values(operand, `${name}.value`);
};

const conditions = {
	zone: object({
		transition: word("In", "Out"),
		place: object({
			radius: whole(1),
			center: object({ longitude: number(-180, 180), latitude: number(-90, 90) }),
		}),
	}),
	time: object({ times: list(timeEntry, 1) }, { timeZone }),
	data,
	setting: object({ type: text() }),
};

const trigger: Check = (value, name) => {
	object({ name: text(/^[a-zA-Z]+[._-]?[0-9]*$/, "letters, then digits") })(value, name);
	const { name: _, ...condition } = value as Json;
	exactlyOne(conditions)(condition, name);
};

const triggerParam: Check = both(object({ triggers: list(trigger, 1, 5), boolExp: text() }), (value, name) => {
	const { triggers, boolExp } = value as { triggers: { name: string }[]; boolExp: string };
	const names = triggers.map((each) => each.name);
	if (new Set(names).size < names.length) throw new ApiFailure(400, `${name}.triggers must have names of their own.`);
	parseExpression(boolExp, names);
});

const subscribe = { refreshEvent: whole(60) };
const fleetSubscribe = object(
	{ callback: fleetCallback },
	{ ...subscribe, batchNotify, retryPolicy: retryPolicy("None", "Bounded", "Always") },
);

const extras = { attributes: list(object({ key: text(), value: text() })), extendedEventParam: list(text()) };
const onChannel = object({ label: text(), triggerParam }, { ...extras, subscribeParam: object({}, subscribe) });

const monitorChecks: Readonly<Record<FamilyId, Check>> = {
	"user-v4": onChannel,
	"accounts-v1": onChannel,
	"fleet-v3": object({ label: text(), triggerParam, subscribeParam: fleetSubscribe }, extras),
};

/** Checks the body that registers a monitor. Throws ApiFailure 400. */
export function readMonitor({ id }: Family, body: unknown): Json {
	monitorChecks[id](body, "The body");
	return structuredClone(body as Json);
}

/** Checks the body that pauses or resumes a channel or a monitor. Throws ApiFailure 400. */
export function readStatus(body: unknown): "Running" | "Paused" {
	object({ status: word("Running", "Paused") })(body, "The body");
	return (body as { status: "Running" | "Paused" }).status;
}

/** What a monitor of accounts-v1 shall watch from now on, or no longer. */
export interface Handles {
	action: "Add" | "Remove";
	vehicleIds: string[];
	/** All vehicles: the group `root`, the only one there is. */
	root: boolean;
}

/** Checks `HandleSetter`. Throws ApiFailure 400. */
export function readHandles(body: unknown): Handles {
	const lists = { vehicleIds: list(text()), groups: list(word("root")) };
	object({ action: word("Add", "Remove") }, lists)(body, "The body");
	const { action, vehicleIds = [], groups } = body as { action: "Add" | "Remove"; vehicleIds?: string[]; groups?: [] };
	return { action, vehicleIds, root: (groups ?? []).length > 0 };
}
