/**
 * Runs in a copy of the tree to which a resource and a family were added, see additions.test.ts. Its name keeps it out
 * of the runs of all tests.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expandForm } from "../../scripts/forms";
import { facts } from "../../scripts/forms/facts";
import { load, run, stopFlows, useRuntime } from "../support/runtime";

const [RESOURCE = "", FAMILY = ""] = (process.env.TRIAL ?? "").split(" ");
const form = (name: string) => expandForm(name, readFileSync(join(__dirname, "../../nodes", `${name}.html`), "utf8"));
const option = (value: string) => new RegExp(`<option value="${value}"`);

describe("a tree with additions", () => {
	useRuntime();
	const flow = (node: object) =>
		load([
			{ id: "account", type: "stellantis-account", server: "demo", api: FAMILY },
			{ id: "node", type: "stellantis-resource", account: "account", vehicleType: "str", vehicle: "", ...node },
			{ id: "list", type: "stellantis-vehicle-list", account: "account", maxItems: 1 },
		]);

	it("offers the resource in its form, for the families that have it", () => {
		assert.match(form("resource"), option(RESOURCE));
		const { FAMILIES } = facts();
		assert.ok(FAMILIES["user-v4"]?.resources.includes(RESOURCE));
		assert.equal(FAMILIES["fleet-v3"]?.resources.includes(RESOURCE), false);
	});

	it("offers the family in the account's form, with all that forms ask about one", () => {
		assert.match(form("account"), option(FAMILY));
		const { FAMILIES } = facts();
		assert.deepEqual(FAMILIES[FAMILY], FAMILIES["user-v4"]);
	});

	it("reads the resource of a vehicle of the family through a node", async () => {
		await flow({ resource: RESOURCE });
		const { items } = await run("list");
		const vin = items[0]?.vehicle?.vin;
		await stopFlows();
		await flow({ resource: RESOURCE, vehicle: vin });
		assert.deepEqual((await run("node")).items[0]?.payload, { pressures: [2.3, 2.3, 2.1, 2.1] });
	});
});
