/** How long (ms) no renewal is tried again for what was refused with a renewed sign-in: the first pause, the longest. */
const FIRST_PAUSE = 5 * 60_000;
const LONGEST_PAUSE = 60 * 60_000;
/** Most paths that are remembered. */
const MOST = 1000;

/**
 * What the API goes on refusing with 401 although the sign-in has just been renewed: a car whose consent is gone, say.
 * One that is polled must not cost a renewal at every poll, and the others must not suffer.
 */
export class RenewalPauses {
	readonly #now: () => number;
	readonly #refused = new Map<string, { until: number; pause: number }>();

	/** @param now milliseconds since some fixed moment, of a clock that never jumps */
	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	/** True while a renewal for this address would be in vain. */
	has(url: URL): boolean {
		return (this.#refused.get(subjectOf(url))?.until ?? 0) > this.#now();
	}

	/**
	 * The address was refused once more, with a sign-in renewed for it: each time the pause is twice as long. Who is refused
	 * during a pause was under way when it began.
	 */
	add(url: URL): void {
		if (this.has(url)) return;
		const subject = subjectOf(url);
		const before = this.#refused.get(subject);
		const pause = before === undefined ? FIRST_PAUSE : Math.min(2 * before.pause, LONGEST_PAUSE);
		this.#refused.delete(subject);
		this.#refused.set(subject, { until: this.#now() + pause, pause });
		const [oldest] = this.#refused.keys();
		if (oldest !== undefined && this.#refused.size > MOST) this.#refused.delete(oldest);
	}

	/** The address is open again. */
	delete(url: URL): void {
		if (this.#refused.size > 0) this.#refused.delete(subjectOf(url));
	}
}

/** The vehicle that an address belongs to, as all that is read of a car is refused alike; else the path. */
function subjectOf({ pathname }: URL): string {
	const segments = pathname.split("/");
	const vehicle = segments.lastIndexOf("vehicles");
	return (vehicle < 0 ? segments : segments.slice(0, vehicle + 2)).join("/");
}
