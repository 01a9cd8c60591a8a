// Starts a Node-RED with this package and its first example on the demo account: something to try out, not to keep.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const HOST = "127.0.0.1";
const root = fileURLToPath(new URL("..", import.meta.url));
const userDir = join(root, ".node-red");

if (!existsSync(join(root, "dist", "nodes", "account.js"))) {
	console.error("The package is not built yet. Run: npm ci");
	process.exit(1);
}

const port = await choosePort(process.env.PORT);
prepare(port);
const red = createRequire(import.meta.url).resolve("node-red/red.js");
const child = spawn(process.execPath, [red, "--userDir", userDir, "--settings", join(userDir, "settings.js")], {
	cwd: root,
	stdio: ["ignore", "inherit", "inherit"],
});
// A terminal tells both of us of Ctrl-C; Node-RED closes its flows first, and this script waits for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));

await announce(`http://${HOST}:${port}/`);

/** The port that was asked for, else the first free one from 1880 on. */
async function choosePort(wanted) {
	if (wanted) {
		const number = Number(wanted);
		if (!Number.isInteger(number) || number < 1 || number > 65535) fail(`PORT is ${wanted}; it must be 1 to 65535.`);
		if (!(await isFree(number))) fail(`Port ${number} is taken. Choose another with PORT, or leave PORT out.`);
		return number;
	}
	for (let number = 1880; number < 1980; number++) if (await isFree(number)) return number;
	return fail("No free port from 1880 to 1979. Choose one with PORT.");
}

function isFree(number) {
	return new Promise((resolve) => {
		const probe = createServer();
		probe.once("error", () => resolve(false));
		probe.listen(number, HOST, () => probe.close(() => resolve(true)));
	});
}

/** A fresh user directory: this package linked, the example as its flow, nothing that asks questions. */
function prepare(uiPort) {
	rmSync(userDir, { recursive: true, force: true });
	mkdirSync(join(userDir, "node_modules"), { recursive: true });
	symlinkSync(root, join(userDir, "node_modules", "node-red-contrib-stellantis"), "junction");
	cpSync(join(root, "examples", "01 - List and status.json"), join(userDir, "flows.json"));
	const dependencies = { "node-red-contrib-stellantis": `file:${root}` };
	writeFileSync(join(userDir, "package.json"), JSON.stringify({ name: "demo", private: true, dependencies }));
	const settings = {
		uiHost: HOST,
		uiPort,
		flowFile: "flows.json",
		credentialSecret: randomBytes(32).toString("hex"),
		diagnostics: { enabled: false },
		telemetry: { enabled: false, updateNotification: false },
		editorTheme: { tours: false },
		// Warnings of nodes are in the editor's sidebar; those of an empty user directory are news to nobody.
		logging: { console: { level: "error" } },
	};
	writeFileSync(join(userDir, "settings.js"), `module.exports = ${JSON.stringify(settings, null, "\t")};\n`, {
		mode: 0o600,
	});
}

/** Says where the editor is as soon as it answers. */
async function announce(address) {
	while (child.exitCode === null && child.signalCode === null) {
		const answer = await fetch(address).catch(() => undefined);
		if (answer?.ok) {
			console.log(`\nNode-RED with the demo account: ${address}\n`);
			console.log("Press the button of the inject node and look at the debug sidebar. Ctrl-C ends it.");
			console.log("What you change there is gone at the next start.");
			return;
		}
		await sleep(200);
	}
}

function fail(sentence) {
	console.error(sentence);
	process.exit(1);
}
