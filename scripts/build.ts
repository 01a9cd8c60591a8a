// Compiles the package into dist/ and puts forms, texts and icons where Node-RED looks for them: beside the nodes. What
// forms know of the runtime is written from its own tables: into dist/nodes/*.html, and resources/generated. What browsers
// load goes to resources/min. With the argument `forms` it leaves out to compile, and adds to what was compiled before.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { expandForm, expandHelp, factsModule } from "./forms";

const root = join(__dirname, "..");
const dist = join(root, "dist");
const generated = join(root, "resources", "generated");
/** What the addresses in nodes/*.html and in the scripts themselves name, below resources/. */
const ASKED_FOR = [
	"editor/index.js",
	"editor/editor.css",
	"editor/help.css",
	"forms/account.js",
	"forms/account.css",
	"forms/monitor.js",
	"forms/remote-command.js",
	"forms/watch.js",
	"guidance/first-flow.js",
	"guidance/snippets.js",
	"sidebar/sidebar.js",
	"sidebar/overview.css",
] as const;

if (process.argv[2] !== "forms") {
	rmSync(dist, { recursive: true, force: true });
	const tsc = require.resolve("typescript/bin/tsc");
	execFileSync(process.execPath, [tsc, "--project", join(root, "tsconfig.build.json")], {
		cwd: root,
		stdio: "inherit",
	});
}
for (const file of readdirSync(join(root, "nodes")).filter((name) => name.endsWith(".html"))) {
	const html = readFileSync(join(root, "nodes", file), "utf8");
	const name = file.slice(0, -".html".length);
	// a page without a form, such as the sidebar's, is ready as it is
	writeFileSync(join(dist, "nodes", file), html.includes("data-template-name") ? expandForm(name, html) : html);
}
mkdirSync(generated, { recursive: true });
writeFileSync(join(generated, "facts.js"), factsModule());
writeForBrowsers();
cpSync(join(root, "nodes", "locales"), join(dist, "nodes", "locales"), { recursive: true });
for (const language of readdirSync(join(dist, "nodes", "locales"))) {
	const folder = join(dist, "nodes", "locales", language);
	const shared = readFileSync(join(folder, "shared.html"), "utf8");
	rmSync(join(folder, "shared.html"));
	for (const file of readdirSync(folder).filter((name) => name.endsWith(".html")))
		writeFileSync(join(folder, file), expandHelp(readFileSync(join(folder, file), "utf8"), shared));
}
cpSync(join(root, "icons"), join(dist, "nodes", "icons"), { recursive: true });
// what the runtime and the editor share
cpSync(join(root, "resources", "migrations.js"), join(dist, "resources", "migrations.js"));

/**
 * Writes what browsers load: below resources/min, short, and each module once, however many pages name it. What comes
 * first are the files that pages and scripts ask for by their addresses; what several of them import is in files of its
 * own. Maps lead to the readable sources, which are published, too.
 */
function writeForBrowsers(): void {
	const resources = join(root, "resources");
	const min = join(resources, "min");
	rmSync(min, { recursive: true, force: true });
	buildSync({
		absWorkingDir: resources,
		entryPoints: [...ASKED_FOR],
		outbase: ".",
		outdir: min,
		bundle: true,
		splitting: true,
		chunkNames: "shared/[hash]",
		format: "esm",
		target: "es2022",
		minify: true,
		// each style sheet is in a file of its own
		external: ["*.css"],
		sourcemap: true,
		sourcesContent: false,
		logLevel: "warning",
	});
}
