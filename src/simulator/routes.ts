/** The table of everything a family answers. */
import { type FamilyId, families } from "./families";
import type { Route } from "./route";
import { accountRoutes } from "./routes-account";
import { channelRoutes } from "./routes-channels";
import { deskRoutes } from "./routes-desk";
import { historyRoutes } from "./routes-history";
import { remoteRoutes } from "./routes-remotes";
import { vehicleRoutes } from "./routes-vehicle";

/** Every route of a family. Where a fixed path and one with a variable both fit, the first in the table wins. */
export function routesOf(id: FamilyId): Route[] {
	const family = families[id];
	return [
		...vehicleRoutes(family),
		...historyRoutes(family),
		...channelRoutes(family),
		...deskRoutes(family),
		...remoteRoutes(family),
		...accountRoutes(family),
	];
}
