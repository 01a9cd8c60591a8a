import assert from "node:assert/strict";
import { SharedChannel } from "../../../src/node-red/events/shared-channel";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { ChannelsApi } from "../../support/channels-api";
import { ChildNodeRed } from "../../support/child";
import { freePort } from "../../support/free-port";
import { asOwner, closeStores, freshPlace, postgres, storeAt } from "../../support/postgres";
import { TcpProxy } from "../../support/tcp-proxy";
import { WebhookRuntime } from "../../support/webhook-runtime";

const PUBLIC = "https://home.example";
const KEY = "a-key-of-the-whole-fleet";

describe("the channel of several Node-RED with one store", function () {
	this.timeout(120_000);
	let api: ChannelsApi;
	let wire: TcpProxy;
	let place: Awaited<ReturnType<typeof freshPlace>>;
	const children: ChildNodeRed[] = [];
	const runtimes: WebhookRuntime[] = [];
	beforeEach(async () => {
		api = await ChannelsApi.start();
		wire = await TcpProxy.to((await postgres()).port);
		place = { ...(await freshPlace()), port: wire.port };
	});
	afterEach(async () => {
		await Promise.all(children.splice(0).map((child) => child.remove()));
		for (const runtime of runtimes.splice(0)) {
			await runtime.stop();
			runtime.dispose();
		}
		await closeStores();
		await wire.stop();
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

	it("is waited for by one that has never known it while the store is away, and is known from then on", async () => {
		wire.cut();
		const runtime = await loaded();
		await isShown(runtime, "store");
		assert.equal(api.channels.size, 0);
		wire.mend();
		await isShown(runtime, "registered");
		const { target } = api;
		const { pathname } = new URL(target);
		await runtime.stop();
		wire.cut();
		await runtime.load(nodes(), credentials());
		const event = { type: "Monitor", id: "away", monitorEvent: {} };
		while ((await runtime.post(pathname, event)).status !== 200);
		await runtime.until(() => runtime.messages.length === 1);
		wire.mend();
		runtime.badges = [];
		await isShown(runtime, "registered");
		assert.deepEqual([api.target, api.channels.size], [target, 1]);
	});

	it("is looked after by one at a time, once an hour", async () => {
		const [one, other] = [0, 1].map(
			() => new SharedChannel(new SharedAccount(storeAt(place), "fleet", "customer"), KEY, "node"),
		);
		assert.ok(one && other);
		const turns = await Promise.all([one.takeTurn(false), other.takeTurn(false)]);
		assert.deepEqual(turns.toSorted(), [false, true]);
		assert.equal(await other.takeTurn(true), true);
		await asOwner(place, `update ${place.schema}.value set changed = changed - interval '56 minutes'`);
		assert.equal(await one.takeTurn(false), true);
		assert.equal(await other.takeTurn(false), false);
		let inside = 0;
		const task = async () => {
			assert.equal(++inside, 1);
			await one.takeTurn(true);
			inside--;
		};
		const { signal } = new AbortController();
		await Promise.all([one.alone(task, signal), other.alone(task, signal), one.alone(task, signal)]);
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

	it("says what to do about a secret whose bytes were changed in the store", async () => {
		const account = new SharedAccount(storeAt(place), "fleet", "customer");
		const channel = () => new SharedChannel(account, "a-key-of-16-or-more", "node");
		assert.equal(await channel().secret("own"), "own");
		await asOwner(
			place,
			`update ${place.schema}.value set data = jsonb_set(data::jsonb, '{sealed}', to_jsonb(reverse(data::jsonb ->> 'sealed'))) where key = 'node'`,
		);
		await assert.rejects(channel().secret("own"), { code: "ERR_STORE", message: /damaged.* enter a secret/ });
	});
});
