/** What the forms of commands and monitors share. Read by the check of resources/*.js only. */

/** A field of a form that writes JSON. */
interface StellantisField {
	name: string;
	kind: "number" | "text" | "choice" | "flag" | "time" | "days" | "zone";
	/** It must not be empty. */
	needed?: boolean;
	/** The least number. */
	min?: number;
	/** The largest number, or the most characters of a text. */
	max?: number;
	whole?: boolean;
	/** Step of its slider; without one there is none. */
	step?: number;
	unit?: string;
	/** Options of a choice. */
	values?: (string | number | boolean)[];
	/** Other words for options of a choice. */
	alias?: Record<string, string | number>;
	/** Whether a sentence tells what it means to leave it empty. */
	hint?: boolean;
	/** Known, but of no use: never shown and never changed. */
	hidden?: boolean;
}

/** An argument that is a list of weekly programs. */
interface StellantisPrograms {
	name: string;
	kind: "programs";
	needed: true;
	/** Most programs, each in a slot of its own. */
	slots: number;
	/** Whether each must name its slot; else its place in the list is its slot. */
	numbered: boolean;
	fields: StellantisField[];
	/** What a new program holds. */
	fresh: object;
}

// biome-ignore-start lint/suspicious/noExplicitAny: JSON that people wrote
/** What is asked of a command: an argument of the API, or one question about several of them. */
type StellantisArgument = (StellantisField | StellantisPrograms) & {
	read?: (args: Record<string, any>) => unknown;
	write?: (args: Record<string, any>, value: any) => Record<string, any>;
	when?: (args: Record<string, any>) => boolean;
};

/** The words of fields, from the form's own catalog. */
interface StellantisWords {
	label(name: string): string;
	option(name: string, value: string): string;
	hint(name: string): string;
}

declare const StellantisWidgets: {
	WEEK: string[];
	shows(field: StellantisField, value: unknown): boolean;
	problem(field: StellantisField, value: unknown, prop: string): string;
	fields(
		part: JQuery,
		list: StellantisField[],
		options: {
			id: string;
			words: StellantisWords;
			values: Record<string, unknown>;
			compact?: boolean;
			change: (name: string, value: any) => void;
		},
	): (problems: Record<string, string>) => void;
	tell(control: JQuery, sentence: string): void;
};

declare const StellantisCommands: {
	ARGUMENTS: Record<string, Record<string, StellantisArgument[] | null>>;
	takes(api: string, command: string): StellantisArgument[] | null | undefined;
	has(api: string, command: string): boolean;
	fresh(api: string, command: string): string;
	parse(json: unknown): Record<string, any> | undefined;
	unseen(api: string, command: string, args: object): string | undefined;
	problems(api: string, command: string, args: object): Record<string, string>;
	write(api: string, command: string, args: object, name: string, value: unknown): Record<string, any>;
	freshProgram(list: StellantisPrograms, others: object[]): Record<string, any>;
	freeSlots(list: StellantisPrograms, used: object[]): number[];
	slotOf(list: StellantisPrograms, program: object, place: number): number | undefined;
	keyOf(name: string, program: object): string;
	writeProgram(programs: object[], place: number, name: string, value: unknown): Record<string, any>[];
	removeProgram(list: StellantisPrograms, programs: object[], place: number): Record<string, any>[];
	text(key: string, values?: Record<string, unknown>): string;
	label(name: string): string;
};

declare const StellantisMonitors: {
	TEMPLATES: Record<string, { fields: StellantisField[]; values: Record<string, any> }>;
	build(template: string, label: string, values: Record<string, any>): object;
	read(json: string): { template: string; label: string; values: Record<string, any> } | undefined;
};
// biome-ignore-end lint/suspicious/noExplicitAny: JSON that people wrote
