import { VIA_TITLES } from "../../api/commands/via-names";
import { isVin, type VehicleRef } from "../../api/vehicles";
import { systemClock } from "../../commands/clock";
import { type ErrorCode, StellantisError } from "../../error";
import { isDocument } from "../../hal/document";
import type { NodeInput } from "../node-input";
import { givenVehicle, vehicleValue } from "../reading/target";

/** Longest time (ms) in which an account looks a VIN up that is enough by itself. */
const SOON = 10_000;

/** What an account without a usable sign-in of its own runs into. */
const CAN_NOT_READ: readonly ErrorCode[] = ["ERR_SIGN_IN_NEEDED", "ERR_UNAUTHORIZED", "ERR_FORBIDDEN"];

/**
 * The vehicle of the node or the message. Beside the API a VIN is enough, for accounts that read nothing, and while the
 * API is out of reach.
 *
 * @throws ERR_NO_VEHICLE where a VIN is needed; what finding the vehicle throws
 */
export async function commandVehicle(input: NodeInput): Promise<VehicleRef> {
	const { commandsVia: via } = input;
	if (via === undefined) return givenVehicle(input);
	const vin = vinIn(await vehicleValue(input));
	const stop = new AbortController();
	try {
		const found = givenVehicle(input);
		if (vin === undefined) return await found;
		const late = systemClock.sleep(SOON, AbortSignal.any([input.signal, stop.signal])).then(() => undefined);
		return (await Promise.race([found, late])) ?? { id: vin, vin };
	} catch (error) {
		input.signal.throwIfAborted();
		if (!(error instanceof StellantisError)) throw error;
		if (vin !== undefined) return { id: vin, vin };
		if (!CAN_NOT_READ.includes(error.code)) throw error;
		throw new StellantisError(
			"ERR_NO_VEHICLE",
			`The account can't read which vehicles there are, and ${VIA_TITLES[via]} knows them by their VIN: set msg.vehicle or the node's vehicle to a VIN. ${error.message}`,
			{ cause: error },
		);
	} finally {
		stop.abort();
	}
}

/** The VIN that a vehicle is given by, in capitals. */
function vinIn(value: unknown): string | undefined {
	const given = isDocument(value) ? value.vin : value;
	const name = typeof given === "string" ? given.trim().toUpperCase() : "";
	return isVin(name) ? name : undefined;
}
