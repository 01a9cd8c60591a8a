/** A Node-RED in a process of its own, used as its editor uses it. */
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Comms, type DebugEntry } from "../support/comms";
import { freePort } from "../support/free-port";

export interface Runtime {
	/** What the admin API says of the nodes of our package. */
	nodes(): Promise<{ id: string; types: string[]; err?: unknown }[]>;
	/** Deploys a flow. */
	deploy(flow: unknown): Promise<void>;
	/** Presses the button of an inject node. */
	inject(id: string): Promise<void>;
	/** Resolves when the sidebar shows what `enough` waits for. */
	debugged(enough: (entries: readonly DebugEntry[]) => boolean): Promise<readonly DebugEntry[]>;
	/** What the process has complained about. */
	readonly stderr: string;
	/** Asks it to end as Ctrl-C does. Returns its exit code. */
	stop(): Promise<number | null>;
}

const PATIENCE = 60_000;

export async function startRuntime(node: string, script: string, packages: string): Promise<Runtime> {
	const port = await freePort();
	const userDir = mkdtempSync(join(tmpdir(), "stellantis-compat-"));
	const settings = {
		uiHost: "127.0.0.1",
		uiPort: port,
		flowFile: "flows.json",
		credentialSecret: "only for this test",
		telemetry: { enabled: false, updateNotification: false },
	};
	writeFileSync(join(userDir, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
	const child = spawn(node, [script, "--userDir", packages, "--settings", join(userDir, "settings.js")], {
		cwd: userDir,
		stdio: ["ignore", "pipe", "pipe"],
		// No option of the machine's own Node.js may help or hinder.
		env: { PATH: process.env.PATH, HOME: userDir },
	});
	let stdout = "";
	let stderr = "";
	const log = new EventEmitter();
	child.stdout.on("data", (chunk) => {
		stdout += chunk;
		log.emit("news");
	});
	child.stderr.on("data", (chunk) => {
		stderr += chunk;
	});
	child.once("exit", () => log.emit("news"));
	const address = `http://127.0.0.1:${port}`;
	try {
		await started(1);
	} catch (error) {
		child.kill("SIGKILL");
		throw error;
	}
	const comms = await Comms.open(`${address}/`);

	/** Its address answers before its flows are there; its log tells when they are. */
	async function started(times: number): Promise<void> {
		const patience = AbortSignal.timeout(PATIENCE);
		while (stdout.split("Started flows").length <= times) {
			if (child.exitCode !== null || patience.aborted) throw new Error(`Flows did not start\n${stdout}${stderr}`);
			await once(log, "news", { signal: patience }).catch(() => {});
		}
	}

	async function ask(path: string, init: RequestInit = {}): Promise<Response> {
		const answer = await fetch(address + path, init);
		if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
		return answer;
	}

	return {
		async nodes() {
			const answer = await ask("/nodes", { headers: { accept: "application/json" } });
			const all = (await answer.json()) as { id: string; types: string[]; module: string; err?: unknown }[];
			return all.filter(({ module }) => module === "node-red-contrib-stellantis");
		},
		async deploy(flow) {
			const headers = { "content-type": "application/json" };
			const times = stdout.split("Started flows").length;
			await ask("/flows", { method: "POST", headers, body: JSON.stringify(flow) });
			await started(times);
		},
		async inject(id) {
			await ask(`/inject/${id}`, { method: "POST" });
		},
		debugged(enough) {
			const look = () => (enough(comms.debugged) ? comms.debugged : undefined);
			return comms.until(look, () => `what the test waits for\n${stdout}${stderr}`, PATIENCE);
		},
		get stderr() {
			return stderr;
		},
		async stop() {
			comms.close();
			const ended = child.exitCode === null ? once(child, "exit") : undefined;
			child.kill("SIGINT");
			await ended;
			rmSync(userDir, { recursive: true, force: true });
			return child.exitCode;
		},
	};
}
