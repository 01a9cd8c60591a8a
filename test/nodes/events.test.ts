import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import express from "express";
import type { RemoteNews } from "../../src/api/notifications";
import { AccountConnection } from "../../src/node-red/account/connection";
import type { AccountNotice } from "../../src/node-red/account/notices";
import type { EventsNode } from "../../src/node-red/events/input";
import { warnOfChannel } from "../../src/node-red/events/receiver";
import { registerEventsNode } from "../../src/node-red/events/register";
import { ChannelsApi } from "../support/channels-api";
import type { FlowMessage, FlowNode } from "../support/runtime";
import { WebhookRuntime } from "../support/webhook-runtime";

const PUBLIC = "https://home.example/red";
const [VIN_1, VIN_2] = ["VR3UPHNKSKT100001", "VR3UPHNKSKT100002"] as const;

const node = (more: Record<string, unknown> = {}): FlowNode => ({
	id: "events",
	type: "stellantis-events",
	account: "account",
	path: "stellantis/events",
	publicUrl: PUBLIC,
	kinds: "both",
	label: "kitchen",
	...more,
});

/** A user-v4 event of a monitor. */
const monitorEvent = (number: number, vin: string = VIN_1) => ({
	callbackId: "cb-1",
	attributes: [{ key: "vin", value: vin }],
	type: "Monitor",
	date: `2026-05-04T10:00:${String(number).padStart(2, "0")}Z`,
	monitorEvent: {
		monitorId: "m-1",
		values: [{ data: "vehicle.energy.electric.level", value: { type: "string", body: { literalValue: "19" } } }],
		refresh: false,
		newer: { than: "the documents" },
	},
});

const remoteEvent = (status: string, type = "Done") => ({
	callbackId: "cb-1",
	attributes: [{ key: "vin", value: VIN_2 }],
	type: "Remote",
	date: "2026-05-04T11:00:00Z",
	remoteEvent: { remoteActionId: "r-1", remoteType: "Doors", eventStatus: { type, status } },
});

const eventOf = (msg: FlowMessage | undefined) =>
	(msg?.event ?? {}) as { kind?: string; id?: string; date?: string; channel?: string };

/** Addresses of the webhooks of all channels. */
const targetsOf = (api: ChannelsApi) =>
	[...api.channels.values()].map(({ body }) => (body.callback as { webhook: { target: string } }).webhook.target);

describe("events node", () => {
	let api: ChannelsApi;
	let runtime: WebhookRuntime;
	let running = false;

	beforeEach(async () => {
		api = await ChannelsApi.start();
		runtime = new WebhookRuntime();
	});
	afterEach(async () => {
		if (running) await stop();
		await api.stop();
		runtime.dispose();
	});

	const start = async (nodes: FlowNode[] = [node()], account = api.account) => {
		running = true;
		await runtime.load([account, ...nodes], api.credentials);
	};
	const stop = async () => {
		running = false;
		await runtime.stop();
	};
	const registered = () => runtime.until(() => runtime.badges.some(({ text }) => text === "registered"));
	/** A command misses its channel; resolves when the keeper has had the time to look. */
	const lookAgain = async () => {
		(runtime.node("account").connection as AccountConnection).remoteEvents.emit("no-channel");
		await pause(10);
	};
	/** Starts the node and gives the path behind the public address. */
	const ready = async (...nodes: FlowNode[]): Promise<string> => {
		await start(nodes.length > 0 ? nodes : undefined);
		await registered();
		return api.target.slice(PUBLIC.length);
	};

	describe("keeps its channel", () => {
		it("registers one whose address ends in a long random secret, and that names the vehicle", async () => {
			const path = await ready();
			assert.match(path, /^\/stellantis\/events\/[\w-]{43}$/);
			const [channel] = [...api.channels.values()];
			assert.deepEqual(channel?.body.type, ["Monitor", "Remote"]);
			assert.equal(channel.body.label, "kitchen");
			const { webhook } = channel.body.callback as { webhook: { attributes: unknown } };
			assert.deepEqual(webhook.attributes, [{ type: "Body", key: "vin", value: "$Vin" }]);
		});

		it("finds it again after a restart and changes nothing", async () => {
			await ready();
			const target = api.target;
			await stop();
			runtime.badges = [];
			await start();
			await registered();
			assert.equal(api.target, target);
			assert.equal(api.count("POST"), 1);
			assert.equal(api.count("PUT"), 0);
		});

		it("moves it when the public address changes, and does not make a second one", async () => {
			const path = await ready();
			runtime.badges = [];
			await runtime.deploy([api.account, node({ publicUrl: "https://new.example" })], "nodes", api.credentials);
			await registered();
			assert.equal(api.channels.size, 1);
			assert.equal(api.target, `https://new.example${path}`);
		});

		it("sets it running again when the API has let it rest", async () => {
			await ready();
			await stop();
			for (const channel of api.channels.values()) channel.status = "Failed";
			runtime.badges = [];
			await start();
			await registered();
			assert.deepEqual(
				[...api.channels.values()].map(({ status }) => status),
				["Running"],
			);
		});

		it("leaves the channel of another installation alone, with the same label and address, and makes its own", async () => {
			const path = await ready();
			await stop();
			// Another machine, or a lost user directory: nothing tells that the channel was made by this node.
			rmSync(join(runtime.userDir, "stellantis"), { recursive: true });
			runtime.badges = [];
			await start();
			await registered();
			const targets = targetsOf(api);
			assert.equal(targets.length, 2);
			assert.equal(targets[0], PUBLIC + path);
			assert.notEqual(targets[1], targets[0]);
		});

		it("takes one over by the button, and by nothing else; who has lost it says so and makes no other", async () => {
			await ready();
			const theirs = "https://elsewhere.example/stellantis/events/secret-of-somebody-else";
			await runtime.deploy([api.account, node({ label: "garage" })], "nodes", api.credentials);
			await runtime.until(() => [...api.channels.values()].some(({ body }) => body.label === "garage"));
			const notices: AccountNotice[] = [];
			(runtime.node("account").connection as AccountConnection).notices.hear((notice) => notices.push(notice));
			for (const { body } of api.channels.values())
				(body.callback as { webhook: { target: string } }).webhook.target = theirs;
			const posts = api.count("POST");
			runtime.badges = [];
			(runtime.node("account").connection as AccountConnection).remoteEvents.emit("no-channel");
			await runtime.until(() => runtime.badges.some(({ text }) => text?.startsWith("channel lost")));
			assert.deepEqual([notices.map(({ what }) => what), targetsOf(api)], [["channel-lost"], [theirs]]);
			assert.match(runtime.complaints().join("\n"), /has taken over this node's channel "garage"/);
			await lookAgain();
			assert.deepEqual([notices.length, api.count("POST")], [1, posts]);
			runtime.badges = [];
			await (runtime.node("events") as unknown as EventsNode).takeOver?.();
			await registered();
			assert.match(targetsOf(api).join(), /^https:\/\/home\.example\/red\/stellantis\/events\/[\w-]{43}$/);
		});

		it("says which label to give where the button finds no channel, or several", async () => {
			await ready();
			await runtime.deploy([api.account, node({ label: "other" })], "nodes", api.credentials);
			await runtime.until(() => [...api.channels.values()].some(({ body }) => body.label === "other"));
			api.channels.clear();
			api.addChannel("theirs", "https://elsewhere.example/a");
			const takeOver = () => (runtime.node("events") as unknown as EventsNode).takeOver?.();
			await assert.rejects(async () => takeOver(), /no callback with the label "other".*"theirs"/);
			for (const end of ["b", "c"]) api.addChannel("other", `https://elsewhere.example/${end}`);
			await assert.rejects(async () => takeOver(), /2 callbacks with the label "other"/);
		});

		it("shares one among installations that have the same secret, also where no folder lasts", async () => {
			const secret = "a-secret-that-replicas-share";
			const credentials = { ...api.credentials, events: { secret } };
			running = true;
			await runtime.load([api.account, node()], credentials);
			await registered();
			assert.deepEqual(targetsOf(api), [`${PUBLIC}/stellantis/events/${secret}`]);
			await stop();
			rmSync(join(runtime.userDir, "stellantis"), { recursive: true });
			runtime.badges = [];
			running = true;
			await runtime.load([api.account, node()], credentials);
			await registered();
			assert.equal((await runtime.post(`/stellantis/events/${secret}`, monitorEvent(1))).status, 200);
			await runtime.until(() => runtime.messages.length === 1);
			assert.deepEqual([api.count("POST"), api.count("PUT")], [1, 0]);
			const [id] = api.channels.keys();
			await runtime.deploy([api.account], "nodes", api.credentials);
			assert.deepEqual([...api.channels.keys()], [id], "the others still need it");
			assert.ok(!JSON.stringify([runtime.badges, runtime.complaints()]).includes(secret));
		});

		it("leaves a shared one alone that another installation keeps at another address", async () => {
			const secret = "a-secret-that-replicas-share";
			api.addChannel("kitchen", `https://elsewhere.example/stellantis/events/${secret}`);
			running = true;
			await runtime.load([api.account, node()], { ...api.credentials, events: { secret } });
			await runtime.until(() => runtime.badges.some(({ text }) => text === "other public URL"));
			assert.match(runtime.complaints().join("\n"), /same secret keeps the channel "kitchen" at another public URL/);
			assert.deepEqual(targetsOf(api), [`https://elsewhere.example/stellantis/events/${secret}`]);
		});

		it("asks not more than 24 times a day, however often a command misses it", async () => {
			await ready();
			for (let n = 0; n < 40; n++) await lookAgain();
			const lists = api.calls.filter(({ method, path }) => method === "GET" && path === "/user/callbacks");
			assert.ok(lists.length > 5 && lists.length <= 24, `${lists.length} requests`);
		});

		it("deletes duplicates of its own and leaves those of others alone", async () => {
			await ready();
			const target = api.target;
			await stop();
			const twin = api.addChannel("kitchen", target, { body: { type: ["Monitor", "Remote"] } });
			const foreign = api.addChannel("kitchen", "https://elsewhere.example/stellantis/events/secret");
			runtime.badges = [];
			await start();
			await registered();
			assert.equal(api.channels.size, 2);
			assert.ok(api.channels.has(foreign));
			assert.ok(!api.channels.has(twin) || api.count("DELETE") === 1);
		});

		it("deletes it with the node, but not on a restart or another deploy", async () => {
			await ready();
			runtime.badges = [];
			await runtime.deploy([api.account, node({ name: "other" })], "nodes", api.credentials);
			await registered();
			assert.equal(api.channels.size, 1);
			assert.equal(api.count("DELETE"), 0);
			await runtime.deploy([api.account], "nodes", api.credentials);
			assert.equal(api.channels.size, 0);
			assert.deepEqual(readdirSync(join(runtime.userDir, "stellantis")), []);
		});

		for (const type of ["nodes", "flows", "full"])
			for (const change of [{}, { name: "renamed" }])
				it(`deletes it with the node in a deploy of ${type}${"name" in change ? " that changes the account" : ""}`, async () => {
					await start([node(), node({ id: "second", label: "garage" })]);
					await runtime.until(() => runtime.badges.filter(({ text }) => text === "registered").length === 2);
					await runtime.deploy([{ ...api.account, ...change }, node()], type, api.credentials);
					assert.deepEqual(
						[...api.channels.values()].map(({ body }) => body.label),
						["kitchen"],
					);
				});

		it("deletes it with the node in a subflow that stays", async () => {
			const place = { x: 1, y: 1 };
			const subflow = { id: "sub", type: "subflow", in: [], out: [], z: "" };
			const instance = { id: "an-instance", type: "subflow:sub", wires: [], ...place };
			await start([subflow, instance, { ...node({ z: "sub" }), wires: [[]], ...place }]);
			await runtime.until(() => api.channels.size === 1);
			const { target } = api;
			await runtime.deploy([api.account, subflow, instance], "nodes", api.credentials);
			assert.equal(api.channels.size, 0);
			assert.equal((await runtime.post(target.replace(PUBLIC, ""), monitorEvent(1))).status, 404);
		});

		it("deletes it with the account", async () => {
			await ready();
			await runtime.deploy([], "full");
			assert.equal(api.channels.size, 0);
		});

		it("deletes the one of an earlier start with a node that can't work any more", async () => {
			await ready();
			await runtime.deploy([api.account, node({ publicUrl: "" })], "nodes", api.credentials);
			await runtime.deploy([api.account], "full", api.credentials);
			assert.equal(api.channels.size, 0);
			await runtime.deploy([api.account, node()], "nodes", api.credentials);
			await registered();
			await runtime.deploy([api.account, node({ path: "<" })], "nodes", api.credentials);
			await runtime.deploy([api.account], "full", api.credentials);
			assert.equal(api.channels.size, 0);
		});

		for (const kinds of ["both", "account"])
			it(`deletes it at the account that the node is no longer set to (kinds: ${kinds})`, async () => {
				await ready();
				const other = await ChannelsApi.start();
				try {
					const nodes = [api.account, { ...other.account, id: "second" }];
					const credentials = () => ({ account: { accessToken: "one" }, second: { accessToken: "two" } });
					runtime.badges = [];
					await runtime.deploy([...nodes, node({ account: "second", kinds })], "nodes", credentials());
					if (kinds === "both") await registered();
					assert.equal(other.channels.size, kinds === "both" ? 1 : 0);
					await runtime.deploy(nodes, "nodes", credentials());
					assert.deepEqual([api.channels.size, other.channels.size], [0, 0]);
				} finally {
					await other.stop();
				}
			});

		it("says so when it could not be deleted, whatever kept it", async () => {
			await ready();
			api.refuse = { method: "DELETE", path: /./, status: 500 };
			await runtime.deploy([], "full");
			assert.match(runtime.complaints().join("\n"), /The node's channel could not be deleted: /);
			const said: string[] = [];
			const silent = { warn: (sentence: string) => said.push(sentence), redact: (sentence: string) => sentence };
			warnOfChannel(silent as never, new DOMException("The account has closed.", "AbortError"));
			assert.match(said.join(), /did not answer in time, or the account was closed before/);
		});

		it("names the channels in the way when the API allows no more", async () => {
			await api.stop();
			api = await ChannelsApi.start("accounts-v1");
			for (let n = 1; n <= 5; n++) api.addChannel(`theirs ${n}`, `https://elsewhere.example/${n}`);
			await start();
			await runtime.until(() => runtime.badges.some(({ fill }) => fill === "red"));
			const said = runtime.complaints().join("\n");
			assert.match(said, /has 5 channels already/);
			assert.match(said, /"theirs 1".*"theirs 5"/);
			assert.match(said, /press the button.*get the same secret/);
			assert.equal(api.count("POST"), 0);
		});

		it("names them also where the API forbids one more, whatever its limit is", async () => {
			for (let n = 1; n <= 3; n++) api.addChannel(`theirs ${n}`, `https://elsewhere.example/${n}`);
			api.refuse = { method: "POST", path: /callbacks$/, status: 403 };
			await start();
			await runtime.until(() => runtime.badges.some(({ fill }) => fill === "red"));
			const said = runtime.complaints().join("\n");
			assert.match(said, /\(403\).*"theirs 1".*"theirs 3".*press the button.*get the same secret/);
		});

		it("makes a new one when the API can't change the old", async () => {
			await ready();
			api.refuse = { method: "PUT", path: /./, status: 501 };
			runtime.badges = [];
			await runtime.deploy([api.account, node({ label: "garage" })], "nodes", api.credentials);
			await registered();
			assert.deepEqual(
				[...api.channels.values()].map(({ body }) => body.label),
				["garage"],
			);
		});

		it("registers the demo API at Node-RED's own address", async () => {
			await start([node({ publicUrl: "" })], { id: "account", type: "stellantis-account", server: "demo" });
			await runtime.until(() => runtime.badges.length > 0);
			assert.deepEqual(
				runtime.complaints().filter((sentence) => /public URL/.test(sentence)),
				[],
			);
		});
	});

	describe("sends one message for each event", () => {
		it("with the event as it came, its vehicle and what it is", async () => {
			const path = await ready();
			const sent = monitorEvent(1);
			const answer = await runtime.post(path, sent);
			assert.equal(answer.status, 200);
			assert.equal(await answer.text(), "");
			await runtime.until(() => runtime.messages.length === 1);
			const [msg] = runtime.messages;
			assert.deepEqual(msg?.payload, sent);
			assert.equal(msg.topic, "vehicle-1");
			assert.deepEqual(msg.vehicle, {
				id: "vehicle-1",
				vin: VIN_1,
				_links: { self: { href: "/root/user/vehicles/vehicle-1" } },
			});
			const { id, ...event } = msg.event as Record<string, unknown>;
			assert.deepEqual(event, { kind: "monitor", date: "2026-05-04T10:00:01Z", channel: "cb-1" });
			assert.match(String(id), /^[\w-]{22}$/);
		});

		it("also of a body that begins with a byte order mark", async () => {
			const path = await ready();
			assert.equal((await runtime.post(path, `\uFEFF${JSON.stringify(monitorEvent(1))}`)).status, 200);
			await runtime.until(() => runtime.messages.length === 1);
			assert.deepEqual(runtime.messages[0]?.payload, monitorEvent(1));
		});

		it("from a batch, in its order", async () => {
			const path = await ready();
			await runtime.post(path, [monitorEvent(1), remoteEvent("Success"), monitorEvent(2, VIN_2)]);
			await runtime.until(() => runtime.messages.length === 3);
			assert.deepEqual(
				runtime.messages.map(({ topic, event }) => [topic, eventOf({ event }).kind]),
				[
					["vehicle-1", "monitor"],
					["vehicle-2", "remote"],
					["vehicle-2", "monitor"],
				],
			);
		});

		it("from an envelope of fleet-v3, whose events name their vehicle themselves", async () => {
			const path = await ready();
			const events = [
				{ vin: VIN_1, eventDate: "2026-05-04T12:00:00Z", values: [], refresh: false },
				{ vin: VIN_2, eventDate: "2026-05-04T12:00:00Z", values: [], refresh: false },
			];
			await runtime.post(path, { monitorId: "m-9", attributes: [], events });
			await runtime.until(() => runtime.messages.length === 2);
			assert.deepEqual(
				runtime.messages.map(({ topic, payload }) => ({ topic, payload })),
				[
					{ topic: "vehicle-1", payload: events[0] },
					{ topic: "vehicle-2", payload: events[1] },
				],
			);
		});

		it("from accounts-v1, whose channel names the vehicle in a header", async () => {
			const path = await ready();
			const { callbackId: _, attributes: __, ...rest } = monitorEvent(3);
			await runtime.post(path, { ...rest, channelId: "ch-1" }, { "x-vehicle-vin": VIN_2 });
			await runtime.until(() => runtime.messages.length === 1);
			assert.equal(runtime.messages[0]?.topic, "vehicle-2");
			assert.equal(eventOf(runtime.messages[0]).channel, "ch-1");
		});

		it("each with a vehicle of its own, which a flow may change", async () => {
			const path = await ready();
			for (const number of [1, 2]) await runtime.post(path, monitorEvent(number));
			await runtime.until(() => runtime.messages.length === 2);
			const [first, second] = runtime.messages.map(({ vehicle }) => vehicle);
			assert.ok(first?._links && second?._links);
			assert.deepEqual(first, second);
			assert.notEqual(first, second);
			assert.notEqual(first._links.self, second._links.self);
		});

		it("though nobody can tell its vehicle's id", async () => {
			const path = await ready();
			await runtime.post(path, monitorEvent(4, "VR3UPHNKSKT199999"));
			await runtime.until(() => runtime.messages.length === 1);
			assert.deepEqual(runtime.messages[0]?.vehicle, { vin: "VR3UPHNKSKT199999" });
			assert.equal("topic" in runtime.messages[0], false);
		});

		it("of the kinds it is set to, and tells the account of every command", async () => {
			const path = await ready(node({ kinds: "monitor" }));
			const { connection } = runtime.node("account");
			assert.ok(connection instanceof AccountConnection);
			const heard = once(connection.remoteEvents, "remote");
			await runtime.post(path, [remoteEvent("Failed"), monitorEvent(5)]);
			await runtime.until(() => runtime.messages.length === 1);
			assert.equal(eventOf(runtime.messages[0]).kind, "monitor");
			const [news] = (await heard) as [RemoteNews];
			assert.deepEqual(news, { remoteActionId: "r-1", status: "Failed", type: "Done" });
		});
	});

	it("sends one of an unknown kind without a kind, and says so once a day and type, in a short line", async () => {
		const path = await ready();
		const sent = [{ callbackId: "c1", type: `Alarm\n${"x".repeat(1000)}`, alarmEvent: {} }, { type: "Else" }, {}];
		for (const body of sent) assert.equal((await runtime.post(path, body)).status, 200);
		await runtime.until(() => runtime.messages.length === 3);
		assert.deepEqual(
			runtime.messages.map(({ payload, event }) => [payload, (event as { kind: unknown }).kind]),
			sent.map((body) => [body, null]),
		);
		for (let n = 0; n < 9; n++) await runtime.post(path, { type: `${n % 3}`, n });
		await runtime.until(() => runtime.messages.length === 12);
		const said = runtime.complaints().filter((sentence) => sentence.includes("unknown kind"));
		assert.equal(said.length, 5);
		assert.match(
			said[0] ?? "",
			/^An event of an unknown kind came \("Alarm x{10,40}…"\): it was sent with event\.kind null\.$/,
		);
	});

	it("leaves one of an unknown kind out where the node has only one kind, and says so", async () => {
		const path = await ready(node({ kinds: "monitor" }));
		for (const body of [{ callbackId: "c1", type: "Alarm" }, monitorEvent(1)])
			assert.equal((await runtime.post(path, body)).status, 200);
		await runtime.until(() => runtime.messages.length === 1);
		assert.equal(eventOf(runtime.messages[0]).kind, "monitor");
		assert.match(runtime.complaints().join("\n"), /unknown kind came \("Alarm"\): it was not sent/);
	});

	describe("drops repeats", () => {
		it("in one batch, in another, with keys in another order, and after a restart", async () => {
			const path = await ready();
			await runtime.post(path, [monitorEvent(1), monitorEvent(1)]);
			await runtime.post(path, Object.fromEntries(Object.entries(monitorEvent(1)).reverse()));
			await runtime.post(path, monitorEvent(2));
			await runtime.until(() => runtime.messages.length === 2);
			await stop();
			runtime.badges = [];
			await start();
			await registered();
			assert.equal((await runtime.post(path, [monitorEvent(1), monitorEvent(2), monitorEvent(3)])).status, 200);
			await runtime.until(() => runtime.messages.length === 3);
			assert.deepEqual(
				runtime.messages.map(({ event }) => eventOf({ event }).date?.slice(-3)),
				["01Z", "02Z", "03Z"],
			);
		});

		it("one by one, hundreds at once, and loses none of the others", async () => {
			const path = await ready();
			const numbers = Array.from({ length: 300 }, (_, n) => (n % 3 === 2 ? Math.floor(n / 2) : n));
			const eventOf300 = (n: number) => ({ ...monitorEvent(0), date: new Date(1_780_000_000_000 + n).toISOString() });
			const answers = await Promise.all(numbers.map((n) => runtime.post(path, eventOf300(n))));
			assert.ok(answers.every(({ status }) => status === 200));
			const different = new Set(numbers).size;
			await runtime.until(() => runtime.messages.length >= different);
			await stop();
			const dates = runtime.messages.map(({ event }) => eventOf({ event }).date);
			assert.deepEqual([dates.length, new Set(dates).size], [different, different]);
		});

		it("but not two vehicles that tell the same at the same time", async () => {
			const path = await ready();
			await runtime.post(path, [monitorEvent(1, VIN_1), monitorEvent(1, VIN_2)]);
			await runtime.until(() => runtime.messages.length === 2);
		});
	});

	describe("lets nothing else in", () => {
		it("wrong secret, no secret, more path, another method: 404, and no flow hears of it", async () => {
			const path = await ready();
			const other = `${path.slice(0, -1)}${path.endsWith("A") ? "B" : "A"}`;
			for (const forged of [
				other,
				"/stellantis/events/",
				"/stellantis/events",
				`${path}/more`,
				"/stellantis/events/%2e",
				"/stellantis/events/%ZZ",
				`${path}%E0%A4`,
			]) {
				const answer = await runtime.post(forged, monitorEvent(1));
				assert.equal(answer.status, 404, forged);
				assert.doesNotMatch(await answer.text(), /node_modules|URIError/);
			}
			for (const method of ["GET", "PUT", "DELETE"]) {
				const answer = await fetch(runtime.origin + path, { method });
				assert.equal(answer.status, 404, method);
			}
			await runtime.post(path, monitorEvent(9));
			await runtime.until(() => runtime.messages.length > 0);
			assert.equal(runtime.messages.length, 1);
		});

		it("broken, foreign and oversized bodies: 500, so that the API comes again, and no flow hears of it", async () => {
			const path = await ready();
			const large = { ...monitorEvent(1), filler: "x".repeat(1024 * 1024) };
			assert.equal((await runtime.post(path, '{"type":')).status, 500);
			assert.equal((await runtime.post(path, '"text"')).status, 500);
			assert.equal(
				(await runtime.post(path, "a=b", { "content-type": "application/x-www-form-urlencoded" })).status,
				500,
			);
			assert.equal((await runtime.post(path, large)).status, 500);
			assert.equal(await postInChunks(runtime.origin + path, JSON.stringify(large)), 500);
			assert.equal((await runtime.post(path, [null, 7, "x"])).status, 200);
			await runtime.post(path, monitorEvent(9));
			await runtime.until(() => runtime.messages.length > 0);
			assert.equal(runtime.messages.length, 1);
			assert.match(runtime.complaints().join("\n"), /larger than 1048576 bytes/);
		});

		it("a body so deeply nested that it breaks whoever looks inside", async () => {
			const path = await ready();
			const deep = `{"type":"Monitor","x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
			assert.equal((await runtime.post(path, deep)).status, 200);
			await runtime.post(path, monitorEvent(9));
			await runtime.until(() => runtime.messages.length > 0);
			assert.equal(runtime.messages.length, 1);
		});

		it("anything after the node is gone", async () => {
			const path = await ready();
			await runtime.deploy([api.account], "nodes", api.credentials);
			assert.equal((await runtime.post(path, monitorEvent(1))).status, 404);
		});
	});

	it("keeps its secret in a file that only its owner reads, and out of every log and badge", async () => {
		const path = await ready();
		const secret = path.split("/").at(-1) ?? "";
		const file = join(runtime.userDir, "stellantis", "events-events.json");
		assert.ok(readFileSync(file, "utf8").includes(secret));
		assert.equal(statSync(file).mode & 0o777, 0o600);
		assert.ok(!JSON.stringify([runtime.badges, runtime.complaints()]).includes(secret));
	});

	it("lets several nodes share a path, each with a channel and events of its own", async () => {
		await start([node(), node({ id: "second", label: "garage" })]);
		await runtime.until(() => runtime.badges.filter(({ text }) => text === "registered").length === 2);
		const paths = [...api.channels.values()].map(({ body }) =>
			(body.callback as { webhook: { target: string } }).webhook.target.slice(PUBLIC.length),
		);
		for (const path of paths) assert.equal((await runtime.post(path, monitorEvent(1))).status, 200);
		await runtime.until(() => runtime.messages.length === 2);
		await runtime.deploy([api.account, node()], "nodes", api.credentials);
		assert.equal(api.channels.size, 1);
		assert.equal((await runtime.post(api.target.slice(PUBLIC.length), monitorEvent(2))).status, 200);
		await runtime.until(() => runtime.messages.length === 3);
	});

	describe("asks the API to come again", () => {
		it("while flows are stopped and while a deploy runs, and takes all when they run again", async () => {
			const path = await ready();
			const statuses: number[] = [];
			let posting = true;
			let number = 0;
			const poster = (async () => {
				while (posting) {
					const { status } = await runtime.post(path, { ...monitorEvent(0), id: `event ${number}` });
					statuses.push(status);
					// The API repeats what was not taken.
					if (status === 200) number++;
				}
			})();
			for (const type of ["nodes", "flows", "full"])
				await runtime.deploy([api.account, node({ name: type })], type, api.credentials);
			await runtime.restartFlows(async () => {
				assert.equal((await runtime.post(path, monitorEvent(1))).status, 500);
			});
			const enough = number + 3;
			await runtime.until(() => runtime.messages.length >= enough);
			posting = false;
			await poster;
			assert.ok(statuses.every((status) => status === 200 || status === 500));
			const ids = () => new Set(runtime.messages.map(({ event }) => eventOf({ event }).id));
			await runtime.until(() => ids().size === number);
		});

		it("while a deploy replaces other nodes, which its events might miss", async () => {
			const other = (name: string) => ({ id: "other", type: "helper", name }) as FlowNode;
			const path = await ready(node(), other("before"));
			let status = 0;
			runtime.node("other").on("close", (_removed: boolean, done: () => void) => {
				runtime.post(path, monitorEvent(1)).then((answer) => {
					status = answer.status;
					done();
				});
			});
			await runtime.deploy([api.account, node(), other("after")], "nodes", api.credentials);
			assert.equal(status, 500);
			while ((await runtime.post(path, monitorEvent(1))).status !== 200) await pause(10);
			await runtime.until(() => runtime.messages.length === 1);
		});

		it("from the loading of the package until flows run", async () => {
			const path = await ready();
			await stop();
			const app = express();
			const log = { warn: () => {} };
			const settings = { userDir: runtime.userDir };
			const RED = { settings, httpNode: app, httpAdmin: express(), log, events: new EventEmitter() };
			const auth = { needsPermission: () => () => {} };
			registerEventsNode({ ...RED, auth, nodes: { registerType: () => {} } } as never);
			const server = app.listen(0, "127.0.0.1");
			await once(server, "listening");
			const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
			const status = async (at: string) => (await fetch(origin + at, { method: "POST", body: "{}" })).status;
			assert.deepEqual([await status(path), await status(`${path}x`), await status("/else")], [500, 404, 404]);
			server.close();
			server.closeAllConnections();
		});

		it("until flows run also where nothing is kept, for the secret may come from the environment", async () => {
			const app = express();
			const events = new EventEmitter();
			const settings = { userDir: runtime.userDir };
			const RED = { settings, httpNode: app, httpAdmin: express(), log: { warn: () => {} }, events };
			const auth = { needsPermission: () => () => {} };
			registerEventsNode({ ...RED, auth, nodes: { registerType: () => {}, eachNode: () => {} } } as never);
			const server = app.listen(0, "127.0.0.1");
			await once(server, "listening");
			const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
			const status = async (at: string, method = "POST") => (await fetch(origin + at, { method })).status;
			const address = "/stellantis/events/of-the-environment-0123456789";
			const before = [await status(address), await status(address, "GET"), await status("/stellantis/events/short")];
			assert.deepEqual([...before, await status("/else/of-the-environment-0123456789")], [500, 404, 404, 404]);
			events.emit("flows:started");
			await pause(10);
			assert.equal(await status(address), 404);
			server.close();
			server.closeAllConnections();
		});

		it("when the log can't be written, says why, and takes events again when it can", async () => {
			const path = await ready();
			const folder = join(runtime.userDir, "stellantis");
			renameSync(folder, `${folder}-away`);
			writeFileSync(folder, "in the way");
			for (let n = 0; n < 3; n++) assert.equal((await runtime.post(path, monitorEvent(1))).status, 500);
			const said = runtime.complaints().filter((sentence) => /No event can be taken/.test(sentence));
			assert.equal(said.length, 1, "once, not with every event");
			rmSync(folder);
			renameSync(`${folder}-away`, folder);
			assert.equal((await runtime.post(path, monitorEvent(1))).status, 200);
			await runtime.until(() => runtime.messages.length === 1);
		});
	});

	it("says in one sentence that its folder can't be used, keeps its channel, and receives once it can", async () => {
		const folder = join(runtime.userDir, "stellantis");
		writeFileSync(folder, "in the way");
		const path = await ready();
		const said = runtime.complaints().join("\n");
		assert.equal(said.match(/The folder \S+ can't be written/g)?.length, 1, said);
		assert.doesNotMatch(said, /could not be kept|unexpected/);
		rmSync(folder);
		assert.equal((await runtime.post(path, monitorEvent(1))).status, 200);
		await runtime.until(() => runtime.messages.length === 1);
	});

	describe("keeps what it has answered", () => {
		const log = () => {
			const folder = join(runtime.userDir, "stellantis");
			const files = readdirSync(folder).filter(
				(name) => name.startsWith("events-events.log") && name.endsWith(".jsonl"),
			);
			return {
				files: files.map((name) => join(folder, name)),
				text: files.map((name) => readFileSync(join(folder, name), "utf8")).join(""),
			};
		};

		it("in a log that only its owner reads, and erases it when it was sent", async () => {
			const path = await ready();
			await runtime.post(path, monitorEvent(1));
			assert.match(log().text, new RegExp(VIN_1));
			for (const file of log().files) assert.equal(statSync(file).mode & 0o777, 0o600);
			await runtime.until(() => runtime.messages.length === 1);
			await stop();
			assert.equal(log().text, "");
		});

		it("though its tab is deleted and it moves to another one, in the same deploy", async () => {
			const path = await ready();
			const target = api.target;
			const moved = [api.account, { id: "other-tab", type: "tab" }, node({ z: "other-tab" })] as FlowNode[];
			await runtime.deployWithoutTab(moved, api.credentials);
			while ((await runtime.post(path, monitorEvent(1))).status !== 200) await pause(10);
			assert.deepEqual([api.target, api.count("DELETE")], [target, 0]);
		});

		it("until its account is deleted", async () => {
			const path = await ready();
			await runtime.post(path, monitorEvent(1));
			await stop();
			const file = join(runtime.userDir, "stellantis", "events-events.log.jsonl");
			writeFileSync(file, "what waits");
			running = true;
			await runtime.load([node()], {});
			await runtime.until(() => runtime.badges.some(({ fill }) => fill === "red"));
			assert.equal(log().text, "");
		});
	});

	it("sends what happens to the account, without an address, a channel or a request", async () => {
		await start([node({ kinds: "account", publicUrl: "" })]);
		const { notices } = runtime.node("account").connection as AccountConnection;
		const budget = (remaining: number) => notices.quota({ day: { limit: 1000, remaining }, reset: 3600 });
		notices.tell({ what: "sign-in-lost", message: "Sign in." });
		for (const remaining of [120, 99, 101, 98, 140, 97]) budget(remaining);
		budget(900);
		budget(50);
		await runtime.until(() => runtime.messages.length === 3);
		const told = runtime.messages.map(({ payload, event }) => ({
			...(payload as AccountNotice),
			...eventOf({ event }),
		}));
		assert.deepEqual(
			told.map(({ what, kind }) => [what, kind]),
			[
				["sign-in-lost", "account"],
				["quota-low", "account"],
				["quota-low", "account"],
			],
		);
		assert.equal(told[0]?.until, null);
		assert.match(String(told[1]?.until), /^\d{4}-.*Z$/);
		assert.match(String(told[1]?.message), /99 of the 1000/);
		assert.equal(new Set(told.map(({ id }) => id)).size, 3);
		assert.equal(api.calls.length, 0);
		assert.ok(!/public URL/.test(runtime.complaints().join()));
	});

	describe("says what keeps events out", () => {
		const cases: [string, Record<string, unknown>, Record<string, unknown>, RegExp, string][] = [
			["no public URL", { publicUrl: "" }, {}, /enter the public URL/, "set the public URL"],
			["no address", { publicUrl: "my server" }, {}, /no plain https/, "public URL invalid"],
			["a password in it", { publicUrl: "https://me:pw@home.example" }, {}, /without user name/, "public URL invalid"],
			["this machine", { publicUrl: "https://localhost:1880" }, {}, /only this machine/, "URL is not public"],
			["a private network", { publicUrl: "https://192.168.1.5" }, {}, /only this machine/, "URL is not public"],
			["no encryption", { publicUrl: "http://home.example" }, {}, /https:\/\/ with a certificate/, "URL is not https"],
			["httpNodeAuth", {}, { httpNodeAuth: { user: "u", pass: "p" } }, /httpNodeAuth/, "httpNodeAuth blocks"],
			["no HTTP root", {}, { httpNodeRoot: false }, /switched off/, "no HTTP root"],
		];
		for (const [name, config, settings, sentence, badge] of cases) {
			it(name, async () => {
				runtime.dispose();
				runtime = new WebhookRuntime(settings);
				await start([node(config)]);
				await runtime.until(() => runtime.badges.some(({ text }) => text === badge));
				assert.match(runtime.complaints().join("\n"), sentence);
				assert.ok(!runtime.complaints().join("\n").includes("pw@"));
			});
		}
	});
});

/** Posts without telling the length beforehand. */
function postInChunks(url: string, body: string): Promise<number | undefined> {
	return new Promise((resolve, reject) => {
		const outgoing = request(url, { method: "POST", headers: { "content-type": "application/json" } }, (answer) => {
			answer.resume();
			resolve(answer.statusCode);
		});
		outgoing.on("error", reject);
		for (let from = 0; from < body.length; from += 65_536) outgoing.write(body.slice(from, from + 65_536));
		outgoing.end();
	});
}
