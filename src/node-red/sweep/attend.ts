import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SweepRecords } from "../../sweep/records";
import { accountOf } from "../account/connection";
import { folderOf } from "../folder";
import type { Attendance, AttendanceHost } from "../node-input";
import { flag } from "../values";

/** The shared sweeps of a node, where its form asks for them. What it takes is loaded then. */
export function attendSweeps(host: AttendanceHost): Attendance | undefined {
	const { RED, node, config } = host;
	const folder = folderOf(RED);
	const files = () => {
		const { FileRecords } = require("../../sweep/file-records") as typeof import("../../sweep/file-records");
		return new FileRecords(folder);
	};
	// Asked each time: the account, and its store, may be another after a deploy.
	const records = (): SweepRecords => {
		const { shared } = accountOf(RED, config.account);
		if (!shared) return files();
		const { StoreRecords } = require("../../sweep/store-records") as typeof import("../../sweep/store-records");
		return new StoreRecords(shared);
	};
	const forget = async () => {
		if (existsSync(join(folder, "sweeps"))) await files().remove(node.id);
	};
	if (flag(config.shared)) {
		const { SharedSweeps } = require("./shared-sweeps") as typeof import("./shared-sweeps");
		return new SharedSweeps({ ...host, records, forget });
	}
	// What was shared before must not go on when it is shared again some day.
	forget().catch((error: unknown) => node.warn(String(error)));
	return undefined;
}
