import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asOwner, freshPlace } from "../support/postgres";
import { TcpProxy } from "../support/tcp-proxy";
import { Example, inFlows } from "./harness";
import { lookAt, MOKKA, wholeCharge, withButton } from "./looks";
import { Mqtt5Server } from "./mqtt5";

/** Vehicles of the demo's fleet that tell a position on that morning: one keeps it private, one stands below ground. */
const PLACED = 9;
const PASSWORD = "cnry-owner-of-all";

inFlows("example 23, trips, sessions and states to PostgreSQL", (flows) => {
	const STORED = "stored, or the error";
	const TABLES = ["vehicle_trip", "charging_session", "vehicle_state"];
	let place: Awaited<ReturnType<typeof freshPlace>>;
	before(async () => {
		place = await freshPlace();
		await asOwner(place, ...TABLES.map((table) => `DROP TABLE IF EXISTS ${table}`));
	});

	const example = () =>
		withButton(new Example("23")).env({
			PG_HOST: "127.0.0.1",
			PG_PORT: String(place.port),
			PG_DATABASE: place.database,
			PG_USER: place.user,
			PG_PASSWORD: PASSWORD,
		});
	const count = async () => {
		const counts = TABLES.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
		const [row] = await asOwner(place, `SELECT ${counts.join(", ")}`);
		return Object.values(row ?? {}) as number[];
	};
	/** Stores these rows, and nothing else, whenever its button is pressed. */
	const storing = (rows: object[]) => {
		const again = example();
		const rule = { t: "set", p: "payload", pt: "msg", to: JSON.stringify(rows), tot: "json" };
		const function_ = again.node("function");
		const button = again.node("inject", "look now");
		again.nodes.push({
			...again.node("change", "as a row"),
			id: "00000000000000d1",
			name: "all of it again",
			rules: [rule],
			wires: [[function_.id]],
		});
		button.wires = [["00000000000000d1"]];
		again.nodes.splice(again.nodes.indexOf(again.node("stellantis-watch")), 1);
		return again;
	};
	const answers = () => flows().shown(STORED) as { trips: number; sessions: number; states: number }[];
	const stored = (what: "trips" | "sessions" | "states") => answers().reduce((sum, row) => sum + (row[what] ?? 0), 0);

	it("shows the rows as long as no server is set", async () => {
		await flows().deploy(new Example("23"));
		const [rows] = (await flows().debugged(STORED)) as { kind: string; vehicle: string }[][];
		assert.ok((rows?.length ?? 0) > 5);
		assert.ok(rows?.every(({ kind, vehicle }) => kind === "state" && vehicle !== undefined));
	});

	it("stores them in tables that it makes itself", async () => {
		await wholeCharge(flows(), example());
		for (const [looks, clock] of ["18:40", "19:20", "20:10", "21:10"].entries()) {
			await lookAt(flows(), `2027-01-13T${clock}:00Z`);
			await flows().debugged("after watch", looks + 7);
		}
		const all = () => (stored("trips") > 0 && stored("sessions") > 0 && stored("states") >= 10 ? true : undefined);
		await flows().until(all, "a trip, a session and ten states");
		assert.deepEqual(await count(), [stored("trips"), stored("sessions"), stored("states")]);
		const [session] = await asOwner(place, "SELECT *, data->>'endLevel' AS level FROM charging_session");
		assert.equal(session?.vin, MOKKA);
		assert.ok(Number(session?.energy_kwh) > 26 && Number(session?.energy_kwh) < 28, String(session?.energy_kwh));
		assert.ok((session?.ended_at as Date) > (session?.started_at as Date));
		const [trip] = await asOwner(place, "SELECT * FROM vehicle_trip ORDER BY started_at");
		assert.ok(Number(trip?.distance_km) > 0.5);
		const [state] = await asOwner(place, "SELECT * FROM vehicle_state ORDER BY at DESC");
		assert.ok(Number(state?.battery) > 0 && Number(state?.latitude) > 40);
	});

	it("stores nothing twice, whatever comes again", async () => {
		const before = await count();
		const rows = await asOwner(
			place,
			"SELECT 'trip-ended' AS kind, id, vehicle, vin, data FROM vehicle_trip UNION ALL SELECT 'charging-ended', null, vehicle, vin, data FROM charging_session UNION ALL SELECT 'state', null, vehicle, vin, data FROM vehicle_state",
		);
		const again = storing([...rows, ...rows]);
		await flows().deploy(again);
		await flows().press("look now");
		assert.deepEqual(await flows().debugged(STORED), [{ trips: 0, sessions: 0, states: 0 }]);
		assert.deepEqual(await count(), before);
	});

	it("stores what comes once the database is there, which may start later than Node-RED", async () => {
		const wire = await TcpProxy.to(place.port);
		try {
			wire.cut();
			const row = { kind: "state", vehicle: "late", data: { updatedAt: "2027-01-14T08:00:00Z" } };
			await flows().deploy(storing([row]).env({ PG_PORT: String(wire.port) }));
			await flows().press("look now");
			const [refused] = await flows().debugged(STORED);
			assert.equal(typeof refused, "string");
			wire.mend();
			await flows().press("look now");
			await flows().until(() => (stored("states") === 1 ? true : undefined), "the state");
		} finally {
			await wire.stop();
		}
	});

	it("stores later what came while the database was away, but for what it can never take", async () => {
		const wire = await TcpProxy.to(place.port);
		const row = (vehicle: string, at: string) => ({ kind: "state", vehicle, data: { updatedAt: at } });
		try {
			const example = storing([]).env({ PG_PORT: String(wire.port) });
			const button = (name: string, rows: object[]) => {
				const change = { ...example.node("change", "all of it again"), id: `d${name.padEnd(15, "0")}`, name };
				const rules = [{ t: "set", p: "payload", pt: "msg", to: JSON.stringify(rows), tot: "json" }];
				const inject = { ...example.node("inject", "look now"), id: `e${name.padEnd(15, "0")}`, name };
				example.nodes.push({ ...change, rules }, { ...inject, wires: [[change.id]] });
			};
			button("first", [row("first", "2027-01-15T08:00:00Z")]);
			button("second", [row("second", "2027-01-15T08:05:00Z")]);
			button("wrong", [row("wrong", "never")]);
			button("third", [row("third", "2027-01-15T08:10:00Z")]);
			await flows().deploy(example);
			await flows().press("first");
			await flows().until(() => (stored("states") === 1 ? true : undefined), "the first");
			wire.cut();
			await flows().press("second");
			await flows().debugged(STORED, 2);
			wire.mend();
			await flows().press("wrong");
			await flows().debugged(STORED, 3);
			await flows().press("third");
			await flows().debugged(STORED, 4);
			const found = await asOwner(place, "SELECT vehicle FROM vehicle_state WHERE at >= '2027-01-15' ORDER BY at");
			assert.deepEqual(found, [{ vehicle: "first" }, { vehicle: "second" }, { vehicle: "third" }]);
		} finally {
			await wire.stop();
		}
	});

	it("shows an error of the server, without the password", async () => {
		await flows().deploy(example().env({ PG_USER: "nobody" }));
		await flows().until(() => (/nobody/.test(flows().nodeRed.log) ? true : undefined), "a refusal");
		assert.ok(!flows().nodeRed.log.includes(PASSWORD));
	});
});

inFlows("example 24, fleet as GeoJSON", (flows) => {
	/** A Feature as RFC 7946 has it. */
	interface Feature {
		type: string;
		id: string;
		geometry: { type: string; coordinates: number[] };
		properties: Record<string, unknown>;
	}

	it("writes a FeatureCollection of all vehicles that tell a position", async () => {
		await flows().deploy(new Example("24"));
		assert.deepEqual(await flows().debugged("vehicles written, or the error"), [`${PLACED} vehicles`]);
		const text = readFileSync(join(flows().nodeRed.userDir, "stellantis-fleet.geojson"), "utf8");
		const { type, features, ...rest } = JSON.parse(text) as { type: string; features: Feature[] };
		assert.deepEqual([type, rest, features.length], ["FeatureCollection", {}, PLACED]);
		for (const feature of features) {
			assert.deepEqual([feature.type, feature.geometry.type], ["Feature", "Point"]);
			const [longitude = 999, latitude = 999, altitude = 0, ...more] = feature.geometry.coordinates;
			assert.ok(Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90 && altitude < 5000 && more.length === 0);
			// Paris and around, not its mirror off Somalia.
			assert.ok(latitude > 35 && longitude < 35, feature.geometry.coordinates.join());
			assert.match(feature.id, /^[0-9a-f]{32}$/);
			assert.match(String(feature.properties.vin), /^[VW]\w{16}$/);
		}
		assert.equal(new Set(features.map(({ id }) => id)).size, PLACED);
	});
});

inFlows("example 25, events to MQTT 5", (flows) => {
	let broker: Mqtt5Server;
	before(async () => {
		broker = await Mqtt5Server.start();
	});
	after(() => broker.stop());

	it("publishes what came while the broker was away, and the states that a new one has forgotten", async () => {
		const { port } = broker;
		const example = withButton(new Example("25").env({ MQTT_HOST: "127.0.0.1", MQTT_PORT: String(port) }));
		Object.assign(example.node("mqtt-broker"), { keepalive: "5" });
		example.watch("stellantis-watch", "watch", 1);
		Object.assign(example.node("stellantis-watch"), { vehicle: MOKKA, vehicleType: "str" });
		await flows().deploy(example, "2027-01-13T05:50:00Z");
		await broker.find(({ topic }) => topic === `stellantis/${MOKKA}/state`);
		await broker.stop();
		await flows().badge(/\.(connecting|disconnected)$/, "mqtt out");
		await lookAt(flows(), "2027-01-13T06:06:00Z");
		await flows().debugged("after watch", 2);
		broker = await Mqtt5Server.start(port);
		const plugged = await broker.find(({ topic }) => topic === `stellantis/${MOKKA}/event/plugged`);
		// the one before may come again, if its receipt was lost with the broker
		const state = await broker.find(
			({ topic, payload }) => topic === `stellantis/${MOKKA}/state` && JSON.parse(String(payload)).charging.plugged,
		);
		assert.deepEqual(
			[plugged.retain, state.retain, plugged.properties?.contentType],
			[false, true, "application/json"],
		);
		await flows().badge(/\.connected$/, "mqtt out");
		await broker.stop();
		await flows().badge(/\.(connecting|disconnected)$/, "mqtt out");
		broker = await Mqtt5Server.start(port);
		await broker.find(({ topic }) => topic === `stellantis/${MOKKA}/state`);
		assert.deepEqual(
			broker.published.filter(({ topic }) => topic.includes("/event/")),
			[],
			"an event once",
		);
		assert.deepEqual(flows().shown("error"), []);
	});

	it("publishes states that are retained and events that are not, with the vehicle in the topic and an end", async () => {
		const example = new Example("25").env({ MQTT_HOST: "127.0.0.1", MQTT_PORT: String(broker.port) });
		Object.assign(example.node("stellantis-watch"), { firstRun: "all" });
		await flows().deploy(example);
		const state = await broker.find(({ topic }) => topic === `stellantis/${MOKKA}/state`);
		assert.equal(broker.connected?.protocolVersion, 5);
		assert.deepEqual([state.retain, state.qos], [true, 1]);
		assert.equal(state.properties?.messageExpiryInterval, 8 * 86_400);
		assert.equal(state.properties?.contentType, "application/json");
		assert.equal(typeof JSON.parse(String(state.payload)).battery.level, "number");
		const event = await broker.find(({ topic }) => topic === `stellantis/${MOKKA}/event/plugged`);
		assert.deepEqual([event.retain, event.qos], [false, 1]);
		assert.equal(event.properties?.messageExpiryInterval, 2 * 86_400);
		const told = JSON.parse(String(event.payload)) as { event: { id: string }; vehicle: object; data: object };
		assert.equal(event.properties?.userProperties?.id, told.event.id);
		assert.deepEqual(Object.keys(told), ["event", "data", "vehicle"]);
		assert.ok(!("_links" in told.vehicle));
		for (const { topic } of broker.published) assert.match(topic, /^stellantis\/[VW]\w{16}\/(state|event\/[a-z-]+)$/);
		assert.deepEqual(flows().shown("error"), []);
	});
});
