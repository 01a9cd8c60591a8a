import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NO_BROWSER } from "../e2e/chromium";
import { sharedBrowser } from "../e2e/session";
import { ROOT } from "../support/built";
import { Example, inFlows } from "./harness";
import { lookAt, MOKKA, wholeCharge, withButton } from "./looks";

const PICTURES = join(ROOT, process.env.E2E_PICTURES ?? "build/e2e/pictures");
/** Whether the chart's canvas has enough of its first colour for a bar. */
const BARS = `(() => {
	const canvas = document.querySelector("[class*=chart] canvas");
	if (!canvas || canvas.width === 0) return false;
	const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
	let drawn = 0;
	for (let at = 0; at < data.length; at += 4) if (data[at] < 90 && data[at + 1] > 100 && data[at + 2] > 200 && data[at + 3] > 200) drawn++;
	return drawn > 2000;
})()`;
inFlows("example 16, tell me when it is charged", (flows) => {
	it("tells at once which cars are plugged in", async () => {
		await flows().deploy(new Example("16"), "2027-01-13T17:57:00Z");
		const told = (await flows().debugged("notification", 7)) as string[];
		for (const sentence of told) assert.match(sentence, /^[\p{L}\d -]+ is plugged in at \d+ %$/u);
		assert.ok(told.includes("Opel Mokka Electric is plugged in at 90 %"), told.join("\n"));
		assert.ok(told.includes("Peugeot e-208 is plugged in at 64 %"), told.join("\n"));
		assert.deepEqual(flows().shown("error"), []);
	});

	it("tells in a sentence what a charge has brought, between the plug and its end", async () => {
		await wholeCharge(flows(), new Example("16").env({ CURRENCY: "CHF" }));
		const [plugged, charged, unplugged] = await flows().debugged("notification", 3);
		assert.equal(plugged, "Opel Mokka Electric is plugged in at 39 %");
		const [, from, to, energy, hours, minutes, cost] =
			/^Opel Mokka Electric has charged from (\d+) to (\d+) %: ([\d.]+) kWh in (\d+) h (\d+) min, ([\d.]+) CHF$/
				.exec(String(charged))
				?.map(Number) ?? [];
		assert.deepEqual([from, to], [39, 89], String(charged));
		// half of its 54 kWh in twelve hours; of ten that are drawn nine get there
		assert.ok(energy !== undefined && energy > 26 && energy < 28, String(charged));
		assert.ok(Math.abs(60 * (hours ?? 0) + (minutes ?? 0) - 720) < 20, String(charged));
		assert.ok(Math.abs((cost ?? 0) - (0.3 * energy) / 0.9) < 0.05, String(charged));
		assert.equal(unplugged, "Opel Mokka Electric is unplugged at 90 %");
		assert.deepEqual(flows().shown("error"), []);
	});

	it("tells its session in the chosen currency, and no cost without a price", async () => {
		const session = async (env: Record<string, string>) => {
			const example = new Example("16").env(env);
			const sessions = { ...example.node("debug", "notification"), id: "00000000000000d1", name: "sessions" };
			(example.node("stellantis-watch").wires as string[][])[0]?.push(sessions.id);
			example.nodes.push(sessions);
			await wholeCharge(flows(), example);
			const [, told] = await flows().debugged("notification", 3);
			const [, ended] = (await flows().debugged("sessions", 3)) as { cost: number; currency: string }[];
			return { told: String(told), ...ended };
		};
		const british = await session({ CURRENCY: "GBP" });
		assert.equal(british.currency, "GBP");
		assert.match(british.told, /, \d\.\d\d GBP$/);
		const free = await session({ PRICE: "" });
		assert.equal(free.cost, null);
		assert.match(free.told, / kWh in \d+ h \d+ min$/);
		assert.deepEqual(flows().shown("error"), []);
	});
});

inFlows("example 17, charge to a limit and keep it there", (flows) => {
	it("stops a car that is at the limit, and again when it goes on", async () => {
		const example = withButton(new Example("17").env({ CHARGE_LIMIT: "40" }));
		const stop = example.node("stellantis-remote-command");
		const vehicle = { vehicle: MOKKA, vehicleType: "str", command: "charge-start" };
		const button = { ...example.node("inject"), id: "00000000000000c2", name: "charge", wires: [["00000000000000c3"]] };
		const heard = { ...example.node("debug", "notification"), id: "00000000000000c4", name: "charges", wires: [] };
		example.nodes.push(
			button,
			{ ...stop, ...vehicle, id: "00000000000000c3", name: "charge", wires: [[heard.id], []] },
			heard,
		);
		Object.assign(example.node("stellantis-watch"), { vehicle: MOKKA });
		await flows().deploy(example, "2027-01-13T08:00:00Z");
		const [first] = await flows().debugged("notification");
		assert.match(String(first), /^Opel Mokka Electric: charging stopped at 4\d %$/);
		await flows().nodeRed.tell({ clock: "2027-01-13T08:20:00Z" });
		await flows().press("charge");
		await flows().debugged("charges");
		await lookAt(flows(), "2027-01-13T08:30:00Z");
		const [, second] = await flows().debugged("notification", 2);
		assert.equal(flows().shown("notification").length, 2);
		assert.match(String(second), /^Opel Mokka Electric: charging stopped at 4\d %$/);
		assert.deepEqual(flows().shown("error"), []);
	});

	it("leaves cars alone that are below the limit", async () => {
		const example = new Example("17").watch("stellantis-watch", "watch", 1);
		await flows().deploy(example, "2027-01-13T08:00:00Z");
		await flows().debugged("after watch", 11);
		assert.deepEqual(flows().shown("notification"), []);
	});

	it("stops none without a limit", async () => {
		for (const number of ["02", "17"]) {
			const example = new Example(number).env({ CHARGE_LIMIT: "" }).watch("switch", "charging at the limit?");
			await flows().deploy(example.watch("stellantis-watch", "watch", 1), "2027-01-13T08:00:00Z");
			await flows().debugged("after watch", 11);
			assert.deepEqual(flows().shown("after charging at the limit?"), []);
			assert.deepEqual(flows().shown("error"), []);
		}
	});
});

inFlows("example 18, charge when the price is low", (flows) => {
	it("stops the car while the price is high, and lets it go on when it is low", async () => {
		const example = new Example("18");
		const cheap = [{ p: "price", v: "0.18", vt: "num" }];
		example.nodes.push({ ...example.node("inject"), id: "00000000000000c1", name: "cheap", props: cheap });
		await flows().deploy(example, "2027-01-13T08:00:00Z");
		await flows().press("price now");
		await flows().debugged("notification");
		await flows().press("cheap");
		assert.deepEqual(await flows().debugged("notification", 2), ["charge-stop at 0.34", "charge-start at 0.18"]);
	});

	it("leaves a car alone that does already what the price asks for, or is not plugged in", async () => {
		const example = new Example("18").env({ PRICE_LIMIT: "0.40" }).watch("stellantis-status", "");
		await flows().deploy(example, "2027-01-13T08:00:00Z");
		await flows().press("price now");
		await flows().debugged("after ");
		await flows().nodeRed.tell({ clock: "2027-01-13T19:00:00Z" });
		await flows().press("price now");
		const states = (await flows().debugged("after ", 2)) as object[];
		assert.equal(states.length, 2);
		assert.deepEqual(flows().shown("notification"), []);
	});

	it("sends nothing while the price, or its limit, is no number, and says so", async () => {
		const of = (limit: string, props: object[]) => {
			const example = new Example("18").env({ PRICE_LIMIT: limit });
			example.node("inject").props = props;
			return example;
		};
		const cheap = [{ p: "price", v: "0.18", vt: "num" }];
		const nobody = [{ p: "price", v: "", vt: "str" }];
		for (const example of [of("0.25", []), of("0.25", nobody), of("0,25", cheap)]) {
			await flows().deploy(example, "2027-01-13T08:00:00Z");
			await flows().press("price now");
			assert.match(String((await flows().debugged("notification"))[0]), /must be numbers/);
		}
		await flows().deploy(of("0.25", [{ p: "price", v: "0.34", vt: "str" }]), "2027-01-13T08:00:00Z");
		await flows().press("price now");
		assert.deepEqual(await flows().debugged("notification"), ["charge-stop at 0.34"]);
	});

	it("shows why a command failed in place of it", async () => {
		const example = new Example("18");
		example.node("stellantis-account").commands = [];
		await flows().deploy(example, "2027-01-13T08:00:00Z");
		await flows().press("price now");
		assert.match(String((await flows().debugged("notification"))[0]), /charge-stop/);
	});
});

inFlows("example 19, trips of today", (flows) => {
	it("adds up the trips of the day: distance, energy, consumption, cost", async () => {
		const example = new Example("19").watch("stellantis-trips", "trips of today");
		await flows().deploy(example, "2027-01-13T22:30:00Z");
		await flows().press("every evening");
		const [told] = await flows().debugged("notification");
		const [trips = []] = (await flows().debugged("after trips of today")) as {
			startedAt: string;
			distance: number;
			energyConsumptions: { consumption: number }[];
		}[][];
		for (const { startedAt } of trips) assert.match(startedAt, /^2027-01-13T/);
		const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
		const km = sum(trips.map(({ distance }) => distance));
		const kWh = sum(trips.map(({ energyConsumptions: [electric] }) => electric?.consumption ?? 0)) / 1000;
		assert.ok(trips.length > 3 && km > 100 && kWh > 15);
		assert.equal(
			told,
			`Opel Mokka Electric: ${trips.length} trips today, ${km.toFixed(1)} km, ${kWh.toFixed(1)} kWh, ` +
				`${((100 * kWh) / km).toFixed(1)} kWh/100 km, ${((0.3 * kWh) / 0.9).toFixed(2)} EUR`,
		);
	});

	it("tells no cost without a price", async () => {
		await flows().deploy(new Example("19").env({ PRICE: "" }), "2027-01-13T22:30:00Z");
		await flows().press("every evening");
		assert.match(String(await flows().debugged("notification")), / kWh, \d+\.\d kWh\/100 km$/);
		assert.deepEqual(flows().shown("error"), []);
	});

	it("says so when there was none, and of a car without a battery how far it went", async () => {
		await flows().deploy(new Example("19").env({ VEHICLE: "VR3UHZKXBN0000003" }), "2027-01-13T22:30:00Z");
		await flows().press("every evening");
		assert.match(String(await flows().debugged("notification")), /^[\p{L}\d -]+: \d+ trips today, \d+(\.\d)? km$/u);
		await flows().nodeRed.tell({ clock: "2027-01-14T00:10:00Z" });
		await flows().press("every evening");
		assert.match(String((await flows().debugged("notification", 2))[1]), /^[\p{L}\d -]+: no trip today$/u);
		assert.deepEqual(flows().shown("error"), []);
	});
});

inFlows("example 20, welcome home", (flows) => {
	it("tells that a car has come home, once", async () => {
		const example = new Example("20").watch("stellantis-watch", "watch", 1);
		Object.assign(example.node("stellantis-watch"), { vehicle: "VR3UHZKXBN0000001" });
		await flows().deploy(example, "2027-01-13T12:00:00Z");
		await flows().debugged("after watch");
		await lookAt(flows(), "2027-01-13T16:30:00Z");
		await flows().debugged("notification");
		await lookAt(flows(), "2027-01-13T21:40:00Z");
		await flows().debugged("after watch", 3);
		const told = ["Welcome home! Peugeot e-208 is back, 64 % in its battery"];
		assert.deepEqual(flows().shown("notification"), told);
		assert.deepEqual(flows().shown("error"), []);
	});

	it("tells at once that it is there", async () => {
		await flows().deploy(new Example("20"), "2027-01-13T21:40:00Z");
		assert.match(String((await flows().debugged("notification"))[0]), /^Welcome home! Peugeot e-208 is back, \d+ % /);
	});
});

inFlows("example 21, charging sessions", (flows) => {
	const csv = () => join(flows().nodeRed.userDir, "stellantis-sessions.csv");
	const lines = () => readFileSync(csv(), "utf8").split("\n");

	it("adds a line for a charge, with what it took and what it cost", async () => {
		const example = withButton(new Example("21")).watch("change", "as a line");
		await wholeCharge(flows(), example);
		const [line] = await flows().debugged("after as a line");
		assert.match(
			String(line),
			/^2027-01-13 06:0\d,2027-01-13 18:0\d,"Opel Mokka Electric",39\.\d,8\d(\.\d)?,2[67]\.\d+,(29|30)\.\d+,2\.\d+,(8|9)\.\d+,unplugged,[\w-]+$/,
		);
		const written = await flows().until(
			() => (existsSync(csv()) && lines().length > 1 ? lines() : undefined),
			"a line",
		);
		assert.deepEqual(written, [line, ""]);
		assert.deepEqual(flows().shown("error"), []);
	});

	if (NO_BROWSER) {
		it(NO_BROWSER);
		return;
	}
	it("draws it on the dashboard", async () => {
		const page = await (await sharedBrowser()).newPage({ viewport: { width: 1280, height: 720 }, timezoneId: "UTC" });
		await page.goto(flows().url("dashboard/sessions"));
		await page.waitForFunction(BARS);
		mkdirSync(PICTURES, { recursive: true });
		await page.screenshot({ path: join(PICTURES, "example-21-dashboard.png"), animations: "disabled" });
		await page.context().close();
	});
});
