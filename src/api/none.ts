import { StellantisError } from "../error";
import type { Route } from "./families";

/**
 * The one rule for "not found" on a collection. The API says 404 (codes 40400, 40410, 40499) where it has no items: no car,
 * no callback, no monitor, no trip. It is an error only where the vehicle is not there, or where no API answers: a
 * gateway's `{httpCode: 404}`, or a page of HTML, says that the address is wrong.
 *
 * @param route of the address; undefined for one that the table doesn't know
 * @param exists asked for what lies below a vehicle: whether the account has that
 */
export async function meansNone(
	error: unknown,
	route: Route | undefined,
	exists: (() => Promise<boolean>) | undefined,
): Promise<boolean> {
	if (!(error instanceof StellantisError) || error.code !== "ERR_NOT_FOUND" || !error.apiError) return false;
	if (exists) return exists();
	return route?.collection === true && String(error.apiError.code) !== "404";
}

/** What comes of reading a collection of the account, or `nothing` where the API says that there is none. */
export async function orNone<T>(reading: Promise<T>, nothing: T, route: Route): Promise<T> {
	try {
		return await reading;
	} catch (error) {
		if (await meansNone(error, route, undefined)) return nothing;
		throw error;
	}
}
