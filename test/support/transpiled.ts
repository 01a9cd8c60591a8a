import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";

const PROJECT = join(__dirname, "../..");

/**
 * Writes a script of ours, and what it loads of ours, as JavaScript into a folder: a process that is started a hundred
 * times has no time for the loader of the tests.
 *
 * @returns the script there; to be run with {@link PACKAGES}
 */
export function transpiled(script: string, folder: string): string {
	const done = new Set<string>();
	const write = (path: string): string => {
		const target = join(folder, relative(PROJECT, path)).replace(/\.ts$/, ".js");
		if (done.has(path)) return target;
		done.add(path);
		const { outputText } = transpileModule(readFileSync(path, "utf8"), {
			compilerOptions: { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023 },
		});
		mkdirSync(dirname(target), { recursive: true });
		writeFileSync(target, outputText);
		for (const [, name = ""] of outputText.matchAll(/require\("(\.[^"]+)"\)/g)) {
			const file = join(dirname(path), name);
			write(existsSync(`${file}.ts`) ? `${file}.ts` : join(file, "index.ts"));
		}
		return target;
	};
	return write(script);
}

/** Environment in which a transpiled script finds the packages it needs. */
export const PACKAGES = { ...process.env, NODE_PATH: join(PROJECT, "node_modules") };
