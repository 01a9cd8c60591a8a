import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import got from "got";
import { Runtime } from "../../faults/runtime";

const FAMILIES = ["user-v4", "accounts-v1", "fleet-v3"] as const;

describe("what a form can look up", () => {
	let runtime: Runtime;
	let server: Server;
	let origin = "";

	async function ask(id: string, path: string, headers: Record<string, string> = {}) {
		const response = await got(`${origin}/stellantis/account/${id}/${path}`, {
			headers,
			throwHttpErrors: false,
			retry: { limit: 0 },
		});
		// biome-ignore lint/suspicious/noExplicitAny: whatever JSON the route answers
		return { status: response.statusCode, body: JSON.parse(response.body) as any };
	}

	beforeEach(async () => {
		runtime = new Runtime();
		server = createServer((request, response) => runtime.admin(request, response));
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	afterEach(async () => {
		await runtime.stop();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});

	for (const family of FAMILIES)
		it(`are the vehicles of the demo without any account, ${family}`, async () => {
			await runtime.start([]);
			const { status, body } = await ask(`demo.${family}`, "vehicles");
			assert.equal(status, 200, JSON.stringify(body));
			assert.equal(body.vehicles.length, 12);
			assert.equal(body.complete, true);
		});
});
