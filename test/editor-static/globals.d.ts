/** What the editor offers to forms, as far as ours use it. Read by the check of resources/*.js only. */
declare const RED: {
	_(key: string, values?: Record<string, unknown>): string;
	nodes: { node(id: string): { api?: string } | null };
	settings: { context: { default: string; stores: string[] } };
	tray: { resize(): void };
	utils: { validateTypedProperty(value: unknown, type: unknown, options: unknown): true | string };
};

declare const StellantisEditor: {
	FAMILIES: Record<string, { baseUrl: string; pageSize: number }>;
	text(key: string, values?: Record<string, unknown>): string;
	current(node: object, name: string): unknown;
	opened(node: object): void;
	applies(conditions: string, value: (name: string) => unknown): boolean;
	show(form: JQuery, value: (name: string) => unknown): void;
};

interface JQuery {
	editableList(options: object): this;
	editableList(method: "addItem", item: object): this;
	editableList(method: "items"): JQuery;
	typedInput(options: object): this;
	typedInput(method: "value" | "type"): string;
}
