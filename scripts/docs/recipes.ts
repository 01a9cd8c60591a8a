/** The examples as pages of the cookbook. */

/** A node of an example, as far as its page tells of it. */
interface ExampleNode {
	type: string;
	name?: string;
	label?: string;
	info?: string;
	env?: { name: string; value: string }[];
}

/** An example as its file tells it. */
export interface Recipe {
	/** Its two digits. */
	place: string;
	/** What it is called, without the digits. */
	name: string;
	/** What it does, in a sentence. */
	what: string;
	/** The page, in Markdown. */
	page: string;
}

/** The ten that the cookbook begins with: what most people come for, in the order in which they ask for it. */
export const RECIPES = ["01", "16", "17", "18", "10", "03", "05", "07", "09", "13"] as const;

const PACKAGE = "node-red-contrib-stellantis";

/**
 * The page of one example.
 *
 * @param file its file name, such as `01 - List and status.json`
 * @param json its content
 * @param pictures names of the pictures that there are
 */
export function recipeOf(file: string, json: string, pictures: readonly string[]): Recipe {
	const nodes = JSON.parse(json) as ExampleNode[];
	const title = file.slice(0, -".json".length);
	const place = title.slice(0, 2);
	const name = title.slice("00 - ".length);
	const tab = nodes.find(({ type }) => type === "tab");
	const shown = pictures.filter((picture) => picture.startsWith(`example-${place}`)).sort();
	const page = [
		`# ${name}`,
		tab?.info ?? "",
		...shown.map((picture) => `![${name}](../pictures/${picture})`),
		...nodes
			.filter(({ type }) => type === "comment")
			.map((comment) => `## ${comment.name}\n\n${linked(comment.info ?? "")}`),
		settings(tab?.env ?? []),
		`## Its nodes\n\n${nodeList(nodes)}`,
		`## Take it\n\nIn the editor: _Import_, _Examples_, _${PACKAGE}_, _${title}_. Or copy the flow below, or [download it](/examples/${encodeURIComponent(file)}){target="_self"}, and paste it into _Import_.`,
		`::: details The flow\n\`\`\`json\n${JSON.stringify(nodes)}\n\`\`\`\n:::`,
	];
	return { place, name, what: tab?.info ?? "", page: `${page.filter(Boolean).join("\n\n")}\n` };
}

/** What a flow's notes point at in Node-RED itself has no place on the site. */
function linked(info: string): string {
	return info.replaceAll(/\[([^\]]+)\]\((?:\.?\/)[^)]*\)/g, "$1");
}

function settings(env: readonly { name: string; value: string }[]): string {
	if (env.length === 0) return "";
	const rows = env.map(({ name, value }) => `| \`${name}\` | ${value === "" ? "" : `\`${value}\``} |`);
	return ["## Its settings", "Variables of the flow: double click on its tab.", "", "| variable | as it comes |"]
		.concat("| --- | --- |", rows)
		.join("\n");
}

function nodeList(nodes: readonly ExampleNode[]): string {
	const types = [...new Set(nodes.map(({ type }) => type))].filter(
		(type) => !["tab", "comment", "group"].includes(type),
	);
	const own = types.filter((type) => type.startsWith("stellantis-"));
	const others = types.filter((type) => !type.startsWith("stellantis-"));
	const links = own.map((type) => `[\`${type}\`](../nodes/${type.replace("stellantis-", "")}.md)`);
	return `${links.join(", ")}${others.length > 0 ? `; with ${others.map((type) => `\`${type}\``).join(", ")}` : ""}.`;
}

/** The first page of the cookbook. */
export function cookbook(recipes: readonly Recipe[]): string {
	const entry = ({ place, name, what }: Recipe) => `- [**${name}**](./${place}.md): ${what}`;
	const isFirst = ({ place }: Recipe) => (RECIPES as readonly string[]).includes(place);
	const first = RECIPES.flatMap((place) => recipes.filter((recipe) => recipe.place === place));
	return `# Cookbook

Each recipe is a flow that comes with the package and runs on the demo account as it is imported. What to change for
your own car stands on its page.

## Ten to begin with

${first.map(entry).join("\n")}

## The others

${recipes
	.filter((recipe) => !isFirst(recipe))
	.map(entry)
	.join("\n")}
`;
}
