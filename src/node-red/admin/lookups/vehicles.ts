import type { VehicleCard } from "../../../api/vehicle-card";
import { isVin, type VehicleRef } from "../../../api/vehicles";
import { StellantisError } from "../../../error";
import { numberValue } from "../../values";
import { type Asking, MINUTE, parameter, shownText } from "./asking";
import { carsOfWay } from "./cars-of-way";
import { readCards, VehicleWindow, vehiclesAddress } from "./vehicle-window";

/** Vehicles in an answer: as a rule, and at most. */
const LIMIT = { usual: 50, most: 500 };

/** A card as the form gets it; JSON leaves out what is undefined. */
type ShownVehicle = { [Key in keyof VehicleCard]: VehicleCard[Key] | undefined };

/**
 * The vehicles whose label, VIN, id, model or brand hold every word of `search`.
 *
 * @returns `complete` is false when there are more than were looked at or are given
 */
export async function lookUpVehicles(asking: Asking): Promise<{ vehicles: ShownVehicle[]; complete: boolean }> {
	try {
		return await ownVehicles(asking);
	} catch (error) {
		const cars = isSignInNeeded(error) ? await carsOfWay(asking) : [];
		if (cars.length === 0) throw error;
		// An account that only sends: its vehicles are those that can be sent something.
		const cards = cars.map(({ vin }): VehicleCard => ({ id: vin, vin }));
		const found = cards.filter(searchFor(parameter(asking, "search") ?? ""));
		return { vehicles: found.map((card) => shown(asking, card)), complete: true };
	}
}

const isSignInNeeded = (error: unknown) => error instanceof StellantisError && error.code === "ERR_SIGN_IN_NEEDED";

async function ownVehicles(asking: Asking): Promise<{ vehicles: ShownVehicle[]; complete: boolean }> {
	const limit = numberValue(asking.query.limit, "limit", { min: 1, max: LIMIT.most }, LIMIT.usual);
	const search = parameter(asking, "search") ?? "";
	const named = isVin(search) ? await vehicleByVin(asking, search) : undefined;
	if (named) return { vehicles: [shown(asking, named)], complete: true };
	const window = await windowOf(asking);
	const isMeant = searchFor(search);
	for (;;) {
		const found = window.cards.filter(isMeant);
		const { following } = window;
		if (found.length > limit || !following)
			return {
				vehicles: found.slice(0, limit).map((card) => shown(asking, card)),
				complete: window.isWhole && found.length <= limit,
			};
		await readOn(asking, window, following);
	}
}

/**
 * The vehicle that the form names by id or VIN; undefined when it names none.
 *
 * @throws ERR_BAD_INPUT for what can be no id
 */
export async function vehicleAsked(asking: Asking): Promise<VehicleRef | undefined> {
	const name = parameter(asking, "vehicle");
	if (name === undefined) return undefined;
	if (!isVin(name)) return asking.connected.vehicles.find(name, asking.claim);
	const card = await vehicleByVin(asking, name);
	// What looks like a VIN may be an id all the same: the API will tell.
	return card ? { id: card.id, vin: name } : { id: name };
}

/** The vehicle with a VIN, by the API's own filter: a list of fifty thousand is not read for it. */
async function vehicleByVin(asking: Asking, name: string): Promise<VehicleCard | undefined> {
	const { connected, claim, memory, signal } = asking;
	const vin = name.toUpperCase();
	const has = (cards: VehicleCard[]) => cards.find((card) => card.vin?.toUpperCase() === vin);
	return (
		has((await windowOf(asking)).cards) ??
		memory.once(`vin ${vin}`, MINUTE, signal, async (signal) => {
			const { car } = connected;
			try {
				return has((await readCards(car, vehiclesAddress(car, vin), claim, signal)).cards);
			} catch (error) {
				// A server without that filter: the list will do.
				if (error instanceof StellantisError && error.code === "ERR_REJECTED") return undefined;
				throw error;
			}
		})
	);
}

function windowOf({ connected: { car }, memory, signal }: Asking): Promise<VehicleWindow> {
	return memory.once("vehicles", MINUTE, signal, async () => new VehicleWindow(vehiclesAddress(car)));
}

async function readOn({ connected, claim, memory, signal }: Asking, window: VehicleWindow, url: URL): Promise<void> {
	await memory.once(`page ${url}`, 0, signal, async (signal) => {
		const page = await readCards(connected.car, url, claim, signal);
		signal.throwIfAborted();
		for (const card of page.cards) connected.known.add(card);
		window.add(url, page);
	});
}

function shown(asking: Asking, { id, vin, label, brand, model, picture }: VehicleCard): ShownVehicle {
	const clean = (value: string | undefined) => shownText(asking, value);
	const safe = picture !== undefined && asking.connection.redact(picture) === picture ? picture : undefined;
	return { id, vin, label: clean(label), brand: clean(brand), model: clean(model), picture: safe };
}

/** Finds the vehicles that have every word of a search in what they are called by. */
export function searchFor(search: string): (card: Partial<VehicleCard>) => boolean {
	const words = folded(search).split(/\s+/).filter(Boolean);
	return ({ id, vin, label, brand, model }) => {
		if (words.length === 0) return true;
		const all = folded([label, vin, id, brand, model].join("\n"));
		return words.every((word) => all.includes(word));
	};
}

/** Without case and accents: `citroen` finds a Citroën. */
function folded(text: string): string {
	return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
