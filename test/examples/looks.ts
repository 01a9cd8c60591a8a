/** What tests of examples with a watch share: looks at moments of their choice. */
import type { Example, Flows } from "./harness";

/** A car that is charging from six in the morning to six in the evening. */
export const MOKKA = "W0VZ45GBBN0000010";

/** Looks at all vehicles at a moment, by a button that is wired to the watch. */
export async function lookAt(flows: Flows, moment: string): Promise<void> {
	await flows.nodeRed.tell({ clock: moment });
	await flows.press("look now");
}

/** Gives an example that has none a button that makes its watch look. */
export function withButton(example: Example): Example {
	const { id, z } = example.node("stellantis-watch");
	const props = [{ p: "payload" }];
	const button = { id: "00000000000000c1", type: "inject", name: "look now", repeat: "", crontab: "", once: false };
	example.nodes.push({ ...button, z, props, payload: "", payloadType: "date", topic: "", wires: [[id]] });
	return example;
}

/** Lets one car be seen from before it is plugged in until after it has left, with a few looks in between. */
export async function wholeCharge(flows: Flows, example: Example, name = "watch"): Promise<void> {
	Object.assign(example.watch("stellantis-watch", name, 1).node("stellantis-watch"), {
		vehicle: MOKKA,
		vehicleType: "str",
	});
	await flows.deploy(example, "2027-01-13T05:50:00Z");
	await flows.debugged(`after ${name}`);
	for (const [looks, clock] of ["06:06", "09:10", "13:10", "17:40", "18:06"].entries()) {
		await lookAt(flows, `2027-01-13T${clock}:00Z`);
		await flows.debugged(`after ${name}`, looks + 2);
	}
}
