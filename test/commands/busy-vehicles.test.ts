import assert from "node:assert/strict";
import { BusyVehicles } from "../../src/commands/busy-vehicles";

const never = new AbortController().signal;

describe("busy vehicles", () => {
	it("are taken one after the other, in the order in which they were asked for", async () => {
		const busy = new BusyVehicles();
		const order: string[] = [];
		const take = (key: string) => busy.take("v", key, never).then(() => order.push(key));
		await take("one");
		const others = [take("two"), take("three")];
		await busy.take("another", "four", never);
		assert.deepEqual(order, ["one"]);
		busy.free("one");
		await others[0];
		assert.deepEqual(order, ["one", "two"]);
		busy.free("two");
		await others[1];
		busy.free("three");
		assert.equal(busy.isBusy("v"), false);
	});

	it("are not waited for any more once the one who waits gives up", async () => {
		const busy = new BusyVehicles();
		await busy.take("v", "one", never);
		const stop = new AbortController();
		const given = busy.take("v", "two", stop.signal);
		const third = busy.take("v", "three", never);
		stop.abort();
		await assert.rejects(given, { name: "AbortError" });
		busy.free("one");
		await third;
		busy.free("three");
		assert.equal(busy.isBusy("v"), false);
	});

	it("are free when all commands are over that an earlier run has left", async () => {
		const busy = new BusyVehicles();
		busy.hold("v", "one");
		busy.hold("v", "two");
		const next = busy.take("v", "three", never);
		busy.free("two");
		assert.equal(busy.isBusy("v"), true);
		busy.free("one");
		await next;
	});

	it("are one when two names turn out to be one vehicle's", async () => {
		const busy = new BusyVehicles();
		await busy.take("id", "one", never);
		await busy.take("VIN", "two", never);
		const third = busy.take("id", "three", never);
		busy.join("id", "VIN");
		busy.free("one");
		assert.equal(busy.isBusy("VIN"), true);
		busy.free("two");
		await third;
		assert.equal(busy.isBusy("id"), false);
		busy.free("three");
		assert.equal(busy.isBusy("VIN"), false);
	});

	it("are left by those that give up after two names have become one, and the next goes on", async () => {
		const busy = new BusyVehicles();
		const stop = new AbortController();
		await busy.take("id", "one", never);
		const given = busy.take("id", "two", stop.signal);
		const third = busy.take("id", "three", never);
		busy.join("id", "VIN");
		stop.abort();
		await assert.rejects(given, { name: "AbortError" });
		busy.free("one");
		await third;
		assert.equal(busy.isBusy("VIN"), true);
		busy.free("three");
		assert.equal(busy.isBusy("VIN"), false);
	});
});
