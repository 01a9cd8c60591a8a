import assert from "node:assert/strict";
import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { type FamilyId, type Simulator, startSimulator } from "../../demo";
import { families, get } from "./client";

const lists: Record<FamilyId, string> = {
	"user-v4": "/user/vehicles",
	"accounts-v1": "/accounts/vehicles",
	"fleet-v3": "/fleets/demo-fleet/vehicles",
};

describe("access to the demo API", () => {
	let simulator: Simulator;
	before(async () => {
		simulator = await startSimulator();
	});
	after(() => simulator.close());

	for (const family of families) {
		it(`${family}: lets its credentials in and tells the rate limits`, async () => {
			const { status, headers } = await get(simulator, family, lists[family]);
			assert.equal(status, 200);
			assert.match(headers.get("content-type") ?? "", /^application\/hal\+json/);
			for (const name of ["Limit-1", "Remaining-1", "Limit-2", "Remaining-2"]) {
				assert.match(headers.get(`X-RateLimit-${name}`) ?? "", /^\d+$/, name);
			}
		});

		it(`${family}: a missing or wrong authorization is a 401 of the gateway`, async () => {
			for (const value of [undefined, "Bearer wrong", "Basic d3Jvbmc6d3Jvbmc="]) {
				const { status, body } = await get(simulator, family, lists[family], ({ headers }) => {
					if (value) headers.set("authorization", value);
					else headers.delete("authorization");
				});
				assert.equal(status, 401);
				assert.deepEqual(Object.keys(body as object), ["httpCode", "httpMessage", "moreInformation"]);
			}
		});

		it(`${family}: an unknown vehicle and an unknown path are refused in the family's own words`, async () => {
			const id = simulator.vehicles[0]?.id;
			for (const path of [`${lists[family]}/nobody`, `${lists[family]}/${id}/nothing`, "/nothing"]) {
				const { status, body } = await get(simulator, family, path);
				assert.equal(status, 404);
				const keys = family === "accounts-v1" ? ["name", "debug", "message"] : ["code", "uuid", "message", "timestamp"];
				assert.deepEqual(Object.keys(body as object), keys);
			}
		});
	}

	it("user-v4 and fleet-v3 need client_id, accounts-v1 doesn't", async () => {
		for (const family of families) {
			const { status } = await get(simulator, family, lists[family], ({ url }) => url.searchParams.delete("client_id"));
			assert.equal(status, family === "accounts-v1" ? 200 : 401, family);
		}
	});

	it("user-v4 needs the realm: 403 without one or with an unknown one", async () => {
		for (const realm of [undefined, "clientsB2CNobody"]) {
			const { status, body } = await get(simulator, "user-v4", "/user/vehicles", ({ headers }) => {
				if (realm) headers.set("x-introspect-realm", realm);
				else headers.delete("x-introspect-realm");
			});
			assert.equal(status, 403);
			assert.equal((body as { code: number }).code, 40399);
		}
	});

	it("another fleet is a 404", async () => {
		assert.equal((await get(simulator, "fleet-v3", "/fleets/other/vehicles")).status, 404);
	});

	it("the vehicle without data has an empty state, and answers 404 to everything else but itself", async () => {
		const id = simulator.vehicles[11]?.id;
		assert.equal((await get(simulator, "user-v4", `/user/vehicles/${id}`)).status, 200);
		for (const path of ["/trips", "/alerts", "/telemetry", "/lastPosition", "/maintenance"]) {
			const { status, body } = await get(simulator, "user-v4", `/user/vehicles/${id}${path}`);
			assert.equal(status, 404, path);
			assert.equal((body as { code: number }).code, 40400);
		}
		for (const [family, path, keys] of [
			["user-v4", `/user/vehicles/${id}/status`, ["createdAt", "_links"]],
			["fleet-v3", `/fleets/demo-fleet/vehicles/${id}/status`, ["vin", "createdAt", "_links"]],
			["accounts-v1", `/accounts/vehicles/${id}/telemetries/latest`, ["createdAt", "updatedAt", "_links"]],
		] as const) {
			const { status, body } = await get(simulator, family, path);
			assert.equal(status, 200, family);
			assert.deepEqual(Object.keys(body as object), keys);
		}
	});

	it("the vehicle in privacy mode tells no position anywhere", async () => {
		const id = simulator.vehicles[6]?.id;
		assert.equal((await get(simulator, "user-v4", `/user/vehicles/${id}/lastPosition`)).status, 404);
		for (const path of ["status", "trips", "alerts"]) {
			const { status, body } = await get(simulator, "user-v4", `/user/vehicles/${id}/${path}`);
			assert.equal(status, 200);
			assert.doesNotMatch(JSON.stringify(body), /coordinates/);
		}
		const v1 = await get(simulator, "accounts-v1", `/accounts/vehicles/${id}/telemetries/latest`);
		assert.equal((v1.body as { privacy: { state: string } }).privacy.state, "Geolocation");
		assert.doesNotMatch(JSON.stringify(v1.body), /coordinates/);
	});
});

describe("the server of the demo API", () => {
	it("listens on loopback only, remembers requests without secrets, and closes with connections open", async () => {
		const simulator = await startSimulator();
		const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
		for (const { address } of addresses.filter((each) => each.family === "IPv4" && !each.internal)) {
			await assert.rejects(fetch(simulator.origin.replace("127.0.0.1", address)), address);
		}
		assert.match(simulator.origin, /^http:\/\/127\.0\.0\.1:\d+$/);
		await get(simulator, "fleet-v3", "/fleets", ({ headers }) => headers.set("x-ibm-client-secret", "hush-hush"));
		await get(simulator, "fleet-v3", "/nothing");
		assert.deepEqual(
			simulator.requests.map(({ method, url, status }) => [method, url.split("?")[0], status]),
			[
				["GET", "/connectedcar/v3/fleets", 200],
				["GET", "/connectedcar/v3/nothing", 404],
			],
		);
		assert.equal(simulator.requests[0]?.headers.authorization, "Basic");
		const { username, password } = simulator.credentials("fleet-v3");
		const secrets = [Buffer.from(`${username}:${password}`).toString("base64"), password ?? "", "hush-hush"];
		for (const secret of secrets) assert.ok(!JSON.stringify(simulator.requests).includes(secret));
		// fetch keeps its connection alive: close must not wait for it.
		await simulator.close();
		await assert.rejects(fetch(simulator.origin));
	});

	it("survives what no client of ours would send", async () => {
		const simulator = await startSimulator();
		try {
			const { hostname, port } = new URL(simulator.origin);
			const send = (path: string, host: string) =>
				new Promise<number | undefined>((resolve, reject) => {
					const sent = request(
						{ hostname, port, path, method: "POST", headers: { host, connection: "close" } },
						(answer) => {
							answer.resume();
							resolve(answer.statusCode);
						},
					);
					sent.once("error", reject);
					sent.end("body");
				});
			assert.equal(await send("/", "[odd host"), 404);
			assert.equal(await send("//", "a"), 404);
			assert.equal(await send("/connectedcar/v1/%zz", "a"), 401);
			const post = await fetch(`${simulator.baseUrl("accounts-v1")}/accounts/vehicles`, {
				method: "POST",
				headers: { authorization: `Bearer ${simulator.credentials("accounts-v1").accessToken}` },
			});
			assert.equal(post.status, 405);
			assert.equal((await get(simulator, "accounts-v1", "/accounts/vehicles/%zz")).status, 400);
		} finally {
			await simulator.close();
		}
	});

	it("keeps the last 1000 requests", async () => {
		const simulator = await startSimulator();
		try {
			for (let batch = 0; batch < 21; batch++) {
				await Promise.all(Array.from({ length: 50 }, () => get(simulator, "accounts-v1", "/accounts/channels")));
			}
			assert.equal(simulator.requests.length, 1000);
		} finally {
			await simulator.close();
		}
	});

	it("holds every answer back by the latency it was given, and closes while it does", async () => {
		const slow = await startSimulator({ latency: 60_000 });
		const answer = assert.rejects(get(slow, "accounts-v1", "/accounts/vehicles"));
		while (slow.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
		await slow.close();
		await answer;
	});

	it("rejects when its port is taken", async () => {
		const first = await startSimulator();
		try {
			await assert.rejects(startSimulator({ port: Number(new URL(first.origin).port) }), { code: "EADDRINUSE" });
		} finally {
			await first.close();
		}
	});

	it("shows a page out of 200000 vehicles without making them all", async () => {
		const simulator = await startSimulator({ vehicles: 200_000 });
		try {
			const { body } = await get(simulator, "user-v4", "/user/vehicles?indexRange=150000-150059");
			const { _embedded } = body as { _embedded: { vehicles: { id: string }[] } };
			assert.equal(_embedded.vehicles.length, 60);
			const status = await get(simulator, "user-v4", `/user/vehicles/${_embedded.vehicles[0]?.id}/status`);
			assert.equal(status.status, 200);
			const all = await get(simulator, "user-v4", "/user/vehicles");
			assert.equal((all.body as { total: number }).total, 200_012);
		} finally {
			await simulator.close();
		}
	});
});
