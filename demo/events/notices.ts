/**
 * What a webhook gets to read. Sources: user-v4-notifications.openapi.yaml (`Message`),
 * fleet-v3-notifications.openapi.yaml (`RemoteEvents`, `MonitorEvents`); accounts-v1 writes as user-v4, with `channelId`.
 */
import { isObject, type Json } from "../base/json";
import { iso } from "../base/time";
import { isOver, type RemoteAction } from "../desk/desk";
import { type Family, type FamilyId, fleetId } from "../families";

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
	family: Family;
	/** `channelId`, `callbackId`, or of monitors that stand alone `monitorId`. */
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

/** A resource of the vehicle that is sent along. */
export interface Extension {
	type: string;
	body: unknown;
}

/** What a monitor has seen. */
export interface Sighting {
	vin: string;
	time: number;
	monitorId: string;
	/** Values that raised it, with their data. */
	values: Json[];
	extensions: Extension[];
	/** A reminder of something told before. */
	refresh: boolean;
}

/** How a family writes what it posts. */
interface Writer {
	/** The body of a POST: a single event, or several. */
	body(source: Source, notices: readonly Notice[]): unknown;
	/** News of a command, which are the same in all families. */
	remote(vin: string, time: number, news: Json): Json;
	/** What a monitor has seen. */
	monitor(sighting: Sighting): Json;
}

/** Messages that stand for themselves; several make a list. */
const messages: Writer = {
	body: ({ key, id }, notices) => {
		const list = notices.map(({ event, attributes }) => ({ [key]: id, attributes, ...event }));
		return list.length === 1 ? list[0] : list;
	},
	remote: (_, time, remoteEvent) => ({ type: "Remote", date: iso(time), remoteEvent }),
	monitor: ({ vin: _, time, monitorId, ...seen }) => ({
		type: "Monitor",
		date: iso(time),
		monitorEvent: {
			monitorId,
			...seen,
			extensions: seen.extensions.map(({ type, body }) => ({ type, body: [body] })),
		},
	}),
};

/** Events that name their vehicle, in an envelope that they share with its attributes. */
const envelopes: Writer = {
	body: ({ key, id }, notices) => ({
		[key]: id,
		attributes: notices[0]?.attributes ?? [],
		events: notices.map(({ event }) => event),
	}),
	remote: (vin, time, news) => ({ vin, eventDate: iso(time), ...news }),
	monitor: ({ vin, time, monitorId: _, ...seen }) => ({ fleetId, vin, eventDate: iso(time), ...seen }),
};

const writers: Readonly<Record<FamilyId, Writer>> = {
	"user-v4": messages,
	"accounts-v1": messages,
	"fleet-v3": envelopes,
};

/** The body of a POST with these events of one source. */
export function bodyOf(source: Source, notices: readonly Notice[]): unknown {
	return writers[source.family.id].body(source, notices);
}

/** News of a command. */
export function remoteEvent(family: Family, vin: string, action: RemoteAction): Json {
	const { id, type, status, failureCause, updatedAt } = action;
	return writers[family.id].remote(vin, updatedAt, {
		remoteActionId: id,
		remoteType: type,
		eventStatus: {
			type: isOver(status) ? "Done" : "Pending",
			status,
			...(failureCause === undefined ? {} : { failureCause }),
		},
	});
}

/** What a monitor tells. */
export function monitorEvent(family: Family, sighting: Sighting): Json {
	return writers[family.id].monitor(sighting);
}
