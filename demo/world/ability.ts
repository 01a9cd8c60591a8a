/** What a car can be asked to do: said by the capability answers and kept by the commands. */
import type { SimulatedVehicle } from "./vehicles";

/** Names as under `onboardCapabilities.remote`. */
export type Ability =
	| "preconditioning"
	| "charging"
	| "door"
	| "horn"
	| "lights"
	| "wakeup"
	| "navigation"
	| "stolen"
	| "tanSuppress";

/** Whether a car has what a command needs; without a battery to drive with, none heats or charges. */
export function can(car: SimulatedVehicle, ability: Ability): boolean {
	return car.battery !== undefined || (ability !== "preconditioning" && ability !== "charging");
}
