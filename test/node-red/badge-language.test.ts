import assert from "node:assert/strict";
import { type FlowNode, type NodeRed, startNodeRed } from "../e2e/node-red";
import { Comms } from "../support/comms";

const place = { z: "tab", x: 100, y: 100 };
const inject = (id: string, to: string): FlowNode => ({
	id,
	type: "inject",
	...place,
	props: [],
	once: false,
	wires: [[to]],
});
const account = { type: "stellantis-account", server: "demo" };
const FLOW: FlowNode[] = [
	{ id: "tab", type: "tab", label: "Flow" },
	{ id: "owner", ...account, api: "user-v4" },
	{ id: "list", type: "stellantis-vehicle-list", ...place, account: "owner", wires: [[], []] },
	{ id: "lost", type: "stellantis-vehicle-list", ...place, account: "nobody", wires: [[], []] },
	inject("ask", "list"),
	inject("fail", "lost"),
	{ id: "status", type: "status", ...place, scope: ["list", "lost"], wires: [["codes"]] },
	{
		id: "codes",
		type: "debug",
		...place,
		active: true,
		tosidebar: true,
		complete: "status.code",
		targetType: "msg",
		wires: [],
	},
];

/** Texts of badges in the languages of `settings.js`; the last is one that this package does not speak. */
const SAID: Readonly<Record<string, { done: RegExp; failed: string }>> = {
	de: { done: /^\d+ Fahrzeuge$/, failed: "Konto wählen" },
	"fr-CA": { done: /^\d+ véhicules$/, failed: "choisir un compte" },
	ja: { done: /^\d+ vehicles$/, failed: "choose an account" },
};

describe("badges in a Node-RED that speaks another language", function () {
	this.timeout(120_000);

	for (const [lang, { done, failed }] of Object.entries(SAID))
		it(`are in ${lang}'s language for people, and the same for flows`, async () => {
			let nodeRed: NodeRed | undefined;
			let comms: Comms | undefined;
			try {
				nodeRed = await startNodeRed(FLOW, {}, { settings: { lang } });
				comms = await Comms.open(nodeRed.url);
				const { badges, debugged } = comms;
				const badge = (id: string, isRight: (text: string) => boolean) =>
					comms?.until(
						() => (isRight(badges.get(id) ?? "") ? true : undefined),
						() => `the badge of ${id}, now "${badges.get(id)}",`,
					);
				for (const id of ["ask", "fail"]) await fetch(new URL(`inject/${id}`, nodeRed.url), { method: "POST" });
				await badge("list", (text) => done.test(text));
				await badge("lost", (text) => text === failed);
				const codes = () => debugged.filter(({ id }) => id === "codes").map(({ msg }) => msg);
				await comms.until(
					() => (codes().includes("done") && codes().includes("ERR_NO_ACCOUNT") ? true : undefined),
					() => "the codes",
				);
				assert.deepEqual([...new Set(codes())].sort(), ["ERR_NO_ACCOUNT", "done", "working"]);
			} finally {
				comms?.close();
				await nodeRed?.stop();
			}
		});
});
