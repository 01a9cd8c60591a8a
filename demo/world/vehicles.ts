/** The simulated cars: a dozen with a character of their own, and as many plain ones as somebody asks for. */
import type { WinterOffset } from "../base/clock";
import { hour, minute } from "../base/time";
import { detour, fromHere, type Place } from "./geography";
import type { Looks } from "./pictures";
import { between, hex, pick, roll } from "./random";

export type Motorization = "Electric" | "Hybrid" | "Thermic";

/** `day-shift` and `night-shift` cars drive twelve hours without a pause and charge the other twelve. */
export type Profile = "commuter" | "day-shift" | "night-shift";

export interface Battery {
	/** Wh when full. */
	capacity: number;
	/** Wh that one km takes, on a mild day. */
	consumption: number;
	/** W that reach it at the plug, at home. */
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
	/** Where its people shop, do sports, and have lunch when they are at work. */
	readonly shop: Place;
	readonly sport: Place;
	readonly lunch: Place;
	/** What the car's clock shows. */
	readonly offset: WinterOffset;
	/** The time of day that is programmed for charging, in ms since midnight, and whether the car waits for it. */
	readonly charging: { readonly programmed: number; readonly waits: boolean };
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
	/** Where it lives; absent: anywhere. */
	city?: City;
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
		city: "paris",
		motorization: "Electric",
		looks: { body: "hatchback", colour: "#eb3" },
		battery: 50,
	},
	{
		brand: "Peugeot",
		label: "Peugeot 3008 Hybrid4",
		city: "lyon",
		motorization: "Hybrid",
		looks: { body: "suv", colour: "#357" },
		battery: 13.2,
		tank: 43,
	},
	{
		brand: "Peugeot",
		label: "Peugeot 208 PureTech",
		city: "bordeaux",
		motorization: "Thermic",
		looks: { body: "hatchback", colour: "#c33" },
		tank: 44,
	},
	{
		brand: "Citroën",
		label: "Citroën ë-C4",
		city: "strasbourg",
		motorization: "Electric",
		looks: { body: "hatchback", colour: "#49c" },
		battery: 54,
	},
	{
		brand: "Citroën",
		label: "Citroën C5 Aircross Hybrid",
		city: "brussels",
		motorization: "Hybrid",
		looks: { body: "suv", colour: "#e73" },
		battery: 13.2,
		tank: 43,
	},
	{
		brand: "Citroën",
		label: "Citroën C3 PureTech",
		city: "rennes",
		motorization: "Thermic",
		looks: { body: "hatchback", colour: "#7a9" },
		tank: 45,
	},
	{
		brand: "DS",
		label: "DS 3 E-Tense",
		city: "lille",
		motorization: "Electric",
		looks: { body: "suv", colour: "#868" },
		battery: 54,
	},
	{
		brand: "DS",
		label: "DS 7 E-Tense 4x4",
		city: "dijon",
		motorization: "Hybrid",
		looks: { body: "suv", colour: "#333" },
		battery: 14.2,
		tank: 43,
	},
	{
		brand: "Opel",
		label: "Opel Corsa Electric",
		city: "frankfurt",
		motorization: "Electric",
		looks: { body: "hatchback", colour: "#e64" },
		battery: 51,
	},
	{
		brand: "Opel",
		label: "Opel Mokka Electric",
		city: "dortmund",
		motorization: "Electric",
		looks: { body: "suv", colour: "#5a3" },
		battery: 54,
	},
	{
		brand: "Vauxhall",
		label: "Vauxhall Corsa Electric",
		city: "birmingham",
		motorization: "Electric",
		looks: { body: "hatchback", colour: "#29a" },
		battery: 51,
	},
	{
		brand: "Vauxhall",
		label: "Vauxhall Combo Cargo",
		city: "london",
		motorization: "Thermic",
		looks: { body: "van", colour: "#eee" },
		tank: 50,
	},
];

/** How many vehicles have a story; everything after them is generated and plain. */
export const characterCount = models.length;

/** The cars that somebody may look for, by their place in the collection. */
export const cast = {
	/** The home owner's own: it does what a newcomer expects. */
	owner: 0,
	compactTimes: 2,
	stuckEnergies: 3,
	openRoof: 4,
	wordyTimes: 4,
	noOdometer: 5,
	noFix: 5,
	private: 6,
	lagging: 6,
	collided: 7,
	emptyHybrid: 7,
	dayShift: 8,
	nightShift: 9,
	stolen: 10,
	smallBattery: 10,
	silent: 11,
} as const;

const vinPrefixes: Record<string, string> = {
	Peugeot: "VR3UHZKX",
	Citroën: "VR7BCZKX",
	DS: "VR1UJZKX",
	Opel: "W0VZ45GB",
	Vauxhall: "W0VF68GB",
};

/** The characters live far enough from each other to be told apart on a map. */
const cities = {
	paris: { centre: [2.35, 48.86], offset: 1 },
	lyon: { centre: [4.84, 45.76], offset: 1 },
	bordeaux: { centre: [-0.58, 44.84], offset: 1 },
	strasbourg: { centre: [7.75, 48.58], offset: 1 },
	brussels: { centre: [4.35, 50.85], offset: 1 },
	rennes: { centre: [-1.68, 48.11], offset: 1 },
	lille: { centre: [3.06, 50.63], offset: 1 },
	dijon: { centre: [5.04, 47.32], offset: 1 },
	frankfurt: { centre: [8.68, 50.11], offset: 1 },
	dortmund: { centre: [7.46, 51.51], offset: 1 },
	birmingham: { centre: [-1.9, 52.48], offset: 0 },
	london: { centre: [-0.13, 51.51], offset: 0 },
} as const satisfies Record<string, { centre: Place; offset: WinterOffset }>;
type City = keyof typeof cities;
const cityNames = Object.keys(cities) as [City, ...City[]];

/** Times of day that people program for cheap power, in ms since midnight. */
const cheapHours: readonly [number, ...number[]] = [21.5 * hour, 22 * hour, 22 * hour + 5 * minute, 22.5 * hour];

/** The vehicle at a place of the collection; the same for the same seed, whoever asks and when. */
export function vehicleAt(seed: number, index: number): SimulatedVehicle {
	const known = models[index];
	const model = known ?? pick(models, seed, index, 1);
	const { centre, offset } = cities[known?.city ?? pick(cityNames, seed, index, 2)];
	const around = (place: Place, near: number, far: number, key: number) =>
		fromHere(place, between(near, far, seed, index, key), between(0, 360, seed, index, key + 1));
	const home = around(centre, 1, 15, 3);
	const commute = Math.round(between(8, 28, seed, index, 5) * 10) / 10;
	const work = fromHere(home, commute / detour, between(0, 360, seed, index, 8));
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
		work,
		shop: around(home, 1.8, 4.5, 20),
		sport: around(home, 3, 7, 22),
		lunch: around(work, 1.5, 3, 24),
		offset,
		charging: {
			programmed: pick(cheapHours, seed, index, 26),
			waits: index === cast.owner || roll(seed, index, 27) < 0.6,
		},
		commute,
		weekly: profile === "commuter" ? Math.round(10 * commute + between(105, 135, seed, index, 9)) : 7 * 6 * 28,
		startOdometer: Math.round(between(2_000, 30_000, seed, index, 10)),
		privacy: index === cast.private,
		hasData: index !== cast.silent,
	};
}

function batteryOf(model: Model, seed: number, index: number): Battery {
	const hybrid = model.motorization === "Hybrid";
	return {
		capacity: (model.battery ?? 0) * 1000,
		consumption: hybrid ? 210 : 155,
		power: hybrid ? 3400 : 6900,
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
