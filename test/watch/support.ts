import { strict as assert } from "node:assert";
import { type LookContext, type LookResult, look } from "../../src/watch/engine";
import type { EventKind, EventPayloads, WatchEvent } from "../../src/watch/events";
import { readPrice } from "../../src/watch/prices";
import type { WatchedStatus } from "../../src/watch/reading";
import { readSettings, type WatchSettings } from "../../src/watch/settings";
import { type Known, loadKnown, saveKnown } from "../../src/watch/state";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday. */
export const START = Date.parse("2026-05-04T08:00:00Z");
export const HOME = { latitude: 48.1, longitude: 11.5 };
export const WORK = { latitude: 48.2, longitude: 11.7 };

/** Epoch milliseconds as the API writes them. */
export function iso(ms: number): string {
	return new Date(ms).toISOString().replace(".000Z", "Z");
}

type Change = { [K in keyof WatchedStatus]?: Partial<WatchedStatus[K]> | WatchedStatus[K] };

/** A parked electric car with everything told; blocks have the state's own time unless `changes` say otherwise. */
export function status(at: number, changes: Change = {}): WatchedStatus {
	const updatedAt = iso(at);
	const base: WatchedStatus = {
		updatedAt,
		battery: { level: 60, range: 180, capacity: 50, energy: 30, updatedAt },
		charging: { plugged: false, status: "Disconnected", endsAt: null, limit: null, nextStart: null, updatedAt },
		fuel: { level: null, range: null },
		odometer: 10_000,
		position: { ...HOME, updatedAt },
		doors: { locked: true, open: [], updatedAt },
		climate: { status: "Disabled", failureCause: null, updatedAt },
		ignition: "Stop",
		moving: false,
		privacy: "None",
		maintenance: { days: null, distance: null },
		suspect: [],
	};
	const merged: Record<string, unknown> = { ...base };
	for (const [key, value] of Object.entries(changes)) {
		const own = merged[key];
		const isBlock =
			typeof own === "object" && own !== null && !Array.isArray(own) && typeof value === "object" && value !== null;
		merged[key] = isBlock ? { ...own, ...value } : value;
	}
	return merged as unknown as WatchedStatus;
}

/** Battery by its level; the energy follows, of 50 kWh. */
export function battery(
	level: number,
	more: Partial<WatchedStatus["battery"]> = {},
): Partial<WatchedStatus["battery"]> {
	return { level, range: level * 3, energy: level / 2, ...more };
}

export const CHARGING = { plugged: true, status: "InProgress" };

export function settingsOf(properties: Record<string, unknown> = {}): WatchSettings {
	const { settings, problems } = readSettings(properties, { timeZone: "UTC" });
	assert.deepEqual(problems, []);
	return settings;
}

/** A vehicle that is looked at again and again; what is known goes through its file each time. */
export class Watched {
	known: Known | undefined;
	readonly events: WatchEvent[] = [];
	readonly context: Omit<LookContext, "now">;

	constructor(properties: Record<string, unknown> = {}, context: Partial<LookContext> = {}) {
		const { price, ...others } = properties;
		const { pricing, problem } = readPrice(price);
		assert.equal(problem, undefined);
		this.context = { vehicle: "VF3DEMO", settings: settingsOf(others), pricing, ...context };
	}

	/** Looks at a state, a minute after it was made unless `now` says otherwise. */
	look(state: WatchedStatus | null, now = state?.updatedAt ? Date.parse(state.updatedAt) + MINUTE : START): LookResult {
		const before = this.known === undefined ? undefined : loadKnown(JSON.parse(JSON.stringify(saveKnown(this.known))));
		assert.deepEqual(before, this.known, "what is known survives its file");
		const frozen = deepFreeze(before);
		const result = look(frozen, state, { ...this.context, now });
		this.known = result.known;
		this.events.push(...result.events);
		return result;
	}

	/** Kinds of the events that a state brings. */
	kinds(state: WatchedStatus | null, now?: number): EventKind[] {
		return kindsOf(this.look(state, now).events);
	}
}

export function kindsOf(events: readonly WatchEvent[]): EventKind[] {
	return events.map(({ event }) => event.kind);
}

/** The payload of the only event of a kind. */
export function payloadOf<K extends EventKind>(events: readonly WatchEvent[], kind: K): EventPayloads[K] {
	const found = events.filter((one) => one.event.kind === kind);
	assert.equal(found.length, 1, `${kind} once among ${kindsOf(events).join(", ") || "none"}`);
	return found[0]?.payload as EventPayloads[K];
}

function deepFreeze<T>(value: T): T {
	if (typeof value === "object" && value !== null) {
		for (const each of Object.values(value)) deepFreeze(each);
		Object.freeze(value);
	}
	return value;
}
