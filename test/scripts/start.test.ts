import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { build, ROOT } from "../support/built";

const READY = "To begin anew";

interface Flow {
	id: string;
	type: string;
	[property: string]: unknown;
}

describe("npm start", function () {
	if (process.platform === "win32") {
		it("left out: a process group can't be told of Ctrl-C here");
		return;
	}
	this.timeout(120_000);
	let folder: string;
	let userDir: string;
	let port: number;
	let running: ReturnType<typeof command> | undefined;

	/** The command as a terminal runs it, or its script alone. */
	function command(args: string[] = [], env: Record<string, string> = {}, script?: string) {
		const npm = ["start", "--silent", ...(args.length > 0 ? ["--", ...args] : [])];
		const [file, given] = script ? [process.execPath, [script, ...args]] : ["npm", npm];
		const child = spawn(file, given, {
			cwd: ROOT,
			env: { ...process.env, PORT: String(port), USER_DIR: userDir, ...env },
			detached: true,
			stdio: ["ignore", "pipe", "pipe"],
		}) as ChildProcessByStdio<null, Readable, Readable>;
		const written = { out: "", error: "" };
		const ended = once(child, "close") as Promise<[number | null]>;
		child.stderr.on("data", (chunk) => {
			written.error += chunk;
		});
		const ready = new Promise<void>((resolve, reject) => {
			child.stdout.on("data", (chunk) => {
				written.out += chunk;
				if (written.out.includes(READY)) resolve();
			});
			ended.then(() => reject(new Error(`It ended.\n${written.out}${written.error}`)), reject);
		});
		ready.catch(() => {});
		return {
			written,
			ready,
			ended,
			/** Ends the script, and nothing else, before it can do anything. */
			async kill() {
				const exited = once(child, "exit");
				child.kill("SIGKILL");
				await exited;
			},
			/** Presses Ctrl-C. */
			async stop() {
				if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
				await ended;
			},
		};
	}
	async function start(args?: string[], env?: Record<string, string>) {
		running = command(args, env);
		await running.ready;
		return running.written;
	}
	const stop = async () => {
		await running?.stop();
		running = undefined;
	};
	/** A command that ends by itself: what it has to say. */
	async function refused(args: string[] = [], env: Record<string, string> = {}) {
		const { ended, written } = command(args, env);
		const [code] = await ended;
		assert.equal(code, 1);
		assert.equal(written.out, "");
		return written.error;
	}
	const request = (path: string, init: RequestInit & { token?: string } = {}) =>
		fetch(`http://127.0.0.1:${port}/${path}`, {
			...init,
			headers: {
				"content-type": "application/json",
				...(init.token ? { authorization: `Bearer ${init.token}` } : {}),
			},
		});
	const flows = async (token = "") => (await (await request("flows", { token })).json()) as Flow[];
	const signIn = async (password: string) =>
		request("auth/token", {
			method: "POST",
			body: JSON.stringify({
				client_id: "node-red-editor",
				grant_type: "password",
				scope: "*",
				username: "admin",
				password,
			}),
		});
	const passwordIn = ({ out }: { out: string }) => /^User: admin {2}Password: (\S+)$/m.exec(out)?.[1] ?? "";

	before(async () => {
		build();
		folder = mkdtempSync(join(tmpdir(), "stellantis-start-"));
		userDir = join(folder, "user");
		const probe = createServer().listen(0, "127.0.0.1");
		await once(probe, "listening");
		port = (probe.address() as AddressInfo).port;
		probe.close();
		await once(probe, "close");
	});
	afterEach(stop);
	after(() => rmSync(folder, { recursive: true, force: true }));

	it("shows the first example, says where, and warns of nothing; a second one is refused while it runs", async () => {
		const written = await start();
		assert.match(written.out, new RegExp(`Node-RED with the demo account: http://127\\.0\\.0\\.1:${port}/\n`));
		assert.doesNotMatch(written.out, /Password|warn/i);
		const all = await flows();
		assert.ok(all.some(({ type }) => type === "stellantis-vehicle-list"));
		const account = { id: "own", type: "stellantis-account", server: "live", auth: "basic" };
		const credentials = { username: "driver", password: "kept" };
		const deployed = await request("flows", {
			method: "POST",
			body: JSON.stringify([...all, { ...account, credentials }]),
		});
		assert.equal(deployed.status, 204);
		assert.match(await refused([], { PORT: "" }), new RegExp(`It runs already: http://127\\.0\\.0\\.1:${port}/`));
		await stop();
		assert.equal(written.error, "");
	});

	it("keeps flows and credentials, and asks for the password it prints where others can reach it", async () => {
		const written = await start([], { HOST: "0.0.0.0" });
		assert.equal((await request("flows")).status, 401);
		assert.equal((await signIn("wrong")).status, 403);
		const password = passwordIn(written);
		assert.ok(password.length >= 16);
		const { access_token: token = "" } = (await (await signIn(password)).json()) as { access_token?: string };
		assert.ok((await flows(token)).some(({ id }) => id === "own"));
		const kept = await (await request("credentials/stellantis-account/own", { token })).json();
		const { username, has_password: hasPassword } = kept as Record<string, unknown>;
		assert.deepEqual([username, hasPassword], ["driver", true]);
		const settings = readFileSync(join(userDir, "settings.js"), "utf8");
		assert.ok(!settings.includes(password));
		for (const name of ["settings.js", "start.json"]) assert.equal(statSync(join(userDir, name)).mode & 0o077, 0, name);
		await stop();
		assert.equal(written.error, "");
	});

	it("begins anew when told so, with another password", async () => {
		const password = JSON.parse(readFileSync(join(userDir, "start.json"), "utf8")).password;
		const written = await start(["--new"], { HOST: "0.0.0.0" });
		assert.notEqual(passwordIn(written), password);
		assert.equal((await signIn(password)).status, 403);
		const { access_token: token = "" } = (await (await signIn(passwordIn(written))).json()) as {
			access_token?: string;
		};
		assert.ok(!(await flows(token)).some(({ id }) => id === "own"));
	});

	it("takes an empty HOST for none", async () => {
		const written = await start([], { HOST: "" });
		assert.match(written.out, new RegExp(`Node-RED with the demo account: http://127\\.0\\.0\\.1:${port}/\n`));
		assert.doesNotMatch(written.out, /Password/);
	});

	it("knows that Node-RED runs on when its own script was killed, and leaves its folder alone", async () => {
		const orphan = command([], {}, join(ROOT, "scripts", "start.mjs"));
		await orphan.ready;
		await orphan.kill();
		const said = await refused(["--new"], { PORT: "" });
		assert.match(said, /It runs already/);
		process.kill(Number(/kill (\d+)/.exec(said)?.[1]));
		// its streams close when Node-RED has ended
		await orphan.ended;
	});

	it("refuses what it can't do, in words, and leaves a folder of others alone", async () => {
		assert.match(await refused(["--fresh"]), /--fresh is unknown. To begin anew: npm start -- --new/);
		assert.match(await refused([], { PORT: "port" }), /PORT is port; it must be 1 to 65535/);
		assert.match(await refused([], { HOST: "192.0.2.1" }), /HOST is 192\.0\.2\.1; this machine has no such address/);
		const other = join(folder, "other");
		mkdirSync(other);
		writeFileSync(join(other, "flows.json"), "[]");
		assert.match(await refused(["--new"], { USER_DIR: other }), /holds something else/);
		assert.equal(readFileSync(join(other, "flows.json"), "utf8"), "[]");
	});
});
