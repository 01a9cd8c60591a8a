import type { Clock } from "./clock";
import { margin } from "./tokens";

/** Time (ms) in which renewals are counted, and how many clients that work allow themselves in it. */
const WINDOW = 30 * 60_000;
const MOST = 6;

/** A renewal that was begun. */
interface Spent {
	/** Epoch milliseconds. */
	wall: number;
	/** Reading of {@link Clock.ticks}; absent for one of an earlier process. */
	tick?: number;
}

/**
 * At most six renewals in half an hour, whatever goes wrong: a server takes more for an attack. A server whose tokens
 * are short-lived gets as many as their life asks for.
 */
export class RenewalBudget {
	readonly #clock: Clock;
	#spent: Spent[] = [];

	constructor(clock: Clock) {
		this.#clock = clock;
	}

	/** Counts renewals that others made, in this process or an earlier one (epoch milliseconds). */
	recall(times: readonly number[] = []): void {
		for (const wall of times) if (!this.#spent.some((spent) => spent.wall === wall)) this.#spent.push({ wall });
	}

	/** Counts a renewal; the answer says what came of it: tokens of that moment, or nothing that reached the server. */
	spend(): { got(receivedAt: number): void; unsent(): void } {
		const spent: Spent = { wall: this.#clock.now(), tick: this.#clock.ticks() };
		this.#spent.push(spent);
		return {
			got: (receivedAt) => {
				this.#spent = this.#spent.filter((other) => other === spent || other.wall !== receivedAt);
				spent.wall = receivedAt;
			},
			unsent: () => {
				this.#spent = this.#spent.filter((other) => other !== spent);
			},
		};
	}

	/** Milliseconds until another renewal is allowed, for tokens of this lifetime (ms); 0: now. */
	wait(lifetime: number | undefined): number {
		const left = (spent: Spent) => WINDOW - this.#age(spent);
		this.#spent = this.#spent.filter((spent) => left(spent) > 0 && left(spent) <= WINDOW);
		const most = lifetime === undefined ? MOST : Math.max(MOST, Math.ceil(WINDOW / (lifetime - margin(lifetime))) + 1);
		const ends = this.#spent.map(left).sort((a, b) => b - a);
		return ends[most - 1] ?? 0;
	}

	#age({ wall, tick }: Spent): number {
		return tick === undefined ? this.#clock.now() - wall : this.#clock.ticks() - tick;
	}
}
