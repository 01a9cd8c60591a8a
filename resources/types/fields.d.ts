/** What the forms of commands and monitors share. Read by the check of these scripts, and the build. */

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
// biome-ignore-end lint/suspicious/noExplicitAny: JSON that people wrote
