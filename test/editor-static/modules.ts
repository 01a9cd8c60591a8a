import { readFileSync } from "node:fs";
import path from "node:path";
import vm from "node:vm";
import ts from "typescript";
import { factsModule } from "../../scripts/forms";

const RESOURCES = path.join(__dirname, "..", "..", "resources");

/** Sources of modules that the build writes, so that no test depends on when that was. */
const BUILT: Readonly<Record<string, () => string>> = { "generated/facts.js": factsModule };

/**
 * Loads the modules of the forms as the browser does: each once, after those it imports.
 * @param page where they run; it is their `window`, too
 * @returns what the module exports whose path below resources/ it is given
 */
export function browserModules(page: vm.Context): (name: string) => object {
	vm.runInContext("var window = globalThis;", page);
	const loaded = new Map<string, object>();
	const load = (name: string): object => {
		const known = loaded.get(name);
		if (known) return known;
		const { outputText } = ts.transpileModule(BUILT[name]?.() ?? readFileSync(path.join(RESOURCES, name), "utf8"), {
			compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
		});
		const exported = {};
		loaded.set(name, exported);
		const run = vm.runInContext(`(exports, require) => {${outputText}\n}`, page, { filename: name });
		run(exported, (other: string) => load(path.posix.join(path.posix.dirname(name), other)));
		return exported;
	};
	return load;
}
