import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { ChildNodeRed } from "../support/child";
import { FakeApi, liveAccount, liveCredentials } from "../support/fake-api";
import type { FlowMessage } from "../support/runtime";

interface Told {
	kind: string;
	id: string;
	seenAt: string;
}

const eventOf = ({ event }: FlowMessage) => event as Told;

describe("vehicle watch, in a Node-RED that is killed", function () {
	this.timeout(120_000);
	let api: FakeApi;
	let child: ChildNodeRed;
	let car = { plugged: false, updatedAt: 0 };
	const plug = (plugged: boolean) => {
		car = { plugged, updatedAt: Date.now() };
	};
	before(async () => {
		api = await FakeApi.start();
		api.on("/user/vehicles", { body: { _embedded: { vehicles: [{ id: "one", vin: "VR3UHZKXBN0000001" }] } } });
		api.on("/user/vehicles/one/status", () => {
			const createdAt = new Date(car.updatedAt).toISOString();
			const charging = { plugged: car.plugged, status: car.plugged ? "Stopped" : "Disconnected" };
			const energy = { createdAt, type: "Electric", level: 50, extension: { electric: { charging } } };
			// So many that looks follow each other as quickly as a test likes.
			const headers = { "x-ratelimit-limit-1": "100000000", "x-ratelimit-remaining-1": "100000000" };
			return { headers, body: { createdAt, updatedAt: createdAt, energies: [energy], _links: {} } };
		});
		const watch = {
			...{ type: "stellantis-watch", account: "account", events: ["plugged", "unplugged"], parked: 0.005 },
		};
		const flow = [
			liveAccount(api),
			{ ...watch, id: "watch", wires: [["probe-event"], ["probe-state"]] },
			{ ...watch, id: "watch-on-disk", store: "disk", wires: [["probe-disk"], ["probe-disk"]] },
			{ ...watch, id: "watch-in-memory", store: "memory", wires: [["probe-memory"], ["probe-memory"]] },
			...["disk", "memory"].map((name) => ({ id: `probe-${name}`, type: "probe", name, wires: [] })),
			{ id: "probe-event", type: "probe", name: "event", wires: [] },
			{ id: "probe-state", type: "probe", name: "state", wires: [] },
		];
		child = new ChildNodeRed(["account", "watch"], flow, liveCredentials);
	});
	after(async () => {
		await child.remove();
		await api.stop();
	});

	it("tells what it had seen but not told, tells again with the same id what it had only just told, and knows as long as its store", async () => {
		plug(false);
		await child.start();
		await child.next("state");

		const lost = child.collect("event");
		const dead = child.dies("event", "before");
		plug(true);
		await dead;
		const seen = Date.now();
		assert.deepEqual(lost, []);

		await child.start();
		const plugged = eventOf(await child.next("event"));
		assert.deepEqual([plugged.kind, Date.parse(plugged.seenAt) <= seen], ["plugged", true]);

		const last = child.next("event");
		const deadAgain = child.dies("event", "after");
		plug(false);
		const unplugged = eventOf(await last);
		await deadAgain;

		await child.start();
		const again = eventOf(await child.next("event"));
		assert.deepEqual(again, unplugged);

		await child.end("SIGTERM");
		plug(true);
		await child.start();
		const told = new EventEmitter();
		const collect = (name: string) => child.collect(name, () => told.emit("message"));
		const [files, disk, memory] = [collect("event"), collect("disk"), collect("memory")];
		while (files.length === 0 || disk.length < 2 || memory.length === 0) await once(told, "message");
		const kinds = (messages: FlowMessage[]) => messages.flatMap(({ event }) => (event as Told | undefined)?.kind ?? []);
		assert.deepEqual(kinds(files), ["plugged"], "what was told is not told again");
		assert.deepEqual(kinds(disk), ["plugged"], "known by the context store on the disk");
		assert.deepEqual(kinds(memory), [], "seen for the first time by the one in the memory");
	});
});
