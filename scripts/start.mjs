// Starts a Node-RED with this package and its first example on the demo account. What is built there is kept in
// .node-red (USER_DIR chooses another folder), with flows and credentials; --new begins anew. PORT and HOST choose where
// it listens: whoever reaches the editor can run any command here, so that beyond this machine it asks for a password.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const USER = "admin";
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;
/** Hosts that mean every address of this machine, and where this machine itself finds them. */
const EVERYWHERE = { "0.0.0.0": "127.0.0.1", "::": "::1" };

const { PORT, HOST, USER_DIR } = process.env;
const host = HOST || "127.0.0.1";
const root = fileURLToPath(new URL("..", import.meta.url));
const userDir = resolve(USER_DIR || join(root, ".node-red"));
const keptFile = join(userDir, "start.json");
const isOpen = !LOOPBACK.test(host);

const [argument, ...more] = process.argv.slice(2);
if (more.length > 0 || (argument !== undefined && argument !== "--new"))
	fail(`${[argument, ...more].join(" ")} is unknown. To begin anew: npm start -- --new`);
if (!existsSync(join(root, "dist", "nodes", "account.js"))) fail("The package is not built yet. Run: npm ci");

const before = readKept();
if (USER_DIR && before === undefined && existsSync(userDir) && readdirSync(userDir).length > 0)
	fail(`USER_DIR is ${userDir}, which holds something else. Choose an empty or a new folder.`);
if (before && isAlive(before.process) && !(await isFree(before.port, before.host)))
	fail(
		`It runs already: ${addressOf(before.host, before.port)}. End that one first (Ctrl-C, or kill ${before.process}).`,
	);

const port = await choosePort(PORT);
const isNew = argument === "--new" || before === undefined;
const kept = isNew ? { credentialSecret: secret(32), password: secret(12) } : before;
const require = createRequire(import.meta.url);
const red = require.resolve("node-red/red.js");
prepare();

// Node-RED's dependencies call what newer Node.js calls deprecated, which nobody here can mend.
const node = ["--no-deprecation", red, "--userDir", userDir, "--settings", join(userDir, "settings.js")];
const child = spawn(process.execPath, node, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
// its own id, not that of this script, which it outlives where that is killed
write("start.json", JSON.stringify({ ...kept, process: child.pid, host, port }));
// A terminal tells both of us of Ctrl-C; Node-RED closes its flows first, and this script waits for it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));

await announce();

/** What the last start has noted; undefined where there was none. */
function readKept() {
	if (!existsSync(keptFile)) return undefined;
	try {
		return JSON.parse(readFileSync(keptFile, "utf8"));
	} catch {
		// `{}` keeps nothing, and names no process
		return argument === "--new" ? {} : fail(`${keptFile} can't be read. To begin anew: npm start -- --new`);
	}
}

/** The port that was asked for, else the first free one from 1880 on. */
async function choosePort(wanted) {
	if (wanted) {
		const number = Number(wanted);
		if (!Number.isInteger(number) || number < 1 || number > 65535) fail(`PORT is ${wanted}; it must be 1 to 65535.`);
		if (!(await isFree(number, host))) fail(`Port ${number} is taken. Choose another with PORT, or leave PORT out.`);
		return number;
	}
	for (let number = 1880; number < 1980; number++) if (await isFree(number, host)) return number;
	return fail("No free port from 1880 to 1979. Choose one with PORT.");
}

function isFree(number, at) {
	return new Promise((answer) => {
		const probe = createServer();
		probe.once("error", ({ code }) => {
			if (code === "EADDRINUSE" || code === "EACCES") answer(false);
			else fail(`HOST is ${at}; this machine has no such address. 0.0.0.0 means all of its addresses.`);
		});
		probe.listen(number, at, () => probe.close(() => answer(true)));
	});
}

function isAlive(id) {
	try {
		process.kill(id, 0);
		return true;
	} catch {
		return false;
	}
}

function secret(bytes) {
	return randomBytes(bytes).toString("base64url");
}

/** The user directory: this package linked, the example as its flow when it is new, nothing that asks questions. */
function prepare() {
	mkdirSync(userDir, { recursive: true });
	// not the folder itself, which may be mounted
	for (const name of isNew ? readdirSync(userDir) : []) rmSync(join(userDir, name), { recursive: true, force: true });
	const link = join(userDir, "node_modules", "node-red-contrib-stellantis");
	mkdirSync(join(userDir, "node_modules"), { recursive: true });
	// the checkout may have moved
	rmSync(link, { recursive: true, force: true });
	symlinkSync(root, link, "junction");
	if (isNew) {
		cpSync(join(root, "examples", "01 - List and status.json"), join(userDir, "flows.json"));
		const dependencies = { "node-red-contrib-stellantis": `file:${root}` };
		writeFileSync(join(userDir, "package.json"), JSON.stringify({ name: "demo", private: true, dependencies }));
	}
	const settings = {
		uiHost: host,
		uiPort: port,
		flowFile: "flows.json",
		credentialSecret: kept.credentialSecret,
		...(isOpen ? { adminAuth: adminAuth() } : {}),
		diagnostics: { enabled: false },
		telemetry: { enabled: false, updateNotification: false },
		editorTheme: { tours: false },
		// Warnings of nodes are in the editor's sidebar; those of an empty user directory are news to nobody.
		logging: { console: { level: "error" } },
	};
	write("settings.js", `module.exports = ${JSON.stringify(settings, null, "\t")};\n`);
}

/** Writes a file that only its owner can read. */
function write(name, content) {
	const path = join(userDir, name);
	rmSync(path, { force: true });
	writeFileSync(path, content, { mode: 0o600 });
}

/** One user, whose password Node-RED knows by its hash. */
function adminAuth() {
	const { hashSync } = createRequire(require.resolve("@node-red/editor-api/package.json"))("bcryptjs");
	return { type: "credentials", users: [{ username: USER, password: hashSync(kept.password, 8), permissions: "*" }] };
}

function addressOf(at, number) {
	return `http://${isIPv6(at) ? `[${at}]` : at}:${number}/`;
}

/** Where a browser finds the editor. */
function addresses() {
	if (!Object.hasOwn(EVERYWHERE, host)) return [addressOf(host, port)];
	const outward = Object.values(networkInterfaces())
		.flat()
		.filter(({ internal, family, scopeid }) => !internal && !scopeid && (family === "IPv4" || host === "::"));
	return [EVERYWHERE[host], ...outward.map(({ address }) => address)].map((address) => addressOf(address, port));
}

/** Says where the editor is as soon as it answers. */
async function announce() {
	const [own, ...others] = addresses();
	while (child.exitCode === null && child.signalCode === null) {
		const answer = await fetch(own).catch(() => undefined);
		if (answer?.ok) {
			console.log(`\nNode-RED with the demo account: ${[own, ...others].join("  ")}\n`);
			if (isOpen) {
				console.log(`User: ${USER}  Password: ${kept.password}`);
				console.log("Others can reach it, and the way there is not encrypted: stay in a network that you trust.\n");
			}
			console.log("Press the button of the inject node and look at the debug sidebar. Ctrl-C ends it.");
			console.log("What you build is kept. To begin anew: npm start -- --new");
			return;
		}
		await sleep(200);
	}
}

function fail(sentence) {
	console.error(sentence);
	process.exit(1);
}
