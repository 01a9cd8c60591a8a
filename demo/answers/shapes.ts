/** The two designs of resources side by side, for all who write or watch them whatever the family. */
import type { Json } from "../base/json";
import type { Shape } from "../families";
import type { SimulatedTrip } from "../world/plan";
import type { VehicleState } from "../world/state";
import type { SimulatedVehicle } from "../world/vehicles";
import * as flat from "./flat";
import * as nested from "./nested";
import type { Reader, Wanted } from "./reader";

/** How a design writes what both have. */
export interface Writer {
	/** What `extension` may ask for on a vehicle. */
	readonly extensions: readonly string[];
	vehicle(reader: Reader, car: SimulatedVehicle, wanted: Wanted): Json;
	trip(reader: Reader, car: SimulatedVehicle, trip: SimulatedTrip): Json;
	/** A record of the past. */
	telemetry(reader: Reader, state: VehicleState, wanted: Wanted): Json;
	/** Locks and doors as the latest state has them. */
	doorsState(state: VehicleState): Json;
}

const writers: Readonly<Record<Shape, Writer>> = { flat, nested };

/** The writer of a reader's family. */
export function writerFor({ family }: Reader): Writer {
	return writers[family.shape];
}
