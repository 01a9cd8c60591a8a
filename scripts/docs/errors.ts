/** The page of error codes: the codes from the source, what a badge says of them, and where more is told. */

/**
 * @param source `src/error.ts`, in which the codes stand
 * @param troubleshooting `docs/troubleshooting.md`, with a section a code
 * @param badges what the badge of a node says, by code
 * @throws Error naming a code that has no section
 */
export function errorPage(source: string, troubleshooting: string, badges: Readonly<Record<string, string>>): string {
	const rows = codesIn(source).map((code) => {
		const [, about] = new RegExp(`^### ${code}\\n\\n([^\\n]+(?:\\n[^\\n]+)*)`, "m").exec(troubleshooting) ?? [];
		if (about === undefined) throw new Error(`docs/troubleshooting.md has no section ${code}.`);
		const [first = about] = /^.*?[.:](?=\s|$)/s.exec(about) ?? [];
		const sentence = first.replaceAll("\n", " ").replace(/:$/, ".");
		return `| [\`${code}\`](./troubleshooting.md#${code.toLowerCase().replaceAll("_", "-")}) | ${badges[code] ?? ""} | ${sentence} |`;
	});
	return `# Error codes

A catch node gets every error: \`msg.error.message\` is for people, \`msg.error.code\` for flows; a code never changes its
meaning. The same code is the \`msg.status.code\` that a status node reads from a badge.

| code | the badge says | when |
| --- | --- | --- |
${rows.join("\n")}
`;
}

/** The codes in the order in which the source has them. */
function codesIn(source: string): string[] {
	return [...source.matchAll(/^\t\| "(ERR_\w+)"/gm)].map(([, code = ""]) => code);
}
