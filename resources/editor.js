// @ts-check
/**
 * What the forms of all nodes share, for the scripts in the nodes' own files; in modules, so that the browser loads and
 * runs each of them once, however many forms name it.
 */
import { commandOptions, HARMLESS } from "./commands.js";
import { prepareChoice, saveChoice } from "./editor/choices.js";
import { accountOf, current, familyOf } from "./editor/properties.js";
import { prepare, readingNode, save } from "./editor/reading-node.js";
import { ask, failure } from "./editor/requests.js";
import { text } from "./editor/text.js";
import { needed, number, typedValue } from "./editor/validation.js";

$('<link rel="stylesheet" href="resources/node-red-contrib-stellantis/editor.css">').appendTo("head");

Object.assign(window, {
	StellantisEditor: {
		HARMLESS,
		commandOptions,
		text,
		ask,
		failure,
		current,
		accountOf,
		familyOf,
		number,
		needed,
		typedValue,
		readingNode,
		prepare,
		save,
		prepareChoice,
		saveChoice,
	},
});
