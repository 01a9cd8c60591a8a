import assert from "node:assert/strict";
import { systemClock } from "../../../src/commands/clock";
import { HomeDelivery } from "../../../src/commands/via/home";
import type { OwnLooks } from "../../../src/commands/via/own-looks";
import type { Way } from "../../../src/commands/via/way";

describe("a command at home that Node-RED left in the middle", () => {
	it("is followed by the state that its arguments ask for", async () => {
		const since = Date.now();
		const updatedAt = new Date(since + 1000).toISOString();
		const way = { via: "home-assistant", look: async () => ({ charging: { limit: "Partial", updatedAt } }) };
		const own = { look: async () => undefined };
		const delivery = new HomeDelivery({
			way: way as unknown as Way,
			own: own as unknown as OwnLooks,
			clock: systemClock,
		});
		const { signal } = new AbortController();
		const left = { key: "k", vehicle: "v", vin: "VR3UHZKXZLT000042", channel: "home-assistant", status: "Accepted" };
		const shown = async (limit: unknown) => {
			const from = { ...left, command: "charge-settings", args: { limit }, timeout: 180 } as const;
			const outcomes = await delivery.resume(from, since, { id: "v" }, signal)?.outcomes();
			return (await outcomes?.poll(signal))?.status;
		};
		assert.deepEqual([await shown(80), await shown(100), await shown("•••")], ["Success", undefined, undefined]);
	});
});
