import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import vm from "node:vm";
import { expandForm, expandHelp } from "../../scripts/forms";
import { browserModules } from "./modules";

export const ROOT = path.join(__dirname, "..", "..");

/** Node type of each form, by file name without its ending. */
export const FORMS = {
	account: "stellantis-account",
	store: "stellantis-store",
	"vehicle-list": "stellantis-vehicle-list",
	status: "stellantis-status",
	trips: "stellantis-trips",
	alerts: "stellantis-alerts",
	resource: "stellantis-resource",
	monitor: "stellantis-monitor",
	events: "stellantis-events",
	watch: "stellantis-watch",
	"remote-command": "stellantis-remote-command",
} as const;
/** Those of configuration nodes, which are never on a flow. */
export const CONFIG_NODES: readonly string[] = [FORMS.account, FORMS.store];
export type Form = keyof typeof FORMS;
export const FORM_NAMES = Object.keys(FORMS) as Form[];

/** What has a catalog: the forms, and the sidebar. */
export type Catalog = Form | "sidebar";
export const CATALOGS: readonly Catalog[] = [...FORM_NAMES, "sidebar"];

export interface Property {
	value: unknown;
	type?: string;
	required?: boolean;
	label?: string;
	validate?: (this: unknown, value: unknown, opt: unknown) => true | string;
}

/** What a form hands to `RED.nodes.registerType`. */
export interface Definition {
	category: string;
	defaults: Record<string, Property>;
	credentials?: Record<string, Property>;
	inputs?: number;
	outputs?: number;
	icon?: string;
	align?: string;
	color?: string;
	paletteLabel?: () => string;
	label: () => string;
	labelStyle: () => string;
	inputLabels?: () => string;
	outputLabels?: (index: number) => string;
	oneditprepare: () => void;
	oneditsave: () => void;
	_: (key: string) => string;
}

export interface Editor {
	definitions: Map<string, Definition>;
	/** Each form's HTML with the shared rows in it, by node type. */
	templates: Map<string, string>;
	/** Config nodes the forms can look up, by id. */
	configNodes: Map<string, Record<string, unknown>>;
	/** What the scripts of the forms leave in the page. */
	window: Record<string, unknown>;
	/** What a module of the forms exports, by its path below resources/. */
	module: (name: string) => object;
}

export const read = (...parts: string[]) => readFileSync(path.join(ROOT, ...parts), "utf8");

/** A form's file as Node-RED loads it. */
export const formHtml = (form: Form) => expandForm(form, read("nodes", `${form}.html`));

/** A help text as Node-RED loads it. */
export const helpHtml = (form: Form, language = "en-US") =>
	expandHelp(read("nodes", "locales", language, `${form}.html`), read("nodes", "locales", language, "shared.html"));

export const list = (folder: string, ending: string) =>
	readdirSync(path.join(ROOT, folder)).filter((name) => name.endsWith(ending));

/** The scripts and types below resources/, but what the build makes of them. */
export const scripts = (): string[] =>
	readdirSync(path.join(ROOT, "resources"), { recursive: true, encoding: "utf8" })
		.filter((name) => /\.(js|d\.ts)$/.test(name) && !name.startsWith(`min${path.sep}`))
		.map((name) => path.join("resources", name));

/** Texts of a catalog by dotted key. */
export function catalog(form: Catalog): Map<string, string> {
	const texts = new Map<string, string>();
	const walk = (value: unknown, key: string): void => {
		if (typeof value === "string") texts.set(key, value);
		else for (const [name, inner] of Object.entries(value as object)) walk(inner, key ? `${key}.${name}` : name);
	};
	walk(JSON.parse(read("nodes", "locales", "en-US", `${form}.json`)), "");
	return texts;
}

export const PACKAGE = "node-red-contrib-stellantis";

/** The form whose catalog Node-RED serves under a namespace: `<package>/<key in package.json's node-red.nodes>`. */
export const formOf = (namespace: string) => FORM_NAMES.find((form) => `${PACKAGE}/${FORMS[form]}` === namespace);

/** The text of a key as the editor finds it: `<namespace>:<key>`. */
function translate(key: string, values: Record<string, unknown> = {}): string {
	const [namespace = "", inner = ""] = key.split(":");
	const form = formOf(namespace);
	return ((form && catalog(form).get(inner)) ?? key).replace(/__(\w+)__/g, (_, name: string) => String(values[name]));
}

/** Runs the forms' own scripts as the editor does at its start, with just enough of the editor around them. */
export function loadEditor(): Editor {
	const editor = { definitions: new Map(), templates: new Map(), configNodes: new Map() } as Editor;
	const sandbox = vm.createContext({
		URL,
		structuredClone,
		navigator: { language: "en-US" },
		localStorage: { getItem: () => null },
		// no dialog is open: no field is found, so that validators look at the node itself
		$: (selector: string) => {
			const type = /data-template-name='(.*)'/.exec(selector)?.[1] ?? "";
			const element = {
				appendTo: () => element,
				on: () => element,
				closest: () => ({ data: () => undefined }),
				text: (text?: string) => {
					if (text !== undefined) editor.templates.set(type, text);
					return editor.templates.get(type) ?? "";
				},
			};
			return element;
		},
		document: {},
		RED: {
			_: translate,
			actions: { add: () => {} },
			events: { on: () => {} },
			nodes: {
				node: (id: string) => editor.configNodes.get(id) ?? null,
				registerType: (type: string, definition: Definition) => {
					definition._ = (key) => translate(`${PACKAGE}/${type}:${key}`);
					editor.definitions.set(type, definition);
				},
			},
			utils: { validateTypedProperty: () => true },
		},
	});
	editor.window = sandbox;
	editor.module = browserModules(sandbox);
	for (const form of FORM_NAMES) {
		const html = formHtml(form);
		for (const [, kind = "", file = ""] of html.matchAll(
			/<script( type="module")? src="resources\/[\w-]+\/min\/([^"]+)">/g,
		)) {
			if (kind) editor.module(file);
			else vm.runInContext(read("resources", file), sandbox, { filename: file });
		}
		const template = /<script type="text\/html" data-template-name="([^"]+)">([\s\S]*?)<\/script>/.exec(html);
		editor.templates.set(template?.[1] ?? "", template?.[2] ?? "");
		const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? "";
		vm.runInContext(script, sandbox, { filename: `${form}.html` });
	}
	return editor;
}

/** A value of another realm as one of ours, so that it can be compared. */
export const plain = (value: unknown): unknown =>
	value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);

/** A node of a type with its default values, some of them replaced. */
export function nodeOf(definition: Definition, values: Record<string, unknown> = {}): Record<string, unknown> {
	const defaults = Object.entries(definition.defaults).map(([name, property]) => [name, property.value]);
	return { id: "n1", _def: definition, ...Object.fromEntries(defaults), ...values };
}
