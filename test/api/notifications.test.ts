import assert from "node:assert/strict";
import fc from "fast-check";
import { notificationText, readNotification } from "../../src/api/notifications";
import { takesLess } from "../support/takes-less";

const VIN = "VR3UPHNKSKT100001";
const monitor = (more: object = {}) => ({
	callbackId: "c1",
	type: "Monitor",
	date: "2026-02-03T04:05:06Z",
	monitorEvent: { monitorId: "m1", values: [] },
	...more,
});

describe("readNotification", () => {
	it("reads a single event, a batch and an envelope of events alike", () => {
		assert.equal(readNotification(monitor()).length, 1);
		assert.equal(readNotification([monitor(), monitor()]).length, 2);
		assert.equal(readNotification({ callbackId: "c1", events: [{ values: [] }, { remoteActionId: "r" }] }).length, 2);
	});

	it("tells monitors from commands in every family", () => {
		const kinds = readNotification([
			monitor(),
			{ type: "Remote", remoteEvent: { remoteActionId: "r" } },
			{ channelId: "h", monitorEvent: {} },
			{ monitorId: "m", events: [{ vin: VIN, refresh: true, values: [] }] },
			{ callbackId: "c", events: [{ vin: VIN, remoteActionId: "r", eventStatus: {} }] },
			{ type: "Monitor" },
		]).map(({ kind }) => kind);
		assert.deepEqual(kinds, ["monitor", "remote", "monitor", "monitor", "remote", "monitor"]);
	});

	it("tells them apart by their envelope where the event itself does not", () => {
		const kind = (body: unknown) => readNotification(body).map((event) => event.kind);
		const refresh = { vin: VIN, eventDate: "2026-05-01T10:00:00Z", refresh: true, extensions: [] };
		assert.deepEqual(kind({ monitorId: "m", events: [refresh] }), ["monitor"]);
		assert.deepEqual(kind({ callbackId: "c", events: [{ vin: VIN, remoteType: "Doors", eventStatus: {} }] }), [
			"remote",
		]);
		assert.deepEqual(kind({ callbackId: "c", events: [{ vin: VIN }] }), ["remote"]);
		assert.deepEqual(kind({ type: "Monitor", events: [{ vin: VIN }] }), ["monitor"]);
	});

	it("keeps an event of an unknown kind", () => {
		const bodies = [
			{},
			{ callbackId: "c", type: "Alarm" },
			{ callbackId: "c", events: [{ type: "Alarm" }] },
			{ events: [{ vin: VIN }] },
		];
		for (const body of bodies)
			assert.deepEqual(
				readNotification(body).map(({ kind }) => kind),
				[null],
			);
		assert.deepEqual(readNotification([[], null, 1, "x", { callbackId: "c", events: [null] }]), []);
	});

	it("names the channel as each family spells it; a fleet's monitor is its own", () => {
		const channels = [
			monitor(),
			{ channelId: "h", monitorEvent: {} },
			{ monitorId: "m", events: [{ values: [] }] },
		].map((body) => readNotification(body)[0]?.channel);
		assert.deepEqual(channels, ["c1", "h", "m"]);
	});

	it("finds the vehicle in the event, its attributes, its envelope, or the request", () => {
		const vin = (body: unknown, header?: string) => readNotification(body, header)[0]?.vin;
		assert.equal(vin({ events: [{ vin: VIN, values: [] }] }), VIN);
		assert.equal(vin(monitor({ attributes: [{ key: "vin", value: VIN }] })), VIN);
		assert.equal(vin(monitor({ attributes: [{ key: "X-Vehicle-Id", value: VIN }] })), VIN);
		assert.equal(vin({ callbackId: "c", attributes: [{ key: "vin", value: VIN }], events: [{ values: [] }] }), VIN);
		assert.equal(vin(monitor(), VIN), VIN);
		assert.equal(vin(monitor({ attributes: [{ key: "vin", value: "$Vin" }] })), undefined);
		assert.equal(
			readNotification(monitor({ _links: { vehicle: { href: "https://host/user/vehicles/v7" } } }))[0]?.vehicleId,
			"v7",
		);
	});

	it("gives the same event the same id, alone, in a batch, and with its keys in another order", () => {
		const [alone] = readNotification(monitor());
		const [, second] = readNotification([
			monitor({ date: "x" }),
			Object.fromEntries(Object.entries(monitor()).reverse()),
		]);
		assert.equal(alone?.id, second?.id);
	});

	it("gives an event that names its command or its vehicle the same id with and without the request's vehicle", () => {
		const command = {
			channelId: "c1",
			type: "Remote",
			date: "2026-05-01T10:00:00Z",
			remoteEvent: { remoteActionId: "r9", eventStatus: { type: "Done", status: "Success" } },
		};
		for (const event of [command, monitor({ vin: VIN })]) {
			const [alone] = readNotification(event, VIN);
			assert.equal(alone?.vin, VIN);
			assert.equal(alone?.id, readNotification([event])[0]?.id);
		}
	});

	it("gives different events different ids", () => {
		const bodies = [
			monitor(),
			monitor({ date: "2026-02-03T04:05:07Z" }),
			monitor({ callbackId: "c2" }),
			monitor({ attributes: [{ key: "vin", value: VIN }] }),
			monitor({ monitorEvent: { monitorId: "m2", values: [] } }),
		];
		const ids = bodies.map((body) => readNotification(body)[0]?.id);
		assert.equal(new Set([...ids, readNotification(monitor(), VIN)[0]?.id]).size, bodies.length + 1);
	});

	it("keeps an id that the API gives", () => {
		assert.equal(readNotification(monitor({ id: "e-5" }))[0]?.id, "e-5");
	});

	it("passes on what an event says about a command", () => {
		const eventStatus = { type: "Done", status: "Failed", failureCause: "DoorsOpen" };
		const news = { remoteActionId: "r", status: "Failed", failureCause: "DoorsOpen", type: "Done" };
		const nested = readNotification({ type: "Remote", remoteEvent: { remoteActionId: "r", eventStatus } });
		assert.deepEqual(nested[0]?.remote, news);
		assert.deepEqual(readNotification({ events: [{ remoteActionId: "r", eventStatus }] })[0]?.remote, news);
		const loud = { ...eventStatus, type: " DONE" };
		assert.deepEqual(readNotification({ events: [{ remoteActionId: "r", eventStatus: loud }] })[0]?.remote, news);
	});

	it("leaves the event exactly as it came, and never throws whatever came", () => {
		fc.assert(
			fc.property(fc.jsonValue(), fc.jsonValue(), (one, two) => {
				const body = [one, { type: "Monitor", attributes: two, events: one }, { monitorEvent: one, date: two }, two];
				const before = JSON.stringify(body);
				for (const { id, payload } of readNotification(body)) {
					assert.ok(id);
					assert.equal(typeof payload, "object");
				}
				assert.equal(JSON.stringify(body), before);
			}),
		);
	});

	describe("is not harmed by one bad event among good ones", () => {
		const deep = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`) as object;

		it("nested 50,000 deep, also where somebody else has parsed it", () => {
			const left: string[] = [];
			const body = [monitor({ id: "1" }), monitor({ id: "2", deep: deep(50_000) }), monitor({ id: "3" })];
			const ids = (read: unknown) => readNotification(read, VIN, () => left.push("left out")).map(({ id }) => id);
			assert.deepEqual([ids(body), left.length], [["1", "3"], 1]);
			const text = notificationText(body, () => left.push("not written"));
			assert.deepEqual([ids(JSON.parse(text)), left.length], [["1", "3"], 2]);
			const events = notificationText({ callbackId: "c", events: body }, () => {});
			assert.deepEqual(ids(JSON.parse(events)), ["1", "3"]);
		});

		it("with a link of 60,000 slashes, an id of 500 kB or one with line breaks, in a bounded time", () => {
			const href = `https://host/vehicles/v1${"/".repeat(60_000)}x${"/".repeat(60_000)}`;
			const ids = ["x".repeat(500_000), "a b\nc"];
			const body = [monitor({ _links: { vehicle: { href } } }), ...ids.map((id) => monitor({ id }))];
			takesLess(500, () => {
				const events = readNotification(body);
				assert.deepEqual([events[0]?.vehicleId, events[1]?.id.length, events[2]?.id], ["x", 500_000, "a b\nc"]);
			});
		});

		it("in an envelope of thousands, with thousands of attributes", () => {
			const attributes = Array.from({ length: 10_000 }, (_, n) => ({ key: `k${n}`, value: n }));
			const events = Array.from({ length: 10_000 }, (_, n) => ({ id: `${n}`, values: [] }));
			takesLess(1_000, () => assert.equal(readNotification({ attributes, events }, VIN).length, 10_000));
		});
	});
});
