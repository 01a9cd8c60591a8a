/** HAL pages over anything that can be sliced: one function for every collection of every family. */
import { createHash } from "node:crypto";
import type { Link } from "../answers/reader";
import { ApiFailure } from "../base/failure";
import type { PageRule } from "../families";

/** What a collection is read from; an array is one. */
export interface Source<T> {
	readonly length: number;
	slice(from: number, to: number): readonly T[];
}

/** What one request wants: its filters (those of the token, if it brings one) and the piece of the collection. */
export interface PageRequest {
	path: string;
	query: URLSearchParams;
	page: number;
	size: number;
	/** First and last index of `indexRange`, inclusive. */
	range: readonly [number, number];
}

export interface Page<T> {
	items: readonly T[];
	total: number;
	totalPage: number;
	currentPage: number;
	links: { self: Link; first: Link; last: Link; next?: Link; prev?: Link };
}

/**
 * Reads the paging parameters of a request.
 * @throws ApiFailure 400 for sizes, ranges and tokens that the API would refuse
 */
export function readPaging(path: string, query: URLSearchParams, rule: PageRule): PageRequest {
	const token = query.get("pageToken");
	if (token !== null && rule.tokenStandsAlone && (query.has("pageSize") || query.has("indexRange"))) {
		throw new ApiFailure(400, "pageToken can't be combined with pageSize or indexRange.");
	}
	if (token !== null) {
		const { page, text } = openToken(path, token);
		return { ...readQuery(path, new URLSearchParams(text), rule), page };
	}
	return readQuery(path, query, rule);
}

function readQuery(path: string, query: URLSearchParams, rule: PageRule): PageRequest {
	const text = query.get("pageSize");
	const size = text === null ? rule.default : /^\d+$/.test(text) ? Number(text) : 0;
	if (size < 1 || size > rule.max) throw new ApiFailure(400, `pageSize must be a whole number from 1 to ${rule.max}.`);
	return { path, query, page: 1, size, range: readRange(query, rule) };
}

function readRange(query: URLSearchParams, rule: PageRule): readonly [number, number] {
	const text = query.get("indexRange");
	if (text === null) return [0, Number.POSITIVE_INFINITY];
	if (!rule.indexRange) throw new ApiFailure(400, "indexRange is not known for this resource.");
	const [, from, to] = /^(\d+)(?:-(\d*))?$/.exec(text) ?? [];
	const range = [Number(from), to ? Number(to) : Number.POSITIVE_INFINITY] as const;
	if (from === undefined || range[1] < range[0]) throw new ApiFailure(400, "indexRange must look like 0-9 or 10-.");
	return range;
}

/** Cuts one page out of a collection, which is filtered and in order already. */
export function cutPage<T>(source: Source<T>, request: PageRequest, origin: string): Page<T> {
	const [from, to] = request.range;
	const start = Math.min(from, source.length);
	const count = Math.min(to + 1, source.length) - start;
	const totalPage = Math.max(1, Math.ceil(count / request.size));
	const offset = Math.min((request.page - 1) * request.size, count);
	const link = (page: number): Link => ({
		href: `${origin}${request.path}?pageToken=${sealToken(request.path, page, request.query)}`,
	});
	return {
		items: source.slice(start + offset, start + Math.min(offset + request.size, count)),
		// Of the whole collection, whatever part of it was asked for.
		total: source.length,
		totalPage,
		currentPage: request.page,
		links: {
			self: link(request.page),
			first: link(1),
			...(request.page > 1 ? { prev: link(request.page - 1) } : {}),
			...(request.page < totalPage ? { next: link(request.page + 1) } : {}),
			last: link(totalPage),
		},
	};
}

/** A token fixes page, size, filters and order; the checksum ties it to its resource. */
function sealToken(path: string, page: number, query: URLSearchParams): string {
	const kept = new URLSearchParams(query);
	// Nothing that identifies the caller may come back in an href.
	for (const name of ["client_id", "pageToken"]) kept.delete(name);
	const text = `${page}:${kept}`;
	return checksum(path, text) + Buffer.from(text).toString("base64url");
}

function openToken(path: string, token: string): { page: number; text: string } {
	const text = Buffer.from(token.slice(8), "base64url").toString();
	if (token.slice(0, 8) !== checksum(path, text)) throw new ApiFailure(400, "pageToken is not one of this resource.");
	const colon = text.indexOf(":");
	return { page: Number(text.slice(0, colon)), text: text.slice(colon + 1) };
}

function checksum(path: string, text: string): string {
	return createHash("sha256").update(`${path}\n${text}`).digest("hex").slice(0, 8);
}
