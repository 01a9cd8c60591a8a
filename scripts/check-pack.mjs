// Checks what would be published: everything a user needs, nothing else.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, extname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const problems = [];
const expect = (condition, sentence) => condition || problems.push(sentence);

const [pack] = JSON.parse(
	execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
		cwd: root,
		encoding: "utf8",
		stdio: ["ignore", "pipe", "ignore"],
		shell: process.platform === "win32",
	}),
);
const files = new Set(pack.files.map(({ path }) => path));

const allowed = [
	/^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
	/^dist\/(demo|nodes|src|resources)\/[\w./-]+\.js$/,
	/^dist\/nodes\/[\w-]+\.html$/,
	/^dist\/nodes\/icons\/[\w-]+\.svg$/,
	/^dist\/nodes\/locales\/[a-z]{2}(-[A-Z]{2})?\/[\w-]+\.(json|html)$/,
	/^examples\/[^/]+\.json$/,
	/^resources\/[\w/-]+\.(js|css|svg)$/,
	/^resources\/min\/[\w/-]+\.(js|css)\.map$/,
];
for (const file of files)
	expect(
		allowed.some((kind) => kind.test(file)),
		`${file} does not belong into the package.`,
	);
for (const file of ["README.md", "LICENSE", "CHANGELOG.md", "resources/generated/facts.js"])
	expect(files.has(file), `${file} is missing.`);
expect(
	[...files].some((file) => file.startsWith("examples/")),
	"There is no example.",
);

const nodes = Object.entries(manifest["node-red"]?.nodes ?? {});
expect(nodes.length > 0, "package.json lists no node.");
for (const [type, script] of nodes) {
	const name = basename(script, ".js");
	const folder = dirname(script);
	for (const file of [
		script,
		`${folder}/${name}.html`,
		`${folder}/locales/en-US/${name}.json`,
		`${folder}/locales/en-US/${name}.html`,
	])
		expect(files.has(file), `${type}: ${file} is missing.`);
	const form = existsSync(join(root, folder, `${name}.html`))
		? readFileSync(join(root, folder, `${name}.html`), "utf8")
		: "";
	expect(form.includes(`"${type}"`), `${type}: its form registers another type.`);
	const icon = /icon:\s*"([^"]+\.svg)"/.exec(form)?.[1];
	if (icon) expect(files.has(`${folder}/icons/${icon}`), `${type}: its icon ${icon} is missing.`);
	const help = join(root, folder, "locales", "en-US", `${name}.html`);
	expect(existsSync(help) && readFileSync(help, "utf8").includes(`data-help-name="${type}"`), `${type} has no help.`);
}
for (const [id, page] of Object.entries(manifest["node-red"]?.plugins ?? {})) {
	const folder = dirname(page);
	for (const file of [page, `${folder}/locales/en-US/${basename(page, ".html")}.json`])
		expect(files.has(file), `${id}: ${file} is missing.`);
}
const read = (file) => readFileSync(join(root, file), "utf8");
const ofKind = (kind) => [...files].filter((file) => kind.test(file));
for (const page of ofKind(/^(dist\/nodes\/.*\.html|resources\/min\/.*\.js)$/))
	for (const [, file] of read(page).matchAll(/resources\/node-red-contrib-stellantis\/([\w/-]+\.\w+)/g))
		expect(files.has(`resources/${file}`), `${page}: resources/${file} is missing.`);
for (const script of ofKind(/^resources\/min\/.*\.js$/))
	for (const [, file] of read(script).matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g))
		expect(files.has(posix.join(dirname(script), file)), `${script}: ${file} is missing.`);
for (const map of ofKind(/^resources\/min\/.*\.map$/))
	for (const source of JSON.parse(read(map)).sources)
		expect(files.has(posix.join(dirname(map), source)), `${map}: ${source} is missing.`);
expect(ofKind(/^resources\/min\/.*\.js$/).length > 0, "What browsers load is missing: resources/min.");
for (const script of Object.values(manifest.bin ?? {})) expect(files.has(script), `The command ${script} is missing.`);
const listed = new Set(nodes.map(([, script]) => basename(script)));
for (const script of readdirSync(join(root, "nodes")).filter((each) => extname(each) === ".ts"))
	expect(listed.has(`${basename(script, ".ts")}.js`), `nodes/${script} is not listed in package.json.`);

for (const field of ["version", "description", "license", "author", "homepage", "bugs", "repository", "engines"])
	expect(manifest[field], `package.json has no ${field}.`);
expect(manifest.keywords?.includes("node-red"), 'package.json lacks the keyword "node-red".');
expect(manifest["node-red"]?.version, "package.json does not say which Node-RED it needs.");
expect(manifest.engines?.node, "package.json does not say which Node.js it needs.");
expect(Object.keys(manifest.dependencies ?? {}).length <= 6, "There are more than six runtime dependencies.");

const lock = readFileSync(join(root, "package-lock.json"), "utf8");
expect(!/"resolved":\s*"https?:/.test(lock), "The lock file names the host of a package registry.");

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(
	`${files.size} files, ${Math.round(pack.unpackedSize / 1024)} kB unpacked, nothing missing, nothing stray.`,
);
