/**
 * What cars tell wrongly of themselves, as owners report it, and which of the demo's cars does so. The first car tells
 * nothing wrong; no car of the many that a test may add does.
 */
import { day, hour, minute } from "../base/time";
import { roll } from "./random";
import type { VehicleState } from "./state";
import { cast } from "./vehicles";

/** How the times of an answer are spelled where they aren't RFC 3339; both stand in the concept pages of the API. */
export type TimeStyle = "compact" | "words";

/** One thing that a car gets wrong. */
export interface Quirk {
	/** Its place in the collection. */
	readonly car: number;
	readonly what: string;
	/** Who has seen it. */
	readonly source: string;
	/** What the car says instead of how it is. */
	says?(state: VehicleState): VehicleState;
	/** The moment that it tells of instead of now. */
	tellsOf?(now: number): number;
	/** How it spells times in its state, position and maintenance. */
	readonly times?: TimeStyle;
}

const integration = "github.com/andreadegiovine/homeassistant-stellantis-vehicles, issues";

/** How far the kWh of some batteries are off. */
const smaller = 1.343;

/** The table of quirks; a car may have several. */
export const quirks: readonly Quirk[] = [
	{
		car: cast.emptyHybrid,
		what: "An empty battery is full, with a range of 0, and what is left in it says otherwise.",
		source: `${integration} 397, 463, 614; github.com/flobz/psa_car_controller, issues 426, 537`,
		says: ({ electric, ...state }) =>
			electric && electric.level < 9
				? { ...state, electric: { ...electric, level: 100, range: 0 } }
				: { ...state, ...(electric ? { electric } : {}) },
	},
	{
		car: cast.compactTimes,
		what: "Times are spelled 2017-08-10T13:46:39.652+0000.",
		source: "developer.groupe-psa.io, concept pages",
		times: "compact",
	},
	{
		car: cast.wordyTimes,
		what: "Times are spelled Mon Jun 03 08:35:36 GMT 2019.",
		source: "developer.groupe-psa.io, concept pages",
		times: "words",
	},
	{
		car: cast.stuckEnergies,
		what: "The time of its energies stands still for months, while all else is of today.",
		source: `${integration} 340, 354, 374, 393`,
		says: (state) => ({ ...state, energiesAt: Math.floor(state.updatedAt / (150 * day)) * 150 * day - 60 * day }),
	},
	{
		car: cast.openRoof,
		what: "The roof window is open for ever.",
		source: `${integration} 33, 104, 216, 349`,
		says: (state) => ({ ...state, openWindows: ["RoofWindow"] }),
	},
	{
		car: cast.noOdometer,
		what: "The odometer reads 0 when the car is parked.",
		source: `${integration} 241`,
		says: (state) => (state.driving ? state : { ...state, odometer: 0 }),
	},
	{
		car: cast.noFix,
		what: "The position is [0, 0] of 1970 when the car is parked at work, below ground.",
		source: "owners' reports of unknown positions; no thread to name",
		says: (state) =>
			state.atWork ? { ...state, position: { ...state.position, place: [0, 0], updatedAt: 0 } } : state,
	},
	{
		car: cast.lagging,
		what: "Every now and then, for ten minutes, it tells again what it told up to a day ago.",
		source: `${integration} 488, 535`,
		tellsOf: (now) => {
			const slot = Math.floor(now / (10 * minute));
			return roll(slot, 1) < 0.25 ? now - Math.ceil(1 + 23 * roll(slot, 2)) * hour : now;
		},
	},
	{
		car: cast.smallBattery,
		what: `Capacity and what is left in the battery are 1/${smaller} of the real kWh.`,
		source: `${integration} 272`,
		says: ({ electric, ...state }) => ({
			...state,
			...(electric
				? {
						electric: {
							...electric,
							capacity: Math.round(electric.capacity / smaller),
							residual: Math.round(electric.residual / smaller),
						},
					}
				: {}),
		}),
	},
];

/** What a car says of itself at a moment, its quirks included. */
export function saidBy(car: number, now: number, stateAt: (time: number) => VehicleState): VehicleState {
	const own = quirks.filter((quirk) => quirk.car === car);
	const time = own.reduce((moment, { tellsOf }) => tellsOf?.(moment) ?? moment, now);
	return own.reduce((state, { says }) => says?.(state) ?? state, stateAt(time));
}

/** How a car spells times; undefined: RFC 3339. */
export function timeStyleOf(car: number): TimeStyle | undefined {
	return quirks.find((quirk) => quirk.car === car && quirk.times)?.times;
}
