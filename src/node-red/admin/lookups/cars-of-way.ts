import type { FoundCar } from "../../../commands/via/way";
import { StellantisError } from "../../../error";
import { type Asking, MINUTE } from "./asking";

/** The cars that are known to what delivers the account's commands; none where it can't be asked just now. */
export async function carsOfWay({ connected, memory, signal }: Asking): Promise<readonly FoundCar[]> {
	const way = connected.way();
	if (!way) return [];
	try {
		return await memory.once("cars of the way", MINUTE, signal, async (signal) => (await way.survey(signal)).cars);
	} catch (error) {
		if (error instanceof StellantisError) return [];
		throw error;
	}
}
