// Compiles the package into dist/ and puts forms, texts and icons where Node-RED looks for them: beside the nodes. What
// forms know of the runtime is written from its own tables: into dist/nodes/*.html, and resources/generated. With the
// argument `forms` it does only that, into what was compiled before.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expandForm, factsModule } from "./forms";

const root = join(__dirname, "..");
const dist = join(root, "dist");
const generated = join(root, "resources", "generated");

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
cpSync(join(root, "nodes", "locales"), join(dist, "nodes", "locales"), { recursive: true });
cpSync(join(root, "icons"), join(dist, "nodes", "icons"), { recursive: true });
// what the runtime and the editor share
cpSync(join(root, "resources", "migrations.js"), join(dist, "resources", "migrations.js"));
