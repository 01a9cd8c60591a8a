import assert from "node:assert/strict";
import path from "node:path";
import ts from "typescript";
import { build } from "../support/built";
import { ROOT, scripts } from "./editor";

describe("editor scripts", () => {
	it("agree with their own type comments", () => {
		build();
		const files = scripts().map((name) => path.join(ROOT, name));
		const program = ts.createProgram(files, {
			allowJs: true,
			checkJs: true,
			noEmit: true,
			strict: true,
			noUncheckedIndexedAccess: true,
			skipLibCheck: true,
			target: ts.ScriptTarget.ES2022,
			module: ts.ModuleKind.ES2022,
			moduleResolution: ts.ModuleResolutionKind.Bundler,
			lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
			types: ["jquery"],
		});
		const host = {
			getCanonicalFileName: (name: string) => name,
			getCurrentDirectory: () => ROOT,
			getNewLine: () => "\n",
		};
		assert.equal(ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host), "");
	});
});
