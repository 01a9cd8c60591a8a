import { FAMILIES } from "../../api/families";

/** Resources that go by a name of their own in this package, in whichever families have them. */
export const NAMED_RESOURCES = [
	"capability",
	"maintenance",
	"position",
	"telemetry",
	"collisions",
	"alarms",
	"charging-sessions",
	"stolen",
	"user",
] as const;
/** What the resource node can be told to read. */
export const RESOURCES = [...NAMED_RESOURCES, "link", "path"] as const;

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
