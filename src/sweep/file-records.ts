import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { damagedIsNone, JsonFile } from "../storage/json-file";
import { locked } from "../storage/keyed-lock";
import { errorName, StorageError } from "../storage/storage-error";
import { keyIn } from "./lease";
import type { Change, ListedPage, RunningSweep, SweepRecords } from "./records";
import { isSpent, type Moment, type Sweep } from "./sweep";

const count = z.number().int().min(0);
const turn = z.object({ holder: z.string(), at: z.number() });
const sweep: z.ZodType<Sweep> = z.object({
	id: z.string(),
	startedAt: z.number(),
	leaseTime: z.number(),
	maxItems: count.nullable(),
	state: z.enum(["open", "closing", "closed"]),
	listing: z.enum(["open", "ended", "cut", "broken"]),
	lister: turn.nullable(),
	listFailures: count,
	listAfter: z.number(),
	items: count,
	pages: count,
	total: count.nullable(),
	pageCount: count.nullable(),
	failed: count,
	gone: count,
	open: z.record(z.string(), turn.extend({ marks: z.string(), tries: count })),
	closer: turn.nullable(),
});
const page: z.ZodType<ListedPage> = z.object({
	address: z.string(),
	items: z.array(z.object({ key: z.string().nullable(), id: z.string().nullable(), vin: z.string().nullable() })),
});
const content = z.object({
	subject: z.object({ node: z.string(), account: z.string(), start: z.string() }),
	sweep,
	next: z.unknown().optional(),
	starter: z.unknown().optional(),
	pages: z.record(z.string(), page),
});
type Content = z.infer<typeof content>;

/** This process. What another one held before it is nobody's any more. */
const INSTANCE = randomUUID();
const MOMENT: Omit<Moment, "now"> = { isAlive: (instance) => instance === INSTANCE };

/** Keeps sweeps on this machine: each in a file of its own, which a kill at any moment leaves whole. */
export class FileRecords implements SweepRecords {
	readonly instance = INSTANCE;
	readonly isLocal = true;
	readonly #folder: string;
	readonly #now: () => number;

	/** @param folder where this package keeps its files */
	constructor(folder: string, now: () => number = Date.now) {
		this.#folder = resolve(folder, "sweeps");
		this.#now = now;
	}

	change<Result>(key: string, change: (sweep: Sweep | undefined, moment: Moment) => Change<Result>): Promise<Result> {
		const file = this.#file(key);
		// A node's predecessor may still note what came back.
		return locked(`${file.path} sweep`, async () => {
			const kept = await this.#read(key);
			const moment = { now: this.#now(), ...MOMENT };
			const { result, ...changed } = change(kept?.sweep, moment);
			const base = changed.anew ? { ...changed.anew, next: undefined, pages: {} } : kept;
			if (changed.sweep && base) await file.write(updated({ ...base, sweep: changed.sweep }, changed, moment));
			return result;
		});
	}

	async running(node: string): Promise<RunningSweep[]> {
		const running: RunningSweep[] = [];
		for (const key of await this.#keys(node)) {
			const kept = await this.#read(key);
			if (kept && kept.sweep.state !== "closed") running.push({ key, subject: kept.subject, sweep: kept.sweep });
		}
		return running;
	}

	async next(key: string): Promise<unknown> {
		return (await this.#read(key))?.next;
	}

	async starter(key: string): Promise<unknown> {
		return (await this.#read(key))?.starter;
	}

	async page(key: string, id: string, number: number): Promise<ListedPage | undefined> {
		const kept = await this.#read(key);
		return kept?.sweep.id === id ? kept.pages[number] : undefined;
	}

	async remove(node: string): Promise<void> {
		for (const key of await this.#keys(node)) {
			const file = this.#file(key);
			await locked(`${file.path} sweep`, () => file.remove());
		}
	}

	#read(key: string): Promise<Content | undefined> {
		return this.#file(key).read().catch(damagedIsNone);
	}

	#file(key: string): JsonFile<Content> {
		return new JsonFile(join(this.#folder, `${key}.json`), content);
	}

	async #keys(node: string): Promise<string[]> {
		try {
			const files = (await readdir(this.#folder)).filter((file) => file.endsWith(".json"));
			return files.map((file) => file.slice(0, -".json".length)).filter((key) => keyIn(`${key}-`, node) === key);
		} catch (error) {
			if (errorName(error) === "ENOENT") return [];
			throw StorageError.of(error, this.#folder, "read");
		}
	}
}

/** What is kept from now on: of pages only those of which something may still be handed out. */
function updated(kept: Content, { next, page: added }: Omit<Change<unknown>, "result">, moment: Moment): Content {
	const pages: Content["pages"] = {};
	for (const [number, open] of Object.entries(kept.sweep.open)) {
		const known = added?.number === Number(number) ? added.listed : kept.pages[number];
		if (known && !isSpent(open, kept.sweep, moment)) pages[number] = known;
	}
	const isOver = kept.sweep.state === "closed";
	return { ...kept, next: isOver ? undefined : (next ?? kept.next), starter: isOver ? undefined : kept.starter, pages };
}
