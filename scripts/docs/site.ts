/** The pages of the documentation site that say what stands elsewhere. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { errorPage } from "./errors";
import { markdownOf } from "./help";
import { cookbook, recipeOf } from "./recipes";

const root = join(__dirname, "../..");
const read = (...parts: string[]) => readFileSync(join(root, ...parts), "utf8");
const write = (content: string, ...parts: string[]) => writeFileSync(join(root, "docs", ...parts), content);

/**
 * Writes a page a node from its help, a page an example from its file, and the error codes. They lie beside the written
 * pages below docs/, and are not kept in git.
 */
export function writePages(): void {
	for (const folder of ["nodes", "cookbook", "public/examples"]) {
		rmSync(join(root, "docs", folder), { recursive: true, force: true });
		mkdirSync(join(root, "docs", folder), { recursive: true });
	}

	const { nodes } = JSON.parse(read("package.json"))["node-red"] as { nodes: Record<string, string> };
	const listed = Object.entries(nodes).map(([type, script]) => {
		const name = basename(script, ".js");
		const texts = JSON.parse(read("nodes", "locales", "en-US", `${name}.json`)) as Record<string, { palette?: string }>;
		const label = texts[name]?.palette ?? name;
		write(
			`# ${label}\n\n\`${type}\`\n\n${markdownOf(read("nodes", "locales", "en-US", `${name}.html`))}\n`,
			"nodes",
			`${name}.md`,
		);
		return { type, name, label };
	});
	write(
		`# Nodes\n\n${listed.map(({ type, name, label }) => `- [${label}](./${name}.md), \`${type}\``).join("\n")}\n\nEvery property of them stands in the [reference](../reference.md).\n`,
		"nodes",
		"index.md",
	);

	const pictures = readdirSync(join(root, "docs", "pictures"));
	const recipes = readdirSync(join(root, "examples"))
		.filter((file) => file.endsWith(".json"))
		.sort()
		.map((file) => {
			copyFileSync(join(root, "examples", file), join(root, "docs", "public", "examples", file));
			return recipeOf(file, read("examples", file), pictures);
		});
	for (const { place, page } of recipes) write(page, "cookbook", `${place}.md`);
	write(cookbook(recipes), "cookbook", "index.md");

	const badges = JSON.parse(read("nodes", "locales", "en-US", "account.json")).badge.error as Record<string, string>;
	write(errorPage(read("src", "error.ts"), read("docs", "troubleshooting.md"), badges), "errors.md");
}
