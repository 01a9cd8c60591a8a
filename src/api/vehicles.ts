import { badInput, StellantisError } from "../error";
import { isDocument, linkOf } from "../hal/document";
import { lastSegment } from "../hal/link";
import type { Claim } from "../transport/limiter";
import { allItems } from "./all-items";
import { type ConnectedCar, isSegment, type Query } from "./connected-car";
import { quote } from "./time";

/** A vehicle as messages carry it; keys without a value are absent. */
export interface VehicleRef {
	/** The id in the API's paths; never the VIN. */
	id: string;
	vin?: string;
	/** The vehicle's own links, as the API gave them. */
	_links?: Record<string, unknown>;
}

/** A vehicle identification number (ISO 3779): 17 letters and digits. */
const VIN = /^[A-Z0-9]{17}$/i;

/** True for a text that can be a VIN. */
export function isVin(text: string): boolean {
	return VIN.test(text);
}

/** How long (ms) a list that was read counts as what the account has. */
const FRESH = 10 * 60_000;
/** How soon (ms) a VIN that was not on the list is looked for again. */
const MISS = 30_000;
/** Vehicles of an account up to which their links are kept too; beyond that only ids, to spare memory. */
const MOST_WITH_LINKS = 1_000;
/** A list with more vehicles is not read for the sake of a few VINs, where the API can filter by VIN. */
const SHORT_LIST = 100;
/** VINs that are asked for one by one; who needs more needs the list. */
const MOST_ASKED = 20;

/**
 * Reads a reference from a vehicle resource, of a list or of a message: `id`, else the last segment of its self link
 * (accounts-v1 vehicles have no `id`). Undefined when it has neither.
 */
export function vehicleRefOf(resource: unknown): VehicleRef | undefined {
	if (!isDocument(resource)) return undefined;
	const id = idOf(resource);
	if (id === undefined) return undefined;
	const ref: VehicleRef = { id };
	if (typeof resource.vin === "string" && resource.vin !== "") ref.vin = resource.vin;
	if (isDocument(resource._links)) ref._links = resource._links;
	return ref;
}

/**
 * A reference that shares no link with the given one. Made once for every message, where a general deep clone would cost
 * more than all the rest.
 */
export function copyOfVehicle(vehicle: VehicleRef): VehicleRef {
	if (!vehicle._links) return { ...vehicle };
	const links: Record<string, unknown> = { ...vehicle._links };
	for (const relation of Object.keys(links)) {
		const link = links[relation];
		links[relation] = Array.isArray(link) ? link.map(copyOfLink) : copyOfLink(link);
	}
	return { ...vehicle, _links: links };
}

const copyOfLink = (link: unknown) => (isDocument(link) ? { ...link } : link);

function idOf(resource: Record<string, unknown>): string | undefined {
	if (typeof resource.id === "string" && resource.id !== "") return resource.id;
	if (typeof resource.id === "number") return String(resource.id);
	const segment = lastSegment(linkOf(resource, "self")?.href ?? "");
	if (!segment) return undefined;
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

/** Knows the vehicles of an account: which one is meant by an id, a VIN, a resource or by nothing at all. */
export class VehicleDirectory {
	readonly #car: ConnectedCar;
	readonly #signal: AbortSignal;
	readonly #now: () => number;
	#byVin = new Map<string, VehicleRef>();
	#loadedAt = Number.NEGATIVE_INFINITY;
	#loading: Promise<void> | undefined;
	/** True once the list was seen to be longer than a short one. */
	#isLong = false;
	/** VINs that the API's filter was asked for; the answers under way are shared. */
	readonly #asked = new Map<string, Promise<VehicleRef | undefined>>();
	#only: { ref: VehicleRef; at: number } | undefined;
	#seeking: Promise<VehicleRef> | undefined;

	/** @param signal aborts when the account closes; a list that is being read serves several callers */
	constructor(car: ConnectedCar, signal: AbortSignal, now: () => number = Date.now) {
		this.#car = car;
		this.#signal = signal;
		this.#now = now;
	}

	/**
	 * The vehicle that a flow means: an id, a VIN, a vehicle resource, a reference from another node, or nothing
	 * (undefined, null, empty) for the account's only vehicle.
	 *
	 * @throws ERR_BAD_INPUT for what can be no vehicle, ERR_NOT_FOUND for an unknown VIN, ERR_NO_VEHICLE when none is
	 *   given and the account has not exactly one; and what reading the list throws
	 */
	async find(value: unknown, claim: Claim): Promise<VehicleRef> {
		if (value === undefined || value === null || (typeof value === "string" && value.trim() === ""))
			return this.#onlyOne(claim);
		if (typeof value === "string" || typeof value === "number") return this.#byName(String(value).trim(), claim);
		if (isDocument(value)) {
			const ref = vehicleRefOf(value);
			if (ref) return checked(ref);
			if (typeof value.vin === "string" && VIN.test(value.vin.trim())) return this.#byName(value.vin.trim(), claim);
		}
		throw badInput(
			`The vehicle is ${quote(value)}. Give its id, its VIN, or a vehicle as another node sends it in msg.vehicle.`,
		);
	}

	/** True when the account has this vehicle; asks the API where nothing but an id is known of it. */
	async exists(vehicle: VehicleRef, claim: Claim): Promise<boolean> {
		if (vehicle.vin !== undefined || vehicle._links !== undefined) return true;
		const car = this.#car;
		try {
			await car.get(car.address(car.route("vehicle"), { id: vehicle.id }), claim, this.#signal);
			return true;
		} catch (error) {
			if (error instanceof StellantisError && error.code === "ERR_NOT_FOUND") return false;
			throw error;
		}
	}

	async #byName(name: string, claim: Claim): Promise<VehicleRef> {
		if (!VIN.test(name)) return checked({ id: name });
		const vin = name.toUpperCase();
		const known = () => this.#byVin.get(vin);
		const isStale = this.#now() - this.#loadedAt > MISS;
		const ref = known() ?? (isStale ? await this.#seek(vin, claim, known) : undefined);
		if (ref) return ref;
		throw new StellantisError(
			"ERR_NOT_FOUND",
			`No vehicle of this account has the VIN ${quote(name)}. Check it against the vehicle list, and the brand and account you signed in with.`,
		);
	}

	/** The account's only vehicle; asks once, however many callers wait. */
	async #onlyOne(claim: Claim): Promise<VehicleRef> {
		if (this.#only && this.#now() - this.#only.at < FRESH) return this.#only.ref;
		this.#seeking ??= this.#seekOnlyOne(claim).finally(() => {
			this.#seeking = undefined;
		});
		return this.#seeking;
	}

	async #seekOnlyOne(claim: Claim): Promise<VehicleRef> {
		const found: VehicleRef[] = [];
		for await (const ref of this.#list(claim, 2)) {
			found.push(ref);
			if (found.length > 1) break;
		}
		const [ref] = found;
		if (ref && found.length === 1) {
			this.#only = { ref, at: this.#now() };
			return ref;
		}
		throw new StellantisError(
			"ERR_NO_VEHICLE",
			ref
				? "No vehicle was given, and the account has several. Set msg.vehicle or the node's vehicle to an id or a VIN."
				: "No vehicle was given, and the account has none.",
		);
	}

	/** Finds a VIN that is not known yet with as few requests as it takes: a short list, the API's filter, the whole list. */
	async #seek(vin: string, claim: Claim, known: () => VehicleRef | undefined): Promise<VehicleRef | undefined> {
		const canAsk = this.#car.route("vehicles").filters?.includes("vinPrefix") === true;
		if (!canAsk || !this.#isLong) await this.#load(claim, canAsk ? SHORT_LIST : Number.POSITIVE_INFINITY);
		if (known() || !this.#isLong) return known();
		const asked = await this.#ask(vin, claim);
		if (asked) return asked;
		await this.#load(claim, Number.POSITIVE_INFINITY);
		return known();
	}

	/** The vehicle that the API's own filter finds by a VIN; undefined too where that has been asked for often enough. */
	#ask(vin: string, claim: Claim): Promise<VehicleRef | undefined> {
		const asking = this.#asked.get(vin);
		if (asking) return asking;
		if (this.#asked.size >= MOST_ASKED) return Promise.resolve(undefined);
		const answer = (async () => {
			try {
				// A whole VIN as the prefix fits one vehicle: what else comes first is from a server that ignores the filter.
				for await (const ref of this.#list(claim, 1, { vinPrefix: vin }))
					return ref.vin?.toUpperCase() === vin ? ref : undefined;
			} catch (error) {
				// A server without that filter: the list will do.
				if (!(error instanceof StellantisError) || error.code !== "ERR_REJECTED") throw error;
			}
			return undefined;
		})();
		this.#asked.set(vin, answer);
		answer.then(
			(ref) => (ref ? this.#byVin.set(vin, ref) : undefined),
			() => this.#asked.delete(vin),
		);
		return answer;
	}

	/**
	 * Reads the list once, however many callers wait for it.
	 *
	 * @param most vehicles of a list that is read to its end; a longer one is left, and remembered as long
	 */
	#load(claim: Claim, most: number): Promise<void> {
		this.#loading ??= (async () => {
			const byVin = new Map<string, VehicleRef>();
			let count = 0;
			for await (const ref of this.#list(claim, most + 1)) {
				const { _links, ...slim } = ref;
				// An id can look like a VIN; both lead to the vehicle.
				for (const name of [ref.vin, VIN.test(ref.id) ? ref.id : undefined])
					if (name !== undefined) byVin.set(name.toUpperCase(), byVin.size < MOST_WITH_LINKS ? ref : slim);
				this.#isLong ||= ++count > SHORT_LIST;
				if (count > most) break;
			}
			this.#byVin = byVin;
			if (count <= most) this.#loadedAt = this.#now();
		})().finally(() => {
			this.#loading = undefined;
		});
		return this.#loading;
	}

	/** @param needed vehicles that are enough, so that no page is fetched in vain */
	async *#list(
		claim: Claim,
		needed = Number.POSITIVE_INFINITY,
		query: Query = {},
	): AsyncGenerator<VehicleRef, void, undefined> {
		const route = this.#car.route("vehicles");
		for await (const item of allItems(this.#car, { route, query, claim, signal: this.#signal, needed })) {
			const ref = vehicleRefOf(item);
			if (ref) yield ref;
		}
	}
}

/** @throws ERR_BAD_INPUT for an id that would lead elsewhere in the API */
function checked(ref: VehicleRef): VehicleRef {
	if (isSegment(ref.id)) return ref;
	throw badInput(
		`The vehicle id ${quote(ref.id)} can't be an id: it holds slashes, spaces or other characters no id has.`,
	);
}
