/**
 * What a webhook gets to read. Sources: user-v4-notifications.openapi.yaml (`Message`),
 * fleet-v3-notifications.openapi.yaml (`RemoteEvents`, `MonitorEvents`); accounts-v1 writes as user-v4, with `channelId`.
 */
import { isObject } from "./checks";
import type { RemoteAction } from "./desk";
import { type FamilyId, fleetId } from "./families";
import { iso, type Json } from "./wording";

/** One event on its way, with the attributes that its receiver wants. */
export interface Notice {
	time: number;
	/** The event as its family writes it, without what stands around it. */
	event: Json;
	headers: Record<string, string>;
	query: Record<string, string>;
	/** Attributes of the body. */
	attributes: { key: string; value: string }[];
}

/** Who raises an event: what it is called in the body, and its id. */
export interface Source {
	family: FamilyId;
	/** `channelId`, `callbackId`, or of monitors of fleet-v3 `monitorId`. */
	key: string;
	id: string;
}

/** Values of the variables of attributes by name in lower case; documents and examples disagree on capitals. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The variables that all events have. */
export function variablesOf(vehicle: { id: string; vin: string }, channel: { id: string; label: unknown }): Variables {
	const label = typeof channel.label === "string" ? channel.label : "";
	return {
		vin: vehicle.vin,
		vid: vehicle.id,
		fleetid: fleetId,
		callbackid: channel.id,
		channelid: channel.id,
		callbacklabel: label,
		channellabel: label,
	};
}

/** Makes a notice of an event; attributes given later replace earlier ones of the same type and key. */
export function notice(time: number, event: Json, attributes: readonly unknown[], variables: Variables): Notice {
	const made: Notice = { time, event, headers: {}, query: {}, attributes: [] };
	const latest = new Map<string, { type: string; key: string; value: string }>();
	for (const each of attributes.filter(isObject)) {
		const [type, key] = [String(each.type ?? "Body"), String(each.key)];
		latest.set(`${type} ${key}`, { type, key, value: filled(String(each.value), variables) });
	}
	for (const { type, key, value } of latest.values()) {
		if (type === "Header") made.headers[key] = value;
		else if (type === "Query") made.query[key] = value;
		else made.attributes.push({ key, value });
	}
	return made;
}

/** `$Vin` and the like; what no variable is called stays as it is. */
function filled(value: string, variables: Variables): string {
	return value.startsWith("$") ? (variables[value.slice(1).toLowerCase()] ?? value) : value;
}

/** The body of a POST: a single event, or several. */
export function bodyOf({ family, key, id }: Source, notices: readonly Notice[]): unknown {
	if (family === "fleet-v3") {
		return { [key]: id, attributes: notices[0]?.attributes ?? [], events: notices.map(({ event }) => event) };
	}
	const messages = notices.map(({ event, attributes }) => ({ [key]: id, attributes, ...event }));
	return messages.length === 1 ? messages[0] : messages;
}

/** News of a command. */
export function remoteEvent(family: FamilyId, vin: string, action: RemoteAction): Json {
	const { id, type, status, failureCause, updatedAt } = action;
	const done = ["Success", "AlreadyDone", "Failed"].includes(status);
	const news = {
		remoteActionId: id,
		remoteType: type,
		eventStatus: {
			type: done ? "Done" : "Pending",
			status,
			...(failureCause === undefined ? {} : { failureCause }),
		},
	};
	if (family === "fleet-v3") return { vin, eventDate: iso(updatedAt), ...news };
	return { type: "Remote", date: iso(updatedAt), remoteEvent: news };
}

/** What a monitor has seen. */
export interface Sighting {
	vin: string;
	time: number;
	monitorId: string;
	/** Values that raised it, with their data. */
	values: Json[];
	extensions: Json[];
	/** A reminder of something told before. */
	refresh: boolean;
}

export function monitorEvent(family: FamilyId, { vin, time, monitorId, ...seen }: Sighting): Json {
	if (family === "fleet-v3") return { fleetId, vin, eventDate: iso(time), ...seen };
	return { type: "Monitor", date: iso(time), monitorEvent: { monitorId, ...seen } };
}
