import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileTokenStore } from "../../../src/transport/auth";
import { setUp } from "./helpers";

describe("a sign-in whose process is killed while it is renewed", () => {
	const { context, open } = setUp();
	const client = { clientId: "client", clientSecret: "" };
	const store = () => fileTokenStore(context.directory, "a1");

	const killAt = async (moment: string) => {
		const script = join(__dirname, "crash-child.ts");
		const args = ["--require", "tsx/cjs", script, context.directory, `${context.server.url}/token`, moment];
		const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
		const [, signal] = await once(child, "exit");
		assert.equal(signal, "SIGKILL");
	};

	for (const [moment, isStored] of [
		["before the file", false],
		["empty file", false],
		["half a file", false],
		["before the sync", false],
		["before the rename", false],
		["after the rename", true],
		["before the directory's sync", true],
		["first use", true],
	] as const) {
		it(`still works after a kill at: ${moment}`, async () => {
			const refreshToken = context.server.mintRefreshToken();
			const tokens = { accessToken: "ended", refreshToken, receivedAt: 0, lifetime: 1 };
			const issuedFor = JSON.stringify([context.server.url, client.clientId]);
			await store().write({ issuedFor, tokens });
			await killAt(moment);
			assert.equal(context.server.requests.length, 1);

			const stored = store().read();
			assert.ok("tokens" in stored);
			assert.equal(stored.tokens?.refreshToken !== refreshToken, isStored);

			const auth = open(client);
			const headers = await auth.headers();
			assert.equal(await auth.renew(headers), true);
			assert.deepEqual(await open(client).headers(), await auth.headers());
			assert.deepEqual(readdirSync(context.directory).sort(), ["sign-in-a1.json", "sign-in.key"]);
		});
	}
});
