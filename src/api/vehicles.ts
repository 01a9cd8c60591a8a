import { badInput, StellantisError } from "../error";
import { hrefOf, isDocument } from "../hal/document";
import { expandLink, lastSegment, resolveHref } from "../hal/link";
import { defined } from "../json";
import { RecentMap } from "../recent-map";
import { storable } from "../text";
import type { Claim } from "../transport/limiter";
import { allItems } from "./all-items";
import { type ConnectedCar, isSegment, type Query } from "./connected-car";
import { NO_VEHICLES } from "./families";
import { quote } from "./time";
import { VehicleMemory } from "./vehicle-memory";
import { labelOf, namingOf, vehicleName } from "./vehicle-name";

/** A vehicle as messages carry it; keys without a value are absent. */
export interface VehicleRef {
	/** The id in the API's paths; never the VIN. */
	id: string;
	vin?: string;
	/** What people call it, where that is known without a request. */
	label?: string;
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
/** How long (ms) the list is not asked again for a vehicle that the API did not know. */
const BETWEEN_LOOKS = 15 * 60_000;
/** Vehicles of which is remembered what they are called, and whether they were gone. */
const MOST_KNOWN = 50_000;
/** Vehicles of which only messages have told. */
const MOST_HEARSAY = 1_000;
/** Least characters of an id that is known as one wherever it stands. */
const SHORTEST_ID = 8;
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
	const label = labelOf(resource);
	if (label !== undefined) ref.label = label;
	if (isDocument(resource._links)) ref._links = resource._links;
	return ref;
}

/**
 * The vehicle that an item of a collection of several belongs to: by its link, else by the path under which it stands
 * itself. Undefined for an item that tells neither.
 */
export function vehicleOfItem(car: ConnectedCar, item: unknown): VehicleRef | undefined {
	const href = hrefOf(item, "vehicle");
	const id = href === undefined ? idOfPath(car, hrefOf(item, "self")) : idIn(href);
	if (id === undefined || !isSegment(id)) return undefined;
	const vin = isDocument(item) ? item.vin : undefined;
	return typeof vin === "string" && vin !== "" ? { id, vin } : { id };
}

function idOfPath(car: ConnectedCar, href: string | undefined): string | undefined {
	const address = href === undefined ? undefined : resolveHref(expandLink({ href }), car.root);
	const route = address && car.match(address);
	return route && address ? car.variablesOf(route, address).id : undefined;
}

/**
 * A reference that shares no link with the given one. Made once for every message, where a general deep clone would cost
 * more than all the rest.
 */
export function copyOfVehicle(vehicle: VehicleRef): VehicleRef {
	if (!vehicle._links) return { ...vehicle };
	const links: Record<string, unknown> = { ...vehicle._links };
	// Not over its keys, which would be a list for every vehicle of a fleet.
	for (const relation in links) {
		const link = links[relation];
		links[relation] = Array.isArray(link) ? link.map(copyOfLink) : copyOfLink(link);
	}
	return { ...vehicle, _links: links };
}

const copyOfLink = (link: unknown) => (isDocument(link) ? { ...link } : link);

function idOf(resource: Record<string, unknown>): string | undefined {
	if (typeof resource.id === "string" && resource.id !== "") return resource.id;
	if (typeof resource.id === "number") return String(resource.id);
	return idIn(hrefOf(resource, "self") ?? "");
}

function idIn(href: string): string | undefined {
	const segment = lastSegment(href);
	if (!segment) return undefined;
	if (!segment.includes("%")) return segment;
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
	readonly #onListed: (vehicle: VehicleRef, resource: Record<string, unknown>) => void;
	#byVin = new Map<string, VehicleRef>();
	#loadedAt = Number.NEGATIVE_INFINITY;
	#loading: Promise<void> | undefined;
	/** True once the list was seen to be longer than a short one. */
	#isLong = false;
	/** True while the list, read to its end, held nothing. */
	#isEmpty = false;
	/** VINs that the API's filter was asked for; the answers under way are shared. */
	readonly #asked = new Map<string, Promise<VehicleRef | undefined>>();
	#only: { ref: VehicleRef; at: number } | undefined;
	#moves = 0;
	readonly #known = new VehicleMemory(MOST_KNOWN);
	/** What messages have told of vehicles that the list has not: good for sentences, and for nothing else. */
	readonly #hearsay = new RecentMap<string, Pick<VehicleRef, "vin" | "label">>(MOST_HEARSAY);
	/** VINs of ids that the API no longer has. */
	readonly #gone = new RecentMap<string, string>(MOST_KNOWN);
	/** Looks at the list for vehicles that the API did not know, by VIN, else id. */
	readonly #looks = new RecentMap<string, { at: number; found: Promise<VehicleRef | undefined> }>(MOST_KNOWN);
	#seeking: Promise<VehicleRef> | undefined;

	/**
	 * @param signal aborts when the account closes; a list that is being read serves several callers
	 * @param onListed told of each vehicle that an answer holds
	 */
	constructor(
		car: ConnectedCar,
		signal: AbortSignal,
		now: () => number = Date.now,
		onListed: (vehicle: VehicleRef, resource: Record<string, unknown>) => void = () => {},
	) {
		this.#car = car;
		this.#signal = signal;
		this.#now = now;
		this.#onListed = onListed;
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
			if (ref) return this.#current(this.#heard(this.completed(checked(ref))));
			if (typeof value.vin === "string" && VIN.test(value.vin.trim())) return this.#byName(value.vin.trim(), claim);
		}
		throw badInput(
			`The vehicle is ${quote(value)}. Give its id, its VIN, or a vehicle as another node sends it in msg.vehicle.`,
		);
	}

	/**
	 * What the account has of a vehicle that the API says it has not found: the same, if only what was asked for is missing;
	 * the same car under another id, because ids follow a consent and a VIN stays; undefined if it has no such vehicle. The
	 * list is asked at once, and then not again for that vehicle for 15 minutes.
	 *
	 * @param mayBeNone true where the API also says so of what simply is not there: the cars of a large fleet that was listed
	 *   within those 15 minutes are then not asked for one by one
	 * @throws what the API answers
	 */
	lookAgain(vehicle: VehicleRef, claim: Claim, mayBeNone = false): Promise<VehicleRef | undefined> {
		const listed = this.#known.get(vehicle.id)?.at ?? Number.NEGATIVE_INFINITY;
		if (mayBeNone && this.#isLong && this.#now() - listed < BETWEEN_LOOKS) return Promise.resolve(vehicle);
		const vin = (vehicle.vin ?? this.#known.get(vehicle.id)?.vin)?.toUpperCase();
		const key = vin ?? vehicle.id;
		const last = this.#looks.get(key);
		if (last && this.#now() - last.at < BETWEEN_LOOKS)
			return last.found.then((found) => (vin === undefined ? found : (this.#byVin.get(vin) ?? found)));
		const found = vin === undefined ? this.#asFound(vehicle, claim) : this.#newest(vehicle, vin, claim);
		this.#looks.set(key, { at: this.#now(), found });
		found.catch(() => this.#looks.delete(key));
		return found;
	}

	/** How often a vehicle was found under another id. */
	get moves(): number {
		return this.#moves;
	}

	/**
	 * Takes note of a vehicle of the list that somebody else has read.
	 *
	 * @returns its reference, which nobody else has; its links are those of the resource. Undefined for what is no vehicle
	 */
	learn(resource: unknown): VehicleRef | undefined {
		const ref = vehicleRefOf(resource);
		if (!ref || !isDocument(resource)) return undefined;
		this.#note(ref, resource);
		// An id that is told anew is the one that counts.
		if (ref.vin !== undefined && this.#byVin.size > 0) {
			const vin = ref.vin.toUpperCase();
			if (this.#byVin.has(vin)) this.#byVin.set(vin, copyOfVehicle(ref));
		}
		return ref;
	}

	/** The vehicle with what is known of it without a request: its VIN, and what people call it. */
	completed(vehicle: VehicleRef): VehicleRef {
		const { vin, label } = { ...this.#known.get(vehicle.id) };
		return { ...defined({ vin, label }), ...vehicle };
	}

	/** What a vehicle is remembered by: its VIN, which stays, or its id where that is all that is known. */
	keyOf(vehicle: VehicleRef): string {
		// Watches keep what they know by it in a store, too.
		return storable((vehicle.vin ?? this.#known.get(vehicle.id)?.vin)?.toUpperCase() ?? vehicle.id);
	}

	/** True for a vehicle that the list has told, by its id or its VIN in capitals. */
	isListed(name: string): boolean {
		return this.#byVin.has(name) || this.#known.get(name) !== undefined;
	}

	/** True where a vehicle can be found again should its id be gone. */
	hasVin(vehicle: VehicleRef): boolean {
		return vehicle.vin !== undefined || this.#known.get(vehicle.id)?.vin !== undefined;
	}

	/** A vehicle as a sentence names it: `Peugeot e-208 …0042`, as far as that is known without a request. */
	nameOf(vehicle: VehicleRef | string): string {
		const given = typeof vehicle === "string" ? { id: vehicle } : vehicle;
		const { label, ...ref } = { ...this.#hearsay.get(given.id), ...this.completed(given) };
		const said = label ?? this.#known.get(ref.id)?.brand;
		return vehicleName({ ...ref, ...defined({ label: said }) });
	}

	/** A sentence with known vehicles as people know them, in place of their ids and of the paths below them. */
	spoken(sentence: string): string {
		return sentence.replace(/[^\s"()]+/g, (word) => {
			let length = word.length;
			while (length > 0 && ".,:;?!".includes(word.charAt(length - 1))) length--;
			const segments = word.slice(0, length).split("/");
			const place = segments.findIndex((segment) => this.#known.get(segment) ?? this.#hearsay.get(segment));
			const id = segments[place];
			if (id === undefined || (segments.length === 1 && id.length < SHORTEST_ID)) return word;
			const below = segments.slice(place + 1).join("/");
			return `${below === "" ? "" : `${below} of `}${this.nameOf(id)}${word.slice(length)}`;
		});
	}

	#heard(vehicle: VehicleRef): VehicleRef {
		const { id, vin, label } = vehicle;
		const isNews = (vin !== undefined || label !== undefined) && this.#known.get(id) === undefined;
		if (isNews) this.#hearsay.set(id, defined({ vin, label }));
		return vehicle;
	}

	async #byName(name: string, claim: Claim): Promise<VehicleRef> {
		if (!VIN.test(name)) return this.#current(this.completed(checked({ id: name })));
		const vin = name.toUpperCase();
		const known = () => this.#byVin.get(vin);
		const isStale = this.#now() - this.#loadedAt > MISS;
		const ref = known() ?? (isStale ? await this.#seek(vin, claim, known) : undefined);
		if (ref) return ref;
		throw new StellantisError(
			"ERR_NOT_FOUND",
			`No vehicle of this account has the VIN ${quote(name)}. ${this.#isEmpty ? NO_VEHICLES : "Check it against the vehicle list, and the brand and account you signed in with."}`,
		);
	}

	/** The same vehicle under the id that it has now, if its own is known to be gone. */
	#current(vehicle: VehicleRef): VehicleRef {
		const vin = this.#gone.get(vehicle.id);
		return (vin === undefined ? undefined : this.#byVin.get(vin)) ?? vehicle;
	}

	/** A vehicle of which nothing but its id is known, if the API knows it. */
	async #asFound(vehicle: VehicleRef, claim: Claim): Promise<VehicleRef | undefined> {
		const car = this.#car;
		try {
			this.learn((await car.get(car.address(car.route("vehicle"), { id: vehicle.id }), claim, this.#signal)).body);
			return vehicle;
		} catch (error) {
			if (error instanceof StellantisError && error.code === "ERR_NOT_FOUND") return undefined;
			throw error;
		}
	}

	/** What the list says now of a VIN. */
	async #newest(vehicle: VehicleRef, vin: string, claim: Claim): Promise<VehicleRef | undefined> {
		const before = this.#byVin.get(vin);
		this.#byVin.delete(vin);
		this.#asked.delete(vin);
		let ref: VehicleRef | undefined;
		try {
			ref = await this.#seek(vin, claim, () => this.#byVin.get(vin), BETWEEN_LOOKS);
		} catch (error) {
			if (before && !this.#byVin.has(vin)) this.#byVin.set(vin, before);
			throw error;
		} finally {
			this.#asked.delete(vin);
		}
		if (ref && ref.id !== vehicle.id) {
			this.#gone.set(vehicle.id, vin);
			this.#moves++;
		}
		if (ref?.id !== this.#only?.ref.id) this.#only = undefined;
		return ref;
	}

	#note(ref: VehicleRef, resource: Record<string, unknown>): void {
		const { vin, label } = ref;
		if (this.#gone.size > 0) this.#gone.delete(ref.id);
		const at = this.#now();
		// A fleet is listed again and again, and tells the same of most.
		if (this.#known.again(ref.id, vin, label, at) && !mayHavePictures(resource)) return;
		const { brand } = label === undefined ? namingOf(resource) : {};
		this.#known.set(ref.id, { ...defined({ vin, label, brand }), at });
		this.#isLong ||= this.#known.size > SHORT_LIST;
		this.#onListed(ref, resource);
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
				: `No vehicle was given, and the account has none. ${NO_VEHICLES}`,
		);
	}

	/**
	 * Finds a VIN that is not known yet with as few requests as it takes: a short list, the API's filter, the whole list.
	 *
	 * @param whole how old (ms) the whole list must be to be read again
	 */
	async #seek(
		vin: string,
		claim: Claim,
		known: () => VehicleRef | undefined,
		whole = 0,
	): Promise<VehicleRef | undefined> {
		const canAsk = this.#car.route("vehicles").filters?.includes("vinPrefix") === true;
		if (!canAsk || !this.#isLong) await this.#load(claim, canAsk ? SHORT_LIST : Number.POSITIVE_INFINITY);
		if (known() || !this.#isLong) return known();
		const asked = await this.#ask(vin, claim, whole > 0 ? Number.POSITIVE_INFINITY : MOST_ASKED);
		if (asked) return asked;
		if (this.#now() - this.#loadedAt >= whole) await this.#load(claim, Number.POSITIVE_INFINITY);
		return known();
	}

	/** The vehicle that the API's own filter finds by a VIN; undefined too where that has been asked for often enough. */
	#ask(vin: string, claim: Claim, most: number): Promise<VehicleRef | undefined> {
		const asking = this.#asked.get(vin);
		if (asking) return asking;
		if (this.#asked.size >= most) return Promise.resolve(undefined);
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
				if (++count > SHORT_LIST) this.#isLong = true;
				if (count > most) break;
			}
			this.#byVin = byVin;
			this.#isEmpty = count === 0;
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
			if (!ref) continue;
			this.#note(ref, item as Record<string, unknown>);
			yield ref;
		}
	}
}

/** False where a vehicle resource has no place for pictures, which are asked for only now and then. */
function mayHavePictures({ pictures, extension, _embedded }: Record<string, unknown>): boolean {
	return pictures !== undefined || extension !== undefined || _embedded !== undefined;
}

/** @throws ERR_BAD_INPUT for an id that would lead elsewhere in the API */
function checked(ref: VehicleRef): VehicleRef {
	if (isSegment(ref.id)) return ref;
	throw badInput(
		`The vehicle id ${quote(ref.id)} can't be an id: it holds slashes, spaces or other characters no id has.`,
	);
}
