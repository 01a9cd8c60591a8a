import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { freePort } from "../support/free-port";

const CONFIG = readFileSync(join(__dirname, "../../docker/haproxy.cfg"), "utf8");
const DENIED = [
	"/admin",
	"/ADMIN/",
	"/Admin/flows?x",
	"/metrics",
	"/HEALTH",
	"/health/?ready",
	"/%61dmin/",
	"//admin",
	"/admin%2fx",
];
const LET_THROUGH = [
	"/",
	"/healthcheck",
	"/health-check",
	"/administration?x",
	"/metrics.json",
	"/stellantis/events/admin",
];
/** What Node-RED's server takes for the same paths, and a fetch would not send so. */
const RAW = ["/admin#x", "/health/#", "http://outside/Admin/", "/admin\\x#", "/health%23"];

describe("docker/haproxy.cfg", () => {
	it("keeps the editor, metrics and health to itself, however they are spelled, and nothing else", () => {
		const [, source = ""] = /deny if \{ path,url_dec -m reg -i (\S+) \}/.exec(CONFIG) ?? [];
		const pattern = new RegExp(source, "i");
		const isDenied = (path: string) => pattern.test(decodeURIComponent(path.split("?")[0] ?? ""));
		assert.deepEqual(
			DENIED.filter((path) => !isDenied(path)),
			[],
		);
		assert.deepEqual(LET_THROUGH.filter(isDenied), []);
	});

	describe("in a real HAProxy", () => {
		let folder: string;
		let server: Server;
		let balancer: ChildProcess;
		let port: number;
		let isReady = true;
		const probes = new EventEmitter();
		before(async function () {
			if (spawnSync("haproxy", ["-v"]).status !== 0) this.skip();
			const app = express();
			// As Node-RED serves them.
			app.get("/health", (request, response, next) => {
				if (!("ready" in request.query) || isReady) return next();
				response.sendStatus(503);
				probes.emit("not ready");
			});
			app.use("/admin", (_request, response) => void response.end("inner"));
			for (const path of ["/metrics", "/health"]) app.get(path, (_request, response) => void response.end("inner"));
			app.use((_request, response) => void response.end("flow"));
			server = createServer(app).listen(0, "127.0.0.1");
			await once(server, "listening");
			port = await freePort();
			const { port: behind } = server.address() as AddressInfo;
			folder = mkdtempSync(join(tmpdir(), "balancer-"));
			const file = join(folder, "haproxy.cfg");
			const config = CONFIG.replace("bind :8080", `bind 127.0.0.1:${port}`).replaceAll("inter 5s", "inter 50ms");
			writeFileSync(file, config.replace(/node-red-\d:1880/g, `127.0.0.1:${behind}`));
			balancer = spawn("haproxy", ["-db", "-f", file], { stdio: "ignore" });
			const isUp = async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.status === 200;
			while (!(await isUp())) assert.equal(balancer.exitCode, null, "HAProxy takes the file");
		});
		after(async () => {
			if (balancer?.exitCode === null) {
				const gone = once(balancer, "exit");
				balancer.kill();
				await gone;
			}
			server?.close();
			server?.closeAllConnections();
			if (folder) rmSync(folder, { recursive: true, force: true });
		});

		/** The status and the body of an answer to a target that is sent as it is. */
		async function asked(target: string): Promise<string> {
			const socket = connect(port, "127.0.0.1");
			let answer = "";
			socket.on("data", (bytes) => {
				answer += bytes;
			});
			socket.write(`GET ${target} HTTP/1.1\r\nHost: outside\r\nConnection: close\r\n\r\n`);
			await once(socket, "close");
			return `${answer.slice(9, 12)} ${answer.endsWith("inner") ? "inner" : ""}`.trim();
		}

		it("lets events through to those that live while none is ready", async () => {
			isReady = false;
			// Two in a row count, of each of both.
			for (let n = 0; n < 8; n++) await once(probes, "not ready");
			for (let n = 0; n < 4; n++) assert.equal(await asked("/stellantis/events/admin"), "200");
			isReady = true;
		});

		it("does so", async () => {
			for (const target of [...DENIED, ...RAW]) assert.match(await asked(target), /^40[03]$/, target);
			for (const target of LET_THROUGH) assert.equal(await asked(target), "200", target);
		});
	});
});
