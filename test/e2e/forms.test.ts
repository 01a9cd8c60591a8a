import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONFIG_NODES } from "../editor-static/editor";
import { ROOT } from "../support/built";
import type { Form } from "./editor";
import { fillIn } from "./fill";
import type { FlowNode } from "./node-red";
import { inEditor } from "./session";
import { violations } from "./violations";

const { nodes } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))["node-red"] as {
	nodes: Record<string, string>;
};
const TYPES = Object.keys(nodes).filter((type) => !CONFIG_NODES.includes(type));

const words = (type: string): Record<string, { palette: string }> =>
	JSON.parse(readFileSync(join(ROOT, "nodes/locales/en-US", `${type.replace("stellantis-", "")}.json`), "utf8"));

const FLOW: FlowNode[] = [
	{ id: "tab", type: "tab", label: "Flow" },
	{ id: "owner", type: "stellantis-account", name: "Demo", configVersion: 1, server: "demo", api: "user-v4" },
	{ id: "fleet", type: "stellantis-account", name: "Fleet", configVersion: 1, server: "demo", api: "fleet-v3" },
];

inEditor(
	"forms of the nodes",
	async () => ({ flow: FLOW }),
	(session) => {
		/** What each form held when it was saved, and the id of its node. */
		const saved = new Map<string, { id: string; values: Record<string, unknown> }>();

		before("place a node of each type, fill its form in and deploy", async () => {
			const { editor } = session;
			for (const [index, type] of TYPES.entries()) {
				const id = await editor.drag(type, 120 + 200 * (index % 3), 60 + 80 * Math.floor(index / 3));
				const open = await editor.edit(id);
				await open.field("account").selectOption("owner");
				await fillIn(editor.page, open);
				saved.set(type, { id, values: await open.values() });
				assert.deepEqual(await open.marked(), [], `${type} has wrong fields`);
				await editor.picture(`filled-${type}`);
				await open.save();
			}
			await editor.deploy();
			await editor.load();
			await editor.picture("placed");
		});

		/** Addresses of our files that the editor has loaded, before any form was open. */
		const loaded = () =>
			session.editor.page.evaluate<string[]>(`performance.getEntriesByType("resource")
				.map(({ name }) => name).filter((name) => name.includes("/resources/node-red-contrib-stellantis/"))`);

		it("loads each file of the forms once", async () => {
			const ours = await loaded();
			assert.ok(ours.some((name) => name.endsWith("/editor/index.js")));
			assert.deepEqual([...new Set(ours)], ours);
		});

		it("costs at most 120 kB over the wire to load", async () => {
			let bytes = 0;
			for (const file of await loaded()) {
				const answer = await fetch(file);
				assert.equal(answer.headers.get("content-encoding"), null, "its size is not what came over the wire");
				// what a response has beside its body, as the standard of resource timing counts it
				bytes += (await answer.arrayBuffer()).byteLength + 300;
			}
			assert.ok(bytes > 60_000 && bytes <= 120_000, `${bytes} bytes`);
		});

		it("offers all nodes in a category of their own, by their names", async () => {
			const { page } = session.editor;
			const offered = await page
				.locator("#red-ui-palette-Stellantis .red-ui-palette-node")
				.evaluateAll((all) =>
					all.map((entry) => [entry.getAttribute("data-palette-type"), entry.textContent?.replace(/\s+/g, " ").trim()]),
				);
			const expected = TYPES.map((type) => [type, words(type)[type.replace("stellantis-", "")]?.palette]);
			assert.deepEqual(offered.sort(), expected.sort());
			assert.equal(await page.locator("#red-ui-palette-header-Stellantis").textContent(), "Stellantis");
		});

		for (const type of TYPES) {
			describe(type, () => {
				let form: Form;
				const place = () => saved.get(type) ?? assert.fail("it was not placed");
				before(async () => {
					form = await session.editor.edit(place().id);
				});

				it("keeps what was filled in through a deploy and a reload", async () => {
					assert.deepEqual(await form.values(), place().values);
					assert.equal(await session.editor.isValid(place().id), true);
				});

				it("puts no barrier up", async () => {
					assert.deepEqual(await violations(session.editor.page, "#dialog-form"), []);
				});

				it("explains itself in the help sidebar", async () => {
					const { page } = session.editor;
					await form.cancel();
					await session.editor.node(place().id).click({ position: { x: 60, y: 15 } });
					await page.evaluate('RED.actions.invoke("core:show-help-tab")');
					const text = await page.locator(".red-ui-sidebar-help-stack .red-ui-help").first().textContent();
					assert.match(text ?? "", /Outputs?/i);
					assert.doesNotMatch(text ?? "", /undefined|\[object|__\w+__/);
				});
			});
		}
	},
);
