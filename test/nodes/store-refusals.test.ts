import assert from "node:assert/strict";
import { VERSION, workingRights } from "../../src/storage/shared/schema";
import { ChildNodeRed } from "../support/child";
import { FakeApi, liveAccount, liveCredentials } from "../support/fake-api";
import { asOwner, closeStores, freshName, freshPlace, storeAt } from "../support/postgres";
import { type FlowNode, load, run, useRuntime } from "../support/runtime";

type Place = Awaited<ReturnType<typeof freshPlace>>;

const reader = (wires?: string[][]): FlowNode => ({
	id: "reader",
	type: "stellantis-trips",
	account: "account",
	vehicle: "v1",
	vehicleType: "str",
	onlyNew: true,
	...(wires ? { wires } : {}),
});
const storeNode = ({ host, port, database, schema }: Place): FlowNode => ({
	id: "store",
	type: "stellantis-store",
	host,
	port,
	database,
	schema,
});

describe("a store that can't be used", () => {
	useRuntime();
	let api: FakeApi;
	let place: Place;
	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(async () => {
		api.clear();
		api.collection("/user/vehicles/v1/trips", [], { size: 3, key: "trips" });
		place = await freshPlace();
	});
	afterEach(closeStores);
	after(() => api.stop());

	/** What a flow is told that wants only what is new. */
	const refused = async ({ user, password }: Pick<Place, "user" | "password"> = place) => {
		const credentials = { ...liveCredentials, store: { user, password } };
		await load([liveAccount(api, { store: "store" }), storeNode(place), reader()], credentials);
		const { error } = (await run("reader")).error;
		assert.equal(error?.code, "ERR_STORE", error?.message);
		assert.doesNotMatch(error?.message ?? "", /cnry/);
		return error?.message ?? "";
	};
	const tables = () => asOwner(place, `select 1 from pg_tables where schemaname = '${place.schema}'`);

	it("says what to do about a wrong password", async () => {
		assert.match(await refused({ ...place, password: "cnry-wrong" }), /password is wrong: enter both anew/);
		assert.deepEqual(await tables(), []);
	});

	/** A user of the server, and what it may. */
	const userWith = async (...rights: ((role: string) => string)[]) => {
		const role = freshName();
		await asOwner(place, `create role ${role} login password 'cnry-role'`, ...rights.map((right) => right(role)));
		return { user: role, password: "cnry-role" };
	};

	it("says what to do about a user without rights", async () => {
		assert.match(await refused(await userWith()), /may not make one: create the schema for it, or grant it CREATE/);
		assert.deepEqual(await tables(), []);
	});

	it("says which right a user lacks that may do the rest", async () => {
		await storeAt(place).ready();
		const user = await userWith(
			(role) => workingRights(place.schema, role),
			(role) => `revoke insert on ${place.schema}.journal from ${role}`,
		);
		assert.match(await refused(user), /may not INSERT in the table journal .* let the schema's owner grant/);
	});

	it("says what to do about another product's schema, and leaves it alone", async () => {
		await asOwner(place, `create schema ${place.schema}`, `create table ${place.schema}.orders (n int)`);
		assert.match(await refused(), /belongs to something else: nothing was changed in it\. Name another schema/);
		assert.equal((await tables()).length, 1);
	});

	it("says what to do about a schema of a newer version that this one can't work with", async () => {
		await storeAt(place).ready();
		await asOwner(place, `update ${place.schema}.meta set version = 99, works_from = ${VERSION + 1}`);
		assert.match(await refused(), /made by a newer version .*: update node-red-contrib-stellantis/);
	});

	it("says what to do about a driver that is not installed, and all that needs no store goes on", async () => {
		const child = new ChildNodeRed(
			["store", "account", "trips", "status"],
			[
				liveAccount(api, { store: "store" }),
				storeNode(place),
				{ id: "probe-new", type: "probe", name: "new", wires: [["reader"]] },
				reader([["probe-out"]]),
				{ id: "probe-read", type: "probe", name: "read", wires: [["status"]] },
				{
					id: "status",
					type: "stellantis-status",
					account: "account",
					vehicle: "v1",
					vehicleType: "str",
					wires: [["probe-out"]],
				},
				{ id: "caught", x: 1, y: 1, type: "catch", wires: [["probe-out"]] },
				{ id: "probe-out", type: "probe", name: "out", wires: [] },
			],
			{ ...liveCredentials, store: { user: place.user, password: place.password } },
		);
		// The driver is a dependency of these tests; this Node-RED finds none anywhere.
		child.place(
			"nodes/without-driver.js",
			`const Module = require("node:module");
			const resolve = Module._resolveFilename;
			Module._resolveFilename = function (request, ...rest) {
				if (request === "pg") throw Object.assign(new Error("Cannot find module 'pg'"), { code: "MODULE_NOT_FOUND" });
				return resolve.call(this, request, ...rest);
			};
			module.exports = () => {};`,
		);
		child.place("nodes/without-driver.html", "");
		try {
			await child.start();
			api.on("/user/vehicles/v1/status", { body: { updatedAt: "2026-03-10T11:00:00Z", energies: [] } });
			const answered = async (probe: string) => {
				const answer = child.next("out");
				child.send(probe, {});
				return answer;
			};
			const { error } = await answered("new");
			assert.equal(error?.code, "ERR_STORE");
			assert.match(error?.message ?? "", /needs the package pg: run "npm install pg" in .* and restart Node-RED\.$/);
			assert.equal((await answered("read")).statusCode, 200);
		} finally {
			await child.remove();
		}
	});
});
