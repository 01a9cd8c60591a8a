// Runs all tests, in two processes at a time: those that use a browser, and the others. Then looks for the tests'
// secrets in everything the run has written: its output, and the files left in its temporary directory. Arguments go
// to both of mocha's runs.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join, sep } from "node:path";
import type { Readable } from "node:stream";
import { build, runtimeOfTests } from "../test/e2e/node-red";
import { filesUnder, leaksIn } from "../test/secrets/scan";
import { SECRETS } from "../test/support/fake-api";
import { POST_CLIENT, WEB_CLIENT } from "../test/support/openid-provider";

const root = join(__dirname, "..");
const run = join(root, "build", "test-run");
const temporary = join(run, "tmp");
const output = join(run, "output.log");

/** What each of the two leaves to the other. They share no port and no file but those that are made before. */
const LEFT_OUT = ["test/e2e/**", "test/!(e2e)/**"];

/** The suites that plant secrets give each this beginning. */
const PLANTED = "cnry";
/** Where secrets belong: Node-RED's own credentials and settings, and what a test itself writes to set them up. */
const OWN_PLACES = new Set(["flows_cred.json", ".flows_cred.json.backup", "settings.js", ".config.runtime.json"]);

/** Compiled tests: they hold the secrets as their sources do. */
const COMPILED = `${sep}tsx-`;

/** Starts mocha; resolves with its exit code. Its lines come as soon as `before` is over, and whole. */
async function mocha(leftOut: string, before: Promise<unknown>): Promise<number> {
	const script = require.resolve("mocha/bin/mocha.js");
	const child = spawn(process.execPath, [script, ...process.argv.slice(2), "--ignore", leftOut], {
		cwd: root,
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary },
	});
	const held: [NodeJS.WriteStream, Buffer][] = [];
	let isHeld = true;
	const forward = (from: Readable, to: NodeJS.WriteStream) =>
		from.on("data", (chunk: Buffer) => {
			log.write(chunk);
			if (isHeld) held.push([to, chunk]);
			else to.write(chunk);
		});
	forward(child.stdout, process.stdout);
	forward(child.stderr, process.stderr);
	const closed = once(child, "close");
	await before;
	isHeld = false;
	for (const [to, chunk] of held.splice(0)) to.write(chunk);
	const [code] = (await closed) as [number | null];
	return code ?? 1;
}

/** Secrets in what the run has written, in words. */
function leaks(): string[] {
	const secrets = {
		planted: PLANTED,
		accessToken: SECRETS.accessToken,
		webClient: WEB_CLIENT.secret,
		postClient: POST_CLIENT.secret,
	};
	const written: [string, string][] = [["the output", readFileSync(output, "latin1")], ...filesUnder(temporary)];
	const found = written
		.filter(([path]) => !OWN_PLACES.has(basename(path)) && !path.includes(COMPILED))
		.flatMap(([path, content]) => leaksIn(content, secrets).map((leak) => `${leak} in ${path}`));
	console.log(`Looked for secrets in ${written.length} outputs and files: ${found.length} found.`);
	return found;
}

rmSync(run, { recursive: true, force: true });
mkdirSync(temporary, { recursive: true });
const log = createWriteStream(output);

async function main(): Promise<void> {
	// what both need, so that neither makes it while the other does
	build();
	await runtimeOfTests();
	const codes: Promise<number>[] = [];
	for (const leftOut of LEFT_OUT) codes.push(mocha(leftOut, Promise.all(codes)));
	const worst = Math.max(...(await Promise.all(codes)));
	log.end();
	await once(log, "finish");
	const found = leaks();
	for (const leak of found) console.error(`A secret was written: ${leak}`);
	process.exitCode = worst === 0 && found.length > 0 ? 1 : worst;
}

void main();
