import { at, isRecord } from "../summaries/readers";

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

/** The value at the end of a dotted path, its names compared without case: `wakeUp` is `wakeup` elsewhere. */
function valueAt(remote: unknown, path: string): unknown {
	return path.split(".").reduce<unknown>((value, name) => {
		if (!isRecord(value)) return undefined;
		const key = Object.keys(value).find((each) => each.toLowerCase() === name.toLowerCase());
		return key === undefined ? undefined : value[key];
	}, remote);
}
