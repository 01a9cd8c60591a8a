import { placeOf } from "../place";
import type { Drive, PendingTrip } from "../state";
import { MOST_PENDING } from "../state";
import { counts, gap, type Step, UNSURE } from "./step";

/** km from which on a growing odometer is a drive, if nobody saw one. */
export const UNSEEN_DRIVE = 0.5;
/** km/h that no odometer grows faster than. */
const FASTEST = 250;
const HOUR = 3_600_000;

/** How a vehicle moves, as one state tells it. */
export interface Motion {
	/** Null where the state does not say. */
	drives: boolean | null;
	/** km since the odometer was read last. */
	driven: number;
}

/** What decides whether a vehicle drives, see the contract. An odometer that falls or leaps says nothing. */
export function motionOf({ before, reading, first }: Step): Motion {
	const hours = (reading.updatedAt - before.odometerAt) / HOUR;
	const grown = first || reading.odometer === null || before.odometer === null ? 0 : reading.odometer - before.odometer;
	const driven = grown > 0 && grown <= FASTEST * hours + 5 ? grown : 0;
	if (reading.ignition === null) return { drives: null, driven };
	if (reading.ignition === "Stop") return { drives: false, driven };
	return { drives: reading.moving === true || driven > 0 ? true : null, driven };
}

/** Drives that begin and end; each one that ended, seen or not, awaits its trip. */
export function watchDrives(step: Step, { drives, driven }: Motion): void {
	const { before, next, reading, settings, telling } = step;
	const seen = before.driving === true;
	if (reading.odometer !== null && (before.odometer === null || reading.odometer === before.odometer || driven > 0)) {
		next.odometer = reading.odometer;
		next.odometerAt = reading.updatedAt;
	}
	if (drives !== null) next.driving = drives;
	if (drives === true && !seen) {
		next.drive = begun(step);
		if (counts(step, before.driving)) telling.tell("driving-started", { place: placeOf(next, settings) });
	} else if (drives === false && seen) {
		telling.tell("driving-ended", { place: placeOf(next, settings) });
		if (before.drive !== null) awaitTrip(step, ended(step, before.drive, false));
		next.drive = null;
	} else if (!seen && driven >= UNSEEN_DRIVE) awaitTrip(step, unseen(step));
}

function begun(step: Step): Drive {
	const { before, reading, first } = step;
	return {
		since: first ? reading.updatedAt : before.updatedAt,
		startedAt: gap(step) <= UNSURE ? reading.updatedAt : null,
		...startOf(first ? step.next : before),
	};
}

function startOf({ odometer, spot, level, residual }: Readonly<Step["next"]>): Omit<Drive, "since" | "startedAt"> {
	return { odometer, spot, level, residual };
}

function ended(step: Step, drive: Drive, isUnseen: boolean): PendingTrip {
	const { next, reading, now } = step;
	return {
		...drive,
		endedAt: !isUnseen && gap(step) <= UNSURE ? reading.updatedAt : null,
		until: reading.updatedAt,
		stopOdometer: next.odometer,
		stopSpot: next.spot,
		stopLevel: next.level,
		stopResidual: next.residual,
		found: null,
		unseen: isUnseen,
		seenAt: now,
		asked: 0,
	};
}

// Where nothing tells of a drive but the odometer, it is seen in pieces: each one prolongs the one before.
function unseen(step: Step): PendingTrip {
	const { before } = step;
	const last = before.pending.at(-1);
	const whole = last?.unseen === true && last.found === null ? last : undefined;
	const drive = whole ?? { since: before.updatedAt, startedAt: null, ...startOf(before) };
	const { since, startedAt, odometer, spot, level, residual } = drive;
	return ended(step, { since, startedAt, odometer, spot, level, residual }, true);
}

function awaitTrip({ next, settings }: Step, trip: PendingTrip): void {
	if (!settings.events.has("trip-ended")) return;
	const others = next.pending.filter(({ since }) => since !== trip.since);
	const kept = [...others, trip];
	// A third one joins the second, which then is no whole drive of its own; that happens where trips can't be asked for.
	if (kept.length > MOST_PENDING) {
		const [last, joined] = kept.slice(-2) as [PendingTrip, PendingTrip];
		const { since, startedAt, odometer, spot, level, residual } = last;
		kept.splice(-2, 2, { ...joined, since, startedAt, odometer, spot, level, residual });
	}
	next.pending = kept;
}
