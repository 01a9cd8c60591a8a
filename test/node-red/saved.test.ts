import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Node } from "node-red";
import { MIGRATIONS, migrate, savedProperties, versionOf } from "../../src/node-red/saved";
import type { Properties } from "../../src/node-red/values";

const manifest = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8"));
const TYPES = Object.keys(manifest["node-red"].nodes);

describe("what older versions saved", () => {
	const table = {
		car: [
			(config: Properties) => ({ ...config, wheels: 4 }),
			({ wheels, ...config }: Properties) => ({ ...config, tyres: wheels }),
			(config: Properties) => ({ ...config, tyres: `${config.tyres} round ones` }),
		],
	};

	it("goes through every later version in turn, whichever it was saved by", () => {
		const latest = { configVersion: 3, tyres: "4 round ones" };
		assert.deepEqual(migrate("car", {}, table).config, latest);
		assert.deepEqual(migrate("car", { configVersion: 1, wheels: 4 }, table).config, latest);
		assert.deepEqual(migrate("car", { configVersion: "2", tyres: 4 }, table).config, latest);
		assert.deepEqual(migrate("car", { configVersion: null }, table).config, latest);
	});

	it("leaves alone what is up to date, and what is newer than all that is known", () => {
		for (const configVersion of [3, 4, "17"]) {
			const config = { configVersion, tyres: "6" };
			assert.deepEqual(migrate("car", config, table), { config, newer: configVersion !== 3 });
		}
	});

	it("never changes what it was given", () => {
		const config = Object.freeze({ wheels: Object.freeze({}) });
		assert.notEqual(migrate("car", config, table).config, config);
		const trips = Object.freeze({ states: "Nominal" });
		migrate("stellantis-trips", trips);
		assert.deepEqual(trips, { states: "Nominal" });
	});

	it("has a way for every node of the package, and none for others", () => {
		assert.deepEqual(Object.keys(MIGRATIONS).sort(), [...TYPES].sort());
		for (const type of TYPES) assert.equal(versionOf(type), 1, type);
	});

	for (const type of TYPES)
		it(`${type}: keeps every value of a node without a version, also those it does not know`, () => {
			const filled = migrate(type, {}).config;
			assert.equal(filled.configVersion, 1);
			const own = Object.fromEntries(Object.keys(filled).map((name) => [name, "own"]));
			const given = { ...own, configVersion: 0, future: { deep: null } };
			assert.deepEqual(migrate(type, given).config, { ...given, configVersion: 1, ...listsOf(type) });
		});

	/** What text becomes where a list belongs. */
	function listsOf(type: string): Properties {
		const lists = { "stellantis-trips": ["states", "propulsions", "kinetics"] }[type] ?? [];
		return Object.fromEntries(lists.map((name) => [name, ["own"]]));
	}

	it("reads switches, lists and objects as they may stand in flows written by hand", () => {
		const { config } = migrate("stellantis-trips", { waypoints: "true", onlyNew: 0, states: "Nominal, Unfinished," });
		assert.deepEqual([config.waypoints, config.onlyNew, config.states], [true, false, ["Nominal", "Unfinished"]]);
		const variable = migrate("stellantis-trips", { onlyNew: "$" + "{NEW}" }).config;
		assert.equal(variable.onlyNew, "$" + "{NEW}");
		assert.equal(migrate("stellantis-remote-command", { args: { limit: 80 } }).config.args, '{"limit":80}');
	});

	it("gives no command, and no list of commands, to a node that has none", () => {
		const command = migrate("stellantis-remote-command", {}).config;
		assert.equal("command" in command || "args" in command, false);
		assert.equal("commands" in migrate("stellantis-account", {}).config, false);
		assert.equal("body" in migrate("stellantis-monitor", {}).config, false);
	});

	it("warns of a node that a newer version saved, and of no other", () => {
		const warnings: string[] = [];
		const node = { type: "stellantis-status", warn: (text: string) => warnings.push(text) } as unknown as Node;
		savedProperties(node, { vehicle: "V1" });
		savedProperties(node, { configVersion: 1 });
		assert.deepEqual(warnings, []);
		const newer = { configVersion: 2, lens: "wide" };
		assert.deepEqual(savedProperties(node, newer), newer);
		assert.equal(warnings.length, 1);
		assert.match(warnings[0] ?? "", /newer version.*format is 2, known here is 1.*update/);
	});
});
