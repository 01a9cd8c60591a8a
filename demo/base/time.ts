/** Lengths of time in milliseconds, and moments in words. */

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

/** RFC 3339 time in whole seconds, of epoch milliseconds. */
export function iso(time: number): string {
	return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
