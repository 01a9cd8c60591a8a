import { type Digest, digestOf } from "../digest";
import { DigestMap } from "../digest-table";
import { defined } from "../json";
import { RecentMap } from "../recent-map";

/** What the list has told of a vehicle, beside its id, and when (epoch milliseconds). */
export interface Told {
	vin?: string;
	label?: string;
	/** Where there is no label. */
	brand?: string;
	at: number;
}

/** Names of vehicles that are kept once for all that share them. */
const MOST_NAMES = 1_000;

/**
 * What the list has told of the vehicles of an account: of at most so many, and always of the latest half of them. It is
 * kept in columns, and ids as digests: an object and a text for each of a large fleet would be most of what is left on
 * Node-RED's heap after a sweep.
 */
export class VehicleMemory {
	readonly #most: number;
	readonly #names = new RecentMap<string, string>(MOST_NAMES);
	#latest = new Columns();
	#earlier = new Columns();

	constructor(most: number) {
		this.#most = most;
	}

	/** How many are remembered, some of them twice. */
	get size(): number {
		return this.#latest.size + this.#earlier.size;
	}

	get(id: string): Told | undefined {
		const digest = digestOf(id);
		return this.#latest.get(digest) ?? this.#earlier.get(digest);
	}

	/** Takes note that a vehicle was told again. False where it was told otherwise, or so long ago that it must be set. */
	again(id: string, vin: string | undefined, label: string | undefined, at: number): boolean {
		return this.#latest.again(digestOf(id), vin, label, at);
	}

	set(id: string, { vin, label, brand, at }: Told): void {
		this.#latest.set(digestOf(id), vin, this.#shared(label), this.#shared(brand), at);
		if (this.#latest.size * 2 < this.#most) return;
		this.#earlier = this.#latest;
		this.#latest = new Columns();
	}

	/** One text for all vehicles that are called the same: a fleet has few models, and each item comes with its own. */
	#shared(name: string | undefined): string | undefined {
		if (name === undefined) return undefined;
		const known = this.#names.get(name);
		if (known === undefined) this.#names.set(name, name);
		return known ?? name;
	}
}

/** A column for each thing that is known, and a row for each vehicle. */
class Columns {
	readonly #rows = new DigestMap();
	readonly #vins: (string | undefined)[] = [];
	readonly #labels: (string | undefined)[] = [];
	readonly #brands: (string | undefined)[] = [];
	readonly #at: number[] = [];

	get size(): number {
		return this.#at.length;
	}

	get(digest: Digest): Told | undefined {
		const row = this.#rows.get(digest);
		if (row === undefined) return undefined;
		const at = this.#at[row] ?? 0;
		return { at, ...defined({ vin: this.#vins[row], label: this.#labels[row], brand: this.#brands[row] }) };
	}

	again(digest: Digest, vin: string | undefined, label: string | undefined, at: number): boolean {
		const row = this.#rows.get(digest);
		if (row === undefined || this.#vins[row] !== vin || this.#labels[row] !== label) return false;
		this.#at[row] = at;
		return true;
	}

	set(digest: Digest, vin: string | undefined, label: string | undefined, brand: string | undefined, at: number): void {
		let row = this.#rows.get(digest);
		if (row === undefined) {
			row = this.#at.length;
			this.#rows.set(digest, row);
		}
		this.#vins[row] = vin;
		this.#labels[row] = label;
		this.#brands[row] = brand;
		this.#at[row] = at;
	}
}
