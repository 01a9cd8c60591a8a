import { type Fetched, type Page, walk } from "../../hal/pages";
import { addressOfPage, type Reading, type Spot, type SpottedPage } from "./reading";
import { Trail } from "./trail";

/** Follows the pager from a page on. */
export async function* follow<Answer>(
	options: Reading<Answer>,
	from: URL | Fetched<Answer>,
	way: "next" | "prev",
	trail = new Trail(way === "prev"),
): AsyncGenerator<SpottedPage<Answer>, void, undefined> {
	const { fetch, embedded, needed = () => Number.POSITIVE_INFINITY } = options;
	for await (const page of walk(fetch, from, way, { embedded, wanted: ({ items }) => needed() > items.length })) {
		const spot = (at: Page<Answer>, behind: Trail): Spot => ({
			address: addressOfPage(at.url),
			way,
			...behind.spotOn(at),
		});
		const here = spot(page, trail);
		const missed = await trail.missed(options, page);
		const detour = new Trail(way === "prev");
		for (const [place, again] of missed.entries()) {
			const following = missed[place + 1];
			const at = spot(again, detour);
			detour.add(again);
			yield { ...again, again: true, here: at, after: following ? spot(following, detour) : here };
		}
		trail.add(page);
		yield {
			...page,
			here,
			...(page.following ? { after: { ...here, ...trail.spotOn(page), address: addressOfPage(page.following) } } : {}),
		};
	}
}
