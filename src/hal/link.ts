import { library } from "../libraries";
import { withoutEndSlashes } from "../text";

/**
 * A HAL link object (draft-kelly-json-hal-11, section 5): its target, whether that is a template (RFC 6570), and what a
 * person may call it.
 */
export interface Link {
	href: string;
	templated?: boolean;
	title?: string;
}

/** Most characters of an address or a template: no server takes a longer one, and work on it is in vain. */
const LONGEST = 10_000;

/** Values for a templated link, by variable name. */
export type LinkParameters = Record<string, string | number | boolean>;

/** Reads a link from whatever stands under a relation; a bare string counts as its href. Undefined when there is none. */
export function linkFrom(value: unknown): Link | undefined {
	if (typeof value === "string" && value !== "") return { href: value };
	if (typeof value !== "object" || value === null) return undefined;
	const { href, templated, title } = value as { href?: unknown; templated?: unknown; title?: unknown };
	if (typeof href !== "string" || href === "") return undefined;
	const link: Link = { href };
	if (templated === true || templated === "true") link.templated = true;
	if (typeof title === "string" && title !== "") link.title = title;
	return link;
}

/**
 * The variables without which a template makes no sense: all but those of query expansions (`{?a}`, `{&a}`),
 * which vanish when they have no value (RFC 6570, section 3.2.8).
 */
export function requiredVariables(template: string): string[] {
	if (template.length > LONGEST) return [];
	return [...template.matchAll(/\{([^{}?&][^{}]*)\}/g)].flatMap(([, expression = ""]) =>
		expression
			.replace(/^[+#./;=,!@|]/, "")
			.split(",")
			.map((variable) => variable.replace(/[*:].*$/s, "").trim())
			.filter((variable) => variable !== ""),
	);
}

/**
 * The address of a link: templates are expanded with `parameters`, variables without a value become empty. One that is
 * too long for an address stays as it is.
 */
export function expandLink(link: Link, parameters: LinkParameters = {}): string {
	if (link.href.length > LONGEST) return link.href;
	return link.templated || /\{[^{}]*\}/.test(link.href)
		? library("url-template")
				.parseTemplate(link.href)
				.expand({ __proto__: null, ...parameters } as unknown as LinkParameters)
		: link.href;
}

/**
 * Resolves an href, relative or absolute, against the address of the document it stands in (RFC 3986, section 5).
 * Undefined for what is no address, or too long for one.
 */
export function resolveHref(href: string, base: string | URL): URL | undefined {
	if (href.length > LONGEST) return undefined;
	try {
		return new URL(href, base);
	} catch {
		return undefined;
	}
}

/** True for an href that leads to the same place whichever document of its host it stands in (RFC 3986, section 4.2). */
export function isAnchored(href: string): boolean {
	return resolveHref(href, "http://host/a/b")?.href === resolveHref(href, "http://host/c")?.href;
}

/** Longest address (characters) that is looked through to its end. */
const LONGEST_ADDRESS = 200_000;

/**
 * The last segment of an address that is not empty; what a template may add behind it (`{?locale}`, `{/part}`; RFC 6570,
 * section 3.2) belongs to none, and a variable is none. Plain string work: it is done for every vehicle of a fleet.
 */
export function lastSegment(href: string): string {
	if (href.length > LONGEST_ADDRESS) return "";
	const template = href.includes("{") ? href.search(/\{[?&#/;.]/) : -1;
	const plain = template < 0 ? href : href.slice(0, template);
	const query = plain.indexOf("?");
	const beforeQuery = query < 0 ? plain : plain.slice(0, query);
	const fragment = beforeQuery.indexOf("#");
	const path = withoutEndSlashes(fragment < 0 ? beforeQuery : beforeQuery.slice(0, fragment));
	const segment = path.slice(path.lastIndexOf("/") + 1);
	return segment.startsWith("{") ? "" : segment;
}
