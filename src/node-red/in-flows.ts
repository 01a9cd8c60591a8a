import type { NodeAPI } from "node-red";

/** A node or tab as a flow file holds it. */
interface Listed {
	id: string;
	z?: string;
	/** Of a node. */
	d?: boolean;
	/** Of a tab. */
	disabled?: boolean;
}

/** What becomes of a node that Node-RED closes. */
export type Ending = "restarted" | "disabled" | "deleted";

/**
 * What becomes of a node that is being closed. Node-RED says "removed" also of nodes that are disabled, and of those
 * that were moved to another tab while their own was deleted (`diffConfigs` in @node-red/runtime/lib/flows/util.js), and
 * not of those that were taken out of a subflow whose instance stays.
 */
export function endingOf(RED: NodeAPI, id: string, removed: boolean): Ending {
	const listed = listedIn(RED);
	const found = find(listed, id);
	if (!found) return removed || partsOf(id).some(([instance]) => listed.has(instance)) ? "deleted" : "restarted";
	if (!removed) return "restarted";
	return found.some(({ d, z }) => d || listed.get(z ?? "")?.disabled) ? "disabled" : "restarted";
}

/** True for a node that is in some flow, disabled or not. */
export function isInFlows(RED: NodeAPI, id: string): boolean {
	return find(listedIn(RED), id) !== undefined;
}

/** Ids of all nodes in all flows, disabled or not. */
export function idsInFlows(RED: NodeAPI): string[] {
	return [...listedIn(RED).keys()];
}

/** A node as it is listed; one within a subflow with the subflow's instance before it. */
function find(listed: ReadonlyMap<string, Listed>, id: string): Listed[] | undefined {
	const own = listed.get(id);
	if (own) return [own];
	for (const [outer, rest] of partsOf(id)) {
		const instance = listed.get(outer);
		const inner = instance && find(listed, rest);
		if (inner) return [instance, ...inner];
	}
	return undefined;
}

/** A node within a subflow goes by the id of the subflow's instance and its own, with a hyphen that either may have, too. */
function partsOf(id: string): [instance: string, node: string][] {
	return [...id.matchAll(/-/g)].map(({ index }) => [id.slice(0, index), id.slice(index + 1)]);
}

function listedIn(RED: NodeAPI): Map<string, Listed> {
	const listed = new Map<string, Listed>();
	RED.nodes.eachNode((node) => listed.set(node.id, node as Listed));
	return listed;
}
