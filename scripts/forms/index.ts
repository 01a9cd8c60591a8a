import { PROPERTIES } from "../../src/node-red/properties";
import { expandScript } from "./definition";
import { expandTemplate, fieldsOf } from "./template";

const PACKAGE = "node-red-contrib-stellantis";

/**
 * A form as Node-RED loads it, out of `nodes/<form>.html`: with all that follows from the runtime's tables.
 *
 * @param form file name without its ending
 * @throws Error that says what in the form can't be
 */
export function expandForm(form: string, html: string): string {
	const type = `stellantis-${form}`;
	const properties = PROPERTIES[type];
	if (!properties) throw new Error(`src/node-red/properties.ts has no properties of ${type}.`);
	const [whole = "", head = "", template = "", between = "", script = "", end = ""] =
		/^([\s\S]*<script type="text\/html"[^>]*>)([\s\S]*?)(<\/script>[\s\S]*?<script type="text\/javascript">)([\s\S]*?)(<\/script>\s*)$/.exec(
			html,
		) ?? [];
	if (!whole) throw new Error(`nodes/${form}.html is no template followed by a script.`);
	const expanded = expandTemplate(template, form, properties);
	const fields = fieldsOf(expanded, `${PACKAGE}/${type}:`);
	return head + expanded + between + expandScript(script, { type, form, properties, fields }) + end;
}

export { factsModule } from "./facts";
export { expandHelp } from "./help";
