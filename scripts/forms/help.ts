/**
 * A help text with what it shares with others in its place: `<div data-shared="vehicle"></div>` stands for the
 * `data-shared-name="vehicle"` of the language's `shared.html`.
 *
 * @param html of `nodes/locales/<language>/<form>.html`
 * @param shared of the file beside it
 * @throws Error for a name that is not there
 */
export function expandHelp(html: string, shared: string): string {
	const templates = new Map(
		[...shared.matchAll(/<script type="text\/html" data-shared-name="([\w-]+)">\n([\s\S]*?)<\/script>/g)].map(
			([, name = "", body = ""]) => [name, body],
		),
	);
	return html.replace(/^([\t ]*)<div data-shared="([\w-]+)"><\/div>\n/gm, (_, indent: string, name: string) => {
		const body = templates.get(name);
		if (body === undefined) throw new Error(`shared.html has no "${name}".`);
		return body.replace(/^\t/gm, indent);
	});
}
