import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const { readSecretFiles } = require("../../docker/secrets") as { readSecretFiles(env: NodeJS.ProcessEnv): void };

describe("secrets in files", () => {
	let folder: string;
	before(() => {
		folder = mkdtempSync(join(tmpdir(), "secrets-"));
	});
	after(() => rmSync(folder, { recursive: true, force: true }));
	const file = (content: string) => {
		const path = join(folder, "secret");
		writeFileSync(path, content);
		return path;
	};

	it("become variables, without the line end of an editor and with all else", () => {
		for (const [content, value] of [
			["plain", "plain"],
			["line\n", "line"],
			["line\r\n", "line"],
			[" two\nlines \n", " two\nlines "],
			["", ""],
		] as const) {
			const env = { TOKEN_FILE: file(content), OTHER: "1" };
			readSecretFiles(env);
			assert.deepEqual(env, { ...env, TOKEN: value, OTHER: "1" });
		}
	});

	it("are not looked for where a variable is the name of a file itself", () => {
		const env = { NODE_RED_FLOW_FILE: "nowhere.json", EMPTY_FILE: "", _FILE: "nowhere" };
		readSecretFiles(env);
		assert.deepEqual(Object.keys(env), ["NODE_RED_FLOW_FILE", "EMPTY_FILE", "_FILE"]);
	});

	it("are refused in words when the file is missing, or the secret is there twice", () => {
		const missing = { TOKEN_FILE: join(folder, "missing") };
		assert.throws(() => readSecretFiles(missing), /^Error: The file that TOKEN_FILE names can't be read \(ENOENT\)\.$/);
		const twice = { TOKEN: "a", TOKEN_FILE: file("b") };
		assert.throws(() => readSecretFiles(twice), /^Error: Both TOKEN and TOKEN_FILE are set\. Set one of them\.$/);
	});

	it("go before a variable that is empty, as compose files and charts pass on what is not set", () => {
		const env = { TOKEN: "", TOKEN_FILE: file("b") };
		readSecretFiles(env);
		assert.equal(env.TOKEN, "b");
	});
});
