/** The steps of docker/Dockerfile one by one, since a test can't count on Docker: what it installs, as whom it runs, what it asks. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	chownSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../support/free-port";
import { CAN_RUN, nodeBinary, packed, ROOT } from "./machine";

const run = promisify(execFile);
const DOCKERFILE = readFileSync(join(ROOT, "docker", "Dockerfile"), "utf8").replaceAll(/\\\n\s*/g, "");
const FINAL = DOCKERFILE.slice(DOCKERFILE.lastIndexOf("\nFROM "));
/** Who runs it when the test may choose: the image's `node` has no right that this one lacks. */
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
const IMAGE = join(ROOT, "build", "compat", "image");

/** The words of an instruction of the last stage, such as `CMD`, as its JSON has them. */
function command(instruction: string): string[] {
	const [, words] = new RegExp(`^${instruction} (?:.* CMD )?(\\[.*\\])$`, "m").exec(FINAL) ?? [];
	assert.ok(words, `the Dockerfile has ${instruction}`);
	return JSON.parse(words) as string[];
}

/** `npm install` of the last stage, with its arguments filled in. */
function installation(tarball: string): string[] {
	const [, version = ""] = /^ARG NODE_RED=(\S+)$/m.exec(FINAL) ?? [];
	const [, words = ""] = /^RUN npm (install [^&]*)/m.exec(FINAL) ?? [];
	// biome-ignore lint/suspicious/noTemplateCurlyInString: how Docker writes an argument
	const filled = words.replace("${NODE_RED}", version).replace("/tmp/package.tgz", tarball);
	return filled.trim().split(" ");
}

describe("the image", function () {
	if (!CAN_RUN) {
		it("left out: no Node.js as a package for this machine");
		return;
	}
	this.timeout(300_000);
	let node: string;
	let data: string;
	let child: ChildProcess | undefined;
	let port: number;

	before(async () => {
		const [, line = ""] = /^ARG NODE=node:(\d+)-/m.exec(DOCKERFILE) ?? [];
		node = await nodeBinary(line);
		// what others publish stays from the last run; our own package is new
		if (statSync(IMAGE, { throwIfNoEntry: false })) execFileSync("chmod", ["-R", "u+w", IMAGE]);
		mkdirSync(IMAGE, { recursive: true });
		for (const old of [
			"package-lock.json",
			"node_modules/.package-lock.json",
			"node_modules/node-red-contrib-stellantis",
		])
			rmSync(join(IMAGE, old), { recursive: true, force: true });
		writeFileSync(join(IMAGE, "package.json"), "{}");
		await run("npm", [...installation(await packed()), "--prefer-offline"], { cwd: IMAGE });
		const [, files = ""] = /^COPY (docker\/.*) \.\/$/m.exec(FINAL) ?? [];
		for (const file of files.split(" ")) cpSync(join(ROOT, file), join(IMAGE, file.replace("docker/", "")));
		// a root filesystem that is read-only
		execFileSync("chmod", ["-R", "a-w,a+rX", IMAGE]);
	});
	after(() => {
		execFileSync("chmod", ["-R", "u+w", IMAGE]);
	});
	beforeEach(async () => {
		data = mkdtempSync(join(tmpdir(), "stellantis-image-"));
		if (USER.uid !== undefined) chownSync(data, USER.uid, USER.gid);
		port = await freePort();
	});
	afterEach(async () => {
		if (child && child.exitCode === null && child.signalCode === null) {
			const gone = once(child, "exit");
			child.kill("SIGTERM");
			await gone;
		}
		child = undefined;
		rmSync(data, { recursive: true, force: true });
	});

	const secret = (name: string, content: string) => {
		const path = join(data, name);
		writeFileSync(path, content);
		if (USER.uid !== undefined) chownSync(path, USER.uid, USER.gid);
		return path;
	};

	/** A command of the image, at the places that this test has instead. */
	const local = (words: readonly string[]) =>
		words.slice(1).map((word) => word.replace(/^\/opt\/node-red/, IMAGE).replace(/^\/data$/, data));

	/** Starts the image's command; resolves with what it printed when its flows run, or when it has ended. */
	async function start(env: Record<string, string>): Promise<string> {
		const started = spawn(node, local(command("CMD")), {
			cwd: IMAGE,
			env: { PATH: process.env.PATH, HOME: data, NODE_ENV: "production", PORT: String(port), ...env },
			stdio: ["ignore", "pipe", "pipe"],
			...USER,
		});
		child = started;
		let log = "";
		return new Promise((resolve) => {
			const read = (chunk: Buffer) => {
				log += chunk;
				if (log.includes("Started flows")) resolve(log);
			};
			started.stdout.on("data", read);
			started.stderr.on("data", read);
			started.once("close", () => resolve(log));
		});
	}

	/** Exit code of the image's probe. */
	async function probe(env: Record<string, string> = {}): Promise<number | null> {
		const asked = spawn(node, local(command("HEALTHCHECK")), {
			env: { PORT: String(port), ...env },
			stdio: "ignore",
			...USER,
		});
		const [code] = (await once(asked, "exit")) as [number | null];
		return code;
	}

	const listing = () => readdirSync(IMAGE, { recursive: true, encoding: "utf8" }).length;

	it("runs flows as another user than root, and writes nothing but below its volume", async () => {
		assert.match(FINAL, /^USER node$/m);
		assert.match(FINAL, /^VOLUME \/data$/m);
		const before = listing();
		const log = await start({ NODE_RED_CREDENTIAL_SECRET: "of this test" });
		assert.match(log, /Started flows/, log);
		assert.doesNotMatch(log, /stellantis.*(error|not found)|EACCES|EROFS/i);
		if (USER.uid !== undefined)
			assert.match(readFileSync(`/proc/${child?.pid}/status`, "utf8"), /^Uid:\t65534\t65534/m);
		assert.equal(listing(), before);
		assert.ok(readdirSync(data).includes("package.json"));
	});

	it("ends with a sentence when nothing says how to encrypt the secrets of flows", async () => {
		const log = await start({});
		assert.match(log, /NODE_RED_CREDENTIAL_SECRET is not set/);
		assert.notEqual(child?.exitCode, 0);
	});

	it("gives flows the secrets of files, and has no editor without a password", async () => {
		const flow = [
			{ id: "tab", type: "tab", label: "told" },
			{ id: "in", type: "http in", z: "tab", url: "/told", method: "get", wires: [["set"]] },
			{
				id: "set",
				type: "change",
				z: "tab",
				rules: [{ t: "set", p: "payload", pt: "msg", to: "CLIENT_SECRET", tot: "env" }],
				wires: [["out"]],
			},
			{ id: "out", type: "http response", z: "tab", wires: [] },
		];
		const log = await start({
			NODE_RED_FLOW_FILE: secret("flow.json", JSON.stringify(flow)),
			NODE_RED_READ_ONLY: "true",
			NODE_RED_CREDENTIAL_SECRET_FILE: secret("credential_secret", "of this test\n"),
			CLIENT_SECRET_FILE: secret("client_secret", "from a file\n"),
		});
		assert.doesNotMatch(log, /from a file/);
		const url = `http://127.0.0.1:${port}`;
		assert.equal(await (await fetch(`${url}/told`)).text(), "from a file");
		for (const path of ["/", "/admin/", "/flows", "/admin/flows"])
			assert.equal((await fetch(url + path)).status, 404, path);
	});

	it("opens the editor for who knows the password, and for nobody else", async () => {
		await start({
			NODE_RED_CREDENTIAL_SECRET: "of this test",
			ADMIN_PASSWORD_FILE: secret("admin_password", "open sesame\n"),
		});
		const admin = `http://127.0.0.1:${port}/admin`;
		const token = (password: string) =>
			fetch(`${admin}/auth/token`, {
				method: "POST",
				body: new URLSearchParams({
					client_id: "node-red-admin",
					grant_type: "password",
					scope: "*",
					username: "admin",
					password,
				}),
			});
		assert.equal((await fetch(`${admin}/flows`)).status, 401);
		assert.equal((await token("open")).ok, false);
		const { access_token } = (await (await token("open sesame")).json()) as { access_token: string };
		const types = await fetch(`${admin}/nodes`, {
			headers: { authorization: `Bearer ${access_token}`, accept: "application/json" },
		});
		const sets = (await types.json()) as { module: string; types: string[]; err?: unknown }[];
		const own = sets.filter(({ module }) => module === "node-red-contrib-stellantis");
		assert.ok(own.length > 0);
		assert.deepEqual(
			own.filter(({ err }) => err),
			[],
		);
	});

	it("is well by its probe while it runs, and not before or after", async () => {
		assert.equal(await probe(), 1);
		await start({ NODE_RED_CREDENTIAL_SECRET: "of this test" });
		assert.equal(await probe(), 0);
		const health = await fetch(`http://127.0.0.1:${port}/health?ready`);
		assert.equal(health.status, 200);
		assert.equal(((await health.json()) as { ok: boolean }).ok, true);
		child?.kill("SIGKILL");
		await once(child as ChildProcess, "exit");
		assert.equal(await probe(), 1);
	});

	it("shows metrics to who has the token of a file, and none without one", async () => {
		const metrics = (token: string) =>
			fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: `Bearer ${token}` } });
		await start({
			NODE_RED_CREDENTIAL_SECRET: "of this test",
			METRICS_TOKEN_FILE: secret("metrics_token", "scrape\n"),
		});
		assert.equal((await metrics("wrong")).status, 401);
		const shown = await metrics("scrape");
		assert.equal(shown.status, 200);
		assert.match(await shown.text(), /^# EOF$/m);
	});
});
