import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FakeApi } from "../support/fake-api";
import { Example, inFlows } from "./harness";
import { parseLines } from "./line-protocol";
import { Receiver } from "./receiver";

/** Vehicles of the demo, one of which has never sent anything. */
const VEHICLES = 12;

inFlows("example 01, list and status", (flows) => {
	it("shows the state of each vehicle", async () => {
		await flows().deploy(new Example("01"));
		await flows().press("read all");
		const [done] = (await flows().debugged("all vehicles listed")) as { items: number }[];
		assert.equal(done?.items, VEHICLES);
		const states = (await flows().debugged("state of each vehicle", VEHICLES)) as {
			outsideTemperature: number | null;
		}[];
		const told = states.flatMap(({ outsideTemperature }) => outsideTemperature ?? []);
		// one has never sent anything, which is no error
		assert.equal(told.length, VEHICLES - 1);
		assert.deepEqual(flows().shown("error"), []);
		for (const temperature of told) assert.ok(temperature < 5, `${temperature} °C`);
	});
});

inFlows("example 04, new alerts", (flows) => {
	let ntfy: Receiver;
	before(async () => {
		ntfy = await Receiver.start();
	});
	after(() => ntfy.stop());

	it("tells the alerts that last as soon as it is deployed, later those that are new or over, each once", async () => {
		await flows().deploy(new Example("04"));
		const lasting = (await flows().debugged("alert", 2)) as string[];
		assert.deepEqual(lasting.toSorted(), [
			"Citroën ë-C4: ReplaceTheRemoteControlBattery (Information), since 2027-01-12 11:03",
			"Opel Corsa Electric: ReplaceTheRemoteControlBattery (Information), since 2027-01-13 07:17",
		]);
		await flows().nodeRed.tell({ clock: "2027-01-16T08:30:00Z" });
		await flows().press("look now");
		await flows().debugged("alert", 5);
		const over = "Citroën ë-C4: ReplaceTheRemoteControlBattery (Information), over";
		await flows().until(() => flows().shown("alert").includes(over) || undefined, "the end of an alert");
		await flows().press("look now");
		const all = flows().shown("alert") as string[];
		for (const alert of all)
			assert.match(alert, /^[\p{L}\d -]+: \w+ \(\w+\), (since 20\d\d-\d\d-\d\d \d\d:\d\d|over)$/u);
		const started = all.filter((alert) => alert.includes("since"));
		assert.equal(new Set(started).size, started.length);
		assert.deepEqual(flows().shown("error"), []);
	});

	it("shows all that the API remembers when asked, also what is over", async () => {
		await flows().deploy(new Example("04"));
		const lasting = (await flows().debugged("alert", 2)) as string[];
		await flows().press("all alerts");
		const remembered = (await flows().debugged("one alert", lasting.length + 1)) as string[];
		for (const alert of remembered) assert.match(alert, /^[\p{L}\d -]+: \w+$/u);
		assert.deepEqual(flows().shown("error"), []);
	});

	it("sends them to a notification service, when one is set, as text that a phone can show", async () => {
		await flows().deploy(new Example("04").env({ NTFY_URL: ntfy.url, NTFY_TOPIC: "garage" }));
		await flows().debugged("sent", 2);
		for (const { body, headers } of ntfy.requests) {
			assert.match(headers["content-type"] ?? "", /^application\/json/);
			const { topic, title, message } = JSON.parse(body) as Record<string, string>;
			assert.equal(topic, "garage");
			assert.ok((flows().shown("alert") as string[]).includes(`${title}: ${message}`), `${title}: ${message}`);
		}
	});

	it("shows an error when the service refuses", async () => {
		ntfy.answer = 429;
		await flows().deploy(new Example("04").env({ NTFY_URL: ntfy.url }));
		const [refused] = await flows().debugged("refused");
		assert.equal(refused, "429: refused");
		assert.deepEqual(flows().shown("sent"), []);
	});
});

inFlows("example 05, trip logbook", (flows) => {
	/** How a program such as Excel knows UTF-8. */
	const MARK = "\uFEFF";
	const logbook = (name = "stellantis-trips.csv") =>
		readFileSync(join(flows().nodeRed.userDir, name), "utf8").split("\r\n");

	it("begins a file with the names of its columns and a line for each trip", async () => {
		await flows().deploy(new Example("05"));
		await flows().press("every evening");
		await flows().debugged("vehicle done", VEHICLES);
		const trips = (flows().shown("vehicle done") as { items: number }[]).reduce((sum, { items }) => sum + items, 0);
		assert.ok(trips > 100, `${trips} trips`);
		await flows().debugged("line", trips);
		const [header, ...lines] = logbook();
		assert.equal(header, `${MARK}id,vehicle,vin,start,stop,km,minutes,kWh,litres`);
		assert.equal(lines.pop(), "", "the last line is complete");
		assert.equal(lines.length, trips);
		for (const line of lines)
			assert.match(line, /^\w+,[\p{L}\d -]+,[VW]\w{16},20[\d-]+ [\d:]+,20[\d-]+ [\d:]+,[\d.]+,\d+,[\d.]*,[\d.]*$/u);
		assert.equal(new Set(lines).size, trips);
		for (const line of lines) {
			const [, , , , , km, minutes, kWh, litres] = line.split(",").map(Number);
			const per = (used = 0) => (used * 100) / (km ?? 0);
			assert.ok((60 * (km ?? 0)) / (minutes ?? 0) < 110, line);
			assert.ok(per(kWh) < 30 && per(litres) < 9, line);
			// a trip that was broken off tells of neither
			assert.ok(per(kWh) > 12 || per(litres) > 1 || (!kWh && !litres), line);
		}
		assert.ok(!lines.join().includes(MARK), "the mark is at the beginning only");
	});

	it("adds nothing at the next press, nor after a restart that has forgotten what was sent", async () => {
		const before = logbook();
		await flows().press("every evening");
		await flows().debugged("vehicle done", 2 * VEHICLES);
		await flows().deploy(new Example("05"));
		await flows().press("every evening");
		await flows().debugged("vehicle done", VEHICLES);
		assert.deepEqual(flows().shown("line"), []);
		assert.deepEqual(logbook(), before);
	});

	it("adds the trips that the file has not yet", async () => {
		const [first = "", ...lines] = logbook();
		// a file of one's own, which has no mark
		const header = first.replace(MARK, "");
		writeFileSync(join(flows().nodeRed.userDir, "half.csv"), `${[header, ...lines.slice(0, 20)].join("\r\n")}\r\n`);
		await flows().deploy(new Example("05").env({ LOGBOOK: "half.csv" }));
		await flows().press("every evening");
		await flows().debugged("line", lines.length - 1 - 20);
		assert.deepEqual(logbook("half.csv").toSorted(), [header, ...lines].toSorted());
	});

	it("leaves out a trip that is not over", async () => {
		const example = new Example("05").env({ LOGBOOK: "open.csv" });
		const trips = example.node("stellantis-trips");
		const [items, done] = trips.wires as string[][];
		// the first one of each vehicle
		const to = "parts.index = 0 ? null : summary.stoppedAt";
		const id = "00000000000000b1";
		example.nodes.push({
			...example.node("change", "its name"),
			id,
			name: "under way",
			rules: [{ t: "set", p: "summary.stoppedAt", pt: "msg", to, tot: "jsonata" }],
			wires: [items],
		});
		trips.wires = [[id], done];
		await flows().deploy(example);
		await flows().press("every evening");
		const counts = (await flows().debugged("vehicle done", VEHICLES)) as { items: number }[];
		const over = counts.reduce((sum, each) => sum + Math.max(0, each.items - 1), 0);
		for (const line of await flows().debugged("line", over)) assert.match(String(line).split(",")[4] ?? "", /^20/);
		assert.deepEqual(flows().shown("error"), []);
	});

	it("makes the folders that a path has", async () => {
		await flows().deploy(new Example("05").env({ LOGBOOK: "fleet/2027/trips.csv" }));
		await flows().press("every evening");
		await flows().debugged("line");
		assert.match(logbook("fleet/2027/trips.csv")[0] ?? "", /^.id,vehicle/);
	});
});

inFlows("example 06, trips to InfluxDB", (flows) => {
	let influx: Receiver;
	before(async () => {
		influx = await Receiver.start(204);
	});
	after(() => influx.stop());

	it("escapes what a name may hold, and leaves out what is no number", async () => {
		const example = new Example("06");
		example.node("change", "its name").rules = [
			{
				t: "set",
				p: "car",
				pt: "msg",
				to: "'  My = car, \\\\ néw\\n' & $substring(vehicle.vin, 0, 2)",
				tot: "jsonata",
			},
		];
		await flows().deploy(example);
		await flows().press("every hour");
		await flows().debugged("points", VEHICLES - 1);
		const points = parseLines((flows().shown("points") as string[]).join("\n"));
		for (const { tags } of points) assert.match(tags.vehicle ?? "", /^My = car, néw \w{2}$/u);
	});

	it("shows the points as long as no server is set, and fails nowhere", async () => {
		await flows().deploy(new Example("06"));
		await flows().press("every hour");
		await flows().debugged("vehicle done", VEHICLES);
		const points = parseLines((flows().shown("points") as string[]).join("\n"));
		assert.ok(points.length > 100, `${points.length} points`);
		const electric = points.find(({ tags }) => tags.vehicle === "Citroën ë-C4");
		assert.equal(electric?.measurement, "trip");
		assert.match(electric?.tags.vin ?? "", /^VR7\w{14}$/);
		const { distance = 0, kwh = 0, kwh_per_100km } = electric?.fields ?? {};
		assert.ok(kwh > 0 && distance > 0);
		// JSONata writes numbers with fifteen digits.
		assert.ok(Math.abs((kwh_per_100km ?? 0) - (kwh * 100) / distance) < 1e-9);
		assert.ok(points.some(({ fields }) => fields.litres_per_100km !== undefined));
		const codes = (flows().shown("error") as { code: string }[]).map(({ code }) => code);
		assert.deepEqual(codes, []);
	});

	it("writes them in one request for each vehicle, with the token", async () => {
		const env = {
			// as people copy it
			INFLUX_URL: `${influx.url}/`,
			INFLUX_ORG: "Maison & Co",
			INFLUX_BUCKET: "cars",
			INFLUX_TOKEN: "demo-token",
		};
		await flows().deploy(new Example("06").env(env));
		await flows().press("every hour");
		await flows().debugged("written", VEHICLES - 1);
		assert.equal(influx.requests.length, VEHICLES - 1);
		for (const { method, path, headers, body } of influx.requests) {
			assert.equal(method, "POST");
			assert.equal(path, "/api/v2/write?precision=s&org=Maison%20%26%20Co&bucket=cars");
			assert.equal(headers.authorization, "Token demo-token");
			assert.match(headers["content-type"] ?? "", /^text\/plain/);
			const points = parseLines(body);
			assert.equal(new Set(points.map(({ tags }) => tags.vin)).size, 1);
			for (const { time } of points)
				assert.ok(time > Date.UTC(2027, 0, 6) / 1000 && time < Date.UTC(2027, 0, 14) / 1000);
		}
	});

	it("writes the same points again, so that a lost hour comes with the next one", async () => {
		const first = influx.requests.splice(0).map(({ body }) => body);
		await flows().press("every hour");
		await flows().debugged("written", 2 * (VEHICLES - 1));
		assert.deepEqual(influx.requests.map(({ body }) => body).toSorted(), first.toSorted());
	});

	it("shows an error when the server refuses, without the token", async () => {
		influx.answer = 401;
		await flows().press("every hour");
		const [refused] = await flows().debugged("refused");
		assert.match(String(refused), /^[\p{L}\d -]+: 401 refused$/u);
	});
});

inFlows("example 22, sweep of the fleet", (flows) => {
	it("knows which vehicles were read and which failed, and starts no second sweep at once", async () => {
		await flows().deploy(new Example("22"));
		await flows().press("sweep");
		const [{ sweep, ...done }] = (await flows().debugged("sweep over")) as [Record<string, unknown>];
		assert.match(String(sweep), /^\w+-\w+$/);
		const pages = Math.ceil(VEHICLES / 5);
		assert.deepEqual(done, { items: VEHICLES, pages, total: VEHICLES, complete: true, unacknowledged: 0, failed: 2 });
		await flows().press("sweep");
		await flows().badge(/^next from /, "stellantis-vehicle-list", "fleet");
		assert.equal(flows().shown("sweep over").length, 1);
	});
});

inFlows("examples with cars that tell next to nothing", (flows) => {
	const NOW = "2027-01-13T07:10:00Z";
	const VIN = "VR3UHZKXBN0000001";
	let api: FakeApi;
	before(async () => {
		api = await FakeApi.start();
		const at = (path: string) => ({ _links: { self: { href: `/connectedcar/v4/user/vehicles/${path}` } } });
		const vehicles = [{ id: "bare", vin: VIN, ...at("bare") }];
		const alerts = [
			{ id: "a1", type: "Oil", active: true, ...at("bare/alerts/a1") },
			{ id: "a2", type: "Tyre", ...at("bare/alerts/a2") },
		];
		api.collection("/user/vehicles", vehicles, { key: "vehicles" });
		api.collection("/user/vehicles/bare/alerts", alerts, { key: "alerts" });
		api.collection("/user/vehicles/bare/trips", [{ id: "t1", startedAt: NOW, stoppedAt: NOW }], { key: "trips" });
	});
	after(() => api.stop());
	const state = (body: object) =>
		api.on("/user/vehicles/bare/status", {
			body: { ...body, _links: { self: { href: "/connectedcar/v4/user/vehicles/bare/status" } } },
		});
	const of = (number: string, env: Record<string, string> = {}) => {
		const example = new Example(number).env(env);
		const credentials = { accessToken: "token-4f1c9a7e", clientId: "client-77" };
		const live = { server: "live", baseUrl: api.root, auth: "token", retries: 0, credentials };
		Object.assign(example.node("stellantis-account"), live);
		return example;
	};

	it("04 names a car without a label, and of an alert only what is known", async () => {
		state({ updatedAt: NOW });
		await flows().deploy(of("04"));
		await flows().press("all alerts");
		const told = [`${VIN}: Oil`, `${VIN}: Tyre`];
		assert.deepEqual((await flows().debugged("alert", 2)).toSorted(), told);
		assert.deepEqual((await flows().debugged("one alert", 2)).toSorted(), told);
	});

	it("05 takes no trip for another whose id is longer, or for one of another car", async () => {
		const trip = (id: string) => ({ id, startedAt: NOW, stoppedAt: NOW });
		const cars = ["one", "two"].map((id) => ({ id, vin: `${VIN.slice(0, -3)}${id}` }));
		api.collection("/user/vehicles", cars, { key: "vehicles" });
		api.collection("/user/vehicles/one/trips", [trip("t12")], { key: "trips" });
		api.collection("/user/vehicles/two/trips", [], { key: "trips" });
		const file = "poor-trips.csv";
		const evening = async () => {
			await flows().deploy(of("05", { LOGBOOK: file }));
			await flows().press("every evening");
			await flows().debugged("vehicle done", 2);
			return readFileSync(join(flows().nodeRed.userDir, file), "utf8").split("\r\n").slice(1, -1);
		};
		assert.equal((await evening()).length, 1);
		api.collection("/user/vehicles/one/trips", [trip("t12"), trip("t1")], { key: "trips" });
		api.collection("/user/vehicles/two/trips", [trip("t12")], { key: "trips" });
		await evening();
		const ids = (await evening()).map((line) => line.split(",").filter((_, column) => column === 0 || column === 2));
		const told = [
			["t1", cars[0]?.vin],
			["t12", cars[0]?.vin],
			["t12", cars[1]?.vin],
		];
		assert.deepEqual(ids.toSorted(), told);
		api.collection("/user/vehicles", [{ id: "bare", vin: VIN }], { key: "vehicles" });
	});

	it("10 says that a level is not known", async () => {
		state({ updatedAt: NOW });
		const example = of("10", { VEHICLE: VIN });
		for (const variable of example.node("tab").env as { name: string; type: string }[])
			if (variable.name === "VEHICLE") variable.type = "str";
		await flows().deploy(example);
		assert.equal((await flows().debugged("decision"))[0], "not plugged in (level not known)");
	});

	it("11 sends nothing of a state without a time", async () => {
		state({ energies: [{ type: "Electric", level: 93 }] });
		await flows().deploy(of("11", { VEHICLE: VIN }));
		assert.deepEqual(await flows().debugged("old news, not sent"), ["of no known time"]);
		assert.deepEqual(flows().shown("would be sent"), []);
	});

	it("19 tells no distance of trips that tell none", async () => {
		await flows().deploy(of("19", { VEHICLE: VIN }), "2027-01-13T22:30:00Z");
		await flows().press("every evening");
		assert.deepEqual(await flows().debugged("notification"), [`${VIN}: 1 trip today`]);
	});
});
