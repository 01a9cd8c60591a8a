import { abortable } from "../transport/abortable";

/** Who has a vehicle, and who waits for it. */
interface Place {
	/** Keys of the commands under way; more than one only where an earlier run has left several. */
	holders: Set<string>;
	waiting: { key: string; go(): void }[];
}

/** One command at a time for a vehicle, whichever account sends it. Commands are told apart by their keys in the journal. */
export class BusyVehicles {
	readonly #places = new Map<string, Place>();

	/** True while a command to the vehicle is under way. */
	isBusy(vehicle: string): boolean {
		return this.#places.has(vehicle);
	}

	/**
	 * Waits until the vehicle is free and takes it for a command, until {@link free}.
	 *
	 * @throws the signal's reason
	 */
	async take(vehicle: string, key: string, signal: AbortSignal): Promise<void> {
		signal.throwIfAborted();
		const place = this.#places.get(vehicle);
		if (!place) return this.hold(vehicle, key);
		const free = new Promise<void>((resolve) => {
			place.waiting.push({ key, go: resolve });
		});
		try {
			await abortable(free, signal);
		} catch (error) {
			for (const each of this.#places.values()) each.waiting = each.waiting.filter((one) => one.key !== key);
			this.free(key);
			throw error;
		}
	}

	/** A command is under way already, also where another one is. */
	hold(vehicle: string, key: string): void {
		const place = this.#places.get(vehicle) ?? { holders: new Set(), waiting: [] };
		place.holders.add(key);
		this.#places.set(vehicle, place);
	}

	/** The command is over. */
	free(key: string): void {
		for (const [vehicle, place] of this.#places) {
			if (!place.holders.delete(key) || place.holders.size > 0) continue;
			const next = place.waiting.shift();
			if (!next) this.#places.delete(vehicle);
			else {
				place.holders.add(next.key);
				next.go();
			}
		}
	}

	/** Two names turn out to be one vehicle's. */
	join(name: string, vehicle: string): void {
		const place = this.#places.get(name);
		if (!place) return;
		const other = this.#places.get(vehicle);
		this.#places.delete(name);
		if (!other) this.#places.set(vehicle, place);
		else {
			for (const key of place.holders) other.holders.add(key);
			other.waiting.push(...place.waiting);
		}
	}
}
