/// <reference path="../../resources/types/facts.d.ts" />
import assert from "node:assert/strict";
import { COMMANDS, GUARDED } from "../../src/api/commands/names";
import { FAMILIES } from "../../src/api/families";
import { EVENT_KINDS } from "../../src/watch/events";
import { FORM_NAMES, FORMS, list, loadEditor, plain } from "./editor";

const READING = { name: "", configVersion: 1, account: "" };
const VEHICLE = { vehicle: "vehicle", vehicleType: "msg", scope: "vehicle" };
const COLLECTION = { output: "item", pageSize: "", maxItems: "", parallel: 1 };
const RANGE = { from: "", fromType: "str", to: "", toType: "str", order: "descending" };
const NEWS = { onlyNew: false, firstRun: "all", store: "" };

/** Every property a flow file holds, and what it is in a new node. */
const PROPERTIES: Record<string, Record<string, unknown>> = {
	"stellantis-account": {
		name: "",
		configVersion: 1,
		server: "demo",
		api: "user-v4",
		baseUrl: "",
		fleetId: "",
		brand: "peugeot",
		country: "",
		realm: "",
		locale: "",
		auth: "token",
		tokenUrl: "",
		authorizeUrl: "",
		redirectUri: "",
		scope: "",
		tls: "",
		proxy: "",
		headers: [],
		byMessage: false,
		timeout: 30,
		retries: 3,
		concurrency: 4,
		requestsPerSecond: 0,
		commands: COMMANDS.filter((command) => !GUARDED.has(command)),
		commandLimit: 5,
		wakeupInterval: 60,
		wakeupsPerDay: 6,
		commandsVia: "official",
		commandsUrl: "",
		store: "",
		shareAs: "",
	},
	"stellantis-store": {
		name: "",
		configVersion: 1,
		host: "localhost",
		port: 5432,
		database: "stellantis",
		schema: "stellantis",
		tls: "",
	},
	"stellantis-vehicle-list": { ...READING, ...COLLECTION, shared: false, leaseTime: 120, minInterval: 60 },
	"stellantis-status": { ...READING, ...VEHICLE, ...COLLECTION },
	"stellantis-trips": {
		...READING,
		...VEHICLE,
		...COLLECTION,
		...RANGE,
		...NEWS,
		minDistance: "",
		maxDistance: "",
		minDuration: "",
		maxDuration: "",
		states: [],
		propulsions: [],
		kinetics: [],
		waypoints: false,
	},
	"stellantis-alerts": { ...READING, ...VEHICLE, ...COLLECTION, ...RANGE, ...NEWS, active: "any" },
	"stellantis-resource": {
		...READING,
		...VEHICLE,
		...COLLECTION,
		...RANGE,
		resource: "capability",
		target: "",
		targetType: "str",
	},
	"stellantis-monitor": {
		...READING,
		vehicle: "vehicle",
		vehicleType: "msg",
		channel: "",
		channelType: "str",
		action: "create",
		monitor: "monitor",
		monitorType: "msg",
		body: JSON.stringify({
			label: "battery low",
			triggerParam: {
				triggers: [
					{ name: "battery", data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["20"] } },
				],
				boolExp: "battery",
			},
		}),
		bodyType: "json",
	},
	"stellantis-events": { ...READING, publicUrl: "", path: "stellantis/events", kinds: "both", label: "Node-RED" },
	// without `events` every event is told
	"stellantis-watch": {
		...READING,
		vehicle: "",
		vehicleType: "str",
		driving: 1,
		charging: 5,
		parked: 15,
		share: 50,
		low: 20,
		high: 80,
		zones: [],
		price: "",
		priceType: "num",
		currency: "",
		timeZone: "",
		efficiency: 90,
		capacity: "",
		staleAfter: 24,
		firstRun: "none",
		store: "",
	},
	"stellantis-remote-command": {
		...READING,
		vehicle: "vehicle",
		vehicleType: "msg",
		command: "lock",
		commandType: "fixed",
		args: "{}",
		argsType: "json",
		channel: "",
		channelType: "str",
		ifBusy: "wait",
		wait: "result",
		timeout: 120,
	},
};

/** Palette label, number of outputs and their labels. */
const PALETTE: Record<string, [string, string[]]> = {
	"stellantis-vehicle-list": ["vehicle list", ["items", "completion"]],
	"stellantis-status": ["vehicle status", ["status"]],
	"stellantis-trips": ["vehicle trips", ["items", "completion"]],
	"stellantis-alerts": ["vehicle alerts", ["items", "completion"]],
	"stellantis-resource": ["vehicle resource", ["items", "completion"]],
	"stellantis-remote-command": ["remote command", ["result", "progress"]],
	"stellantis-monitor": ["vehicle monitor", ["answer"]],
	"stellantis-events": ["vehicle events", ["event"]],
	"stellantis-watch": ["vehicle watch", ["event", "status"]],
};

/** Nodes that send by themselves. */
const WITHOUT_INPUT = ["stellantis-events"];

/** Values a choice offers, in order; the first is the default. */
const CHOICES: Record<string, string[]> = {
	server: ["demo", "live"],
	api: ["user-v4", "accounts-v1", "fleet-v3"],
	brand: ["peugeot", "citroen", "ds", "opel", "vauxhall"],
	auth: ["token", "client-credentials", "authorization-code", "basic", "none"],
	commandsVia: ["official", "home-assistant", "psa-car-controller"],
	scope: ["vehicle", "fleet"],
	output: ["item", "page", "array"],
	order: ["descending", "ascending"],
	firstRun: ["all", "none"],
	active: ["any", "active", "ended"],
	action: ["create", "list", "get", "update", "pause", "resume", "delete", "vehicles"],
	kinds: ["both", "monitor", "remote", "account"],
	ifBusy: ["wait", "refuse"],
	wait: ["result", "accepted"],
	resource: [
		"capability",
		"maintenance",
		"position",
		"telemetry",
		"collisions",
		"alarms",
		"charging-sessions",
		"stolen",
		"user",
		"link",
		"path",
	],
};

/** Those of a property that means something else in one node. */
const OWN_CHOICES: Record<string, Record<string, string[]>> = {
	[FORMS.watch]: { firstRun: ["none", "all"] },
};

describe("editor definitions", () => {
	const { definitions, templates } = loadEditor();
	const definition = (type: string) => {
		const found = definitions.get(type);
		assert.ok(found, `${type} is registered`);
		return found;
	};
	const template = (type: string) => templates.get(type) ?? "";
	const fields = (type: string) =>
		[...template(type).matchAll(/ id="node-(?:config-)?input-([^"]+)"/g)].map((match) => match[1] ?? "");

	for (const [type, properties] of Object.entries(PROPERTIES)) {
		it(`${type} saves exactly the properties that flows rely on, with their defaults`, () => {
			const defaults = Object.entries(definition(type).defaults).map(([name, { value }]) => [name, value]);
			assert.deepEqual(plain(Object.fromEntries(defaults)), properties);
		});

		it(`${type} has one field for each property, and none that would be lost on saving`, () => {
			const { defaults, credentials = {} } = definition(type);
			const known = [...Object.keys(defaults), ...Object.keys(credentials)];
			const shown = fields(type).map((name) => name.replace(/-(choice|container)$/, ""));
			assert.deepEqual([...shown].sort(), known.filter((name) => name !== "configVersion").sort());
		});

		it(`${type} offers exactly the values that the runtime knows`, () => {
			for (const [, name = "", options = ""] of template(type).matchAll(
				/<select id="node-(?:config-)?input-(\w+)"[^>]*>([\s\S]*?)<\/select>/g,
			)) {
				if (name === "store") continue;
				const values = [...options.matchAll(/ value="([^"]*)"/g)].map((match) => match[1]);
				assert.deepEqual(
					values,
					name === "scope" && type === FORMS.account ? [] : (OWN_CHOICES[type]?.[name] ?? CHOICES[name]),
					name,
				);
			}
		});
	}

	for (const [type, [label, outputs]] of Object.entries(PALETTE)) {
		it(`${type} is "${label}" in the palette, with labelled ports`, () => {
			const found = definition(type);
			assert.equal(found.category, "Stellantis");
			assert.equal(found.paletteLabel?.call(found), label);
			assert.equal(found.label.call(found), label);
			assert.equal(found.inputs, WITHOUT_INPUT.includes(type) ? 0 : 1);
			assert.equal(found.inputLabels?.call(found), "request");
			assert.equal(found.outputs, outputs.length);
			assert.deepEqual(
				outputs.map((_, index) => found.outputLabels?.call(found, index)),
				outputs,
			);
			assert.equal(found.align, "left");
			assert.ok(found.color);
			assert.ok(list("icons", ".svg").includes(found.icon ?? ""), `${found.icon} exists`);
		});

		it(`${type} asks for an account and names it in its warning`, () => {
			const { account } = definition(type).defaults;
			assert.equal(account?.type, "stellantis-account");
			assert.equal(account.required, true);
			assert.equal(account.label, "Account");
		});
	}

	it("keeps every secret of the account in the credentials", () => {
		const { credentials = {}, category } = definition("stellantis-account");
		assert.equal(category, "config");
		assert.deepEqual(Object.fromEntries(Object.entries(credentials).map(([name, { type }]) => [name, type])), {
			clientId: "text",
			username: "text",
			clientSecret: "password",
			accessToken: "password",
			refreshToken: "password",
			password: "password",
			secretHeaders: "password",
			commandsToken: "password",
		});
		for (const [name, { type }] of Object.entries(credentials)) {
			assert.match(template("stellantis-account"), new RegExp(`type="${type}" id="node-config-input-${name}"`));
		}
	});

	it("lets the account use the core nodes for TLS and proxy, without asking for them", () => {
		const { tls, proxy } = definition("stellantis-account").defaults;
		assert.deepEqual([tls?.type, tls?.required], ["tls-config", false]);
		assert.deepEqual([proxy?.type, proxy?.required], ["http proxy", false]);
	});

	it("knows of every family what the runtime knows", () => {
		const { FAMILIES: ofEditor } = loadEditor().module("generated/facts.js") as StellantisFacts;
		const known = Object.values(FAMILIES).map(({ id, baseUrl = "", brandRealm, routes }) => {
			const [pageSize, telemetryPageSize] = [routes.trips?.pageSize, routes.telemetry?.pageSize];
			const fleetResources = Object.keys(routes).filter((name) => routes[`fleet-${name}`]?.collection);
			return [id, { baseUrl, brandRealm, pageSize, telemetryPageSize, fleetResources: fleetResources.sort() }];
		});
		const told = Object.entries(ofEditor).map(([id, { baseUrl, traits, pageSize, pageSizes, fleetResources }]) => {
			const telemetryPageSize = pageSizes.telemetry ?? pageSize;
			const brandRealm = traits.brands;
			return [id, { baseUrl, brandRealm, pageSize, telemetryPageSize, fleetResources: [...fleetResources].sort() }];
		});
		assert.deepEqual(plain(Object.fromEntries(told)), Object.fromEntries(known));
	});

	it("offers every event that a watch tells, once", () => {
		const { WATCH } = loadEditor().module("generated/facts.js") as StellantisFacts;
		assert.deepEqual([...Object.values(WATCH.events).flat()].sort(), [...EVENT_KINDS].sort());
		assert.deepEqual(Object.keys(WATCH.events), ["charge", "drive", "doors", "health"]);
	});

	it("shows and hides rows only by fields and facts that exist", () => {
		const families = Object.values((loadEditor().module("generated/facts.js") as StellantisFacts).FAMILIES);
		const traits = families.flatMap((family) => Object.keys(family.traits));
		const filters = families.flatMap((family) =>
			Object.entries(family.filters).flatMap(([resource, names]) => names.map((name) => `${resource}.${name}`)),
		);
		const ofFamily = [...traits, ...filters];
		const facts = ["fleetWide", "oneVehicle", "many", "ranged", "official"];
		for (const form of FORM_NAMES) {
			const type = FORMS[form];
			for (const [, conditions = ""] of template(type).matchAll(/data-show="([^"]*)"/g)) {
				for (const condition of conditions.split(" ")) {
					const name = condition.split(/!?=/)[0] ?? "";
					// a shared row may say "unless" of a field that only some forms have
					const unless = condition.includes("!=");
					const known =
						unless ||
						fields(type).includes(name) ||
						ofFamily.includes(name) ||
						(form !== "account" && facts.includes(name));
					assert.ok(known, `${type}: ${condition}`);
				}
			}
			assert.doesNotMatch(template(type), /data-rows/, `${type}: every shared row is known`);
		}
	});

	it("folds a switch away together with the fields that only it needs", () => {
		for (const form of FORM_NAMES) {
			const type = FORMS[form];
			for (const [, conditions = ""] of template(type).matchAll(/<details [^>]*data-show="([^"]*)"/g))
				assert.doesNotMatch(conditions, /=(true|false)/, `${type}: a fold comes and goes with a switch outside of it`);
		}
		const folds = template("stellantis-vehicle-list").split("<details ").slice(1);
		const fold = folds
			.map((each) => each.slice(0, each.indexOf("</details>")))
			.find((each) => each.includes("-shared"));
		for (const name of ["shared", "leaseTime", "minInterval"])
			assert.ok(fold?.includes(`id="node-input-${name}"`), `${name} is folded`);
	});

	it("calls a store that says neither host nor database what it stands for", () => {
		const definition = definitions.get("stellantis-store") ?? assert.fail();
		const label = (values: object) => definition.label.call({ _def: definition, ...values });
		assert.equal(label({}), "localhost/stellantis");
		assert.equal(label({ host: "db.example" }), "db.example/stellantis");
		assert.equal(label({ name: "ours" }), "ours");
	});
});
