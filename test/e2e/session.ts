import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { NO_BROWSER, startBrowser } from "./chromium";
import { Editor } from "./editor";
import { type FlowNode, type NodeRed, type NodeRedOptions, startNodeRed } from "./node-red";

export interface Session {
	nodeRed: NodeRed;
	browser: Browser;
	editor: Editor;
}

let running: Promise<Browser> | undefined;

/** The browser of this process, which serves all suites one after the other. */
export async function sharedBrowser(): Promise<Browser> {
	if (!(await running)?.isConnected()) running = startBrowser();
	return running as Promise<Browser>;
}

// of the whole run, so that the browser outlives each suite
after(async () => {
	await (await running)?.close();
});

/**
 * A suite in which a Node-RED runs and a browser shows its editor. Where there is no browser, the suite is one pending
 * test that says so.
 */
export function inEditor(
	title: string,
	prepare: () => Promise<{ flow?: FlowNode[]; credentials?: object; options?: NodeRedOptions }>,
	tests: (session: Session) => void,
): void {
	describe(title, function () {
		if (NO_BROWSER) {
			it(NO_BROWSER);
			return;
		}
		this.timeout(120_000);
		const session = {} as Session;

		before(async () => {
			const { flow, credentials, options } = await prepare();
			session.nodeRed = await startNodeRed(flow, credentials, options);
			session.browser = await sharedBrowser();
			session.editor = await Editor.open(session.browser, session.nodeRed.url);
		});
		after(async () => {
			for (const context of session.browser?.contexts() ?? []) await context.close();
			await session.nodeRed?.stop();
		});
		// what a failed test left open must not fail the next ones
		afterEach(async function () {
			if (this.currentTest?.state !== "failed") return;
			await session.editor.picture(`failed-${this.currentTest.fullTitle().replace(/\W+/g, "-")}`);
			await session.editor.load();
		});
		tests(session);
		// in a suite of its own, so that it comes last
		describe("the browser's console", () => {
			it("shows no error", () => {
				assert.deepEqual(session.editor.complaints, []);
			});
		});
	});
}
