import { type ChargePayload, type ChargeReason, keyOf, type PlugPayload, rfc3339 } from "../events";
import { placeOf, pricingAt } from "../place";
import { meanPrice } from "../prices";
import type { WatchSettings } from "../settings";
import { brief, type Charge, type Known, MOST_PAID } from "../state";
import { lags } from "./battery";
import { type Motion, UNSEEN_DRIVE } from "./drive";
import { counts, gap, ownTime, type Step, UNSURE } from "./step";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A charge that resumes within this time is the same. */
export const RESUMES = 10 * MINUTE;
/** After a charge its level may still come in late; a rise in this time is no other charge. */
const SETTLES = HOUR;
/** Points that a level must have risen by to be a charge, if nobody saw one: by regeneration it rises while driving, too. */
const RISE = { parked: 5, driven: 10 };
/** Points an hour that no charger exceeds. */
const FASTEST = 250;
/** Points that a level may be short of 100 in a full battery. */
const FULL = 99;
/** Points by which a level may have risen before a charge counts as begun long ago. */
const BEGUN = 2;

/** The cable and what comes through it: plugged, unplugged, charges that start, end, resume, fail, and those that nobody saw. */
export function watchCharging(step: Step, { drives, driven }: Motion): void {
	const { before, next, reading, telling } = step;
	// Nothing that drives is plugged in: such a block is older than the rest of the state.
	const plugged = drives === true && reading.plugged === true ? null : reading.plugged;
	const told = drives === true && reading.status === CHARGING ? null : reading.status;
	const status = told === null && plugged === false ? DISCONNECTED : told;
	const isPlugged = plugged ?? before.plugged;
	const was = before.status === CHARGING;
	const is = status === null ? was : status === CHARGING;
	const own = ownTime(step, reading.chargingAt);
	const moved = drives === true || before.driving === true || driven >= UNSEEN_DRIVE;
	// Plugged in before and after a drive: it was unplugged for it and plugged in again.
	const isParked = drives === false || (drives === null && before.driving !== true);
	const drove = driven >= UNSEEN_DRIVE || isFromBefore(before);
	const replugged = before.plugged === true && plugged === true && own !== null && isParked && drove;

	if (reading.chargingAt !== null) next.chargingAt = reading.chargingAt;
	next.plugged = isPlugged;
	if (isPlugged === true && (before.plugged !== true || replugged)) next.pluggedAt = reading.updatedAt;
	next.status = status ?? before.status;
	next.endsAt = reading.endsAt;
	next.nextStart = reading.nextStart;

	if (was && (!is || replugged)) end(step, { moved, unplugged: replugged || isPlugged === false });
	else if (was) next.charge = before.charge && proceed(step, before.charge, reading.updatedAt);
	else if (!is) missed(step, { moved, isPlugged });
	if (is && (!was || replugged)) start(step, { moved, replugged });

	if ((before.plugged === true && isPlugged === false) || replugged)
		telling.tell("unplugged", plugPayload(step, before.session ?? next.session), { at: own });
	if (isPlugged === false || (replugged && next.session === before.session)) next.session = null;
	const session = next.session;
	if (isPlugged === true && (before.plugged !== true || replugged) && (replugged || counts(step, before.plugged)))
		telling.tell("plugged", plugPayload(step, session), { at: own });

	if (is && (!was || replugged) && (replugged || counts(step, before.status)))
		telling.tell("charging-started", plugPayload(step, session), { at: own });
	const failed = status === FAILED && before.status !== FAILED && !was;
	// A charge that had started tells of its own failure, and what the cable says later is no other one.
	const isTold = session !== null || (isPlugged !== true && endedLately(step));
	if (failed && counts(step, before.status) && !isTold)
		telling.tell("charging-failed", plugPayload(step, null), { at: own });
}

/** True where the cable that a driving vehicle is said to have is the one from before the drive; one seen later is another. */
function isFromBefore({ drive, pluggedAt }: Readonly<Known>): boolean {
	return drive !== null && (pluggedAt === undefined || pluggedAt <= drive.since);
}

/** The charge so far, or null: `watch.session` of the state. */
export function sessionSoFar(known: Readonly<Known>, settings: WatchSettings): ChargePayload | null {
	const { charge } = known;
	if (charge === null || charge.ended !== undefined) return null;
	return describe(known, charge, { settings, endedAt: null, until: known.updatedAt, reason: null });
}

const CHARGING = "InProgress";
const DISCONNECTED = "Disconnected";
const FAILED = "Failure";

function plugPayload({ next, settings }: Step, session: string | null): PlugPayload {
	return { level: next.level, range: next.range, place: placeOf(next, settings), session };
}

function start(step: Step, { moved, replugged }: { moved: boolean; replugged: boolean }): void {
	const { before, next, reading, vehicle, first } = step;
	const isSure = gap(step) <= UNSURE;
	const rose = (reading.level ?? 0) - (before.level ?? 0) >= BEGUN;
	const own = ownTime(step, reading.chargingAt);
	const startedAt = isSure ? (own ?? reading.updatedAt) : rose || moved ? null : own;
	const last = before.charge;
	// The session is forgotten when the cable is pulled.
	if (last?.ended !== undefined && last.session === before.session && !replugged && !moved) {
		const pause = (startedAt ?? reading.updatedAt) - (last.ended.at ?? last.ended.seen);
		if (pause <= RESUMES) {
			const { ended, ...resumed } = last;
			// What it has cost so far is told once more at its next end, with the rest.
			if (ended.paid) next.paid = next.paid.slice(0, -1);
			next.charge = proceed(step, resumed, reading.updatedAt);
			next.session = resumed.session;
			return;
		}
	}
	// A charge that was under way when the vehicle was seen first took nobody knows what.
	const unknown = first || before.status === null;
	const begun = unknown || (moved && !isSure) ? NOTHING : moved ? next : before;
	const charge: Charge = {
		session: keyOf(16, vehicle, "session", first ? reading.updatedAt : before.updatedAt),
		startedAt: unknown ? null : startedAt,
		startLevel: least(begun.level, reading.level),
		startRange: begun.range,
		startResidual: least(begun.residual, reading.residual),
		level: least(begun.level, reading.level),
		range: begun.range,
		residual: least(begun.residual, reading.residual),
		levelAt: startedAt ?? (first ? reading.updatedAt : before.updatedAt),
		residualAt: startedAt ?? (first ? reading.updatedAt : before.updatedAt),
		byLevel: nothingPaid(step),
		byResidual: nothingPaid(step),
		odometer: next.odometer,
	};
	next.charge = proceed(step, charge, reading.updatedAt);
	next.session = charge.session;
}

const NOTHING = { level: null, range: null, residual: null };

function nothingPaid({ next, settings, pricing }: Step): number | null {
	return pricingAt(next, settings, pricing) === null ? null : 0;
}

function end(step: Step, { moved, unplugged }: { moved: boolean; unplugged: boolean }): void {
	const { before, reading, telling } = step;
	if (before.charge === null) return;
	const own = ownTime(step, reading.chargingAt);
	const isSure = gap(step) <= UNSURE;
	const endedAt = moved && !isSure ? null : (own ?? (isSure ? reading.updatedAt : null));
	let charge = before.charge;
	if (!moved && !hasMoved(step, charge)) charge = proceed(step, charge, endedAt ?? reading.updatedAt);
	else if (reading.updatedAt - charge.levelAt > UNSURE) charge = { ...charge, ...NOTHING };
	const reason = reasonOf(reading.status, reading.limit, charge.level, unplugged);
	telling.tell("charging-ended", finish(step, charge, { endedAt, reason }), { at: own });
}

/** A charge between two states, of which neither shows it: told by what it left in the battery. */
function missed(step: Step, { moved, isPlugged }: { moved: boolean; isPlugged: boolean | null }): void {
	const { before, next, reading, telling, vehicle, first } = step;
	const last = before.charge;
	if (last?.ended !== undefined && reading.updatedAt - last.ended.seen > SETTLES) next.charge = null;
	if (first || before.status === null || reading.level === null || before.level === null || next.charge !== null)
		return;
	const rise = reading.level - before.level;
	if (rise < (moved ? RISE.driven : RISE.parked)) return;
	if (rise > (FASTEST * (reading.updatedAt - before.levelAt)) / HOUR) return;
	if (reading.range !== null && before.range !== null && reading.range <= before.range) return;
	// An engine charges the battery, too; and a level that was told long after it was measured proves nothing.
	if (moved && reading.hasTank && before.plugged !== true && isPlugged !== true) return;
	if (before.batteryAt !== null && before.updatedAt - before.batteryAt > 24 * HOUR) return;
	const own = ownTime(step, reading.chargingAt);
	const endedAt = isPlugged === true && (reading.status === "Finished" || reading.status === "Stopped") ? own : null;
	const begun = moved ? NOTHING : before;
	const isKnown = !moved || isPlugged === true;
	const opened: Charge = {
		session: keyOf(16, vehicle, "session", before.updatedAt),
		startedAt: null,
		startLevel: begun.level,
		startRange: begun.range,
		startResidual: begun.residual,
		level: begun.level,
		range: begun.range,
		residual: begun.residual,
		levelAt: before.levelAt,
		residualAt: before.updatedAt,
		byLevel: nothingPaid(step),
		byResidual: nothingPaid(step),
		odometer: next.odometer,
	};
	const charge = isKnown ? proceed(step, opened, endedAt ?? reading.updatedAt) : opened;
	const reason = reasonOf(reading.status, reading.limit, charge.level, isPlugged === false);
	next.session = charge.session;
	telling.tell("charging-ended", finish(step, charge, { endedAt, reason }), { at: endedAt });
}

/** The charge with what came in since it was looked at last, at the mean price of that time. */
function proceed(step: Step, charge: Charge, until: number): Charge {
	const { reading, next, settings, pricing } = step;
	if (hasMoved(step, charge)) return charge;
	const result: Charge = { ...charge };
	const here = pricingAt(next, settings, pricing);
	const add = (cost: number | null, gained: number, since: number): number | null => {
		if (gained === 0 || cost === null) return cost;
		const price = meanPrice(here, settings.timeZone, since, Math.max(since, until));
		return price === null ? null : brief(cost + gained * price);
	};
	if (reading.level !== null) {
		if (charge.level !== null) result.byLevel = add(charge.byLevel, reading.level - charge.level, charge.levelAt);
		result.level = reading.level;
		result.levelAt = Math.max(until, charge.levelAt);
	}
	if (reading.residual !== null) {
		if (charge.residual !== null)
			result.byResidual = add(charge.byResidual, reading.residual - charge.residual, charge.residualAt);
		result.residual = brief(reading.residual);
		result.residualAt = Math.max(until, charge.residualAt);
	} else if (reading.level !== null && reading.level === charge.level) {
		// While the level stands, so does what was told with it.
		result.residualAt = result.levelAt;
	}
	if (reading.range !== null) result.range = reading.range;
	return result;
}

interface End {
	endedAt: number | null;
	reason: ChargeReason;
}

/** Puts a charge down as ended; what is told of it. */
function finish(step: Step, charge: Charge, { endedAt, reason }: End): ChargePayload {
	const { next, reading, settings, before } = step;
	const moved = hasMoved(step, charge);
	const payload = describe(moved ? { ...next, spot: before.spot, inside: before.inside } : next, charge, {
		settings,
		endedAt,
		until: reading.updatedAt,
		reason,
	});
	const paid = payload.cost !== null && payload.energy !== null && payload.energy > 0.1;
	if (paid) next.paid = [...next.paid, [payload.energy ?? 0, payload.cost ?? 0] as [number, number]].slice(-MOST_PAID);
	next.charge = { ...charge, ended: { at: endedAt, seen: reading.updatedAt, paid } };
	return payload;
}

interface Description {
	settings: WatchSettings;
	endedAt: number | null;
	/** The state up to which it is told. */
	until: number;
	reason: ChargeReason | null;
}

function describe(
	known: Readonly<Known>,
	charge: Charge,
	{ settings, endedAt, until, reason }: Description,
): ChargePayload {
	const { startedAt, level, startLevel } = charge;
	const end = endedAt ?? (reason === null ? until : null);
	const duration = startedAt === null || end === null ? null : Math.max(0, Math.round((end - startedAt) / 1000));
	const { energy, cost } = amounts(charge, settings.capacity ?? known.capacity, settings);
	return {
		session: charge.session,
		startedAt: startedAt === null ? null : rfc3339(startedAt),
		endedAt: endedAt === null ? null : rfc3339(endedAt),
		duration,
		startLevel,
		endLevel: level,
		energy,
		drawn: energy === null ? null : brief(energy / settings.efficiency, 3),
		power: energy === null || !duration ? null : brief(energy / (duration / 3600), 2),
		range: charge.range === null || charge.startRange === null ? null : brief(charge.range - charge.startRange, 1),
		odometer: charge.odometer,
		place: placeOf(known, settings),
		cost,
		currency: cost === null ? null : settings.currency,
		reason,
		source: "status",
	};
}

// A residual that was told no more while the level rose on has not seen the whole charge.
function isCut({ level, startLevel, levelAt, residualAt }: Charge): boolean {
	return level !== null && startLevel !== null && residualAt < levelAt;
}

/** kWh in the battery, and money for what was drawn: by its residual where that moves with the level, else by level and capacity. */
function amounts(
	charge: Charge,
	capacity: number | null,
	settings: WatchSettings,
): Pick<ChargePayload, "energy" | "cost"> {
	const { level, startLevel, residual, startResidual } = charge;
	const points = level === null || startLevel === null ? null : level - startLevel;
	const gained = residual === null || startResidual === null ? null : residual - startResidual;
	if (gained !== null && settings.capacity === null && !lags(gained, points, capacity) && !isCut(charge))
		return amount(gained, charge.byResidual, settings);
	if (points === null || capacity === null) return { energy: null, cost: null };
	const perPoint = capacity / 100;
	return amount(points * perPoint, charge.byLevel === null ? null : charge.byLevel * perPoint, settings);
}

function amount(
	energy: number,
	cost: number | null,
	{ efficiency }: WatchSettings,
): Pick<ChargePayload, "energy" | "cost"> {
	if (energy <= 0) return { energy: 0, cost: cost === null ? null : 0 };
	return { energy: brief(energy, 3), cost: cost === null ? null : brief(cost / efficiency, 4) };
}

function reasonOf(status: string | null, limit: string | null, level: number | null, unplugged: boolean): ChargeReason {
	if (status === FAILED) return "failed";
	if (level !== null && level >= FULL) return "full";
	if (status === "Finished") {
		if (limit === "Full") return "full";
		return limit === "Partial" || level !== null ? "limit" : "unknown";
	}
	if (unplugged) return "unplugged";
	return status === "Stopped" ? "stopped" : "unknown";
}

/** A vehicle that has moved since its charge began: what its battery holds says no more about that. */
function hasMoved({ next }: Step, { odometer }: Charge): boolean {
	return (
		next.driving === true || (next.odometer !== null && odometer !== null && next.odometer - odometer >= UNSEEN_DRIVE)
	);
}

function endedLately({ before, reading }: Step): boolean {
	const ended = before.charge?.ended;
	return ended !== undefined && reading.updatedAt - ended.seen <= RESUMES;
}

function least(one: number | null, other: number | null): number | null {
	return one === null || other === null ? one : Math.min(one, other);
}
