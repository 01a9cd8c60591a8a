// @ts-check
/**
 * What the forms of all nodes share, for the scripts in the nodes' own files; in modules, so that the browser loads and
 * runs each of them once, however many forms name it.
 */
import { opened } from "./form.js";
import { added, prepare, save } from "./node.js";
import { accountOf, bringUpToDate, current, familyOf } from "./properties.js";
import { ask, failure } from "./requests.js";
import { text } from "./text.js";
import { check } from "./validation.js";

for (const name of ["editor", "help"])
	$(`<link rel="stylesheet" href="resources/node-red-contrib-stellantis/min/editor/${name}.css">`).appendTo("head");

Object.assign(window, {
	StellantisEditor: {
		accountOf,
		added,
		ask,
		bringUpToDate,
		check,
		current,
		failure,
		familyOf,
		opened,
		prepare,
		save,
		text,
	},
});
