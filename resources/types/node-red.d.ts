/** What the editor offers to forms, as far as ours use it. Read by the check of these scripts only. */
declare const RED: {
	_(key: string, values?: Record<string, unknown>): string;
	actions: {
		add(name: string, handler: () => void, options: { label: string }): void;
		invoke(name: string): void;
	};
	// biome-ignore lint/suspicious/noExplicitAny: nodes have whatever their types give them
	editor: { validateNode(node: any): boolean };
	// biome-ignore lint/suspicious/noExplicitAny: what happens has a shape of its own each
	events: { on(name: string, listener: (event: any) => void): void; emit(name: string, event?: any): void };
	history: {
		push(event: object): void;
		pop(): void;
		list(): { t: string; nodes?: string[] }[];
	};
	nodes: {
		id(): string;
		// biome-ignore lint/suspicious/noExplicitAny: nodes have whatever their types give them
		add(node: any): void;
		// biome-ignore lint/suspicious/noExplicitAny: nodes have whatever their types give them
		updateConfigNodeUsers(node: any, options?: { action: "add" | "remove" }): void;
		dirty(): boolean;
		node(id: string): { id: string; api?: string; server?: string; commands?: string[] } | null;
		getType(type: string): { defaults?: Record<string, { value: unknown }> } | undefined;
		eachConfig(visit: (node: object) => void): void;
		group(id: string | undefined): StellantisPlace | null;
		workspace(id: string): StellantisPlace | undefined;
		subflow(id: string): StellantisPlace | undefined;
		// biome-ignore lint/suspicious/noExplicitAny: nodes have whatever their types give them
		filterNodes(filter: { z?: string; type?: string }): any[];
		dirty(dirty: boolean): void;
	};
	notify(message: string, options: { type: string; timeout: number }): void;
	settings: {
		context: { default: string; stores: string[] };
	};
	popover: { panel(content: JQuery): { container: JQuery; show(options: object): void; hide(): void } };
	sidebar: { help: { show(type: string | undefined): void } };
	tourGuide: {
		load(address: string, done: (failure: unknown) => void): void;
		run(address: string, done: () => void): void;
	};
	tray: { resize(): void };
	view: {
		focus(): void;
		scale(): number;
		redraw(updateActive?: boolean): void;
		reveal(id: string, highlight: boolean): void;
		// biome-ignore lint/suspicious/noExplicitAny: nodes have whatever their types give them
		importNodes(nodes: object[], options: object): { nodeMap: Record<string, any> } | undefined;
	};
	workspaces: { active(): string; isLocked?(id?: string): boolean };
	utils: {
		getNodeLabel(node: object, otherwise: string): string;
		validateTypedProperty(value: unknown, type: unknown, options: unknown): true | string;
	};
};

/** A group, flow or subflow, as far as its nodes ask it. */
interface StellantisPlace {
	g?: string;
	env?: { name: string; value: unknown }[];
}

declare const module: { exports: unknown } | undefined;

declare const StellantisMigrations: {
	versionOf(type: string): number;
	migrate(type: string, config: object): { config: Record<string, unknown>; newer: boolean };
};

interface JQuery {
	searchBox(options: object): this;
	editableList(options: object): this;
	editableList(method: "addItem", item: object): this;
	editableList(method: "items"): JQuery;
	typedInput(options: object): this;
	typedInput(method: "value" | "type"): string;
	typedInput(method: "value" | "type", value: string): this;
	typedInput(method: "types", types: (string | object)[]): this;
}
