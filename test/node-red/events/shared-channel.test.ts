import assert from "node:assert/strict";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { ChannelsApi } from "../../support/channels-api";
import { ChildNodeRed } from "../../support/child";
import { freePort } from "../../support/free-port";
import { asOwner, closeStores, freshPlace, storeAt } from "../../support/postgres";
import { WebhookRuntime } from "../../support/webhook-runtime";

const PUBLIC = "https://home.example";
const KEY = "a-key-of-the-whole-fleet";

describe("the channel of several Node-RED with one store", function () {
	this.timeout(120_000);
	let api: ChannelsApi;
	let place: Awaited<ReturnType<typeof freshPlace>>;
	const children: ChildNodeRed[] = [];
	const runtimes: WebhookRuntime[] = [];
	beforeEach(async () => {
		api = await ChannelsApi.start();
		place = await freshPlace();
	});
	afterEach(async () => {
		await Promise.all(children.splice(0).map((child) => child.remove()));
		for (const runtime of runtimes.splice(0)) {
			await runtime.stop();
			runtime.dispose();
		}
		await closeStores();
		await api.stop();
	});

	const nodes = (publicUrl = PUBLIC) => {
		const { host, port, database, schema } = place;
		return [
			{ ...api.account, store: "store", shareAs: "fleet" },
			{ id: "store", type: "stellantis-store", host, port, database, schema },
			{ id: "events", type: "stellantis-events", account: "account", publicUrl },
		];
	};
	const credentials = (key = KEY) => ({
		...api.credentials,
		store: { user: place.user, password: place.password, key },
	});
	/** A Node-RED, and the next badge of its events node that begins with a text. */
	const instance = async (port: number, publicUrl?: string) => {
		const flow = [
			...nodes(publicUrl),
			{ id: "badges", x: 1, y: 1, type: "status", scope: ["events"], wires: [["probe-badge"]] },
			{ id: "probe-badge", type: "probe", name: "badge", wires: [] },
		];
		const child = new ChildNodeRed(["store", "account", "events"], flow, credentials(), {
			httpNodeRoot: "/",
			uiPort: port,
		});
		children.push(child);
		await child.start();
		return (await child.next("badge")).status as { text: string };
	};
	const post = async (port: number) => {
		const answer = await fetch(`http://127.0.0.1:${port}${new URL(api.target).pathname}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ type: "Monitor", id: `${port}`, monitorEvent: {} }),
		});
		return answer.status;
	};

	it("is one, at which each takes events, and one with another public URL leaves it alone and says so", async () => {
		const [one, other, elsewhere] = [await freePort(), await freePort(), await freePort()];
		const badges = await Promise.all([instance(one), instance(other)]);
		assert.deepEqual(
			badges.map(({ text }) => text),
			["registered", "registered"],
		);
		assert.deepEqual([api.channels.size, api.count("POST")], [1, 1]);
		assert.deepEqual([await post(one), await post(other)], [200, 200]);
		const { target } = api;
		const [row] = await asOwner(place, `select data from ${place.schema}.value where scope = 'channel fleet'`);
		const secret = target.split("/").at(-1) ?? "";
		assert.ok(row && secret.length > 20 && !String(row.data).includes(secret));

		assert.equal((await instance(elsewhere, "https://elsewhere.example")).text, "other public URL");
		assert.deepEqual([api.target, api.channels.size], [target, 1]);
		assert.equal(await post(elsewhere), 200);
	});

	const loaded = async (key?: string) => {
		const runtime = new WebhookRuntime();
		runtimes.push(runtime);
		await runtime.load(nodes(), credentials(key));
		return runtime;
	};
	const isShown = (runtime: WebhookRuntime, text: string) =>
		runtime.until(() => runtime.badges.some((badge) => badge.text?.startsWith(text)));
	const withoutNode = () => nodes().slice(0, 2);

	it("stays when one of them loses its node, and goes with the last", async () => {
		const runtime = await loaded();
		await isShown(runtime, "registered");
		const other = new SharedAccount(storeAt(place), "other", "customer");
		await other.ready();
		const [id] = api.channels.keys();
		await runtime.deploy(withoutNode(), "nodes", credentials());
		assert.deepEqual([...api.channels.keys()], [id]);
		runtime.badges = [];
		await runtime.deploy(nodes(), "nodes", credentials());
		await isShown(runtime, "registered");
		assert.deepEqual([...api.channels.keys()], [id]);
		await other.store.close();
		await runtime.deploy(withoutNode(), "nodes", credentials());
		assert.equal(api.channels.size, 0);
		assert.deepEqual(await asOwner(place, `select 1 from ${place.schema}.value where scope like 'channel %'`), []);
	});

	it("is not touched by one with another key, which says what to do", async () => {
		const first = await loaded();
		await isShown(first, "registered");
		await first.stop();
		runtimes.length = 0;
		first.dispose();
		const { target } = api;
		const second = await loaded("another-key-of-16-or-more");
		await second.until(() => second.complaints().some((sentence) => /sealed with another key/.test(sentence)));
		assert.deepEqual([api.target, api.channels.size], [target, 1]);
	});
});
