/** Writes entries into a journal as soon as the test sends anything, and tells the test of each that was taken; without a number until it is killed. */
import { Journal } from "../../src/commands/journal";

const [folder = "", name = "", count = "Infinity"] = process.argv.slice(2);
const journal = new Journal(folder);
process.once("disconnect", () => process.exit());

async function write(): Promise<void> {
	for (let n = 0; n < Number(count); n++) {
		const key = `${name}-${n}`;
		await journal.append({ key, event: "status", status: "SentToVehicle" });
		process.send?.(key);
	}
	process.disconnect();
}

process.once("message", () => void write());
process.send?.("ready");
