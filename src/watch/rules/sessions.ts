import { number, text } from "../../api/summaries/readers";
import { at } from "../../json";
import { type ChargePayload, type ChargeReason, rfc3339, type WatchEvent } from "../events";
import { pricingAt } from "../place";
import { meanPrice, type Pricing } from "../prices";
import { time } from "../reading";
import type { WatchSettings } from "../settings";
import { brief, type Known, MOST_PAID } from "../state";

/** How long before an end was seen the API's own session may have ended to be that of this charge. */
const NEAR = 30 * 60_000;

const REASONS: Readonly<Record<string, ChargeReason>> = {
	Disconnected: "unplugged",
	Failure: "failed",
	Stopped: "stopped",
};

/** Since when the API's own sessions are asked for after these events (RFC 3339), or null where no charge ended. */
export function wishForSessions(events: readonly WatchEvent[]): string | null {
	const ended = events.find(({ event }) => event.kind === "charging-ended");
	if (ended === undefined) return null;
	const { startedAt } = ended.payload as ChargePayload;
	const from = time(startedAt) ?? time(ended.event.since);
	return from === null ? null : rfc3339(from - NEAR);
}

/**
 * The events of a look with what the API's own sessions (accounts-v1, `ChargingSession`) tell of the charge that ended
 * in it, and what is known then. Without a session that fits both stay as they are: an end is told at once, so one that
 * comes later is left out.
 *
 * @param found session resources in any order
 */
export function withSessions(
	known: Known,
	events: readonly WatchEvent[],
	found: readonly unknown[],
	{ settings, pricing, now }: { settings: WatchSettings; pricing: Pricing | null; now: number },
): { known: Known; events: WatchEvent[] } {
	const told = events.find(({ event }) => event.kind === "charging-ended");
	if (told === undefined) return { known, events: [...events] };
	const seen = told.payload as ChargePayload;
	const from = time(seen.startedAt) ?? time(told.event.since) ?? now;
	const to = time(seen.endedAt) ?? now;
	// A charge that paused and resumed is several for the API.
	const parts = found
		.map(partOf)
		.filter((part) => part !== null)
		.filter(({ start, end }) => end >= from && start <= to + NEAR / 2)
		.sort((a, b) => a.start - b.start);
	const first = parts[0];
	const last = parts.at(-1);
	if (first === undefined || last === undefined) return { known, events: [...events] };
	// An end that nobody saw may lie anywhere between the two states.
	if (seen.endedAt !== null && last.end < to - NEAR) return { known, events: [...events] };
	const points = last.endLevel === null || first.startLevel === null ? null : last.endLevel - first.startLevel;
	const gained = parts.every(({ gained: one }) => one !== null)
		? parts.reduce((sum, one) => sum + (one.gained ?? 0), 0)
		: null;
	const own = settings.capacity === null || points === null ? null : (points * settings.capacity) / 100;
	const energy = own ?? gained ?? seen.energy;
	const drawn = energy === null ? null : brief(energy / settings.efficiency, 3);
	const duration = Math.round(parts.reduce((sum, { start, end }) => sum + end - start, 0) / 1000);
	const cost = costOf();
	const range = parts.every(({ range: one }) => one !== null)
		? parts.reduce((sum, one) => sum + (one.range ?? 0), 0)
		: seen.range;
	const payload: ChargePayload = {
		...seen,
		startedAt: rfc3339(first.start),
		endedAt: rfc3339(last.end),
		duration: Math.round((last.end - first.start) / 1000),
		startLevel: first.startLevel ?? seen.startLevel,
		endLevel: last.endLevel ?? seen.endLevel,
		energy: energy === null ? null : brief(energy, 3),
		drawn,
		power: energy === null || duration === 0 ? null : brief(energy / (duration / 3600), 2),
		range,
		cost,
		currency: cost === null ? null : settings.currency,
		reason: seen.reason === "unknown" ? (REASONS[last.reason ?? ""] ?? "unknown") : seen.reason,
		source: "sessions",
	};
	return {
		known: paidInstead(),
		events: events.map((one) => (one === told ? ({ ...one, payload } as WatchEvent) : one)),
	};

	function costOf(): number | null {
		if (drawn === null) return null;
		// What was seen of its hours counts: the same mean price, of another amount.
		const isSeen = seen.startedAt !== null && seen.endedAt !== null;
		if (isSeen && seen.cost !== null && seen.drawn !== null && seen.drawn > 0)
			return brief((seen.cost / seen.drawn) * drawn, 4);
		const price = meanPrice(
			pricingAt(known, settings, pricing),
			settings.timeZone,
			first?.start ?? from,
			last?.end ?? to,
		);
		return price === null ? null : brief(price * drawn, 4);
	}

	function paidInstead(): Known {
		if (energy === null || cost === null || energy <= 0.1) return known;
		const ended = known.charge?.ended;
		const before = ended?.paid === true ? known.paid.slice(0, -1) : known.paid;
		const paid = [...before, [brief(energy, 3), cost] as [number, number]].slice(-MOST_PAID);
		const charge =
			known.charge !== null && ended !== undefined
				? { ...known.charge, ended: { ...ended, paid: true } }
				: known.charge;
		return { ...known, paid, charge };
	}
}

/** Source: `ChargingSession` and `ChargingSessionEnergy` of accounts-v1; powers are Wh. */
function partOf(session: unknown) {
	const start = time(at(session, "start"));
	const end = time(at(session, "end"));
	if (start === null || end === null || end < start) return null;
	const power = number(at(session, "gain", "power"), 0, 1e6);
	return {
		start,
		end,
		startLevel: number(at(session, "startEnergy", "level"), 0, 100),
		endLevel: number(at(session, "endEnergy", "level"), 0, 100),
		gained: power === null ? null : power / 1000,
		range: number(at(session, "gain", "autonomy"), 0, 5000),
		reason: text(at(session, "finishReason")),
	};
}
