import { News } from "../../api/news";
import type { VehicleRef } from "../../api/vehicles";
import type { NodeInput, Target } from "../node-input";
import { NEWS } from "../properties";
import { choice, flag } from "../values";
import { MarkStore } from "./mark-store";
import { planOf } from "./plan";
import { SentItems } from "./sent-items";
import { type FirstPage, Sweep, vehicleOf } from "./sweep";

/**
 * Reads a collection and sends it in the node's output mode, followed by the completion message. When it breaks off,
 * everything that arrived was sent, and `msg.resume` says where to go on.
 *
 * @param first the first page, where it had to be fetched to know that this is a collection
 */
export async function readAsCollection(input: NodeInput, target: Target, first?: FirstPage): Promise<void> {
	const plan = await planOf(input, target);
	if (!flag(input.config.onlyNew) || !input.declaration.news)
		return new Sweep(input, target, plan, undefined).run(first);
	const marks = new MarkStore(input, target);
	// Two messages that meet would both find the same items new.
	return marks.exclusively(async () => {
		if (input.orders.forget) await marks.save(undefined);
		const firstRunIsSilent = choice(input.config.firstRun, "firstRun", NEWS.firstRun.choices) === "none";
		const several = target.vehicle
			? undefined
			: { vehicleOf: vehicleOf(input), completed: (vehicle: VehicleRef) => input.vehicles.completed(vehicle) };
		const news = new News(await marks.load(), Date.now(), { several, query: plan.query });
		const sent = new SentItems(news, marks, { firstRunIsSilent });
		await new Sweep(input, target, { ...plan, order: "ascending" }, sent).run(first);
	});
}
