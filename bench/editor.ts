/** What the forms ask of a browser: their scripts over the wire, and the time until a form is open. */
import { startBrowser } from "../test/e2e/chromium";
import { Editor } from "../test/e2e/editor";
import { startNodeRed } from "../test/e2e/node-red";
import type { Row } from "./report";

const RUNS = 9;

/** @param root of an API whose account has so many vehicles */
export async function editor(root: string, vehicles: number): Promise<Row[]> {
	const account = { id: "account", type: "stellantis-account", server: "live", api: "accounts-v1", auth: "none" };
	const tab = { id: "flow", type: "tab", label: "bench" };
	const node = (id: string, type: string, x: number) => ({ id, type, z: "flow", x, y: 120, wires: [[]] });
	const flow = [
		tab,
		{ ...account, baseUrl: root },
		{ ...node("status", "stellantis-status", 200), account: "account" },
		node("core", "debug", 500),
	];
	// with all of its own nodes, which the tests do without
	const nodeRed = await startNodeRed(flow, {}, { settings: { nodesExcludes: [] } });
	const browser = await startBrowser();
	try {
		const { page } = await Editor.open(browser, nodeRed.url);
		const bytes = await page.evaluate<number>(`performance.getEntriesByType("resource")
			.filter(({ name }) => name.includes("/resources/node-red-contrib-stellantis/"))
			.reduce((sum, { transferSize }) => sum + transferSize, 0)`);
		const opening = async (id: string): Promise<number> => {
			const times: number[] = [];
			for (let run = 0; run <= RUNS; run++) {
				const time = await page.evaluate<number>(`new Promise((resolve) => {
					const began = performance.now();
					RED.editor.edit(RED.nodes.node(${JSON.stringify(id)}));
					const look = () => document.querySelector("#node-input-name")
						? requestAnimationFrame(() => resolve(performance.now() - began)) : requestAnimationFrame(look);
					look();
				})`);
				await page.locator("#node-dialog-cancel").click();
				await page.locator("#node-input-name").waitFor({ state: "detached" });
				if (run > 0) times.push(time);
			}
			return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
		};
		const core = await opening("core");
		const ours = await opening("status");
		const what = `a form of an account with ${vehicles.toLocaleString("en")} vehicles`;
		return [
			{
				what,
				measured: `until it is open (a core node's: ${core.toFixed(0)} ms)`,
				value: ours,
				goal: 150,
				unit: " ms",
			},
			{
				what: "the first load of all our scripts",
				measured: "over the wire",
				value: bytes / 1024,
				goal: 120,
				unit: " kB",
			},
		];
	} finally {
		await browser.close();
		await nodeRed.stop();
	}
}
