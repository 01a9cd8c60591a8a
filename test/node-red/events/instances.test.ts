import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { CommandApi } from "../../nodes/remote-command-support";
import { ChildNodeRed } from "../../support/child";
import { freePort } from "../../support/free-port";
import { asOwner, freshPlace, postgres } from "../../support/postgres";
import type { FlowMessage, FlowNode } from "../../support/runtime";
import { AT_BEST } from "../../support/takes-less";
import { TcpProxy } from "../../support/tcp-proxy";

const SECRET = "a-secret-that-replicas-share";
const monitor = (id: string) => ({ type: "Monitor", id, monitorEvent: {} });
const remote = (id: string, remoteActionId: string) => ({
	type: "Remote",
	id,
	remoteEvent: { remoteActionId, eventStatus: { type: "Done", status: "Success" } },
});

describe("events that come to one of two Node-RED with one store", function () {
	this.timeout(120_000);
	let api: CommandApi;
	let place: Awaited<ReturnType<typeof freshPlace>>;
	let wire: TcpProxy;
	const [A, B] = [0, 1] as const;
	const children: ChildNodeRed[] = [];
	const ports: number[] = [];
	/** How often each event has reached a flow, by instance. */
	const told = [new Map<string, number>(), new Map<string, number>()] as const;
	const happened = new EventEmitter().setMaxListeners(0);
	before(async () => {
		api = await CommandApi.start();
		place = await freshPlace();
		wire = await TcpProxy.to((await postgres()).port);
		for (const n of [A, B]) {
			ports[n] = await freePort();
			children[n] = child(ports[n]);
		}
		await Promise.all([start(A), start(B)]);
	});
	after(async () => {
		await Promise.all(children.map((each) => each.remove()));
		await wire.stop();
		await api.stop();
	});

	const child = (port: number) => {
		const flow: FlowNode[] = [
			{
				id: "account",
				type: "stellantis-account",
				configVersion: 1,
				server: "live",
				api: "user-v4",
				baseUrl: api.root,
				auth: "token",
				store: "store",
			},
			{
				id: "store",
				type: "stellantis-store",
				host: "127.0.0.1",
				port: wire.port,
				database: place.database,
				schema: place.schema,
			},
			{ id: "events", type: "stellantis-events", account: "account", wires: [["probe-event"]] },
			{ id: "probe-event", type: "probe", name: "event", wires: [] },
			{ id: "probe-horn", type: "probe", name: "horn", wires: [["command"]] },
			{
				id: "command",
				type: "stellantis-remote-command",
				account: "account",
				command: "horn",
				commandType: "fixed",
				args: "{}",
				argsType: "json",
				vehicle: "vehicle",
				vehicleType: "msg",
				channel: "cb1",
				channelType: "str",
				wait: "result",
				timeout: 60,
				wires: [["probe-result"], ["probe-progress"]],
			},
			{ id: "probe-result", type: "probe", name: "result", wires: [] },
			{ id: "probe-progress", type: "probe", name: "progress", wires: [] },
		];
		return new ChildNodeRed(
			["store", "account", "events", "remote-command"],
			flow,
			{
				account: { accessToken: "cnry-token", clientId: "client" },
				store: { user: place.user, password: place.password },
				events: { secret: SECRET },
			},
			{ httpNodeRoot: "/", uiPort: port },
		);
	};
	const of = (n: number): ChildNodeRed => {
		const found = children[n];
		assert.ok(found);
		return found;
	};
	const start = async (n: typeof A | typeof B) => {
		await of(n).start();
		of(n).collect("event", (msg) => {
			const { id } = msg.event as { id: string };
			told[n].set(id, (told[n].get(id) ?? 0) + 1);
			happened.emit("something");
		});
		while (!(await post(n, monitor(`hello-${n}`)))) await pause(50);
	};
	/** @returns true where it was answered with 200 */
	const post = async (n: number, body: unknown): Promise<boolean> => {
		const answer = fetch(`http://127.0.0.1:${ports[n]}/stellantis/events/${SECRET}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		return answer.then(
			({ status }) => status === 200,
			() => false,
		);
	};
	const isTold = (id: string) => told.some((each) => each.has(id));
	const until = async (condition: () => boolean, what: () => string) => {
		const patience = AbortSignal.timeout(60_000);
		while (!condition()) {
			if (patience.aborted) assert.fail(what());
			await once(happened, "something", { signal: patience }).catch(() => {});
		}
	};
	const untilTold = (ids: readonly string[]) =>
		until(
			() => ids.every(isTold),
			() => `not told: ${ids.filter((id) => !isTold(id))}`,
		);
	const waiting = () => asOwner({ ...place }, `select key, holder from ${place.schema}.event`);
	const untilErased = async () => {
		while ((await waiting()).length > 0) await pause(20);
	};

	it("are told once, by the one that they came to, and kept no longer", async () => {
		const ids = Array.from({ length: 40 }, (_, n) => `first-${n}`);
		const answered = await Promise.all(ids.map((id, n) => post(n % 2, monitor(id))));
		assert.ok(answered.every((each) => each));
		await untilTold(ids);
		// The API comes again, and the balancer leads it elsewhere.
		await Promise.all(ids.map((id, n) => post((n + 1) % 2, monitor(id))));
		await post(A, monitor("behind-a"));
		await post(B, monitor("behind-b"));
		await untilTold(["behind-a", "behind-b"]);
		await untilErased();
		assert.deepEqual(
			ids.map((id, n) => [told[n % 2]?.get(id), told[(n + 1) % 2]?.get(id)]),
			ids.map(() => [1, undefined]),
		);
	});

	it("are all told, under their own id, though the way to the store is cut in the midst of them", async () => {
		const ids = Array.from({ length: 120 }, (_, n) => `cut-${n}`);
		const answered: string[] = [];
		for (let n = 0; n < ids.length; n += 4) {
			const some = ids.slice(n, n + 4);
			const posting = some.map((id, m) => post(m % 2, monitor(id)));
			if (n === 40) wire.cut();
			if (n === 80) wire.mend();
			const taken = await Promise.all(posting);
			answered.push(...some.filter((_, m) => taken[m]));
		}
		assert.deepEqual(answered, ids);
		await untilTold(ids);
		await untilErased();
		// Those of the time without the store are known to the other one, too.
		const apart = ids.slice(44, 76);
		const known = async () =>
			(await asOwner(place, `select 1 from ${place.schema}.seen_event`)).length >= 40 + ids.length;
		while (!(await known())) await pause(20);
		for (const [m, id] of apart.entries()) await post((m + 1) % 2, monitor(id));
		await post(A, monitor("last-a"));
		await post(B, monitor("last-b"));
		await untilTold(["last-a", "last-b"]);
		const twice = ids.filter((id) => (told[0].get(id) ?? 0) + (told[1].get(id) ?? 0) > 1);
		assert.deepEqual(twice, []);
	});

	it("of a command end it within a second at the one that follows it", async function () {
		this.retries(AT_BEST);
		api.polls = [{ status: "SentToVehicle" }];
		const progress = of(B).next("progress");
		of(B).send("horn", { vehicle: { id: "v1" } } as FlowMessage);
		await progress;
		const result = of(B).next("result");
		const began = performance.now();
		assert.ok(await post(A, remote(`horn-${api.posted.length}`, `r${api.posted.length}`)));
		assert.equal(((await result).payload as { status: string }).status, "Success");
		const took = performance.now() - began;
		assert.ok(took < 1_000, `${took} ms`);
	});

	it("are told by the other when the one they came to is killed before it has told them", async () => {
		const ids = Array.from({ length: 60 }, (_, n) => `killed-${n}`);
		const dead = of(A).dies("event", "before");
		const answered = (await Promise.all(ids.map(async (id) => ((await post(A, monitor(id))) ? [id] : [])))).flat();
		await dead;
		assert.ok(answered.length > 0);
		const left = (await waiting()).map(({ holder }) => holder);
		assert.ok(left.length >= answered.length, `${left.length} of ${answered.length}`);
		// Nobody takes them from one that was heard of within the last minute.
		assert.equal(new Set(left).size, 1);
		await asOwner(
			place,
			`update ${place.schema}.instance set seen = seen - interval '61 seconds' where id = '${left[0]}'`,
		);
		await untilTold(answered);
		await untilErased();
		assert.deepEqual(
			answered.map((id) => told[B].get(id)),
			answered.map(() => 1),
		);
	});
});
