/// <reference path="../../resources/types/facts.d.ts" />
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CLIENT_KINDS, type ClientKind } from "../../src/api/clients";
import { CLOCK } from "../../src/api/commands/arguments";
import { COMMANDS, type CommandId, GUARDED } from "../../src/api/commands/names";
import { WEEK } from "../../src/api/commands/programs";
import { FAMILY_COMMANDS } from "../../src/api/commands/table";
import { VIA_COMMANDS } from "../../src/api/commands/via";
import { VIAS, type Via } from "../../src/api/commands/via-names";
import { BRANDS, type Brand, brandSignIn, FAMILIES, type Family, type Route } from "../../src/api/families";
import { monitorZone } from "../../src/api/monitors";
import { NAMED_TIMES } from "../../src/api/time";
import { OWN_HEADERS } from "../../src/node-red/account/settings";
import { credentialsFor } from "../../src/node-red/credentials";
import { ACCOUNT, NAMED_RESOURCES, PROPERTIES } from "../../src/node-red/properties";
import { commandFields, schemaFields } from "./command-fields";
import { watchFacts } from "./watch-facts";

const ROOT = join(__dirname, "..", "..");

const fromEntries = <Value>(entries: [string, Value][]): Record<string, Value> => Object.fromEntries(entries);

/** What forms know of the runtime, from its own tables. */
export function facts(): StellantisFacts {
	const families = Object.values(FAMILIES);
	const collections = (suits: (route: Route) => boolean | undefined) =>
		NAMED_RESOURCES.filter((name) => families.some(({ routes }) => routes[name]?.collection && suits(routes[name])));
	return {
		FAMILIES: fromEntries(families.map((family) => [family.id, familyFacts(family)])),
		BRANDS: fromEntries((Object.keys(BRANDS) as Brand[]).map((brand) => [brand, brandFacts(brand)])),
		CLIENTS: fromEntries(Object.entries(CLIENT_KINDS).map(([kind, client]) => [kind, clientFacts(client)])),
		VIAS: fromEntries(VIAS.map((via) => [via, viaFacts(via)])),
		COMMANDS: fromEntries(COMMANDS.map((id) => [id, GUARDED.has(id) ? { guarded: true } : {}])),
		COLLECTIONS: collections(() => true),
		RANGED: collections(({ timestamps }) => timestamps),
		TYPES: fromEntries(Object.entries(PROPERTIES).map(([type]) => [type, typedInputs(type)])),
		LISTS: fromEntries(Object.entries(PROPERTIES).map(([type]) => [type, lists(type)])),
		NEEDED: fromEntries(ACCOUNT.auth.choices.map((auth) => [auth, credentialsFor(auth)])),
		OWN_HEADERS: [...OWN_HEADERS],
		WEEK: [...WEEK],
		CLOCK,
		NAMED_TIMES: [...NAMED_TIMES],
		ZONE: zoneFields(),
		WATCH: watchFacts(),
		LANGUAGES: readdirSync(join(ROOT, "nodes", "locales")).filter((language) => language !== "en-US"),
	};
}

/** The module that browsers load: `resources/generated/facts.js`. */
export function factsModule(): string {
	const exported = Object.entries(facts()).map(
		([name, value]) =>
			`/** @type {StellantisFacts["${name}"]} */\nexport const ${name} = ${value instanceof RegExp ? String(value) : JSON.stringify(value, null, "\t")};\n`,
	);
	return `// @ts-check\n/** Written by the build from the runtime's tables, see types/facts.d.ts. */\n\n${exported.join("\n")}`;
}

function familyFacts({ id: family, baseUrl = "", brandRealm, usualAuth, routes }: Family): StellantisFamily {
	const all = Object.entries(routes);
	const pageSize = routes.trips?.pageSize ?? 0;
	const own = NAMED_RESOURCES.map((name) => [name, routes[name]?.pageSize ?? pageSize] as [string, number]);
	return {
		baseUrl,
		traits: {
			brands: brandRealm,
			fleets: all.some(([, { path }]) => path.includes("{fid}")),
			locales: all.some(([, { locale }]) => locale),
			publicRoot: baseUrl !== "",
		},
		usualAuth,
		pageSize,
		pageSizes: fromEntries(own.filter(([, size]) => size !== pageSize)),
		fleetResources: all.flatMap(([name]) => (routes[`fleet-${name}`]?.collection ? [name] : [])),
		resources: NAMED_RESOURCES.filter((name) => Object.hasOwn(routes, name)),
		paths: [...new Set(all.map(([, { path }]) => path))],
		filters: fromEntries(all.flatMap(([name, { filters }]) => (filters ? [[name, [...filters]]] : []))),
		commands: fromEntries(
			COMMANDS.flatMap((id: CommandId) => {
				const spec = FAMILY_COMMANDS[family].specs[id];
				return spec ? [[id, commandFields(spec)]] : [];
			}),
		),
	};
}

/** What a way can be asked, as a family's commands. */
const viaFacts = (via: Via) => ({
	commands: fromEntries(
		COMMANDS.flatMap((id: CommandId) => {
			const spec = VIA_COMMANDS[via].commands[id];
			return spec ? [[id, commandFields(spec)]] : [];
		}),
	),
});

const clientFacts = ({ host, certificate, scopes, privateRedirect }: ClientKind) => ({
	host,
	certificate,
	scopes: [...scopes],
	privateRedirect,
});

function brandFacts(brand: Brand): StellantisBrand {
	const { authorizeUrl, tokenUrl, scope, redirectUri = "" } = brandSignIn(brand, "{country}");
	return { realm: BRANDS[brand].realm, authorizeUrl, tokenUrl, scope, redirectUri };
}

/** What a zone of a monitor is made of, in one list. */
function zoneFields(): StellantisField[] {
	const { place } = monitorZone.shape;
	return [...schemaFields(monitorZone), ...schemaFields(place.shape.center), ...schemaFields(place)];
}

const typedInputs = (type: string) =>
	fromEntries(
		Object.entries(PROPERTIES[type] ?? {}).flatMap(([name, { types }]) =>
			types ? [[name.replace(/Type$/, ""), [...types]]] : [],
		),
	);

const lists = (type: string) =>
	fromEntries(
		Object.entries(PROPERTIES[type] ?? {}).flatMap(([name, { several }]) => (several ? [[name, [...several]]] : [])),
	);
