import { assertDocument } from "../../api/connected-car";
import { isCollection } from "../../hal/document";
import type { ApiResponse } from "../../transport/client";
import { setAnswer, setVehicle } from "../messages";
import type { NodeInput, Target } from "../node-input";
import { readAsCollection } from "./collection";
import { readQuery } from "./query";
import { locateNamed } from "./target";

/** Reads what the message asks for: one resource, or a collection. */
export async function read(input: NodeInput): Promise<void> {
	const { declaration, badge, orders, car, signal } = input;
	badge.progress("…");
	const target = await (declaration.locate ?? locateNamed)(input);
	if (target.shape === "collection" || orders.resume !== undefined) return readAsCollection(input, target);
	const url = car.withQuery(target.url, car.standingQuery(target.route), readQuery(orders.query));
	const answer = await car.get(url, input.single, signal);
	// What the table does not know is recognised by what comes.
	if (target.shape === "either" && isCollection(answer.body)) return readAsCollection(input, target, { url, answer });
	sendResource(input, target, answer);
	badge.success("done");
}

function sendResource(input: NodeInput, { vehicle }: Target, answer: ApiResponse): void {
	const resource = assertDocument(answer);
	const outgoing = input.RED.util.cloneMessage(input.msg);
	outgoing.payload = resource;
	if (vehicle !== undefined) setVehicle(outgoing, vehicle);
	const summarize = input.declaration.summarize?.(input.car);
	if (summarize) outgoing.summary = summarize(resource);
	setAnswer(outgoing, answer);
	input.emit(outgoing);
}
