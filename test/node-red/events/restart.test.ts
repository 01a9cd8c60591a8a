import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { ChannelsApi } from "../../support/channels-api";
import { ChildNodeRed } from "../../support/child";
import { freePort } from "../../support/free-port";
import type { FlowMessage } from "../../support/runtime";

const PUBLIC = "https://home.example";
/** Starts of the same Node-RED; all but the last are killed. */
const STARTS = 3;

describe("an events node in a Node-RED that is killed and started again", function () {
	this.timeout(120_000);
	let api: ChannelsApi;
	let red: ChildNodeRed;

	beforeEach(async () => {
		api = await ChannelsApi.start();
	});
	afterEach(async () => {
		await red.remove();
		await api.stop();
	});

	it("answers nothing but 200 and 500 from the first moment on, and sends all that it has answered", async () => {
		const port = await freePort();
		const events = { id: "events", type: "stellantis-events", account: "account", publicUrl: PUBLIC, x: 0, y: 0 };
		const flow = [
			api.account,
			{ ...events, wires: [["out"]] },
			{ id: "out", type: "probe", name: "out", x: 0, y: 0, wires: [] },
		];
		red = new ChildNodeRed(["account", "events"], flow, api.credentials, { uiPort: port, httpNodeRoot: "/" });
		const [answered, sent, statuses] = [new Set<string>(), new Set<unknown>(), new Map<number, number>()];
		const hear = () => {
			red.collect("out", (msg: FlowMessage) => sent.add((msg.event as { id: string }).id));
		};
		const starting = red.start();
		hear();
		await starting;
		while (api.channels.size === 0) await pause(20);
		const url = `http://127.0.0.1:${port}${api.target.slice(PUBLIC.length)}`;
		let posting = true;
		let number = 0;
		const posted = (async () => {
			const headers = { "content-type": "application/json" };
			while (posting) {
				const id = `${number++}`;
				const body = JSON.stringify({ type: "Monitor", id, monitorEvent: {} });
				const answer = await fetch(url, { method: "POST", headers, body }).catch(() => pause(5));
				if (!answer) continue;
				statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
				if (answer.status === 200) answered.add(id);
			}
		})();
		for (let start = 1; start < STARTS; start++) {
			const enough = answered.size + 20;
			while (answered.size < enough) await pause(20);
			await pause(Math.random() * 50);
			await red.end("SIGKILL");
			const again = red.start();
			hear();
			await again;
		}
		const enough = answered.size + 20;
		while (answered.size < enough) await pause(20);
		posting = false;
		await posted;
		while (![...answered].every((id) => sent.has(id))) await pause(20);
		assert.deepEqual(
			[...statuses.keys()].filter((status) => status !== 200 && status !== 500),
			[],
		);
		assert.equal(api.count("POST"), 1, "the channel is the same");
	});
});
