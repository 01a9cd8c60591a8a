/** Appends numbers to a queue, or delivers what is in it, until it is killed; tells the test what it may rely on. */
import { z } from "zod";
import { DurableQueue } from "../../src/storage/durable-queue";

const [folder = "", work, from = "0"] = process.argv.slice(2);
const queue = new DurableQueue({ folder, name: "queue", schema: z.number(), gather: 5 });
process.once("disconnect", () => process.exit());

async function append(): Promise<void> {
	for (let next = Number(from); ; next += 4) {
		await Promise.all([0, 1, 2, 3].map((n) => queue.append([next + n])));
		process.send?.(next + 3);
	}
}

async function deliver(): Promise<void> {
	for await (const { entry, delivered } of queue.read(new AbortController().signal)) {
		process.send?.(entry);
		delivered();
	}
}

void (work === "append" ? append() : deliver());
