/** The simulated cars: a dozen with a character of their own, and as many plain ones as somebody asks for. */
import { fromHere, type Place } from "./geography";
import type { Looks } from "./pictures";
import { between, hex, pick, roll } from "./random";

export type Motorization = "Electric" | "Hybrid" | "Thermic";

/** `day-shift` and `night-shift` cars drive twelve hours without a pause and charge the other twelve. */
export type Profile = "commuter" | "day-shift" | "night-shift";

export interface Battery {
	/** Wh when full. */
	capacity: number;
	/** Wh that one km takes. */
	consumption: number;
	/** W at the plug. */
	power: number;
	/** Level in % at which charging ends. */
	target: number;
	/** Health of capacity and resistance in %. */
	health: { capacity: number; resistance: number };
}

export interface Tank {
	/** L when full. */
	volume: number;
	/** L per 100 km. */
	consumption: number;
}

export interface SimulatedVehicle {
	/** Place in the collection, from 0. */
	readonly index: number;
	readonly id: string;
	readonly vin: string;
	readonly label: string;
	readonly brand: string;
	readonly motorization: Motorization;
	readonly looks: Looks;
	readonly profile: Profile;
	readonly battery?: Battery;
	readonly tank?: Tank;
	readonly home: Place;
	readonly work: Place;
	/** km from home to work by road. */
	readonly commute: number;
	/** km in a week, always the same, so that the odometer needs no history. */
	readonly weekly: number;
	/** km on the first day of the calendar of the simulation. */
	readonly startOdometer: number;
	/** The owner keeps the position private. */
	readonly privacy: boolean;
	/** False for a car that has never sent anything. */
	readonly hasData: boolean;
}

interface Model {
	brand: string;
	label: string;
	motorization: Motorization;
	looks: Looks;
	/** kWh */
	battery?: number;
	/** L */
	tank?: number;
}

const models: readonly [Model, ...Model[]] = [
	{
		brand: "Peugeot",
		label: "Peugeot e-208",
		motorization: "Electric",
		looks: { body: "hatchback", colour: "#eb3" },
		battery: 50,
	},
	{
		brand: "Peugeot",
		label: "Peugeot 3008 Hybrid4",
		motorization: "Hybrid",
		looks: { body: "suv", colour: "#357" },
		battery: 13.2,
		tank: 43,
	},
	{
		brand: "Peugeot",
		label: "Peugeot 208 PureTech",
		motorization: "Thermic",
		looks: { body: "hatchback", colour: "#c33" },
		tank: 44,
	},
	{
		brand: "Citroën",
		label: "Citroën ë-C4",
		motorization: "Electric",
		looks: { body: "hatchback", colour: "#49c" },
		battery: 54,
	},
	{
		brand: "Citroën",
		label: "Citroën C5 Aircross Hybrid",
		motorization: "Hybrid",
		looks: { body: "suv", colour: "#e73" },
		battery: 13.2,
		tank: 43,
	},
	{
		brand: "Citroën",
		label: "Citroën C3 PureTech",
		motorization: "Thermic",
		looks: { body: "hatchback", colour: "#7a9" },
		tank: 45,
	},
	{ brand: "DS", label: "DS 3 E-Tense", motorization: "Electric", looks: { body: "suv", colour: "#868" }, battery: 54 },
	{
		brand: "DS",
		label: "DS 7 E-Tense 4x4",
		motorization: "Hybrid",
		looks: { body: "suv", colour: "#333" },
		battery: 14.2,
		tank: 43,
	},
	{
		brand: "Opel",
		label: "Opel Corsa Electric",
		motorization: "Electric",
		looks: { body: "hatchback", colour: "#e64" },
		battery: 51,
	},
	{
		brand: "Opel",
		label: "Opel Mokka Electric",
		motorization: "Electric",
		looks: { body: "suv", colour: "#5a3" },
		battery: 54,
	},
	{
		brand: "Vauxhall",
		label: "Vauxhall Corsa Electric",
		motorization: "Electric",
		looks: { body: "hatchback", colour: "#29a" },
		battery: 51,
	},
	{
		brand: "Vauxhall",
		label: "Vauxhall Combo Cargo",
		motorization: "Thermic",
		looks: { body: "van", colour: "#eee" },
		tank: 50,
	},
];

/** How many vehicles have a story; everything after them is generated and plain. */
export const characterCount = models.length;

/** The cars that somebody may look for, by their place in the collection. */
export const cast = { private: 6, collided: 7, dayShift: 8, nightShift: 9, stolen: 10, silent: 11 } as const;

const vinPrefixes: Record<string, string> = {
	Peugeot: "VR3UHZKX",
	Citroën: "VR7BCZKX",
	DS: "VR1UJZKX",
	Opel: "W0VZ45GB",
	Vauxhall: "W0VF68GB",
};

const cities: readonly [Place, ...Place[]] = [
	[2.35, 48.86],
	[4.84, 45.76],
	[-0.58, 44.84],
	[7.75, 48.58],
	[8.68, 50.11],
	[8.24, 49.99],
	[-1.9, 52.48],
	[4.35, 50.85],
];

/** The vehicle at a place of the collection; the same for the same seed, whoever asks and when. */
export function vehicleAt(seed: number, index: number): SimulatedVehicle {
	const known = models[index];
	const model = known ?? pick(models, seed, index, 1);
	const city = pick(cities, seed, index, 2);
	const home = fromHere(city, between(1, 15, seed, index, 3), between(0, 360, seed, index, 4));
	const commute = Math.round(between(8, 28, seed, index, 5) * 10) / 10;
	const profile: Profile =
		index === cast.dayShift ? "day-shift" : index === cast.nightShift ? "night-shift" : "commuter";
	return {
		index,
		id: hex(24, seed, index, 6) + index.toString(16).padStart(8, "0"),
		vin: `${vinPrefixes[model.brand]}${hex(1, seed, 7).toUpperCase()}N${String(index + 1).padStart(7, "0")}`,
		label: known ? model.label : `${model.label} ${index + 1}`,
		brand: model.brand,
		motorization: model.motorization,
		looks: model.looks,
		profile,
		...(model.battery === undefined ? {} : { battery: batteryOf(model, seed, index) }),
		...(model.tank === undefined ? {} : { tank: { volume: model.tank, consumption: model.battery ? 6.4 : 5.6 } }),
		home,
		work: fromHere(home, commute / 1.25, between(0, 360, seed, index, 8)),
		commute,
		weekly: profile === "commuter" ? Math.round(10 * commute + between(90, 140, seed, index, 9)) : 7 * 6 * 28,
		startOdometer: Math.round(between(2_000, 30_000, seed, index, 10)),
		privacy: index === cast.private,
		hasData: index !== cast.silent,
	};
}

function batteryOf(model: Model, seed: number, index: number): Battery {
	const hybrid = model.motorization === "Hybrid";
	return {
		capacity: (model.battery ?? 0) * 1000,
		consumption: hybrid ? 230 : 165,
		power: hybrid ? 3600 : 7400,
		target: roll(seed, index, 11) < 0.5 || hybrid ? 100 : 90,
		health: {
			capacity: Math.round(between(90, 99, seed, index, 12)),
			resistance: Math.round(between(2, 18, seed, index, 13)),
		},
	};
}

/** Which place of the collection an id or a VIN would have; the caller compares, for anything can be asked for. */
export function indexOf(idOrVin: string): number {
	const digits = idOrVin.length === 17 ? Number(idOrVin.slice(-7)) - 1 : Number.parseInt(idOrVin.slice(-8), 16);
	return Number.isSafeInteger(digits) ? digits : -1;
}
