/** What the fleet of the bench does: each vehicle drives for one hour in twenty. */
export const HOUR = 3_600_000;
/** One of so many vehicles drives. */
const ONE_IN = 20;
const KM_AN_HOUR = 60;

/** Milliseconds by which a vehicle's hours begin later than the clock's. */
const shift = (index: number) => (index % 60) * 60_000;
const slot = (index: number, now: number) => Math.floor((now - shift(index)) / HOUR);

export function isDriving(index: number, now: number): boolean {
	return (slot(index, now) + index) % ONE_IN === 0;
}

/** When a vehicle that stands last stopped. */
export function lastChange(index: number, now: number): number {
	const since = (slot(index, now) + index) % ONE_IN;
	return (slot(index, now) - since + 1) * HOUR + shift(index);
}

/** km */
export function odometerOf(index: number, now: number): number {
	const drives = Math.floor((slot(index, now) + index) / ONE_IN);
	const part = isDriving(index, now) ? (now - shift(index)) / HOUR - slot(index, now) : 1;
	return Math.round((drives + part) * KM_AN_HOUR * 10) / 10;
}

/** How often a vehicle starts, and how often it stops, after one moment and up to another. */
export function changes(index: number, from: number, to: number): { started: number; ended: number } {
	let started = 0;
	let ended = 0;
	for (let at = slot(index, from) + 1; at * HOUR + shift(index) <= to; at++) {
		if ((at + index) % ONE_IN === 0) started++;
		if ((at + index) % ONE_IN === 1) ended++;
	}
	return { started, ended };
}
