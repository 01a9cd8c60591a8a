import assert from "node:assert/strict";
import { Example, inFlows } from "./harness";
import { Receiver } from "./receiver";

const KEY = "key-of-this-test";
const TOKEN = "token-of-this-test";
/** The night shift's car on a winter morning: it charges at home. */
const CHARGING = "W0VZ45GBBN0000010";
/** Driven to work, and parked since. */
const PARKED = "VR3UHZKXBN0000001";

/** What the telemetry API of A Better Routeplanner takes, with the least and the most that makes sense. */
const FIELDS: Readonly<Record<string, readonly [number, number]>> = {
	soc: [0, 100],
	speed: [0, 250],
	lat: [-90, 90],
	lon: [-180, 180],
	elevation: [-500, 5000],
	heading: [0, 360],
	is_charging: [0, 1],
	is_dcfc: [0, 1],
	is_parked: [0, 1],
	capacity: [5, 200],
	soh: [50, 100],
	odometer: [0, 1_000_000],
	ext_temp: [-40, 50],
	est_battery_range: [0, 800],
	utc: [1_700_000_000, 2_000_000_000],
};

type Telemetry = Record<string, number>;

function assertTelemetry(telemetry: Telemetry): void {
	for (const [name, value] of Object.entries(telemetry)) {
		const [least, most] = FIELDS[name] ?? [];
		assert.ok(least !== undefined && most !== undefined, `${name} is a field of the API`);
		assert.ok(typeof value === "number" && value >= least && value <= most, `${name} is ${value}`);
	}
	for (const needed of ["utc", "soc", "is_charging"]) assert.ok(needed in telemetry, `${needed} is there`);
}

inFlows("example 11, A Better Routeplanner", (flows) => {
	let abrp: Receiver;
	beforeEach(async () => {
		abrp = await Receiver.start();
		abrp.body = JSON.stringify({ status: "ok" });
	});
	afterEach(() => abrp.stop());

	/** With key and token, and this receiver for their server. */
	const own = () => new Example("11").env({ ABRP_URL: `${abrp.url}/1/tlm/send`, ABRP_API_KEY: KEY, ABRP_TOKEN: TOKEN });

	it("shows what it would send of a driving car, and sends nothing as long as there is no token", async () => {
		await flows().deploy(new Example("11").env({ ABRP_URL: abrp.url, ABRP_API_KEY: KEY }));
		const [telemetry] = (await flows().debugged("would be sent")) as Telemetry[];
		assertTelemetry(telemetry ?? {});
		assert.deepEqual(Object.keys(telemetry ?? {}).sort(), Object.keys(FIELDS).sort());
		assert.ok((telemetry?.speed ?? 0) > 0 && telemetry?.is_parked === 0);
		assert.deepEqual(abrp.requests, []);
	});

	it("sends the telemetry of a charging car as a form, with key and token in its body and nowhere else", async () => {
		await flows().deploy(own().env({ VEHICLE: CHARGING }));
		await flows().debugged("sent");
		const [request] = abrp.requests;
		assert.ok(request);
		assert.deepEqual([request.method, request.path], ["POST", "/1/tlm/send"]);
		assert.match(request.headers["content-type"] ?? "", /^application\/x-www-form-urlencoded/);
		const form = new URLSearchParams(request.body);
		assert.deepEqual([...form.keys()].sort(), ["api_key", "tlm", "token"]);
		assert.deepEqual([form.get("api_key"), form.get("token")], [KEY, TOKEN]);
		const telemetry = JSON.parse(form.get("tlm") ?? "") as Telemetry;
		assertTelemetry(telemetry);
		assert.deepEqual([telemetry.is_charging, telemetry.is_parked, telemetry.is_dcfc, telemetry.speed], [1, 1, 0, 0]);
		assert.equal(telemetry.utc, Date.parse("2027-01-13T07:20:00Z") / 1000);
	});

	it("sends nothing again that has not changed", async () => {
		await flows().deploy(own().env({ VEHICLE: CHARGING }));
		await flows().debugged("sent");
		await flows().press("every minute");
		await flows().badge(/charging/, "stellantis-status");
		// a car that is read later has passed all that the second press could still send
		await flows().press("every minute");
		await flows().deploy(own());
		await flows().debugged("sent");
		assert.equal(abrp.requests.length, 2, "one of the charging car, one of the driving car");
	});

	it("does not take old news for live data", async () => {
		await flows().deploy(own().env({ VEHICLE: PARKED }), "2027-01-13T08:30:00Z");
		assert.deepEqual(await flows().debugged("old news, not sent"), ["2027-01-13 06:57"]);
		assert.deepEqual(abrp.requests, []);
	});

	it("shows a refusal and a server that can't be reached, without key and token", async () => {
		abrp.body = JSON.stringify({ status: "error", errors: ["no such user"] });
		await flows().deploy(own());
		assert.match(JSON.stringify(await flows().debugged("refused by ABRP")), /no such user/);
		await flows().deploy(own().env({ ABRP_URL: "http://127.0.0.1:1/1/tlm/send" }));
		const [error] = await flows().debugged("error");
		assert.match(JSON.stringify(error), /ECONNREFUSED/);
		for (const shown of [JSON.stringify(error), flows().nodeRed.log])
			assert.doesNotMatch(shown, new RegExp(`${KEY}|${TOKEN}`));
	});
});
