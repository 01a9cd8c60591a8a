import { abortable } from "../transport/abortable";

/** Who has a vehicle, and who waits for it. */
interface Turns {
	/** Keys of the commands under way; more than one only where an earlier run has left several. */
	holders: Set<string>;
	waiting: { key: string; go(): void }[];
}

/** One command at a time for a vehicle, whichever account sends it. Commands are told apart by their keys in the journal. */
export class BusyVehicles {
	readonly #turns = new Map<string, Turns>();

	/** True while a command to the vehicle is under way. */
	isBusy(vehicle: string): boolean {
		return this.#turns.has(vehicle);
	}

	/**
	 * Waits until the vehicle is free and takes it for a command, until {@link free}.
	 *
	 * @throws the signal's reason
	 */
	async take(vehicle: string, key: string, signal: AbortSignal): Promise<void> {
		signal.throwIfAborted();
		const turns = this.#turns.get(vehicle);
		if (!turns) return this.hold(vehicle, key);
		const free = new Promise<void>((resolve) => {
			turns.waiting.push({ key, go: resolve });
		});
		try {
			await abortable(free, signal);
		} catch (error) {
			for (const each of this.#turns.values()) each.waiting = each.waiting.filter((one) => one.key !== key);
			this.free(key);
			throw error;
		}
	}

	/** A command is under way already, also where another one is. */
	hold(vehicle: string, key: string): void {
		const turns = this.#turns.get(vehicle) ?? { holders: new Set(), waiting: [] };
		turns.holders.add(key);
		this.#turns.set(vehicle, turns);
	}

	/** The command is over. */
	free(key: string): void {
		for (const [vehicle, turns] of this.#turns) {
			if (!turns.holders.delete(key) || turns.holders.size > 0) continue;
			const next = turns.waiting.shift();
			if (!next) this.#turns.delete(vehicle);
			else {
				turns.holders.add(next.key);
				next.go();
			}
		}
	}

	/** Two names turn out to be one vehicle's. */
	join(name: string, vehicle: string): void {
		const turns = this.#turns.get(name);
		if (!turns || name === vehicle) return;
		const other = this.#turns.get(vehicle);
		this.#turns.delete(name);
		if (!other) this.#turns.set(vehicle, turns);
		else {
			for (const key of turns.holders) other.holders.add(key);
			other.waiting.push(...turns.waiting);
		}
	}
}
