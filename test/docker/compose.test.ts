import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const ROOT = join(__dirname, "../..");
const read = (...parts: string[]) => readFileSync(join(ROOT, ...parts), "utf8");

interface Service {
	build?: { context: string; dockerfile: string };
	image?: string;
	read_only?: boolean;
	cap_drop?: string[];
	environment?: Record<string, string>;
	secrets?: string[];
	volumes?: string[];
	depends_on?: string[] | Record<string, unknown>;
}

interface Compose {
	services: Record<string, Service>;
	volumes?: Record<string, unknown>;
	secrets?: Record<string, { file: string }>;
}

for (const name of readdirSync(join(ROOT, "docker")).filter((file) => file.startsWith("compose")))
	describe(`docker/${name}`, () => {
		const compose = parse(read("docker", name), { merge: true }) as Compose;
		const services = Object.entries(compose.services);

		it("names only files, volumes, secrets and services that are there", () => {
			for (const [service, { build, secrets = [], volumes = [], depends_on = [] }] of services) {
				if (build) assert.ok(existsSync(join(ROOT, build.dockerfile)), service);
				for (const secret of secrets) assert.ok(compose.secrets?.[secret], secret);
				for (const other of Array.isArray(depends_on) ? depends_on : Object.keys(depends_on))
					assert.ok(compose.services[other], other);
				for (const [source = ""] of volumes.map((volume) => volume.split(":"))) {
					if (source.startsWith("./docker/")) assert.ok(existsSync(join(ROOT, source)), source);
					else if (!source.startsWith("./")) assert.ok(compose.volumes && source in compose.volumes, source);
				}
			}
		});

		it("has no secret in it, but a file for each", () => {
			for (const [service, { environment = {}, secrets = [] }] of services)
				for (const [variable, value] of Object.entries(environment)) {
					if (/(SECRET|PASSWORD|TOKEN|KEY)$/.test(variable)) assert.fail(`${service} has ${variable}`);
					if (/(SECRET|PASSWORD|TOKEN|KEY)_FILE$/.test(variable))
						assert.ok(secrets.includes(value.replace("/run/secrets/", "")), `${service} is given ${value}`);
				}
		});

		it("keeps what is written for it beside the sources out of images and commits", () => {
			const mounted = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(":")[0] ?? ""));
			const files = [...Object.values(compose.secrets ?? {}).map(({ file }) => file), ...mounted];
			const own = files.filter((file) => file.includes("/")).map((file) => file.replace("./", "").split("/")[0]);
			const folders = new Set(own.filter((folder) => folder !== "docker"));
			assert.ok(folders.has("secrets"));
			for (const folder of folders) {
				assert.ok(
					read(".dockerignore")
						.split("\n")
						.includes(folder ?? ""),
					`${folder} in .dockerignore`,
				);
				assert.ok(read(".gitignore").split("\n").includes(`/${folder}/`), `${folder} in .gitignore`);
			}
		});

		it("runs Node-RED with a read-only root and no right of a machine's owner", () => {
			const own = services.filter(([, { build }]) => build);
			assert.ok(own.length > 0);
			for (const [, { read_only, cap_drop, volumes = [] }] of own) {
				assert.equal(read_only, true);
				assert.deepEqual(cap_drop, ["ALL"]);
				assert.equal(volumes.filter((volume) => volume.endsWith(":/data")).length, 1);
			}
			const data = own.flatMap(([, { volumes = [] }]) => volumes.filter((volume) => volume.endsWith(":/data")));
			assert.equal(new Set(data).size, own.length, "no two write into one volume");
		});

		it("is told how to begin: a line for each secret", () => {
			const [head = ""] = read("docker", name).split("\nname:");
			for (const secret of Object.keys(compose.secrets ?? {})) assert.ok(head.includes(secret), secret);
		});
	});

describe("the image's settings", () => {
	it("are the defaults where a variable is empty, as where there is none", () => {
		const settings = (env: Record<string, string>) =>
			execFileSync(
				process.execPath,
				["-p", "JSON.stringify(require(process.argv[1]))", join(ROOT, "docker/settings.js")],
				{
					env: { NODE_RED_CREDENTIAL_SECRET: "of this test", ADMIN_PASSWORD: "x", ...env },
					encoding: "utf8",
				},
			);
		const names = [...read("docker", "settings.js").matchAll(/env\.([A-Z_]+) \|\|/g)].map(([, name = ""]) => name);
		assert.ok(names.length > 5, names.join());
		assert.equal(settings(Object.fromEntries(names.map((name) => [name, ""]))), settings({}));
	});

	it("are told in docs/fleet.md, every variable", () => {
		const told = read("docs", "fleet.md");
		const sources = read("docker", "settings.js") + read("docker", "probe.js");
		const names = new Set([
			...[...sources.matchAll(/\benv\.([A-Z_]+)/g)].map(([, name = ""]) => name),
			...[...sources.matchAll(/isOn\("([A-Z_]+)"\)/g)].map(([, name = ""]) => name),
		]);
		assert.ok(names.size > 5);
		for (const name of names) assert.ok(told.includes(`\`${name}\``), name);
	});

	it("are of files that the Dockerfiles copy, and that their context holds", () => {
		const ignored = read(".dockerignore").split("\n");
		for (const file of ["Dockerfile", "demo.Dockerfile"])
			for (const [, words = ""] of read("docker", file).matchAll(/^COPY (?:--chown=\S+ )?([^-].*) \S+$/gm))
				for (const source of words.split(" ")) {
					assert.ok(existsSync(join(ROOT, source)), source);
					assert.ok(!ignored.includes(source.split("/")[0] ?? ""), source);
				}
	});
});
