import type { Node } from "node-red";
import type { Properties } from "./values";

/** What the runtime and the editor share, see resources/migrations.js. */
interface Migrations {
	MIGRATIONS: Readonly<Record<string, readonly ((config: Properties) => Properties)[]>>;
	versionOf(type: string): number;
	migrate(type: string, config: Properties, table?: Migrations["MIGRATIONS"]): { config: Properties; newer: boolean };
}

export const { MIGRATIONS, migrate, versionOf }: Migrations = require("../../resources/migrations.js");

/**
 * The properties of a node as this version reads them, whichever version saved them. A node of a newer version runs as
 * it is, and warns.
 */
export function savedProperties(node: Node, saved: object): Properties {
	const { config, newer } = migrate(node.type, saved as Properties);
	if (newer)
		node.warn(
			`This node was saved by a newer version of node-red-contrib-stellantis (its format is ${config.configVersion}, known here is ${versionOf(node.type)}). It may do something else than it should: update the package.`,
		);
	return config;
}
