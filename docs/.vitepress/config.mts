/** The documentation site: `npm run docs` shows it, `npm run docs:build` makes it and fails at a link that leads nowhere. */
import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitepress";

const docs = new URL("../", import.meta.url);
const { homepage } = JSON.parse(readFileSync(new URL("../package.json", docs), "utf8")) as { homepage: string };
const repository = homepage.replace(/#.*$/, "");

/** Links to the pages of a folder, named by their first headings. */
function pagesOf(folder: string) {
	const files = readdirSync(new URL(`${folder}/`, docs)).filter((file) => file.endsWith(".md") && file !== "index.md");
	return files.sort().map((file) => ({
		text: /^# (.*)$/m.exec(readFileSync(new URL(`${folder}/${file}`, docs), "utf8"))?.[1] ?? file,
		link: `/${folder}/${file.slice(0, -".md".length)}`,
	}));
}

export default defineConfig({
	title: "node-red-contrib-stellantis",
	description: "Node-RED nodes for connected vehicles of Stellantis: Peugeot, Citroën, DS, Opel, Vauxhall.",
	base: process.env.DOCS_BASE ?? "/",
	outDir: "../build/docs",
	cacheDir: "../build/vitepress",
	lastUpdated: false,
	// the addresses of a Node-RED on the reader's machine
	ignoreDeadLinks: "localhostLinks",
	themeConfig: {
		nav: [
			{ text: "Start", link: "/start" },
			{ text: "Cookbook", link: "/cookbook/" },
			{ text: "Nodes", link: "/nodes/" },
			{ text: "Reference", link: "/reference" },
		],
		sidebar: [
			{
				text: "Guide",
				items: [
					{ text: "Start", link: "/start" },
					{ text: "Your own car", link: "/account" },
					{ text: "Coming from elsewhere", link: "/migration" },
					{ text: "Questions", link: "/faq" },
					{ text: "Troubleshooting", link: "/troubleshooting" },
					{ text: "Error codes", link: "/errors" },
				],
			},
			{ text: "Gallery", link: "/gallery" },
			{ text: "Cookbook", link: "/cookbook/", collapsed: true, items: pagesOf("cookbook") },
			{ text: "Nodes", link: "/nodes/", collapsed: true, items: pagesOf("nodes") },
			{
				text: "Reference",
				items: [
					{ text: "Properties and messages", link: "/reference" },
					{ text: "Paths of the API", link: "/paths" },
					{ text: "Speed", link: "/speed" },
				],
			},
			{ text: "Operations", items: [{ text: "Fleets and containers", link: "/fleet" }] },
		],
		outline: [2, 3],
		search: {
			provider: "local",
			options: {
				// a flow's JSON holds every word there is
				_render(source, environment, markdown) {
					return markdown.render(source.replaceAll(/^::: details The flow\n[\s\S]*?^:::$/gm, ""), environment);
				},
			},
		},
		socialLinks: [{ icon: "github", link: repository }],
		footer: { message: "MIT licence. Not a product of Stellantis." },
	},
});
