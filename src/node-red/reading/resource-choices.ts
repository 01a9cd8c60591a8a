import { FAMILIES } from "../../api/families";
import { NAMED_RESOURCES } from "./resource-target";

/** What the form of the resource node offers in a family. */
export interface ResourceChoices {
	/** Named resources that the family has. */
	resources: string[];
	/** Paths that are known, with variables in braces. */
	paths: string[];
}

/** By family id. */
export function resourceChoices(): Record<string, ResourceChoices> {
	const choices = Object.values(FAMILIES).map(({ id, routes }) => [
		id,
		{
			resources: NAMED_RESOURCES.filter((name) => Object.hasOwn(routes, name)),
			paths: [...new Set(Object.values(routes).map(({ path }) => path))],
		},
	]);
	return Object.fromEntries(choices);
}
