import { type Position, readCollection, type Way } from "../../src/api/collection";
import { StellantisError } from "../../src/error";
import type { Fetched } from "../../src/hal/pages";

/** What a test collection holds: an id where it has one. */
export interface Thing {
	id?: string;
	n?: number;
}

export interface PagerOptions {
	items: Thing[];
	/** Items a page; `pageSize` of the query goes before it. */
	size?: number;
	/** What the pager says of the whole: the truth, nothing, or something else. */
	total?: "right" | "missing" | "range" | ((length: number) => number);
	/** Links that a page has where they make sense. */
	links?: readonly string[];
	indexRange?: "yes" | "ignored" | "refused" | "short";
	/** Called before each answer with the number of the request, from 1; it may change `items` or throw. */
	onRequest?: (request: number, items: Thing[]) => void;
}

export const ROOT = "https://api.example";
const LINKS = ["self", "first", "next", "prev", "last"];

/** A pager that counts from the beginning of its items, as the API does, which can be changed between two requests. */
export class Pager {
	/** Queries asked for, in order. */
	readonly requests: string[] = [];
	readonly options: PagerOptions;

	constructor(options: PagerOptions) {
		this.options = options;
	}

	readonly fetch = async (url: URL): Promise<Fetched<number>> => {
		const { items, size = 5, indexRange = "yes", onRequest } = this.options;
		this.requests.push(url.search);
		// A test waits for no network, but others get their turn.
		await Promise.resolve();
		onRequest?.(this.requests.length, items);
		const range = /^(\d+)-(\d*)$/.exec(url.searchParams.get("indexRange") ?? "");
		if (range && indexRange === "refused") throw new StellantisError("ERR_REJECTED", "no indexRange here");
		const pageSize = Number(url.searchParams.get("pageSize") ?? size);
		const whole = range && indexRange !== "ignored" ? cut(items, range) : items;
		const page = Number(url.searchParams.get("page") ?? 1);
		const shown = whole.slice((page - 1) * pageSize, page * pageSize);
		if (range && indexRange === "short") shown.pop();
		return { document: this.#document(url, shown, whole.length, page, pageSize), url, answer: this.requests.length };
	};

	#document(url: URL, items: Thing[], length: number, page: number, pageSize: number): Record<string, unknown> {
		const { total = "right", links = LINKS } = this.options;
		const pages = Math.max(1, Math.ceil(length / pageSize));
		const to = (target: number) => {
			const address = new URL(url);
			address.searchParams.set("page", String(target));
			return { href: address.pathname + address.search };
		};
		const all: Record<string, unknown> = {
			self: to(page),
			first: to(1),
			last: to(pages),
			...(page < pages ? { next: to(page + 1) } : {}),
			...(page > 1 ? { prev: to(page - 1) } : {}),
		};
		const said =
			total === "right"
				? this.options.items.length
				: total === "range"
					? length
					: total === "missing"
						? undefined
						: total(this.options.items.length);
		return {
			_links: Object.fromEntries(Object.entries(all).filter(([name]) => links.includes(name))),
			...(said === undefined ? {} : { total: said }),
			_embedded: { things: items },
		};
	}
}

function cut(items: Thing[], [, from, to]: RegExpExecArray): Thing[] {
	return items.slice(Number(from), to ? Number(to) + 1 : undefined);
}

export interface ReadResult {
	items: Thing[];
	error?: unknown;
	/** Where to go on. */
	position?: Position | undefined;
	pages: number;
}

export interface ReadTestOptions {
	way: Way;
	parallel?: number;
	pageSize?: number;
	resume?: Position | undefined;
	/** Stop after so many items, as `maxItems` does. */
	most?: number;
}

/** Reads as a node does: item by item, until the end, `most` items or an error, remembering where to go on. */
export async function read(
	pager: Pick<Pager, "fetch">,
	{ way, parallel = 1, pageSize, resume, most = Infinity }: ReadTestOptions,
): Promise<ReadResult> {
	const start = new URL(`${ROOT}/things`);
	if (pageSize !== undefined) start.searchParams.set("pageSize", String(pageSize));
	const result: ReadResult = {
		items: [],
		pages: 0,
		position: resume ?? { address: start.pathname + start.search, way, skip: 0, handled: [] },
	};
	try {
		for await (const batch of readCollection({
			fetch: pager.fetch,
			start,
			way,
			resume,
			resolve: (address) => new URL(ROOT + address),
			parallel,
			needed: () => most - result.items.length,
		})) {
			result.pages = batch.index;
			const taken = batch.items.slice(0, most - result.items.length) as Thing[];
			result.items.push(...taken);
			// A message takes it along as JSON.
			const position = batch.positionAfter(taken.length);
			result.position = position && (JSON.parse(JSON.stringify(position)) as Position);
			if (result.items.length >= most) break;
		}
	} catch (error) {
		result.error = error;
	}
	return result;
}

/** Items with ids `0`, `1`, … */
export const things = (count: number): Thing[] => Array.from({ length: count }, (_, place) => ({ id: String(place) }));

export const ids = (items: readonly Thing[]): (string | undefined)[] => items.map(({ id }) => id);
