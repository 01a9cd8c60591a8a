import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Parts that Node-RED makes of our fields, which no form can change. */
const NODE_RED = [
	".red-ui-typedInput-container",
	".red-ui-editableList-container > li > .red-ui-editableList-item-handle",
	"a.red-ui-button",
	"[id^=red-ui-trap-]",
];

/** Serious barriers that a form puts up for people with a screen reader or weak eyes, in words (axe-core). */
export async function violations(page: Page, within: string): Promise<string[]> {
	await page.evaluate(AXE);
	return page.evaluate<string[]>(`axe.run(
		{ include: [${JSON.stringify(within)}], exclude: ${JSON.stringify(NODE_RED.map((one) => [one]))} },
		{ resultTypes: ["violations"] },
	).then(({ violations }) => violations
		.filter(({ impact }) => impact === "serious" || impact === "critical")
		.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html)))`);
}
