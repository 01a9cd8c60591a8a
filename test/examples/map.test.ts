import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "undici";
import { FakeApi, liveAccount } from "../support/fake-api";
import { Example, type Flows, inFlows } from "./harness";

interface Marker {
	name: string;
	lat: number;
	lon: number;
	label: string;
	weblink: { url: string };
}

/** Opens the map as its page does, and resolves with the points on it as soon as there are `count`. */
async function pointsOnMap(flows: Flows, count: number): Promise<Marker[]> {
	// https://github.com/sockjs/sockjs-protocol: server, session, transport
	const path = `worldmap/socket/000/${randomUUID()}/websocket`;
	const socket = new WebSocket(flows.url(path).replace(/^http/, "ws"), { headers: { "user-agent": "test" } });
	const points = new Map<string, Marker>();
	try {
		const signal = AbortSignal.timeout(15_000);
		let open = false;
		socket.addEventListener("message", ({ data }) => {
			const frame = String(data);
			if (frame === "o") {
				open = true;
				socket.send(JSON.stringify([JSON.stringify({ action: "connected" })]));
			}
			for (const message of frame.startsWith("a") ? (JSON.parse(frame.slice(1)) as string[]) : [])
				for (const point of [JSON.parse(message)].flat() as Partial<Marker>[])
					if (point.lat !== undefined) points.set(point.name ?? "", point as Marker);
		});
		while (points.size < count)
			await once(socket as unknown as EventTarget, "message", { signal }).catch(() => {
				throw new Error(`the map shows ${points.size} of ${count} vehicles${open ? "" : " and does not open"}`);
			});
		return [...points.values()];
	} finally {
		socket.close();
	}
}

inFlows("example 07, every vehicle on a live map", (flows) => {
	it("shows every vehicle that tells its position, with its level and a link", async () => {
		await flows().deploy(new Example("07"));
		// of the twelve, one is private, one has never sent anything, and one has no fix below the office where it stands
		const points = await pointsOnMap(flows(), 9);
		assert.equal(points.length, 9);
		const labels = points.map(({ label }) => label);
		assert.ok(labels.includes("Peugeot e-208 70.3 %"), labels.join(", "));
		assert.match(labels.join("\n"), /^Peugeot 208 PureTech \d\d(\.\d)? % fuel$/m);
		for (const { name, lat, lon, weblink } of points) {
			assert.match(name, /^[\p{L}\d -]+ \(\w{6}\)$/u);
			assert.ok(lat > 44 && lat < 53 && lon > -3 && lon < 9, `${lat}, ${lon}`);
			assert.equal(weblink.url, `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}&zoom=15`);
		}
	});

	it("shows them to who opens the map later, and each one once however often it is read", async () => {
		await flows().press("every 5 minutes");
		await flows().debugged("marker", 18);
		assert.equal((await pointsOnMap(flows(), 9)).length, 9);
	});

	it("makes no markup of a vehicle's label", async () => {
		const api = await FakeApi.start();
		try {
			const label = `<img src="x" onerror='alert(1)'> & Co`;
			const self = { href: "/connectedcar/v4/user/vehicles/v1" };
			api.collection("/user/vehicles", [{ id: "v1", vin: "VR3XXXXXXXXXXXXX1", label, _links: { self } }], {
				key: "vehicles",
			});
			const lastPosition = { type: "Feature", geometry: { type: "Point", coordinates: [2.3, 48.8] }, properties: {} };
			api.on("/user/vehicles/v1/status", { body: { lastPosition } });
			const example = new Example("07");
			const account = example.node("stellantis-account");
			Object.assign(account, liveAccount(api), {
				id: account.id,
				credentials: { clientId: "garage", accessToken: "token-of-the-garage" },
			});
			await flows().deploy(example);
			const [marker] = await pointsOnMap(flows(), 1);
			assert.equal(marker?.name, "img src=x onerror=alert(1)  Co (XXXXX1)");
			assert.doesNotMatch(JSON.stringify(marker), /[<>]|alert\(1\)["']/);
		} finally {
			await api.stop();
		}
	});
});
