import { StellantisError } from "../../error";
import type { Fetched } from "../../hal/pages";

/** A page that can't be had by this address, though the server is there. */
const NOT_THERE = new Set(["ERR_REJECTED", "ERR_NOT_FOUND", "ERR_NOT_SUPPORTED", "ERR_BAD_RESPONSE"]);

/** The page, or undefined when the server has none under that address. */
export async function ifThere<Answer>(fetched: Promise<Fetched<Answer>>): Promise<Fetched<Answer> | undefined> {
	try {
		return await fetched;
	} catch (error) {
		if (error instanceof StellantisError && NOT_THERE.has(error.code)) return undefined;
		throw error;
	}
}
