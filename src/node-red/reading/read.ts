import { assertDocument } from "../../api/connected-car";
import { StellantisError } from "../../error";
import { isCollection, isDocument } from "../../hal/document";
import { plainText } from "../../text";
import type { ApiResponse } from "../../transport/client";
import { setAnswer, setVehicle } from "../messages";
import type { NodeInput, Target } from "../node-input";
import { readAsCollection } from "./collection";
import { readQuery } from "./query";
import { locateNamed } from "./target";

/** Reads what the message asks for; once more where its vehicle was found under another id meanwhile. */
export async function read(input: NodeInput): Promise<void> {
	const { declaration, badge } = input;
	const locate = declaration.locate ?? locateNamed;
	badge.progress("…");
	const target = await locate(input);
	try {
		await readTarget(input, target);
	} catch (error) {
		if (!(error instanceof StellantisError) || error.code !== "ERR_NOT_FOUND") throw error;
		const { vehicle } = target;
		if (!vehicle) throw error;
		const isKnown = input.vehicles.hasVin(vehicle);
		if (!isKnown && !error.apiError) throw error;
		// That it can't be asked now tells nothing about what was not found.
		const now = await input.vehicles.lookAgain(vehicle, input.single).catch(() => vehicle);
		const mayStart = input.orders.resume === undefined && !hasBegun(input);
		const again = now && now.id !== vehicle.id && mayStart ? await locate(input) : undefined;
		if (!again || again.url.href === target.url.href)
			throw nothingThere(target, error, now ? "there" : isKnown ? "gone" : "unknown");
		delete input.msg.resume;
		await readTarget(input, again);
	}
}

/** True where a collection broke off behind items that have left: to start over would send them twice. */
export function hasBegun({ msg: { resume } }: NodeInput): boolean {
	return isDocument(resume) && isDocument(resume.sequence) && resume.sequence.items !== 0;
}

/** Reads one resource, or a collection. */
async function readTarget(input: NodeInput, target: Target): Promise<void> {
	const { badge, orders, car, signal } = input;
	if (target.shape === "collection" || orders.resume !== undefined) return readAsCollection(input, target);
	const url = car.withQuery(target.url, car.standingQuery(target.route), target.written ?? {}, readQuery(orders.query));
	const answer = await car.get(url, input.single, signal);
	// What the table does not know is recognised by what comes.
	if (target.shape === "either" && isCollection(answer.body)) return readAsCollection(input, target, { url, answer });
	const summary = sendResource(input, target, answer);
	const told = input.declaration.tells?.(summary, badge.texts);
	badge.success(told ?? badge.texts.text("badge.done"), target.vehicle);
}

/** Of a vehicle that was known by its VIN, and of an id that nothing was known of. */
const NO_VEHICLE = {
	gone: "The account has no such vehicle any more: its list does not name it.",
	unknown: "The account has no such vehicle. Is its id right?",
};

/** The same error in the words of what was asked for, where the API itself has said that it has none. */
function nothingThere(
	{ vehicle, route }: Target,
	error: StellantisError,
	its: "there" | keyof typeof NO_VEHICLE,
): StellantisError {
	const { apiError, statusCode } = error;
	const why = its === "there" ? route?.none : NO_VEHICLE[its];
	if (!vehicle || !apiError || why === undefined) return error;
	const words = plainText(apiError.message, 300);
	const sentence = `The API has nothing to tell of ${vehicle.id} (404). ${why}${words === undefined ? "" : ` The API says: ${words}`}`;
	return new StellantisError("ERR_NOT_FOUND", sentence, { statusCode, apiError, cause: error });
}

/** @returns its summary, where the node makes one */
function sendResource(input: NodeInput, { vehicle, route }: Target, answer: ApiResponse): unknown {
	const resource = assertDocument(answer, route);
	const outgoing = input.RED.util.cloneMessage(input.msg);
	outgoing.payload = resource;
	if (vehicle !== undefined) setVehicle(outgoing, vehicle);
	const summarize = input.declaration.summarize?.(input);
	const summary = summarize?.(resource, vehicle);
	if (summarize) outgoing.summary = summary;
	setAnswer(outgoing, answer);
	input.emit(outgoing);
	return summary;
}
