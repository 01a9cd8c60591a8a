import type { CommandId } from "../../api/commands/names";
import { vehicleName } from "../../api/vehicle-name";
import type { VehicleRef } from "../../api/vehicles";
import { StellantisError } from "../../error";
import type { AccountConnection } from "../account/connection";
import type { Connected } from "../account/open";

/** A car that is known there, as a person knows it, and the commands it can be sent. */
export interface ShownCar {
	name: string;
	/** True when it is one of the account's own vehicles, by VIN; absent where the account can't tell. */
	isOwn?: boolean;
	commands: CommandId[];
}

/** What has become of such a step; its sentences are those of the form's own catalog. */
export type WayCheck =
	| { step: "way" | "cars"; state: "running" }
	| { step: "way"; state: "works"; says: "answersAs"; version: string }
	| { step: "way"; state: "caution"; says: "openToAll" }
	| { step: "cars"; state: "works" | "caution"; says: "cars" | "noCars" | "notAll"; names?: string; cars: ShownCar[] }
	| { step: "way" | "cars"; state: "fails"; message: string };

/** Cars that are listed one by one. */
const MOST = 50;

/**
 * Finds out what delivers an account's commands, and which cars it knows; asks for nothing else.
 *
 * @param own the account's vehicles, as far as they were read; undefined where it reads none
 * @throws an AbortError
 */
export async function checkWay(
	connection: AccountConnection,
	connected: Connected,
	own: readonly VehicleRef[] | undefined,
	tell: (check: WayCheck) => void,
	signal: AbortSignal,
): Promise<void> {
	tell({ step: "way", state: "running" });
	try {
		const way = connected.way();
		if (!way) return;
		const { version, cars } = await way.survey(signal);
		if (version !== undefined) tell({ step: "way", state: "works", says: "answersAs", version });
		else tell({ step: "way", state: "caution", says: "openToAll" });
		const byVin = new Map(own?.flatMap((each) => (each.vin === undefined ? [] : [[each.vin.toUpperCase(), each]])));
		const shown = cars.slice(0, MOST).map(({ vin, commands }): ShownCar => {
			const name = connection.redact(vehicleName(byVin.get(vin) ?? { vin }));
			return { name, ...(own ? { isOwn: byVin.has(vin) } : {}), commands };
		});
		const vins = new Set(cars.map(({ vin }) => vin));
		const missing = [...byVin]
			.filter(([vin]) => !vins.has(vin))
			.map(([, each]) => connection.redact(vehicleName(each)));
		if (cars.length === 0) tell({ step: "cars", state: "caution", says: "noCars", cars: shown });
		else if (missing.length > 0)
			tell({ step: "cars", state: "caution", says: "notAll", names: missing.slice(0, MOST).join(", "), cars: shown });
		else tell({ step: "cars", state: "works", says: "cars", cars: shown });
	} catch (error) {
		if (signal.aborted || !(error instanceof StellantisError)) throw error;
		tell({ step: "way", state: "fails", message: connection.redact(error.message) });
	}
}
