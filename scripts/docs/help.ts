import TurndownService from "turndown";

/** Makes Markdown of the help that Node-RED's editor shows, so that the site says what the editor says. */
const service = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced", bulletListMarker: "-" });
const escaped = service.escape.bind(service);
// Markdown takes angle brackets for tags, and the site's pages are templates in which double braces mean something
service.escape = (text) => escaped(text).replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;");

// buttons put nodes on the editor's workspace, which a page of the site does not have
service.addRule("snippet", { filter: (node) => isSnippet(node), replacement: () => "" });
service.addRule("heading", {
	filter: ["h3"],
	replacement: (content) => `\n\n## ${content}\n\n`,
});
service.addRule("help", {
	filter: (node) => node.nodeName === "A" && node.getAttribute("data-help") !== null,
	replacement: (content, node) => {
		const type = (node as HTMLElement).getAttribute("data-help") ?? "";
		return `[${content}](./${type.replace("stellantis-", "")}.md)`;
	},
});
service.addRule("term", {
	filter: ["dt"],
	replacement: (content, node) => {
		const isOptional = (node as HTMLElement).classList.contains("optional");
		const [name = "", kind] = content.trim().split(" _");
		return `\n- **${name.trim()}**${kind === undefined ? "" : ` _${kind}`}${isOptional ? ", optional" : ""}`;
	},
});
service.addRule("description", { filter: ["dd"], replacement: (content) => `: ${content.trim()}\n` });
service.addRule("kind", {
	filter: (node) => node.nodeName === "SPAN" && node.classList.contains("property-type"),
	replacement: (content) => `_${content}_`,
});
service.addRule("fold", {
	filter: ["summary"],
	replacement: (content) => `\n\n### ${content.trim()}\n\n`,
});

function isSnippet(node: HTMLElement): boolean {
	return node.nodeName === "BUTTON" && node.getAttribute("data-snippet") !== null;
}

/**
 * The help of one node as Markdown.
 *
 * @param html the content of a file such as `nodes/locales/en-US/status.html`
 * @throws Error when there is no help in it
 */
export function markdownOf(html: string): string {
	const [, inside] = /<script type="text\/html" data-help-name="[^"]+">([\s\S]*?)<\/script>/.exec(html) ?? [];
	if (inside === undefined) throw new Error("There is no help in this file.");
	return service.turndown(inside);
}
