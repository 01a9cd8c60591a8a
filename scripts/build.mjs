// Compiles the package into dist/ and puts forms, texts and icons where Node-RED looks for them: beside the nodes.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");

rmSync(dist, { recursive: true, force: true });
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "--project", join(root, "tsconfig.build.json")], { cwd: root, stdio: "inherit" });

for (const file of readdirSync(join(root, "nodes")).filter((name) => name.endsWith(".html")))
	cpSync(join(root, "nodes", file), join(dist, "nodes", file));
cpSync(join(root, "nodes", "locales"), join(dist, "nodes", "locales"), { recursive: true });
// what the runtime and the editor share
cpSync(join(root, "resources", "migrations.js"), join(dist, "resources", "migrations.js"));
cpSync(join(root, "icons"), join(dist, "nodes", "icons"), { recursive: true });
