/**
 * Randomness without memory: the same keys always give the same number, so every part of the
 * simulated world can be asked for in any order, and again after a restart.
 */

/** A number in [0, 1) that depends on nothing but the keys (32-bit mixing as in MurmurHash3's finaliser). */
export function roll(...keys: number[]): number {
	let hash = 0x9e3779b9;
	for (const key of keys) {
		hash = Math.imul(hash ^ (key | 0), 0x85ebca6b);
		hash ^= hash >>> 13;
		hash = Math.imul(hash, 0xc2b2ae35);
		hash ^= hash >>> 16;
	}
	return (hash >>> 0) / 2 ** 32;
}

/** One entry of a list that is not empty. */
export function pick<T>(list: readonly [T, ...T[]], ...keys: number[]): T {
	return list[Math.floor(roll(...keys) * list.length)] ?? list[0];
}

/** A number between two bounds. */
export function between(low: number, high: number, ...keys: number[]): number {
	return low + (high - low) * roll(...keys);
}

/** Lower-case hexadecimal text of `length` digits, drawn from the keys. */
export function hex(length: number, ...keys: number[]): string {
	let text = "";
	for (let part = 0; text.length < length; part++) {
		text += Math.floor(roll(...keys, 7919 + part) * 2 ** 32)
			.toString(16)
			.padStart(8, "0");
	}
	return text.slice(0, length);
}
