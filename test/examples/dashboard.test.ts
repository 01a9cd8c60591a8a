import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { NO_BROWSER } from "../e2e/chromium";
import { sharedBrowser } from "../e2e/session";
import { ROOT } from "../support/built";
import { Example, inFlows } from "./harness";
import { wholeCharge, withButton } from "./looks";

const PICTURES = join(ROOT, process.env.E2E_PICTURES ?? "build/e2e/pictures");
/** Pixels of the drawn curve in the chart's canvas: those of its colour. */
const CURVE = `(() => {
	const canvas = document.querySelector(".nrdb-ui-chart canvas, [class*=chart] canvas");
	if (!canvas || canvas.width === 0) return 0;
	const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
	let drawn = 0;
	for (let at = 0; at < data.length; at += 4) if (data[at] < 90 && data[at + 1] > 100 && data[at + 2] > 200 && data[at + 3] > 200) drawn++;
	return drawn;
})()`;

inFlows("example 08, dashboard", (flows) => {
	if (NO_BROWSER) {
		it(NO_BROWSER);
		return;
	}
	let page: Page;
	before(async () => {
		page = await (await sharedBrowser()).newPage({ viewport: { width: 1280, height: 960 }, timezoneId: "UTC" });
	});
	after(() => page?.context().close());

	it("shows car, battery, charging curve and trips as soon as it is deployed", async () => {
		const failures: string[] = [];
		page.on("pageerror", (error) => failures.push(`${error}`));
		await flows().deploy(new Example("08"));
		await flows().badge(/trips/, "stellantis-trips");
		await flows().badge(/items/, "stellantis-resource");
		await flows().badge(/watched/, "stellantis-watch");
		await page.goto(flows().url("dashboard"));
		await page.getByText("Opel Mokka Electric").waitFor();
		const gauge = page.locator(".nrdb-ui-gauge");
		await gauge.getByText(/^4\d\.\d$/).waitFor();
		await page.getByText(/^ready at \d\d:\d\d$/).waitFor();
		// the night shift has driven six rounds each night of the week; eight rows make a page. 6.5 of its 54 kWh are 12 %
		const rows = page.locator(".nrdb-ui-table tbody tr");
		await rows.nth(7).waitFor();
		const [first] = await rows.allInnerTexts();
		assert.match(first ?? "", /^2027-01-13 03:37\s+143\s+38\.7\s+16\s+6\.5\s+51 to 39 %$/);
		await page.waitForFunction(`${CURVE} > 300`);
		mkdirSync(PICTURES, { recursive: true });
		await page.screenshot({ path: join(PICTURES, "example-08-dashboard.png"), animations: "disabled" });
		assert.deepEqual(failures, []);
	});

	it("adds to the curve what each read of the state tells, and shows all to who comes later", async () => {
		await flows().deploy(new Example("08"));
		await flows().badge(/items/, "stellantis-resource");
		await page.goto(flows().url("dashboard"));
		await page.waitForFunction(`${CURVE} > 300`);
		await page.reload();
		await page.waitForFunction(`${CURVE} > 300`);
		await page
			.locator(".nrdb-ui-gauge")
			.getByText(/^4\d\.\d$/)
			.waitFor();
	});

	it("shows each charging session in local time, and what the month has cost", async () => {
		await wholeCharge(flows(), withButton(new Example("08")), "my car");
		await page.goto(flows().url("dashboard"));
		const row = page.locator(".nrdb-ui-table tbody tr").filter({ hasText: "39 to 89 %" });
		await row.waitFor();
		assert.match(
			await row.innerText(),
			/^2027-01-13 06:0\d\s+2027-01-13 18:0\d\s+39 to 89 %\s+26\.\d\s+2\.2\s+8\.\d+$/,
		);
		await page.getByText(/^8\.\d\d EUR$/).waitFor();
		assert.deepEqual(flows().shown("error"), []);
	});

	it("knows the car by its VIN however that is written", async () => {
		await flows().deploy(new Example("08").env({ VEHICLE: " w0vz45gbbn0000010" }));
		await flows().badge(/trips/, "stellantis-trips");
		await flows().badge(/items/, "stellantis-resource");
		await flows().badge(/watched/, "stellantis-watch");
		assert.deepEqual(flows().shown("error"), []);
	});

	it("shows no cost without a price", async () => {
		await wholeCharge(flows(), withButton(new Example("08").env({ PRICE: "" })), "my car");
		await page.goto(flows().url("dashboard"));
		const row = page.locator(".nrdb-ui-table tbody tr").filter({ hasText: "39 to 89 %" });
		await row.waitFor();
		assert.match(await row.innerText(), /39 to 89 %\s+26\.\d\s+2\.2\s*$/);
		await page.getByText("not known", { exact: true }).waitFor();
		assert.deepEqual(flows().shown("error"), []);
	});

	it("shows what there is of a car without a battery, and of a trip that tells nothing", async () => {
		const example = new Example("08").env({ VEHICLE: "VR3UHZKXBN0000003" });
		const rows = example.node("change", "one row a trip").rules as object[];
		const bare =
			'$append([$merge($each(summary[0], function($v, $k) { { $k: $k = "startedAt" ? $v : null } }))], summary)';
		rows.unshift({ t: "set", p: "summary", pt: "msg", to: bare, tot: "jsonata" });
		const before = flows().nodeRed.log.length;
		await flows().deploy(example);
		await flows().badge(/watched/, "stellantis-watch");
		await flows().badge(/trips/, "stellantis-trips");
		await page.goto(flows().url("dashboard"));
		await page.getByText("Peugeot 208 PureTech").waitFor();
		await page.getByText(/^no battery, tank \d\d(\.\d)? %$/).waitFor();
		await page.locator(".nrdb-ui-table tbody tr").nth(3).waitFor();
		const [bareRow] = await page.locator(".nrdb-ui-table tbody tr").allInnerTexts();
		assert.match(bareRow ?? "", /^[\d-]+ [\d:]+\s*$/);
		assert.deepEqual(flows().shown("error"), []);
		assert.doesNotMatch(flows().nodeRed.log.slice(before), /\[error\]/);
	});
});
