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
 * that were moved to another tab while their own was deleted (`diffConfigs` in @node-red/runtime/lib/flows/util.js).
 */
export function endingOf(RED: NodeAPI, id: string, removed: boolean): Ending {
	if (!removed) return "restarted";
	const listed = listedIn(RED);
	const own = find(listed, id);
	if (!own) return "deleted";
	return own.d || listed.get(own.z ?? "")?.disabled ? "disabled" : "restarted";
}

/** True for a node that is in some flow, disabled or not. */
export function isInFlows(RED: NodeAPI, id: string): boolean {
	return find(listedIn(RED), id) !== undefined;
}

/** Ids of all nodes in all flows, disabled or not. */
export function idsInFlows(RED: NodeAPI): string[] {
	return [...listedIn(RED).keys()];
}

/** A node within a subflow goes by the id of the subflow's instance and its own. */
function find(listed: ReadonlyMap<string, Listed>, id: string): Listed | undefined {
	return listed.get(id) ?? listed.get(id.split("-")[0] ?? "");
}

function listedIn(RED: NodeAPI): Map<string, Listed> {
	const listed = new Map<string, Listed>();
	RED.nodes.eachNode((node) => listed.set(node.id, node as Listed));
	return listed;
}
