// Runs all tests, then looks for the tests' secrets in everything the run has written: its output, and the files left
// in its temporary directory. Arguments go to mocha.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { filesUnder, leaksIn } from "../test/secrets/scan";
import { SECRETS } from "../test/support/fake-api";
import { POST_CLIENT, WEB_CLIENT } from "../test/support/openid-provider";

const root = join(__dirname, "..");
const run = join(root, "build", "test-run");
const temporary = join(run, "tmp");
const output = join(run, "output.log");

/** The suites that plant secrets give each this beginning. */
const PLANTED = "cnry";
/** Where secrets belong: Node-RED's own credentials and settings, and what a test itself writes to set them up. */
const OWN_PLACES = new Set(["flows_cred.json", ".flows_cred.json.backup", "settings.js", ".config.runtime.json"]);

/** Compiled tests: they hold the secrets as their sources do. */
const COMPILED = `${sep}tsx-`;

rmSync(run, { recursive: true, force: true });
mkdirSync(temporary, { recursive: true });

const mocha = spawn(process.execPath, [require.resolve("mocha/bin/mocha.js"), ...process.argv.slice(2)], {
	cwd: root,
	stdio: ["ignore", "pipe", "pipe"],
	env: { ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary },
});
const log = createWriteStream(output);
mocha.stdout.pipe(process.stdout);
mocha.stderr.pipe(process.stderr);
mocha.stdout.pipe(log, { end: false });
mocha.stderr.pipe(log, { end: false });
mocha.on("close", (code) => {
	log.end(() => {
		const secrets = {
			planted: PLANTED,
			accessToken: SECRETS.accessToken,
			webClient: WEB_CLIENT.secret,
			postClient: POST_CLIENT.secret,
		};
		const written: [string, string][] = [["the output", readFileSync(output, "latin1")], ...filesUnder(temporary)];
		const leaks = written
			.filter(([path]) => !OWN_PLACES.has(basename(path)) && !path.includes(COMPILED))
			.flatMap(([path, content]) => leaksIn(content, secrets).map((leak) => `${leak} in ${path}`));
		for (const leak of leaks) console.error(`A secret was written: ${leak}`);
		console.log(`Looked for secrets in ${written.length} outputs and files: ${leaks.length} found.`);
		process.exit(code === 0 && leaks.length > 0 ? 1 : (code ?? 1));
	});
});
