import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, ROOT } from "../../support/built";
import { freePort } from "../../support/free-port";

export const PASSWORD = "cnry-editor-password";

/** A real Node-RED in a process of its own, with the account node as it is built. */
export interface NodeRed {
	url: string;
	userDir: string;
	/** What it has written to its console, at trace level. */
	log(): string;
	stop(): Promise<void>;
}

/**
 * Starts Node-RED with these flows and credentials.
 *
 * @param more further properties of settings.js, as text
 * @param users permissions by name, all with {@link PASSWORD}; absent: `adminAuth` is off
 */
export async function startNodeRed(
	flows: object[],
	credentials: object,
	users?: Record<string, string | string[]>,
	more = "",
): Promise<NodeRed> {
	build();
	const userDir = mkdtempSync(join(tmpdir(), "stellantis-node-red-"));
	const port = await freePort();
	const module = join(userDir, "node_modules/node-red-contrib-stellantis");
	mkdirSync(module, { recursive: true });
	writeFileSync(
		join(module, "package.json"),
		JSON.stringify({
			name: "node-red-contrib-stellantis",
			version: "0.0.0",
			"node-red": { nodes: { "stellantis-account": "account.js" } },
		}),
	);
	writeFileSync(
		join(module, "account.js"),
		`module.exports = require(${JSON.stringify(join(ROOT, "dist/nodes/account.js"))});`,
	);
	writeFileSync(
		join(module, "account.html"),
		'<script>RED.nodes.registerType("stellantis-account", { category: "config", defaults: {} });</script>',
	);
	const depends = { name: "test", version: "0.0.0", dependencies: { "node-red-contrib-stellantis": "0.0.0" } };
	writeFileSync(join(userDir, "package.json"), JSON.stringify(depends));
	writeFileSync(join(userDir, "flows.json"), JSON.stringify(flows));
	writeFileSync(join(userDir, "flows_cred.json"), JSON.stringify(credentials));
	const auth = `{
		type: "credentials",
		users: async (username) => username in users ? { username, permissions: users[username] } : null,
		authenticate: async (username, password) =>
			username in users && password === ${JSON.stringify(PASSWORD)} ? { username, permissions: users[username] } : null,
	}`;
	writeFileSync(
		join(userDir, "settings.js"),
		`const users = ${JSON.stringify(users ?? {})};
		module.exports = {
			uiHost: "127.0.0.1", uiPort: ${port}, flowFile: "flows.json", credentialSecret: false,
			logging: { console: { level: "trace" } },
			telemetry: { enabled: false, updateNotification: false },
			${users ? `adminAuth: ${auth},` : ""}
			${more}
		};`,
	);
	const script = join(ROOT, "node_modules/node-red/red.js");
	const child = spawn(process.execPath, [script, "--userDir", userDir], {
		cwd: ROOT,
		stdio: ["ignore", "pipe", "pipe"],
	});
	let written = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (chunk: Buffer) => {
			written += chunk;
			child.emit("written");
		});
	await started(child, () => written);
	return {
		url: `http://127.0.0.1:${port}`,
		userDir,
		log: () => written,
		async stop() {
			const ended = once(child, "exit");
			child.kill("SIGTERM");
			await ended;
			rmSync(userDir, { recursive: true, force: true });
		},
	};
}

function started(child: ChildProcess, written: () => string): Promise<void> {
	return new Promise((resolve, reject) => {
		child.once("exit", (code) => reject(new Error(`Node-RED ended with ${code}\n${written()}`)));
		child.on("written", () => {
			if (written().includes("Started flows")) resolve();
		});
	});
}
