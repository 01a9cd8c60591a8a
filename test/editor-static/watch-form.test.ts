import assert from "node:assert/strict";
import { readPrice } from "../../src/watch/prices";
import { readSettings } from "../../src/watch/settings";
import { loadEditor, nodeOf } from "./editor";

const ZONE = { name: "home", latitude: 48.1, longitude: 11.5, radius: 150 };
const zones = (count: number) => Array.from({ length: count }, (_, index) => ({ ...ZONE, name: `zone ${index}` }));

const clock = (minute: number) =>
	[minute / 60, minute % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
/** Rows of a price that do not overlap. */
function rows(count: number) {
	return Array.from({ length: count }, (_, n) => ({ from: clock(n * 25), to: clock(n * 25 + 25), price: n }));
}
const variable = (name: string) => ["${", "}"].join(name);

/** Values of properties as people or other versions may have written them. */
const VALUES: Record<string, unknown[]> = {
	driving: [1, "0.5", "", 0, -1, 1440, 1441, "often"],
	charging: [0, 5],
	parked: ["15", 1441],
	share: [50, 100, 101, 0, "half"],
	low: ["", 20, "20", 0, 101, "low"],
	high: ["", 80, 100.5],
	efficiency: [90, "", 0, 101],
	capacity: ["", 52.5, 0, 1001, "big"],
	staleAfter: ["", 24, 8760, 8761, 0],
	currency: ["", "EUR", "€", "0123456789", "01234567890"],
	timeZone: ["", "Europe/Paris", "UTC", "Europe/Atlantis", "local"],
	firstRun: ["", "none", "all", "some"],
	events: [undefined, null, "", [], ["plugged"], ["plugged", "of-a-later-version"], "plugged", 5, { plugged: true }],
	zones: [
		[],
		"",
		[ZONE],
		[{ ...ZONE, latitude: "48.1", longitude: "11.5", radius: "99.5" }],
		[{ ...ZONE, radius: undefined }],
		[{ ...ZONE, radius: "" }],
		[{ ...ZONE, radius: 0 }],
		[{ ...ZONE, radius: -5 }],
		[{ ...ZONE, radius: 1_000_001 }],
		[{ ...ZONE, name: "" }],
		[{ ...ZONE, name: "  " }],
		[{ ...ZONE, name: undefined }],
		[{ ...ZONE, name: "a".repeat(61) }],
		[{ ...ZONE, latitude: 90 }],
		[{ ...ZONE, latitude: 90.5 }],
		[{ ...ZONE, latitude: "" }],
		[{ ...ZONE, longitude: undefined }],
		[{ ...ZONE, longitude: -181 }],
		[{ ...ZONE, longitude: "48,1" }],
		[{ ...ZONE, price: 0.2 }],
		[{ ...ZONE, price: "" }],
		[{ ...ZONE, price: "cheap" }],
		[{ ...ZONE, price: [{ from: "22:00", to: "06:00", price: 0.2 }] }],
		[{ ...ZONE, price: [{ from: "22:00", to: "22:00", price: 0.2 }] }],
		[ZONE, { ...ZONE, name: "work" }],
		[ZONE, { ...ZONE, name: " home " }],
		[null],
		["home"],
		"home",
		{ home: ZONE },
		zones(100),
		zones(101),
	],
};

/** Prices as they come out of the JSON that a person has written. */
const PRICES: unknown[] = [
	0.3,
	-0.05,
	"0.3",
	"cheap",
	{},
	true,
	[],
	[{ price: 0.3 }],
	[{ price: 0.3 }, { price: 0.4 }],
	[{ from: "", to: "", price: "0.3" }],
	[{ from: "22:00", to: "06:00", price: 0.2 }, { price: 0.3 }],
	[
		{ from: "22:00", to: "06:00", price: 0.2 },
		{ from: "06:00", to: "22:00", price: 0.3 },
	],
	[
		{ from: "22:00", to: "06:00", price: 0.2 },
		{ from: "05:59", to: "07:00", price: 0.3 },
	],
	[
		{ from: "10:00", to: "12:00", price: 0.2 },
		{ from: "09:00", to: "13:00", price: 0.3 },
	],
	[
		{ from: "00:00", to: "24:00", price: 0.2 },
		{ from: "09:00", to: "13:00", price: 0.3 },
	],
	[{ from: "00:00", to: "24:00", price: 0.2 }],
	[{ from: "24:00", to: "00:00", price: 0.2 }],
	[{ from: "07:00", to: "07:00", price: 0.2 }],
	[{ from: "7:00", to: "8:30", price: 0.2 }],
	[{ from: "25:00", to: "08:00", price: 0.2 }],
	[{ from: "07:60", to: "08:00", price: 0.2 }],
	[{ from: "07:00", price: 0.2 }],
	[{ to: "07:00", price: 0.2 }],
	[{ from: "07:00", to: "08:00" }],
	[{ from: "07:00", to: "08:00", price: "" }],
	[{ from: "07:00", to: "08:00", price: "much" }],
	[{ from: 7, to: 8, price: 0.2 }],
	[null],
	["0.3"],
	rows(48),
	rows(49),
];

const short = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, 90);

describe("the form of the watch", () => {
	const definition = loadEditor().definitions.get("stellantis-watch");
	assert.ok(definition);
	const refuses = (name: string, value: unknown, others: Record<string, unknown> = {}) => {
		const validate = definition.defaults[name]?.validate;
		assert.ok(validate, `${name} is checked`);
		return validate.call(nodeOf(definition, { ...others, [name]: value }), value, {}) !== true;
	};

	for (const [name, values] of Object.entries(VALUES))
		for (const value of values)
			it(`takes of ${name} what the runtime takes: ${short(value)}`, () => {
				const { problems } = readSettings({ [name]: value }, { timeZone: "UTC" });
				assert.equal(refuses(name, value), problems.length > 0, JSON.stringify(problems));
			});

	for (const price of PRICES)
		it(`takes as price what the runtime takes: ${short(price)}`, () => {
			const { problem } = readPrice(price);
			assert.equal(refuses("price", JSON.stringify(price), { priceType: "json" }), problem !== undefined, problem);
		});

	it("leaves to the runtime what comes from a variable", () => {
		for (const name of ["zones", "currency", "timeZone"])
			assert.equal(refuses(name, variable("OF_A_LONG_NAME")), false, name);
		assert.equal(refuses("zones", [{ ...ZONE, latitude: variable("LAT"), radius: variable("RADIUS") }]), false);
		assert.equal(refuses("price", variable("PRICE")), false);
		assert.equal(refuses("price", "$cheapest()", { priceType: "jsonata" }), false);
		assert.equal(refuses("price", "cheap"), true);
		assert.equal(refuses("price", "{", { priceType: "json" }), true);
	});
});
