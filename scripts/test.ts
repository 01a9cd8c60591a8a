// Runs all tests, in several processes at a time, each with some of their folders: most wait for servers and other
// processes half of their time. Then looks for the tests' secrets in everything the run has written: its output, and
// the files left in its temporary directory. Arguments go to all of mocha's runs.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join, sep } from "node:path";
import type { Readable } from "node:stream";
import { runtimeOfTests } from "../test/e2e/node-red";
import { filesUnder, leaksIn } from "../test/secrets/scan";
import { build } from "../test/support/built";
import { SECRETS } from "../test/support/fake-api";
import { POST_CLIENT, WEB_CLIENT } from "../test/support/openid-provider";

const root = join(__dirname, "..");
const run = join(root, "build", "test-run");
const temporary = join(run, "tmp");
const output = join(run, "output.log");

/**
 * What runs in a process of its own, by a folder of test/ and the names of its files; all other tests are one part more.
 * Parts share no port and no file but those that are made before. Those that take longest come first.
 */
const APART = [["examples"], ["e2e", "[a-g]*"], ["node-red"], ["nodes"], ["e2e", "!([a-g]*)"]];
/** Tests that `npm test` leaves out. */
const NOT_HERE = "compat";
/** How many parts run at a time: they wait for servers and other processes a third of their time. */
const AT_ONCE = availableParallelism() + 1;

/** `--only=e2e,examples` runs the tests of these folders; all other arguments are mocha's. */
const ONLY = "--only=";
const only = process.argv
	.find((argument) => argument.startsWith(ONLY))
	?.slice(ONLY.length)
	.split(",");
const forMocha = process.argv.slice(2).filter((argument) => !argument.startsWith(ONLY));

/** The suites that plant secrets give each this beginning. */
const PLANTED = "cnry";
/** Where secrets belong: Node-RED's own credentials and settings, and what a test itself writes to set them up. */
const OWN_PLACES = new Set(["flows_cred.json", ".flows_cred.json.backup", "settings.js", ".config.runtime.json"]);

/** Compiled tests: they hold the secrets as their sources do. */
const COMPILED = `${sep}tsx-`;

/** Where mocha's summary begins to tell which tests failed, and why. */
const FAILING = /^ +\d+ failing\n/m;
/** What failed in each part, told again at the end: a part's own summary may stand thousands of lines above it. */
const failures: string[] = [];

/** Starts mocha. Its lines come whole, and as soon as `before` is over. */
function mocha(files: readonly string[], before: Promise<unknown>): { code: Promise<number>; printed: Promise<void> } {
	const script = require.resolve("mocha/bin/mocha.js");
	const child = spawn(process.execPath, [script, ...forMocha, ...files], {
		cwd: root,
		stdio: ["ignore", "pipe", "pipe"],
		env: { ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary },
	});
	const held: [NodeJS.WriteStream, Buffer][] = [];
	const told: Buffer[] = [];
	let isHeld = true;
	const forward = (from: Readable, to: NodeJS.WriteStream) =>
		from.on("data", (chunk: Buffer) => {
			log.write(chunk);
			if (isHeld) held.push([to, chunk]);
			else to.write(chunk);
		});
	forward(child.stdout, process.stdout).on("data", (chunk: Buffer) => told.push(chunk));
	forward(child.stderr, process.stderr);
	const code = once(child, "close").then(([status]: (number | null)[]) => status ?? 1);
	const print = async () => {
		await before;
		isHeld = false;
		for (const [to, chunk] of held.splice(0)) to.write(chunk);
		const status = await code;
		const [, failed] = Buffer.concat(told).toString().split(FAILING);
		if (failed) failures.push(failed);
		else if (status !== 0) failures.push(`  mocha ended with ${status}: ${files.join(" ")}\n`);
	};
	return { code, printed: print() };
}

/** Runs all parts, some at a time; resolves with the worst exit code. */
async function runAll(waiting: string[][]): Promise<number> {
	let printed = Promise.resolve();
	let worst = 0;
	async function next(): Promise<void> {
		const files = waiting.shift();
		if (!files) return;
		const part = mocha(files, printed);
		printed = part.printed;
		worst = Math.max(worst, await part.code);
		await next();
	}
	await Promise.all(Array.from({ length: AT_ONCE }, next));
	await printed;
	return worst;
}

/** The files of each part of this run, as patterns. */
function parts(): string[][] {
	const isWanted = (folder: string) => only?.includes(folder) ?? true;
	const apart = APART.filter(([folder = ""]) => isWanted(folder)).map(([folder, names = "*"]) => [
		`test/${folder}/**/${names}.test.ts`,
	]);
	const known = new Set(APART.flatMap(([folder = ""]) => folder));
	const others = only
		? only.filter((folder) => !known.has(folder)).map((folder) => `test/${folder}/**/*.test.ts`)
		: ["test/*.test.ts", `test/!(${[...known, NOT_HERE].join("|")})/**/*.test.ts`];
	return others.length > 0 ? [others, ...apart] : apart;
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
	// what several need, so that none makes it while another does
	build();
	await runtimeOfTests();
	const worst = await runAll(parts());
	log.end();
	await once(log, "finish");
	const found = leaks();
	for (const leak of found) console.error(`A secret was written: ${leak}`);
	if (failures.length > 0) console.log(`\nWhat failed, once more:\n\n${failures.join("\n")}`);
	process.exitCode = worst === 0 && found.length > 0 ? 1 : worst;
}

void main();
