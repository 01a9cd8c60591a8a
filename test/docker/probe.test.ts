import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROBE = join(__dirname, "../../docker/probe.js");

describe("the image's probe", () => {
	let folder: string;
	let server: Server;
	let port: string;
	before(async () => {
		folder = mkdtempSync(join(tmpdir(), "probe-"));
		server = createServer(({ url }, response) => {
			response.statusCode = url === "/health" || url === "/own?live" ? 200 : 503;
			response.end();
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
		port = String((server.address() as AddressInfo).port);
	});
	after(() => {
		server.close();
		rmSync(folder, { recursive: true, force: true });
	});
	const file = (name: string, content: string) => {
		const path = join(folder, name);
		writeFileSync(path, `${content}\n`);
		return path;
	};
	const isHealthy = async (env: NodeJS.ProcessEnv) =>
		new Promise<boolean>((resolve) => {
			execFile(process.execPath, [PROBE], { env }, (error) => resolve(error === null));
		});

	it("asks where Node-RED listens, whether the variables say so or files", async () => {
		assert.equal(await isHealthy({ PORT: port }), true);
		assert.equal(await isHealthy({ PORT: port, PROBE_PATH: "" }), true);
		assert.equal(await isHealthy({ PORT: port, PROBE_PATH: "/broken" }), false);
		assert.equal(await isHealthy({ PORT_FILE: file("port", port) }), true);
		const path = { PROBE_PATH_FILE: file("path", "/own?live") };
		assert.equal(await isHealthy({ PORT_FILE: file("port", port), ...path }), true);
		assert.equal(await isHealthy({ PORT: port, PROBE_PATH_FILE: file("path", "/broken") }), false);
		assert.equal(await isHealthy({ PORT_FILE: join(folder, "missing") }), false);
	});
});
