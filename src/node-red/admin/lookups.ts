import type { Request } from "express";
import type { VehicleCard } from "../../api/vehicle-card";
import { isVin } from "../../api/vehicles";
import { StellantisError } from "../../error";
import type { Claim } from "../../transport/limiter";
import type { AccountConnection, Connected } from "../account";
import { numberValue, text } from "../values";
import { type Later, ShortMemory } from "./short-memory";
import { readCards, VehicleWindow, vehiclesAddress } from "./vehicle-window";

/** How long (ms) what was read for a form is good. */
const MINUTE = 60_000;
/** Vehicles in an answer: as a rule, and at most. */
const LIMIT = { usual: 50, most: 500 };

/** What a form wants to know of an account; every question is answered from a short memory where that can be. */
export class Lookups {
	readonly #connection: AccountConnection;
	readonly #claim: Claim;
	readonly #memory: ShortMemory;

	/** @param owner for whom the requests are made, so that turns stay fair */
	constructor(connection: AccountConnection, owner: string, run?: Later) {
		this.#connection = connection;
		this.#claim = { priority: "editor", owner };
		this.#memory = new ShortMemory(connection.signal, run);
	}

	/**
	 * The vehicles whose label, VIN, id, model or brand hold every word of a text.
	 *
	 * @returns `complete` is false when there are more than were looked at or are given
	 */
	async vehicles(
		query: Request["query"],
		signal: AbortSignal,
	): Promise<{ vehicles: VehicleCard[]; complete: boolean }> {
		const limit = numberValue(query.limit, "limit", { min: 1, max: LIMIT.most }, LIMIT.usual);
		const search = (text(query.search) ?? "").slice(0, 200);
		const connected = await this.#connection.connected();
		const given = (cards: VehicleCard[]) => cards.map((card) => this.#withoutSecrets(card));
		const named = isVin(search) ? await this.#byVin(connected, search, signal) : undefined;
		if (named) return { vehicles: given([named]), complete: true };
		const window = await this.#window(connected, signal);
		const words = folded(search).split(/\s+/).filter(Boolean);
		for (;;) {
			const found = window.cards.filter((card) => matches(card, words));
			const following = window.following;
			if (found.length > limit || !following)
				return { vehicles: given(found.slice(0, limit)), complete: window.isWhole && found.length <= limit };
			await this.#readOn(connected, window, following, signal);
		}
	}

	#window({ car }: Connected, signal: AbortSignal): Promise<VehicleWindow> {
		return this.#memory.once("vehicles", MINUTE, signal, async () => new VehicleWindow(vehiclesAddress(car)));
	}

	async #readOn({ car }: Connected, window: VehicleWindow, url: URL, signal: AbortSignal): Promise<void> {
		await this.#memory.once(`page ${url}`, 0, signal, async (signal) => {
			const page = await readCards(car, url, this.#claim, signal);
			signal.throwIfAborted();
			window.add(url, page);
		});
	}

	/** The vehicle with a VIN, by the API's own filter: a list of fifty thousand is not read for it. */
	async #byVin(connected: Connected, name: string, signal: AbortSignal): Promise<VehicleCard | undefined> {
		const vin = name.toUpperCase();
		const has = (cards: VehicleCard[]) => cards.find((card) => card.vin?.toUpperCase() === vin);
		const window = await this.#window(connected, signal);
		return (
			has(window.cards) ??
			this.#memory.once(`vin ${vin}`, MINUTE, signal, async (signal) => {
				const { car } = connected;
				try {
					return has((await readCards(car, vehiclesAddress(car, vin), this.#claim, signal)).cards);
				} catch (error) {
					// A server without that filter: the list will do.
					if (error instanceof StellantisError && error.code === "ERR_REJECTED") return undefined;
					throw error;
				}
			})
		);
	}

	/** A card in which no secret of the account stands, wherever the API may have got it from. */
	#withoutSecrets(card: VehicleCard): VehicleCard {
		const clean: VehicleCard = { ...card };
		for (const key of ["label", "brand", "model"] as const)
			if (clean[key] !== undefined) clean[key] = this.#connection.redact(clean[key]);
		if (clean.picture !== undefined && this.#connection.redact(clean.picture) !== clean.picture) delete clean.picture;
		return clean;
	}
}

/** One question of a form. */
export type Lookup = (lookups: Lookups, query: Request["query"], signal: AbortSignal) => Promise<object>;

/**
 * The questions by the name of their route. They take a vehicle as id or VIN, and answer nothing but what is named here.
 *
 * - `vehicles?search=&limit=`: see {@link Lookups.vehicles}
 */
export const LOOKUPS: Readonly<Record<string, Lookup>> = {
	vehicles: (lookups, query, signal) => lookups.vehicles(query, signal),
};

const known = new WeakMap<AccountConnection, Lookups>();

/**
 * Answers a question of a form, as long as somebody waits for it and the account is there.
 *
 * @param id of the account
 * @throws ERR_NO_ACCOUNT when the account closes meanwhile, and what the API answers
 */
export async function lookUp(
	lookup: Lookup,
	request: Request,
	connection: AccountConnection,
	id: string,
): Promise<object> {
	const gone = new AbortController();
	request.res?.once("close", () => gone.abort());
	let lookups = known.get(connection);
	if (!lookups) {
		lookups = new Lookups(connection, id);
		known.set(connection, lookups);
	}
	try {
		return await lookup(lookups, request.query, AbortSignal.any([connection.signal, gone.signal]));
	} catch (error) {
		if (!connection.signal.aborted) throw error;
		throw new StellantisError("ERR_NO_ACCOUNT", "The account was stopped or deployed anew meanwhile. Try again.");
	}
}

function matches({ id, vin, label, brand, model }: VehicleCard, words: readonly string[]): boolean {
	const all = folded([label, vin, id, brand, model].join("\n"));
	return words.every((word) => all.includes(word));
}

/** Without case and accents: `citroen` finds a Citroën. */
function folded(text: string): string {
	return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
