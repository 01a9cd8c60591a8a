/** How a battery fills: at full power for long, and slower the fuller it is. */
import { hour } from "../base/time";

/** `Slow` is alternating current at a wallbox or a socket, `Quick` direct current at a station. */
export type ChargingMode = "Slow" | "Quick";

/** A way to charge: Wh that the battery holds, and W that reach it at the best of times. */
export interface Plug {
	capacity: number;
	power: number;
	mode: ChargingMode;
}

/** Share of the power that a battery takes from a level in % on, to the next step. */
const curves: Readonly<Record<ChargingMode, readonly (readonly [from: number, share: number])[]>> = {
	Slow: [
		[0, 1],
		[94, 0.65],
		[98, 0.35],
	],
	Quick: [
		[0, 0.9],
		[10, 1],
		[40, 0.8],
		[55, 0.6],
		[70, 0.4],
		[80, 0.22],
		[90, 0.1],
	],
};

/** W that reach the battery at a level. */
export function powerAt({ power, mode }: Plug, level: number): number {
	const step = curves[mode].findLast(([from]) => from <= level);
	return power * (step?.[1] ?? 1);
}

/** Milliseconds from one level to another, which is not below it. */
export function timeToCharge(plug: Plug, from: number, to: number): number {
	return steps(plug, from, to).reduce((sum, { duration }) => sum + duration, 0);
}

/** The level after so many milliseconds at the plug, `limit` at most. */
export function levelAfter(plug: Plug, from: number, milliseconds: number, limit: number): number {
	let left = Math.max(0, milliseconds);
	let level = from;
	for (const { until, duration } of steps(plug, from, limit)) {
		if (left < duration) return level + ((until - level) * left) / duration;
		left -= duration;
		level = until;
	}
	return level;
}

/** Stretches of the way at one power each. */
function steps(plug: Plug, from: number, to: number): { until: number; duration: number }[] {
	const marks = [...curves[plug.mode].map(([level]) => level).filter((level) => level > from && level < to), to];
	let level = from;
	return marks
		.filter((until) => until > from)
		.map((until) => {
			const energy = ((until - level) * plug.capacity) / 100;
			const duration = (energy / powerAt(plug, level)) * hour;
			level = until;
			return { until, duration };
		});
}
