import { at, isRecord } from "../../json";
import { COMMANDS, type CommandId } from "./names";
import type { FamilyCommands } from "./table";

/**
 * What a vehicle lacks for a command, or undefined when nothing speaks against it: only a plain `false` does, for
 * capabilities are often missing.
 *
 * @param resource the answer of the route "capability": `VehicleCapability` (accounts-v1) or a vehicle with its
 *   extension `onboardCapabilities` (user-v4, fleet-v3)
 * @param needs paths below `remote`
 */
export function lacking(resource: unknown, needs: readonly string[]): string | undefined {
	const remote = [
		resource,
		at(resource, "_embedded", "extension"),
		at(resource, "extension"),
		at(resource, "_embedded"),
	]
		.map((base) => at(base, "onboardCapabilities", "remote"))
		.find(isRecord);
	return needs.find((path) => valueAt(remote, path) === false);
}

/**
 * The commands that a vehicle is known to lack, or its whole family.
 *
 * @param resource see {@link lacking}; undefined where it is not known
 */
export function lackingCommands({ specs }: FamilyCommands, resource: unknown): CommandId[] {
	return COMMANDS.filter((command) => {
		const spec = specs[command];
		return !spec || lacking(resource, spec.basics) !== undefined;
	});
}

/** The value at the end of a dotted path, its names compared without case: `wakeUp` is `wakeup` elsewhere. */
function valueAt(remote: unknown, path: string): unknown {
	return path.split(".").reduce<unknown>((value, name) => {
		if (!isRecord(value)) return undefined;
		const key = Object.keys(value).find((each) => each.toLowerCase() === name.toLowerCase());
		return key === undefined ? undefined : value[key];
	}, remote);
}
