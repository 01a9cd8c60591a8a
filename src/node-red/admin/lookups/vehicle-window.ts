import type { ConnectedCar, Query } from "../../../api/connected-car";
import { orNone } from "../../../api/none";
import { type VehicleCard, vehicleCardOf } from "../../../api/vehicle-card";
import { StellantisError } from "../../../error";
import { walk } from "../../../hal/pages";
import type { Claim } from "../../../transport/limiter";

/** Vehicles and pages that are looked at for a list in a form. */
const MOST_VEHICLES = 1_000;
const MOST_PAGES = 25;
/** Characters of all pictures that are kept: a picture may come within its address. */
const MOST_PICTURES = 4_000_000;

/** A page of cards. */
export interface CardPage {
	cards: VehicleCard[];
	/** Where the next page is; undefined on the last. */
	next: URL | undefined;
}

const NOTHING: CardPage = { cards: [], next: undefined };

/** The first vehicles of an account, read page by page as far as anybody wants to see them. */
export class VehicleWindow {
	readonly #cards = new Map<string, VehicleCard>();
	#next: URL | undefined;
	#pages = 0;
	#pictures = 0;

	/** @param start address of the first page */
	constructor(start: URL) {
		this.#next = start;
	}

	/** What was read so far, in the API's order. */
	get cards(): VehicleCard[] {
		return [...this.#cards.values()];
	}

	/** True when these are all vehicles of the account. */
	get isWhole(): boolean {
		return this.#next === undefined;
	}

	/** The page to read next; undefined when there is none, or none that is looked at. */
	get following(): URL | undefined {
		return this.#cards.size < MOST_VEHICLES && this.#pages < MOST_PAGES ? this.#next : undefined;
	}

	/** Takes in the page at {@link following}. */
	add(at: URL, { cards, next }: CardPage): void {
		// Whoever was slower brings it a second time.
		if (at !== this.#next) return;
		const before = this.#cards.size;
		for (const card of cards) {
			this.#pictures += card.picture?.length ?? 0;
			if (this.#pictures > MOST_PICTURES) delete card.picture;
			this.#cards.set(card.id, card);
		}
		// A page of nothing but what is known already: the server's pages go in circles.
		const stuck = cards.length > 0 && this.#cards.size === before;
		this.#pages = stuck ? MOST_PAGES : this.#pages + 1;
		this.#next = next;
	}
}

/** Where the vehicles of an account are, in the largest pages, those whose VIN begins so when that is given. */
export function vehiclesAddress(car: ConnectedCar, vinPrefix?: string): URL {
	const route = car.route("vehicles");
	const query: Query = { pageSize: route.pageSize, vinPrefix, extension: route.looks };
	return car.withQuery(car.address(route), car.standingQuery(route), query);
}

/**
 * Reads one page of vehicles. A server that refuses to add what they look like is asked without that.
 *
 * @throws what reading a collection throws
 */
export async function readCards(car: ConnectedCar, url: URL, claim: Claim, signal: AbortSignal): Promise<CardPage> {
	try {
		return await readPage(car, url, claim, signal);
	} catch (error) {
		const refused = error instanceof StellantisError && /^ERR_(REJECTED|FORBIDDEN|NOT_SUPPORTED)$/.test(error.code);
		if (!refused || !url.searchParams.has("extension")) throw error;
		return readPage(car, car.withQuery(url, { extension: null }), claim, signal);
	}
}

function readPage(car: ConnectedCar, url: URL, claim: Claim, signal: AbortSignal): Promise<CardPage> {
	return orNone(cardsAt(car, url, claim, signal), NOTHING, car.route("vehicles"));
}

async function cardsAt(car: ConnectedCar, url: URL, claim: Claim, signal: AbortSignal): Promise<CardPage> {
	const { embedded } = car.route("vehicles");
	for await (const page of walk(car.fetcher(claim, signal), url, "next", { embedded, wanted: () => false })) {
		const cards = page.items.map(vehicleCardOf).filter((card) => card !== undefined);
		return { cards, next: page.following };
	}
	return NOTHING;
}
