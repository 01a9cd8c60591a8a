import { strict as assert } from "node:assert";
import { EVENT_KINDS } from "../../src/watch/events";
import { readSettings, sharedPace } from "../../src/watch/settings";
import { HOME, HOUR, MINUTE, settingsOf } from "./support";

const read = (properties: Record<string, unknown>) => readSettings(properties, { timeZone: "Europe/Paris" });

describe("watch: settings", () => {
	it("have the contract's defaults", () => {
		const { settings, problems } = read({});
		assert.deepEqual(problems, []);
		assert.deepEqual(settings, {
			driving: MINUTE,
			charging: 5 * MINUTE,
			parked: 15 * MINUTE,
			share: 0.5,
			events: new Set(EVENT_KINDS),
			low: 20,
			high: 80,
			zones: [],
			currency: null,
			timeZone: "Europe/Paris",
			efficiency: 0.9,
			capacity: null,
			staleAfter: 24 * HOUR,
			firstRun: "none",
		});
	});

	it("are read from texts, and emptied where empty means none", () => {
		const zones = [{ name: " home ", latitude: "48.1", longitude: "11.5", radius: "80", price: "0.2" }];
		const { settings, problems } = read({
			...{ driving: "0.5", charging: "2", parked: "30", share: "20", low: "", high: "", staleAfter: "", zones },
			...{
				currency: " EUR ",
				timeZone: "America/New_York",
				efficiency: "85",
				capacity: "46",
				firstRun: "all",
				events: [],
			},
		});
		assert.deepEqual(problems, []);
		assert.deepEqual(
			[settings.driving, settings.charging, settings.parked, settings.share],
			[30_000, 2 * MINUTE, 30 * MINUTE, 0.2],
		);
		assert.deepEqual([settings.low, settings.high, settings.staleAfter, settings.capacity], [null, null, null, 46]);
		const { key, ...zone } = settings.zones[0] ?? {};
		assert.equal(String(key).length, 4);
		assert.deepEqual(zone, { name: "home", ...HOME, radius: 80, price: { hours: [], rest: 0.2 } });
		assert.deepEqual(
			[settings.currency, settings.timeZone, settings.efficiency, settings.firstRun],
			["EUR", "America/New_York", 0.85, "all"],
		);
		assert.equal(settings.events.size, 0);
	});

	for (const [field, value, sentence] of [
		["driving", 0, /"driving" is 0; it must be above 0 and at most 1440 minutes/],
		["charging", "soon", /"charging" is "soon"/],
		["parked", -5, /"parked"/],
		["share", 101, /at most 100 %/],
		["low", 120, /"low" is 120/],
		["high", "full", /"high"/],
		["efficiency", 0, /"efficiency"/],
		["capacity", Number.NaN, /"capacity"/],
		["staleAfter", 0, /"staleAfter"/],
		["timeZone", "Mars/Olympus", /"Mars\/Olympus", which is no time zone/],
		["currency", "x".repeat(50), /"currency"/],
		["firstRun", "some", /"none" or "all"/],
		["events", "plugged", /"events" is "plugged"/],
		["events", ["plugged", "crash"], /"crash", which is no event/],
		["zones", "home", /"zones" is "home"/],
		["zones", [{ ...HOME, radius: 10 }], /Zone 1 has no name/],
		["zones", [{ name: "a", ...HOME, radius: "" }], /Zone 1 \("a"\) needs a radius above 0 m/],
		["zones", [{ name: "a", ...HOME, radius: 0 }], /radius/],
		["zones", [{ name: "a", latitude: 91, longitude: 0 }], /latitude/],
		["zones", [{ name: "a", latitude: 1 }], /longitude/],
		["zones", [null], /Zone 1 is no zone/],
		["zones", [{ name: "a".repeat(61), ...HOME }], /characters/],
		["zones", [{ name: "a", ...HOME, price: "cheap" }], /Zone 1: The price is neither/],
		["zones", Array.from({ length: 101 }, (_, index) => ({ name: `z${index}`, ...HOME })), /at most 100/],
		[
			"zones",
			[
				{ name: "a", ...HOME },
				{ name: "a", ...HOME },
			],
			/Zone 2 has the name of another one/,
		],
	] as const)
		it(`name ${field} where it is ${JSON.stringify(value)?.slice(0, 60)}, and go on with the rest`, () => {
			const { settings, problems } = read({ [field]: value, ...(field === "parked" ? {} : { parked: 7 }) });
			assert.deepEqual(
				problems.map((problem) => problem.field),
				[field],
			);
			assert.match(problems[0]?.sentence ?? "", sentence);
			assert.equal(settings.parked, field === "parked" ? 15 * MINUTE : 7 * MINUTE);
		});

	it("are read from texts with as many digits as a machine writes", () => {
		const rows = ["48.85837000000001", "-.5", "2.2944813000000003"];
		const zones = rows.map((latitude, index) => ({ name: `zone ${index}`, latitude, longitude: "+.25" }));
		const { settings, problems } = read({ zones, driving: ".5" });
		assert.deepEqual(problems, []);
		assert.deepEqual(
			settings.zones.map(({ latitude, longitude }) => [latitude, longitude]),
			rows.map((row) => [Number(row), 0.25]),
		);
		assert.equal(settings.driving, 30_000);
		assert.equal(read({ driving: "." }).problems.length, 1);
	});

	it("keep the zones and events that can be used", () => {
		const { settings } = read({ events: ["plugged", "crash"], zones: [{ name: "" }, { name: "b", ...HOME }] });
		assert.deepEqual([...settings.events], ["plugged"]);
		assert.deepEqual(
			settings.zones.map(({ name, radius }) => [name, radius]),
			[["b", 150]],
		);
	});

	it("of several watches share the shortest intervals and the smallest share", () => {
		const one = settingsOf({ driving: 2, charging: 3, share: 40 });
		const other = settingsOf({ driving: 1, charging: 9, parked: 10 });
		assert.deepEqual(sharedPace([one, other]), {
			driving: MINUTE,
			charging: 3 * MINUTE,
			parked: 10 * MINUTE,
			share: 0.4,
		});
	});
});
