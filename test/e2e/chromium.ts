/** The browser of these tests: the one of the dev dependencies on Linux x64, elsewhere one that is installed. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const ROOT = join(__dirname, "../..");
const { devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const FOLDER = join(ROOT, "build", "e2e", `chromium-${devDependencies["@sparticuz/chromium"]}`);
const HAS_PACKAGE = process.platform === "linux" && process.arch === "x64";

const INSTALLED = [
	process.env.CHROME_PATH ?? "",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
	"/usr/bin/google-chrome",
	"/usr/bin/chromium",
	"/usr/bin/chromium-browser",
];

const FLAGS = [
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--font-render-hinting=none",
];

/** Why these tests can't run here, or undefined when they can. */
export const NO_BROWSER =
	HAS_PACKAGE || installed()
		? undefined
		: `left out: no browser for ${process.platform} ${process.arch}. Install Chrome, or say where it is in CHROME_PATH`;

export async function startBrowser(): Promise<Browser> {
	if (!HAS_PACKAGE) return chromium.launch({ executablePath: installed() ?? "", args: FLAGS });
	unpack();
	chooseFont();
	const executablePath = join(FOLDER, "chromium");
	const own = { ...process.env, FONTCONFIG_PATH: join(FOLDER, "fonts") } as Record<string, string>;
	const borrowed = { ...own, LD_LIBRARY_PATH: join(FOLDER, "al2023", "lib") };
	return chromium.launch({ executablePath, args: FLAGS, env: starts(executablePath, own) ? own : borrowed });
}

function installed(): string | undefined {
	return INSTALLED.find((path) => path !== "" && existsSync(path));
}

function starts(path: string, env: Record<string, string>): boolean {
	try {
		execFileSync(path, ["--version"], { env, stdio: "ignore" });
		return true;
	} catch {
		return false;
	}
}

/** Unpacks the browser once. Its package does that in the temporary directory, and by what the environment says. */
function unpack(): void {
	if (existsSync(FOLDER)) return;
	const half = `${FOLDER}.${process.pid}`;
	mkdirSync(half, { recursive: true });
	const script = 'import("@sparticuz/chromium").then(({ default: browser }) => browser.executablePath());';
	execFileSync(process.execPath, ["--eval", script], {
		cwd: ROOT,
		// the libraries that a bare system lacks come only where the package believes to be on Amazon Linux
		env: { ...process.env, TMPDIR: half, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" },
	});
	try {
		renameSync(half, FOLDER);
	} catch (error) {
		rmSync(half, { recursive: true, force: true });
		// another run was quicker
		if (!existsSync(FOLDER)) throw error;
	}
}

/** One font for all machines, so that pictures don't differ. Written at each start, since a checkout may move. */
function chooseFont(): void {
	const fonts = join(FOLDER, "fonts");
	const config = `<fontconfig><dir>${fonts}</dir><cachedir>${fonts}</cachedir></fontconfig>`;
	writeFileSync(join(fonts, "fonts.conf"), `<?xml version="1.0"?>${config}`);
}
