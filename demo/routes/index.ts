/** The table of everything a family answers. */
import type { Family } from "../families";
import type { Route } from "../route";
import { accountRoutes } from "./account";
import { channelRoutes } from "./channels";
import { deskRoutes } from "./desk";
import { historyRoutes } from "./history";
import { remoteRoutes } from "./remotes";
import { vehicleRoutes } from "./vehicle";

/** Every route of a family. Where a fixed path and one with a variable both fit, the first in the table wins. */
export function routesOf(family: Family): Route[] {
	return [
		...vehicleRoutes(family),
		...historyRoutes(family),
		...channelRoutes(family),
		...deskRoutes(family),
		...remoteRoutes(family),
		...accountRoutes(family),
	];
}
