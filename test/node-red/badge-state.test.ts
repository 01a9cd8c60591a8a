import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Node, NodeAPI } from "node-red";
import { FAMILIES } from "../../src/api/families";
import { summarizeStatus } from "../../src/api/summaries/status";
import { StellantisError } from "../../src/error";
import { Badge } from "../../src/node-red/badge";
import { stateText } from "../../src/node-red/badge-state";
import { BadgeTexts } from "../../src/node-red/badge-texts";

const LOCALES = join(__dirname, "../../nodes/locales");

function speaking(language: string): Pick<NodeAPI, "_"> {
	const texts = JSON.parse(readFileSync(join(LOCALES, language, "account.json"), "utf8"));
	const look = (key: string) => key.split(".").reduce((found, name) => found?.[name], texts) ?? key;
	return { _: (key: string) => look(key.slice(key.indexOf(":") + 1)) } as Pick<NodeAPI, "_">;
}

const english = new BadgeTexts(speaking("en-US"));
const NOON = new Date(2026, 10, 28, 12).getTime();
const at = (hours: number, minutes: number, day = 28) => new Date(2026, 10, day, hours, minutes).toISOString();

/** The summary of an electric car's status. */
const electric = (level: number, charging: object, more: object = {}) =>
	summarizeStatus(
		{
			updatedAt: at(9, 5),
			energies: [{ type: "Electric", level, updatedAt: at(9, 5), extension: { electric: { charging } } }],
			...more,
		},
		FAMILIES["user-v4"].units,
	);
const told = (summary: ReturnType<typeof electric>) => stateText(summary, english, NOON);

describe("the badge of a vehicle's state", () => {
	it("tells level, what the car does and when that was, by the clock of this machine", () => {
		assert.equal(told(electric(67.4, { plugged: true, status: "InProgress" })), "67 % · charging · 09:05");
		assert.equal(told(electric(67, { plugged: true, status: "Finished" })), "67 % · plugged in · 09:05");
		assert.equal(told(electric(67, { plugged: true, status: "Failure" })), "67 % · charging failed · 09:05");
		assert.equal(told(electric(67, {}, { kinetic: { moving: true } })), "67 % · driving · 09:05");
		assert.equal(told(electric(67, {}, { ignition: { type: "Stop" } })), "67 % · parked · 09:05");
	});

	it("tells the tank of a car without a battery, and the day of what is not of today", () => {
		const fuel = { updatedAt: at(9, 5, 26), energies: [{ type: "Fuel", level: 40, updatedAt: at(9, 5, 26) }] };
		assert.equal(stateText(summarizeStatus(fuel, FAMILIES["user-v4"].units), english, NOON), "40 % fuel · Nov 26");
	});

	it("tells the time of what was last night, also after midnight", () => {
		const last = summarizeStatus(
			{
				updatedAt: at(23, 40),
				energies: [{ type: "Electric", level: 67, updatedAt: at(23, 40) }],
				ignition: { type: "Stop" },
			},
			FAMILIES["user-v4"].units,
		);
		const seen = (hours: number) => stateText(last, english, new Date(2026, 10, 29, hours, 20).getTime());
		assert.equal(seen(0), "67 % · parked · 23:40");
		assert.equal(seen(11), "67 % · parked · 23:40");
		assert.equal(seen(12), "67 % · parked · Nov 28");
	});

	it("leaves out what contradicts itself, and tells nothing of nothing", () => {
		const summary = electric(100, { plugged: true });
		assert.equal(told({ ...summary, suspect: ["battery.level"] }), "plugged in · 09:05");
		assert.equal(told(summarizeStatus({}, FAMILIES["user-v4"].units)), undefined);
	});

	for (const language of readdirSync(LOCALES))
		it(`has room for the car in ${language}`, () => {
			const texts = new BadgeTexts(speaking(language));
			const shown: string[] = [];
			const node = { status: ({ text = "" }: { text?: string }) => shown.push(text) } as unknown as Node;
			const badge = new Badge(speaking(language), node, () => NOON);
			const text = stateText(electric(100, { plugged: true, status: "InProgress" }), texts, NOON) ?? "";
			badge.success(text, { id: "1", label: "Peugeot e-208" });
			badge.success(text, { id: "1", vin: "VR3UHZKXBN0000001" });
			badge.success(text, { id: "1", label: "Donaudampfschifffahrt" });
			badge.success("x".repeat(34), { id: "1", label: "Peugeot e-208" });
			badge.success("x".repeat(100), { id: "1" });
			assert.deepEqual(shown.slice(0, 2), [`${text} · e-208`, `${text} · …0001`]);
			assert.match(shown[2] ?? "", / · Donau?\p{L}*…$/u);
			for (const each of shown) assert.ok(each.length <= 34, each);
			assert.equal(shown[3], "x".repeat(34));
		});

	it("is green where maxItems has stopped a collection as it was told to, and flows read that there is more", () => {
		const shown: object[] = [];
		const badge = new Badge(speaking("en-US"), { status: (each: object) => shown.push(each) } as unknown as Node);
		badge.enough(english.count(1, "vehicles"));
		assert.deepEqual(shown, [{ code: "partial", fill: "green", shape: "ring", text: "1 vehicle" }]);
	});

	it("names the field of the account that is missing", () => {
		const shown: { text?: string }[] = [];
		const badge = new Badge(speaking("de"), { status: (each: object) => shown.push(each) } as unknown as Node);
		badge.failure(new StellantisError("ERR_SIGN_IN_NEEDED", "A sentence.", { missing: "clientId" }));
		assert.match(shown[0]?.text ?? "", /^Client-Id fehlt$/i);
	});
});
