import { abortable } from "../transport/abortable";

/** Who has a vehicle, and who waits for it, by the keys of their commands in the journal. */
interface Turns {
	/** Its name. */
	vehicle: string;
	/** More than one only where an earlier run has left several. */
	holders: Set<string>;
	/** In the order in which they came. */
	waiting: Map<string, () => void>;
}

/** One command at a time for a vehicle, whichever account sends it. However many wait, one that comes or goes costs the same. */
export class BusyVehicles {
	readonly #turns = new Map<string, Turns>();
	/** Of each command that has a vehicle or waits for one. */
	readonly #turnsOf = new Map<string, Turns>();

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
		const free = new Promise<void>((resolve) => turns.waiting.set(key, resolve));
		this.#turnsOf.set(key, turns);
		try {
			await abortable(free, signal);
		} catch (error) {
			this.free(key);
			throw error;
		}
	}

	/** A command is under way already, also where another one is. */
	hold(vehicle: string, key: string): void {
		const turns = this.#turns.get(vehicle) ?? { vehicle, holders: new Set(), waiting: new Map() };
		turns.holders.add(key);
		this.#turns.set(vehicle, turns);
		this.#turnsOf.set(key, turns);
	}

	/** The command is over, or not waited for any more. */
	free(key: string): void {
		const turns = this.#turnsOf.get(key);
		this.#turnsOf.delete(key);
		turns?.waiting.delete(key);
		if (!turns?.holders.delete(key) || turns.holders.size > 0) return;
		const [next] = turns.waiting;
		if (!next) {
			this.#turns.delete(turns.vehicle);
			return;
		}
		const [nextKey, go] = next;
		turns.waiting.delete(nextKey);
		turns.holders.add(nextKey);
		go();
	}

	/** Two names turn out to be one vehicle's. */
	join(name: string, vehicle: string): void {
		const turns = this.#turns.get(name);
		if (!turns || name === vehicle) return;
		const other = this.#turns.get(vehicle);
		this.#turns.delete(name);
		if (!other) {
			turns.vehicle = vehicle;
			this.#turns.set(vehicle, turns);
			return;
		}
		for (const key of turns.holders) other.holders.add(key);
		for (const [key, go] of turns.waiting) other.waiting.set(key, go);
		for (const key of [...turns.holders, ...turns.waiting.keys()]) this.#turnsOf.set(key, other);
	}
}
