/** What driving takes from battery and tank, and how far what is left goes. */
import { day, hour } from "../base/time";
import type { Battery, Tank } from "./vehicles";

/** An energy over a trip: levels in %, ranges in km, `used` in kWh or L. */
export interface EnergyUse {
	startLevel: number;
	endLevel: number;
	startRange: number;
	endRange: number;
	used: number;
}

/** Temperature of the air in °C at a moment: winter and summer, night and day. */
export function temperatureAt(time: number): number {
	const season = -Math.cos((2 * Math.PI * (time - 20 * day)) / (365.25 * day));
	const clock = -Math.cos((2 * Math.PI * ((time % day) - 3 * hour)) / day);
	return Math.round((11 + 8 * season + 4 * clock) * 2) / 2;
}

/** How much more than usual a battery gives for a km: heat costs in the cold, and air at speed. */
export function electricFactor(time: number, speed: number): number {
	const cold = 0.011 * Math.max(0, 20 - temperatureAt(time));
	return (1 + cold) * (0.88 + 0.003 * Math.max(0, speed - 20));
}

/** How much more than usual an engine burns for a km: most in town. */
export function fuelFactor(speed: number): number {
	return speed < 30 ? 1.25 : speed < 45 ? 1.05 : 0.92;
}

/** Range in km of a battery level in %. */
export function electricRange(battery: Battery, level: number): number {
	return Math.round((level * battery.capacity) / 100 / battery.consumption);
}

/** Range in km of a fuel level in %. */
export function fuelRange(tank: Tank, level: number): number {
	return Math.round((level * tank.volume) / tank.consumption);
}

/** What a trip took from the battery, `used` in kWh. */
export function electricUse(battery: Battery, from: number, to: number, used: number): EnergyUse {
	return {
		startLevel: from,
		endLevel: to,
		startRange: electricRange(battery, from),
		endRange: electricRange(battery, to),
		used,
	};
}

/** What a trip took from the tank, `used` in L. */
export function fuelUse(tank: Tank, from: number, to: number, used: number): EnergyUse {
	return {
		startLevel: from,
		endLevel: to,
		startRange: fuelRange(tank, from),
		endRange: fuelRange(tank, to),
		used,
	};
}
