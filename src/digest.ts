/** 128 bits of a text: enough that no two texts are ever taken for one. */
export interface Digest {
	/** Never 0. */
	first: number;
	second: number;
	third: number;
	fourth: number;
}

/**
 * MurmurHash3 (x86, 128 bits, by Austin Appleby) of a text's code units. A cryptographic digest takes several times as
 * long; whoever makes up ids that collide, which only the account's own API can, mixes up what he has made up.
 */
export function digestOf(text: string): Digest {
	const { length } = text;
	let h1 = length;
	let h2 = length;
	let h3 = length;
	let h4 = length;
	// Eight code units at a time, the last of them filled up with zeros.
	for (let at = 0; at < length; at += 8) {
		h1 = Math.imul((turn(h1 ^ mix(pair(text, at), 0x239b961b, 15, 0xab0e9789), 19) + h2) | 0, 5) + 0x561ccd1b;
		h2 = Math.imul((turn(h2 ^ mix(pair(text, at + 2), 0xab0e9789, 16, 0x38b34ae5), 17) + h3) | 0, 5) + 0x0bcaa747;
		h3 = Math.imul((turn(h3 ^ mix(pair(text, at + 4), 0x38b34ae5, 17, 0xa1e38b93), 15) + h4) | 0, 5) + 0x96cd1c35;
		h4 = Math.imul((turn(h4 ^ mix(pair(text, at + 6), 0xa1e38b93, 18, 0x239b961b), 13) + h1) | 0, 5) + 0x32ac3b17;
	}
	h1 = (h1 + h2 + h3 + h4) | 0;
	const f1 = finished(h1);
	const f2 = finished((h2 + h1) | 0);
	const f3 = finished((h3 + h1) | 0);
	const f4 = finished((h4 + h1) | 0);
	const sum = (f1 + f2 + f3 + f4) | 0;
	return { first: sum || 1, second: (f2 + sum) | 0, third: (f3 + sum) | 0, fourth: (f4 + sum) | 0 };
}

function pair(text: string, at: number): number {
	if (at + 1 < text.length) return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
	return at < text.length ? text.charCodeAt(at) : 0;
}

function turn(number: number, bits: number): number {
	return (number << bits) | (number >>> (32 - bits));
}

function mix(number: number, one: number, bits: number, other: number): number {
	return Math.imul(turn(Math.imul(number, one), bits), other);
}

/** Has each bit depend on all others. */
function finished(number: number): number {
	const once = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
	const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
	return twice ^ (twice >>> 16);
}
