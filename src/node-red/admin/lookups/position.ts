import { summarizeStatus } from "../../../api/summaries/status";
import type { PositionSummary } from "../../../api/summaries/status-summary";
import { abortable } from "../../../transport/abortable";
import { read } from "./account";
import { type Asking, MOMENT } from "./asking";
import { vehicleAsked } from "./vehicles";

/** A place as the form gets it: degrees, and when the vehicle was there. */
interface ShownPosition {
	latitude: number;
	longitude: number;
	updatedAt: string | undefined;
}

/**
 * Where a vehicle was last, by the status that the API has of it: no vehicle is woken up for it. Without a vehicle that
 * of the account's only one.
 *
 * @returns no `position` where the API tells none, because of privacy mode for instance
 * @throws ERR_NO_VEHICLE where none is given and there is not exactly one
 */
export async function lookUpPosition(asking: Asking): Promise<{ position: ShownPosition | undefined }> {
	const { memory, signal, connected, claim } = asking;
	const { car, vehicles } = connected;
	const vehicle = (await vehicleAsked(asking)) ?? (await abortable(vehicles.find(undefined, claim), signal));
	const position = await memory.once(`position ${vehicle.id}`, MOMENT, signal, async (signal) =>
		shown(summarizeStatus(await read(asking, car.route("status"), vehicle, signal), car.family.units).position),
	);
	return { position };
}

function shown({ latitude, longitude, updatedAt }: PositionSummary): ShownPosition | undefined {
	if (latitude === null || longitude === null) return undefined;
	return { latitude, longitude, updatedAt: updatedAt ?? undefined };
}
