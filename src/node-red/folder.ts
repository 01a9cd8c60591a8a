import { isAbsolute, join, relative, resolve } from "node:path";
import type { NodeAPI } from "node-red";
import { packageSettings } from "./operations/settings";

/** Name of the folder below Node-RED's user directory. */
const DEFAULT = "stellantis";

/** Where this package keeps its files, and what is wrong with what settings.js says of it. */
export interface FolderChoice {
	folder: string;
	/** Where they are kept when settings.js says nothing. */
	usual: string;
	problem?: string;
}

/** Where this package keeps its files: `stellantis.folder` of settings.js, else `stellantis` below the user directory. */
export function folderOf(RED: Pick<NodeAPI, "settings">): string {
	return folderChoice(RED).folder;
}

/** As {@link folderOf}, for whoever tells people about it. */
export function folderChoice(RED: Pick<NodeAPI, "settings">): FolderChoice {
	const home = resolve(RED.settings.userDir ?? ".");
	const usual = join(home, DEFAULT);
	const { folder } = packageSettings(RED);
	if (folder === undefined || folder === null || folder === "") return { folder: usual, usual };
	const path = typeof folder === "string" && !folder.includes("\0") ? resolve(home, folder) : undefined;
	const isBelow = path !== undefined && !/^\.\.([\\/]|$)/.test(relative(home, path));
	if (path !== undefined && (isBelow || isAbsolute(folder as string))) return { folder: path, usual };
	return {
		folder: usual,
		usual,
		problem: `stellantis.folder in settings.js can't be used: it must be an absolute path, or one below Node-RED's user directory. Files are kept in ${usual}.`,
	};
}
