import { hash } from "node:crypto";
import { isDocument, linkOf } from "../hal/document";
import { lastSegment } from "../hal/link";
import { defined } from "../json";
import { canonical } from "./canonical";

/** One event of a notification, whatever the family it came from; keys without a value are absent. */
export interface ApiEvent {
	/** Null where nothing in it or around it tells. */
	kind: "monitor" | "remote" | null;
	/** The event exactly as it was sent. */
	payload: Record<string, unknown>;
	/** The API's id of the event, else one derived from everything that tells it from others. */
	id: string;
	/** RFC 3339, as sent. */
	date?: string;
	/** The channel it came by; in fleet-v3 a monitor is its own. */
	channel?: string;
	/** What names the vehicle. */
	vin?: string;
	vehicleId?: string;
	/** News of a command. */
	remote?: RemoteNews;
}

/** What an event says about a command. */
export interface RemoteNews {
	remoteActionId: string;
	status: string;
	failureCause?: string;
	/** `Done` when nothing follows. */
	type?: "Pending" | "Done";
}

/** What stands around an event: the parts of a notification that all its events share. */
interface Envelope {
	channel: string | undefined;
	vin: string | undefined;
	/** What the request itself says about the vehicle; a repeat in a batch comes without. */
	requestVin: string | undefined;
	/** The same as an event that comes alone. */
	part: Record<string, unknown>;
}

/** A vehicle identification number (ISO 3779), without the letters it never has. */
const VIN = /^[A-HJ-NPR-Z0-9]{17}$/i;

/** Deepest nesting of an event: what lies deeper breaks the flows it is sent through, which copy it by recursion. */
const DEEPEST = 100;

/**
 * The events of a notification: a single event, an array of them, or an envelope with `events`
 * (user-v4-notifications.openapi.yaml `Message`, fleet-v3-notifications.openapi.yaml `RemoteEvents`, `MonitorEvents`).
 * What is no event is left out. Each is read when it is asked for: there may be tens of thousands.
 *
 * @param vin what the request itself says about the vehicle, in a header or its query
 * @param onTooDeep told of each event that is left out because it is nested too deeply
 */
export function* eventsIn(body: unknown, vin?: string, onTooDeep: () => void = () => {}): Generator<ApiEvent, void> {
	for (const part of partsOf(body)) {
		const envelope = { channel: channelOf(part), vin: vinOf(part), requestVin: vin, part };
		for (const payload of payloadsOf(part))
			if (isDeeper(payload, DEEPEST)) onTooDeep();
			else yield readEvent(payload, envelope);
	}
}

/** All of {@link eventsIn} at once. */
export function readNotification(body: unknown, vin?: string, onTooDeep?: () => void): ApiEvent[] {
	return [...eventsIn(body, vin, onTooDeep)];
}

/** True where a notification tells of commands; cheap, for it is asked of every one. */
export function hasRemoteNews(body: unknown): boolean {
	return partsOf(body)
		.flatMap(payloadsOf)
		.some((payload) => remoteNews(payload) !== undefined);
}

/**
 * The JSON of a notification that somebody else has parsed. Where it can't be written for its depth, the parts and
 * events that are to blame are left out, and `onTooDeep` is told.
 */
export function notificationText(body: unknown, onTooDeep: () => void): string {
	try {
		return JSON.stringify(body) ?? "null";
	} catch {
		onTooDeep();
	}
	const parts = (Array.isArray(body) ? body : [body]).map((part) =>
		isDocument(part) && Array.isArray(part.events)
			? { ...part, events: part.events.filter((event) => !isDeeper(event, DEEPEST)) }
			: part,
	);
	return JSON.stringify(parts.filter((part) => !isDeeper(part, DEEPEST + 2)));
}

function partsOf(body: unknown): Record<string, unknown>[] {
	return (Array.isArray(body) ? body : [body]).filter(isDocument);
}

/** What may be an event in a part of a notification. */
function payloadsOf(part: Record<string, unknown>): Record<string, unknown>[] {
	return Array.isArray(part.events) ? part.events.filter(isDocument) : [part];
}

/** True where something lies more than `most` levels below a value. Level by level: recursion would break over it. */
function isDeeper(value: unknown, most: number): boolean {
	let level = [value].filter(isObject);
	for (let depth = 0; level.length > 0; depth++) {
		if (depth >= most) return true;
		level = level.flatMap((each) => Object.values(each).filter(isObject));
	}
	return false;
}

function isObject(value: unknown): value is object {
	return typeof value === "object" && value !== null;
}

function readEvent(payload: Record<string, unknown>, envelope: Envelope): ApiEvent {
	const channel = channelOf(payload) ?? envelope.channel;
	const named = vinOf(payload) ?? envelope.vin;
	// A command's id tells it from all others; what else names no vehicle may come from several at the same time.
	const telling = named ?? (remoteOf(payload).remoteActionId === undefined ? envelope.requestVin : undefined);
	const vin = named ?? envelope.requestVin;
	const date = firstText(payload.date, payload.eventDate);
	const vehicleId = firstText(payload.vehicleId, lastSegment(linkOf(payload, "vehicle")?.href ?? ""));
	const remote = remoteNews(payload);
	return {
		kind: kindOf(payload) ?? kindOf(envelope.part) ?? kindByCallback(payload, envelope.part),
		payload,
		id: firstText(payload.id, payload.eventId) ?? fingerprint([channel, telling, payload]),
		...defined({ date, channel, vin, vehicleId, remote }),
	};
}

function kindOf(event: Record<string, unknown>): ApiEvent["kind"] {
	const { remoteActionId, remoteType, eventStatus } = event;
	if (isDocument(event.remoteEvent) || [remoteActionId, remoteType, eventStatus].some((each) => each !== undefined))
		return "remote";
	if (isDocument(event.monitorEvent) || Array.isArray(event.values) || event.monitorId !== undefined) return "monitor";
	const type = typeof event.type === "string" ? event.type.toLowerCase() : undefined;
	return type === "remote" || type === "monitor" ? type : null;
}

/** In fleet-v3 nothing but news of commands comes in an envelope with a callback; what says something else of itself is none. */
function kindByCallback(event: Record<string, unknown>, { events, callbackId }: Record<string, unknown>) {
	return Array.isArray(events) && callbackId !== undefined && event.type === undefined ? "remote" : null;
}

function channelOf(part: Record<string, unknown>): string | undefined {
	return firstText(part.callbackId, part.channelId, part.monitorId);
}

/** The VIN that a part names itself, or that one of its attributes holds as it was asked to. */
function vinOf(part: Record<string, unknown>): string | undefined {
	const own = firstText(part.vin);
	if (own !== undefined) return own;
	const attributes = [part.attributes, isDocument(part.monitorEvent) ? part.monitorEvent.attributes : undefined]
		.flatMap((list) => (Array.isArray(list) ? list : []))
		.filter(isDocument);
	const named = attributes.find(
		({ key, value }) => typeof key === "string" && key.slice(-3).toLowerCase() === "vin" && isFilled(value),
	);
	const value =
		named?.value ?? attributes.find((each) => typeof each.value === "string" && VIN.test(each.value))?.value;
	return firstText(value);
}

/** False for a variable that the server left as it was. */
function isFilled(value: unknown): boolean {
	return typeof value === "string" && value !== "" && !value.startsWith("$");
}

/** The part of an event that may tell of a command. */
function remoteOf(event: Record<string, unknown>): Record<string, unknown> {
	return isDocument(event.remoteEvent) ? event.remoteEvent : event;
}

function remoteNews(event: Record<string, unknown>): RemoteNews | undefined {
	const news = remoteOf(event);
	const state = isDocument(news.eventStatus) ? news.eventStatus : {};
	const remoteActionId = firstText(news.remoteActionId);
	const status = firstText(state.status);
	if (remoteActionId === undefined || status === undefined) return undefined;
	const failureCause = firstText(state.failureCause);
	return {
		remoteActionId,
		status,
		...defined({ failureCause }),
		...defined({ type: eventTypeOf(state.type) }),
	};
}

function eventTypeOf(value: unknown): RemoteNews["type"] {
	const type = typeof value === "string" ? value.slice(0, 20).trim().toLowerCase() : undefined;
	return type === "done" ? "Done" : type === "pending" ? "Pending" : undefined;
}

function firstText(...values: unknown[]): string | undefined {
	return values.find((value): value is string => typeof value === "string" && value !== "");
}

/** The same for the same event, in whatever order its keys come: 128 bits as base64url. */
function fingerprint(value: unknown): string {
	return hash("sha256", canonical(value), "base64url").slice(0, 22);
}
