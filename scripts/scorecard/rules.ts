/**
 * The rules of the flow library's scorecard (`node-red-dev validate`, by their ids there) that a package can be judged by
 * without a network. Those that ask the catalogue or the registry (N01, P08, D03) are left to {@link unexpected}.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import { nodesIn } from "./form";

/** What a rule found. */
export interface Finding {
	/** The rule's id in the scorecard. */
	rule: string;
	passed: boolean;
	/** What it looked at, or what is wrong. */
	detail: string;
}

/** A line of Node-RED that is supported, and the least Node.js that it asks for. */
const LINES = [
	{ version: "4.0.0", node: ">=18.5" },
	{ version: "5.0.0", node: ">=22.9" },
];

/** Packages that are known to break Node-RED, with the versions that do. */
const INCOMPATIBLE: Readonly<Record<string, string>> = { "agent-base": "<6.0.0" };

/** More dependencies than this is more than all but one in twenty packages of the library have. */
const MOST_DEPENDENCIES = 6;

interface Manifest {
	name: string;
	license?: string;
	repository?: unknown;
	bugs?: unknown;
	keywords?: string[];
	engines?: { node?: string };
	dependencies?: Record<string, string>;
	"node-red"?: { version?: string; nodes?: Record<string, string> };
}

/** What a lock file says of an installed package. */
interface Locked {
	version?: string;
	dev?: boolean;
	devOptional?: boolean;
	peer?: boolean;
}

/**
 * Judges a package as it would be published.
 *
 * @param folder where the tarball was unpacked
 * @param lock the content of the lock file it was made with, for what its dependencies bring along
 */
export function judge(folder: string, lock: string): Finding[] {
	const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
	const red = manifest["node-red"] ?? {};
	const { node } = manifest.engines ?? {};
	const fits = (range: string | undefined, version: string) => range !== undefined && semver.satisfies(version, range);
	const least = (range: string) => String(semver.minVersion(range));
	const foreign = LINES.filter(({ version }) => !fits(red.version, version));
	const unfit = LINES.filter(
		({ node: asked }) => semver.validRange(node) === null || !semver.intersects(asked, node ?? ""),
	);
	// the scorecard asks whether the least Node.js of the newest Node-RED is enough
	const newest = least(LINES.at(-1)?.node ?? "");
	const missing = withoutExample(folder, Object.values(red.nodes ?? {}));
	const dependencies = Object.keys(manifest.dependencies ?? {}).length;
	const bad = incompatible(lock);
	const finding = (rule: string, passed: boolean, good: string, wrong: string): Finding => ({
		rule,
		passed,
		detail: passed ? good : wrong,
	});
	return [
		finding("P01", Boolean(manifest.license), `license ${manifest.license}`, "There is no license."),
		finding(
			"P03",
			Boolean(manifest.repository ?? manifest.bugs),
			"repository or bugs is named",
			"Neither repository nor bugs is named.",
		),
		finding(
			"P04",
			isWellNamed(manifest.name),
			`name ${manifest.name}`,
			`${manifest.name}: the name must have a scope, or begin with node-red-contrib-.`,
		),
		finding(
			"P05",
			manifest.keywords?.includes("node-red") === true,
			"keyword node-red",
			"The keyword node-red is missing.",
		),
		finding(
			"P06",
			foreign.length === 0,
			`Node-RED ${red.version}`,
			`node-red.version ${red.version} leaves out ${foreign.map(({ version }) => version).join(", ")}.`,
		),
		finding(
			"P07",
			unfit.length === 0 && fits(node, newest),
			`Node.js ${node}`,
			`engines.node ${node} does not take Node.js ${newest}, which the newest Node-RED begins with.`,
		),
		finding("N02", missing.length === 0, "an example for every node", `No example has ${missing.join(", ")}.`),
		finding(
			"D01",
			dependencies <= MOST_DEPENDENCIES,
			`${dependencies} dependencies`,
			`${dependencies} dependencies are more than ${MOST_DEPENDENCIES}.`,
		),
		finding("D02", bad.length === 0, "no dependency that breaks Node-RED", `${bad.join(", ")} breaks Node-RED.`),
	];
}

function isWellNamed(name: string): boolean {
	return (
		/^@[a-z\d][\w.-]*\/[a-z\d][\w.-]*$/.test(name) || name.startsWith("node-red-contrib-") || !/^node-?red/i.test(name)
	);
}

/** Types of nodes, but for configuration nodes, that are in no example. */
function withoutExample(folder: string, scripts: readonly string[]): string[] {
	const forms = scripts.map((script) => readFileSync(join(folder, script.replace(/\.js$/, ".html")), "utf8"));
	const nodes = forms.flatMap((html) => [...nodesIn(html)]).filter(([, { facts }]) => facts.category !== "config");
	const examples = join(folder, "examples");
	const files = existsSync(examples) ? readdirSync(examples).filter((name) => name.endsWith(".json")) : [];
	const used = new Set(
		files.flatMap((name) =>
			(JSON.parse(readFileSync(join(examples, name), "utf8")) as { type: string }[]).map(({ type }) => type),
		),
	);
	return nodes.map(([type]) => type).filter((type) => !used.has(type));
}

/** Packages of the lock file that are installed with ours and break Node-RED. */
function incompatible(lock: string): string[] {
	const { packages } = JSON.parse(lock) as { packages: Record<string, Locked> };
	return Object.entries(packages).flatMap(([path, { version, dev, devOptional, peer }]) => {
		const name = path.split("node_modules/").at(-1) ?? "";
		const range = INCOMPATIBLE[name];
		if (range === undefined || dev || devOptional || peer) return [];
		return version !== undefined && semver.satisfies(version, range) ? [`${name}@${version}`] : [];
	});
}

/** What the scorecard itself wrote: by rule whether it is kept, with the packages it names. */
export type Scorecard = Record<string, { test?: boolean; packages?: string[]; [more: string]: unknown }>;

/** The one that is not the newest: got 14 is the last that Node.js 20 runs. */
const HELD = ["got"];

/** The rules that a scorecard with a network found broken, but for the one that is known: sentences. */
export function unexpected(scorecard: Scorecard): string[] {
	return Object.entries(scorecard).flatMap(([rule, { test, packages = [] }]) => {
		if (test !== false) return [];
		const others = packages.filter((name) => !HELD.includes(name));
		if (rule === "D03" && others.length === 0) return [];
		return [`${rule}${others.length > 0 ? `: ${others.join(", ")}` : ""}`];
	});
}
