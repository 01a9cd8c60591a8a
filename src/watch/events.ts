import { hash } from "node:crypto";

/** Ids of the events, in the order in which they are told when they are seen at once. */
export const EVENT_KINDS = [
	"charging-ended",
	"unplugged",
	"unlocked",
	"driving-started",
	"zone-left",
	"zone-entered",
	"driving-ended",
	"locked",
	"plugged",
	"charging-started",
	"charging-failed",
	"battery-low",
	"battery-high",
	"opened",
	"closed",
	"climate-started",
	"climate-ended",
	"privacy-on",
	"privacy-off",
	"fresh",
	"stale",
	"trip-ended",
	"alert-started",
	"alert-ended",
	"maintenance-due",
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/** Where a vehicle is: the zone's name, degrees, and the position's own time; null where nobody can tell. */
export interface PlacePayload {
	zone: string | null;
	latitude: number | null;
	longitude: number | null;
	updatedAt: string | null;
}

/** Level in %, range in km; `session` names the charge that it belongs to. */
export interface PlugPayload {
	level: number | null;
	range: number | null;
	place: PlacePayload;
	session: string | null;
}

export type ChargeReason = "full" | "limit" | "unplugged" | "stopped" | "failed" | "unknown";

/** A charge; null where nobody can tell. */
export interface ChargePayload {
	session: string;
	startedAt: string | null;
	endedAt: string | null;
	/** s */
	duration: number | null;
	/** % */
	startLevel: number | null;
	/** % */
	endLevel: number | null;
	/** kWh that came into the battery */
	energy: number | null;
	/** kWh that were drawn for it */
	drawn: number | null;
	/** kW, the average of what came into the battery */
	power: number | null;
	/** km gained */
	range: number | null;
	/** km */
	odometer: number | null;
	place: PlacePayload;
	cost: number | null;
	currency: string | null;
	/** Null while it goes on. */
	reason: ChargeReason | null;
	/** `sessions`: the API's own charging sessions; `status`: what was seen. */
	source: "status" | "sessions";
}

/** A trip's summary as it was given (or made from states, in the same shape), with its cost. */
export type TripPayload = Record<string, unknown> & {
	cost: number | null;
	currency: string | null;
	source: "trips" | "status";
};

/** What the payload of each event is. */
export interface EventPayloads {
	plugged: PlugPayload;
	unplugged: PlugPayload;
	"charging-started": PlugPayload;
	"charging-failed": PlugPayload;
	"charging-ended": ChargePayload;
	"battery-low": ThresholdPayload;
	"battery-high": ThresholdPayload;
	"driving-started": { place: PlacePayload };
	"driving-ended": { place: PlacePayload };
	"trip-ended": TripPayload;
	"zone-entered": ZonePayload;
	"zone-left": ZonePayload;
	locked: DoorsPayload;
	unlocked: DoorsPayload;
	opened: DoorsPayload;
	closed: DoorsPayload;
	"climate-started": ClimatePayload;
	"climate-ended": ClimatePayload;
	/** The alert as the API gave it. */
	"alert-started": Record<string, unknown>;
	"alert-ended": Record<string, unknown>;
	"maintenance-due": { days: number | null; distance: number | null };
	"privacy-on": { privacy: string };
	"privacy-off": { privacy: string };
	stale: { updatedAt: string };
	fresh: { updatedAt: string };
}

/** % */
export interface ThresholdPayload {
	level: number;
	threshold: number;
}

export interface ZonePayload {
	zone: string;
	latitude: number;
	longitude: number;
}

/** What was opened and closed since the state before, and what stands open now: doors, bonnet and boot. */
export interface DoorsPayload {
	opened: string[];
	closed: string[];
	open: string[];
}

export interface ClimatePayload {
	status: string;
	failureCause: string | null;
}

/** `msg.event` without the payload. Times are RFC 3339. */
export interface EventHead<K extends EventKind = EventKind> {
	kind: K;
	/** Made of vehicle, kind and the times of the state before (or its own), so that it is the same when it is told again. */
	id: string;
	/** The changed block's own time, where it is later than `since`. */
	at: string | null;
	/** Time of the state before. */
	since: string | null;
	/** Our clock. */
	seenAt: string;
	/** `at`, or else `seenAt`. */
	date: string;
}

/** One event as it leaves the engine. */
export type WatchEvent = { [K in EventKind]: { event: EventHead<K>; payload: EventPayloads[K] } }[EventKind];

/** What an event may say of itself beside its payload. */
export interface Occasion {
	/** Epoch milliseconds: the changed block's own time. */
	at?: number | null;
	/** What makes it one of several of its kind in one look: a zone, a trip, an alert. */
	which?: string;
	/** Epoch milliseconds: the state before, where it is not the one before this look. */
	since?: number;
	/** What its id is made of instead of the state before, for what no state tells: that may be another when it is told again. */
	of?: string | number;
}

/** Collects the events of one look. */
export class Telling {
	readonly #vehicle: string;
	readonly #since: number | null;
	readonly #now: number;
	readonly #state: number | null;
	readonly #chosen: ReadonlySet<EventKind>;
	readonly #events: WatchEvent[] = [];

	/**
	 * @param since epoch milliseconds of the state before, null where there is none
	 * @param state epoch milliseconds of the state that is looked at, null where none came
	 */
	constructor(
		vehicle: string,
		{ since, state, now }: { since: number | null; state: number | null; now: number },
		chosen: ReadonlySet<EventKind>,
	) {
		this.#vehicle = vehicle;
		this.#since = since;
		this.#state = state;
		this.#now = now;
		this.#chosen = chosen;
	}

	/** Tells an event, if it is chosen. */
	tell<K extends EventKind>(kind: K, payload: EventPayloads[K], occasion: Occasion = {}): void {
		if (!this.#chosen.has(kind)) return;
		const since = occasion.since ?? this.#since;
		const own = occasion.at ?? null;
		const at = own !== null && (since === null || own > since) ? rfc3339(own) : null;
		const seenAt = rfc3339(this.#now);
		// What is known before doesn't change when a look is done again, what is seen then may: an id is made of the former.
		const before = occasion.of ?? since ?? `first ${this.#state}`;
		const id = keyOf(22, this.#vehicle, kind, before, occasion.which ?? "");
		const event = { kind, id, at, since: since === null ? null : rfc3339(since), seenAt, date: at ?? seenAt };
		this.#events.push({ event, payload } as unknown as WatchEvent);
	}

	/** What was told, in order. */
	get events(): WatchEvent[] {
		return this.#events.sort((a, b) => RANK[a.event.kind] - RANK[b.event.kind]);
	}
}

/** A short name made of other names: the same for the same, another for others. */
export function keyOf(length: number, ...names: (string | number | null)[]): string {
	return hash("sha256", JSON.stringify(names), "base64url").slice(0, length);
}

/** Epoch milliseconds as RFC 3339 in UTC, without empty milliseconds; what no calendar holds is its last or first moment. */
export function rfc3339(ms: number): string {
	const held = Math.min(Math.max(ms, -62_135_596_800_000), 253_402_300_799_999);
	return new Date(held).toISOString().replace(".000Z", "Z");
}

const RANK = Object.fromEntries(EVENT_KINDS.map((kind, index) => [kind, index])) as Record<EventKind, number>;
