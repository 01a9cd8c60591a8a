// @ts-check
/**
 * How nodes that an older version of this package saved read today. The runtime asks here before it reads a node's
 * properties, the editor when it opens a form, so that both see the same.
 *
 * A change of what is saved adds one function to the end of a node type's list; nothing here is ever taken away.
 */
(() => {
	/** @typedef {Record<string, unknown>} Config what a flow file holds of a node */
	/** @typedef {(config: Config) => Config} Step from one version to the next; what it doesn't know it leaves alone */

	const VEHICLE = { vehicle: "vehicle", vehicleType: "msg", scope: "vehicle" };
	const COLLECTION = { output: "item", pageSize: "", maxItems: "", parallel: 1 };
	const RANGE = { from: "", fromType: "str", to: "", toType: "str", order: "descending" };
	const NEWS = { onlyNew: false, firstRun: "all", store: "" };

	/** The functions at index n of each list lead from version n to n + 1. @type {Record<string, Step[]>} */
	const MIGRATIONS = {
		"stellantis-account": [
			written({
				// no `commands`: without the list an account sends every command but the guarded ones
				missing: {
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
					timeout: 30,
					retries: 3,
					concurrency: 4,
					requestsPerSecond: 0,
					commandLimit: 5,
					wakeupInterval: 60,
					wakeupsPerDay: 6,
					commandsVia: "official",
					commandsUrl: "",
					store: "",
					shareAs: "",
				},
				lists: ["commands"],
			}),
		],
		"stellantis-store": [
			written({ missing: { host: "localhost", port: 5432, database: "stellantis", schema: "stellantis", tls: "" } }),
		],
		"stellantis-vehicle-list": [
			written({ missing: { ...COLLECTION, shared: false, leaseTime: 120, minInterval: 60 }, flags: ["shared"] }),
		],
		"stellantis-status": [written({ missing: { ...VEHICLE, ...COLLECTION } })],
		"stellantis-trips": [
			written({
				missing: {
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
				flags: ["onlyNew", "waypoints"],
				lists: ["states", "propulsions", "kinetics"],
			}),
		],
		"stellantis-alerts": [
			written({ missing: { ...VEHICLE, ...COLLECTION, ...RANGE, ...NEWS, active: "any" }, flags: ["onlyNew"] }),
		],
		"stellantis-resource": [
			written({
				missing: { ...VEHICLE, ...COLLECTION, ...RANGE, resource: "capability", target: "", targetType: "str" },
			}),
		],
		"stellantis-remote-command": [
			// no `command`, and no `args`: nothing must be sent to a vehicle that nobody has written down
			written({
				missing: {
					vehicle: "vehicle",
					vehicleType: "msg",
					commandType: "fixed",
					argsType: "json",
					channel: "",
					channelType: "str",
					ifBusy: "wait",
					wait: "result",
					timeout: 120,
				},
				json: ["args"],
			}),
		],
		"stellantis-monitor": [
			written({
				missing: {
					vehicle: "vehicle",
					vehicleType: "msg",
					channel: "",
					channelType: "str",
					action: "create",
					monitor: "monitor",
					monitorType: "msg",
					bodyType: "json",
				},
				json: ["body"],
			}),
		],
		"stellantis-events": [
			written({ missing: { publicUrl: "", path: "stellantis/events", kinds: "both", label: "Node-RED" } }),
		],
		"stellantis-watch": [
			// no `events`: without the list a watch tells them all
			written({
				missing: {
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
				lists: ["events"],
				json: ["price"],
			}),
		],
	};

	/**
	 * The step from nodes written by hand, without a version, to version 1.
	 * @param {{ missing: Config, flags?: string[], lists?: string[], json?: string[] }} shape `missing`: what a property
	 *   means that is not there; `flags`, `lists`, `json`: properties that may be text, as an environment variable gives it
	 * @returns {Step}
	 */
	function written({ missing, flags = [], lists = [], json = [] }) {
		return (config) => {
			const filled = { ...config };
			for (const [name, value] of Object.entries(missing)) filled[name] ??= structuredClone(value);
			for (const name of flags) if (/^(true|false|0|1)$/.test(`${filled[name]}`)) filled[name] = isOn(filled[name]);
			for (const name of lists) if (typeof filled[name] === "string") filled[name] = wordsOf(filled[name]);
			for (const name of json) if (isObject(filled[name])) filled[name] = JSON.stringify(filled[name]);
			return filled;
		};
	}

	/** @param {unknown} value */
	const isOn = (value) => /^(true|1)$/.test(`${value}`);
	/** @param {unknown} value */
	const isObject = (value) => typeof value === "object" && value !== null;
	/** @param {string} text */
	const wordsOf = (text) =>
		text
			.split(",")
			.map((word) => word.trim())
			.filter(Boolean);

	/** The version that this package saves a type's nodes as. @param {string} type */
	const versionOf = (type) => MIGRATIONS[type]?.length ?? 0;

	/**
	 * A node's properties as this package reads them. What it was given stays as it is.
	 * @param {string} type node type
	 * @param {Config} config
	 * @param {Record<string, Step[]>} [table]
	 * @returns {{ config: Config, newer: boolean }} `newer`: saved by a version that this package does not know yet
	 */
	function migrate(type, config, table = MIGRATIONS) {
		const steps = table[type] ?? [];
		const saved = Math.max(0, Math.floor(Number(config.configVersion) || 0));
		if (saved >= steps.length) return { config, newer: saved > steps.length };
		const migrated = steps.slice(saved).reduce((older, step) => step(older), config);
		return { config: { ...migrated, configVersion: steps.length }, newer: false };
	}

	const shared = { MIGRATIONS, versionOf, migrate };
	// a bundle for browsers has both
	if (typeof window === "object") Object.assign(window, { StellantisMigrations: shared });
	if (typeof module === "object") module.exports = shared;
})();
