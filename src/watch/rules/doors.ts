import { counts, type Step } from "./step";

/** Doors, bonnet and boot: locked, unlocked, opened, closed. */
export function watchDoors(step: Step): void {
	const { before, next, reading, telling } = step;
	if (reading.doorsAt !== null) next.doorsAt = reading.doorsAt;
	const was = before.open ?? [];
	const open = reading.open ?? was;
	const opened = open.filter((one) => !was.includes(one));
	const closed = was.filter((one) => !open.includes(one));
	const payload = { opened, closed, open: [...open] };
	const occasion = { at: reading.doorsAt };
	if (reading.open !== null) {
		next.open = [...reading.open];
		if (counts(step, before.open)) {
			if (opened.length > 0) telling.tell("opened", payload, occasion);
			if (closed.length > 0) telling.tell("closed", payload, occasion);
		}
	}
	if (reading.locked === null) return;
	next.locked = reading.locked;
	if (reading.locked !== before.locked && counts(step, before.locked))
		telling.tell(reading.locked ? "locked" : "unlocked", payload, occasion);
}
