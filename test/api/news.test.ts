import assert from "node:assert/strict";
import fc from "fast-check";
import { isOpen, type Mark, News, timeOf } from "../../src/api/news";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 4, 4);
const at = (days: number) => new Date(NOW - days * DAY).toISOString();
const trip = (id: string, daysAgo: number, more: object = {}) => ({ id, startedAt: at(daysAgo), done: true, ...more });

/** A node's reading: what is new of what the server has since the mark, at most `most` items. */
function reading(mark: Mark | undefined, items: readonly object[], most = Infinity) {
	const news = new News(mark && JSON.parse(JSON.stringify(mark)), NOW);
	const asked = items.filter((item) => news.from === undefined || (timeOf(item) ?? NOW) >= news.from);
	const sent: object[] = [];
	let complete = true;
	for (const item of asked) {
		if (!news.isNew(item)) continue;
		if (sent.length >= most) {
			complete = false;
			break;
		}
		sent.push(item);
		news.note(item);
	}
	return { sent, mark: news.mark(complete) };
}

describe("news", () => {
	it("are what was not sent before", () => {
		const old = [trip("a", 3), trip("b", 2)];
		const first = reading(undefined, old);
		assert.deepEqual(first.sent, old);
		assert.deepEqual(reading(first.mark, old).sent, []);
		assert.deepEqual(reading(first.mark, [...old, trip("c", 1)]).sent, [trip("c", 1)]);
	});

	describe("of one vehicle", () => {
		const linked = (vehicle: string, id = "a") =>
			trip(id, 1, { _links: { vehicle: { href: `https://api.example/v4/user/vehicles/${vehicle}` } } });

		it("are not what came under the vehicle's former id, or without a link to it", () => {
			const { mark } = reading(undefined, [linked("v1"), trip("b", 1)]);
			assert.deepEqual(reading(mark, [linked("v2"), linked("v2", "b")]).sent, []);
			assert.deepEqual(reading(mark, [trip("a", 1)]).sent, []);
			assert.deepEqual(reading(mark, [linked("v2", "c")]).sent, [linked("v2", "c")]);
		});

		it("are told by a mark that has items beside the address of their vehicle", () => {
			const { mark } = reading(undefined, [linked("v1"), trip("b/c d", 1)]);
			const [entry, other] = Object.values(mark.sent);
			assert.ok(entry && other);
			const href = "https://api.example/v4/user/vehicles/v1";
			const old: Mark = { ...mark, sent: { [`${href} a`]: entry, "b/c d": other } };
			for (const vehicle of ["v1", "v2"]) assert.deepEqual(reading(old, [linked(vehicle), trip("b/c d", 1)]).sent, []);
			assert.deepEqual(Object.keys(reading(old, [linked("v1")]).mark.sent), ["a", "b/c d"]);
		});
	});

	describe("of several vehicles", () => {
		const linked = (vehicle: string, id = "a", more: object = {}) =>
			trip(id, 1, { _links: { vehicle: { href: `/v3/fleets/f/vehicles/${vehicle}` } }, ...more });
		/** A reading by a Node-RED that knows these VINs. */
		const fleet = (mark: Mark | undefined, items: readonly object[], vins: Record<string, string> = {}) => {
			const completed = ({ id, vin = vins[id] }: { id: string; vin?: string }) => ({ id, ...(vin ? { vin } : {}) });
			const vehicleOf = (item: unknown) => {
				const { _links, vin } = item as { _links?: { vehicle: { href: string } }; vin?: string };
				const id = _links?.vehicle.href.split("/").at(-1);
				return id === undefined ? undefined : completed({ id, ...(vin ? { vin } : {}) });
			};
			const news = new News(mark && JSON.parse(JSON.stringify(mark)), NOW, { several: { vehicleOf, completed } });
			const sent = items.filter((item) => news.isNew(item));
			for (const item of sent) news.note(item);
			return { sent, mark: news.mark(true) };
		};

		it("are told apart by their vehicle", () => {
			const items = [linked("v1"), linked("v2")];
			const first = fleet(undefined, items);
			assert.deepEqual(first.sent, items);
			assert.deepEqual(fleet(first.mark, [...items, linked("v3")]).sent, [linked("v3")]);
		});

		it("are not what came under a former id of a vehicle whose VIN is known", () => {
			const { mark } = fleet(undefined, [linked("v1"), linked("v2")], { v1: "VIN1" });
			assert.deepEqual(mark.vins, { v1: "VIN1" });
			assert.deepEqual(fleet(mark, [linked("v9")], { v9: "VIN1" }).sent, []);
			assert.deepEqual(fleet(mark, [linked("v9")], { v9: "VIN2" }).sent, [linked("v9")]);
		});

		it("are the same whether or not a VIN is known already", () => {
			const items = [linked("v1"), linked("v2")];
			const knowing = fleet(undefined, items, { v1: "VIN1" });
			// After a restart nobody has listed the fleet yet.
			const restarted = fleet(knowing.mark, items);
			assert.deepEqual(restarted.sent, []);
			assert.deepEqual(restarted.mark.vins, { v1: "VIN1" });
			assert.deepEqual(fleet(fleet(undefined, items).mark, items, { v1: "VIN1", v2: "VIN2" }).sent, []);
		});

		it("are told by a mark that has items beside the address of their vehicle", () => {
			const items = [linked("v1"), linked("v2")];
			const { mark } = fleet(undefined, items);
			const [one, two] = Object.values(mark.sent);
			assert.ok(one && two);
			const old = { ...mark, sent: { "/v3/fleets/f/vehicles/v1 a": one, "/v3/fleets/f/vehicles/v2 a": two } };
			assert.deepEqual(fleet(old, items, { v2: "VIN2" }).sent, []);
			assert.deepEqual(fleet({ ...mark, sent: { a: one } }, [linked("v1")]).sent, []);
		});
	});

	it("are what has changed, but not what was only touched", () => {
		const alert = { id: "a", startedAt: at(2), active: true, updatedAt: at(2), _links: { self: { href: "/1" } } };
		const { mark } = reading(undefined, [alert]);
		assert.deepEqual(reading(mark, [{ ...alert, updatedAt: at(1), _links: {} }]).sent, []);
		assert.deepEqual(reading(mark, [{ updatedAt: at(2), active: true, startedAt: at(2), id: "a" }]).sent, []);
		const ended = { ...alert, active: false, endedAt: at(1) };
		const after = reading(mark, [ended]);
		assert.deepEqual(after.sent, [ended]);
		assert.deepEqual(reading(after.mark, [ended]).sent, []);
	});

	describe("under a message's own query", () => {
		const driven = (id: string, daysAgo: number, km: number) => ({ ...trip(id, daysAgo), km });
		let all: ReturnType<typeof driven>[];
		beforeEach(() => {
			all = [driven("short", 20, 1), driven("long", 1, 50)];
		});
		/** What is asked of the server, and what is new of it. */
		const asking = (mark: Mark | undefined, query?: string) => {
			const news = new News(mark && JSON.parse(JSON.stringify(mark)), NOW, { query });
			const shown = all.filter((each) => query === undefined || each.km > 10);
			const asked = shown.filter((item) => (timeOf(item) ?? NOW) >= (news.from ?? 0));
			const sent = asked.filter((item) => news.isNew(item));
			for (const item of sent) news.note(item);
			return { asked, sent, mark: news.mark(true) };
		};
		const ids = (items: { id: string }[]) => items.map(({ id }) => id);

		it("leave what it does not show to readings without it, and are sent once", () => {
			const narrow = asking(undefined, "long");
			assert.deepEqual(ids(narrow.sent), ["long"]);
			assert.deepEqual([narrow.mark.from, narrow.mark.queries], [undefined, { long: NOW - 8 * DAY }]);
			const whole = asking(narrow.mark);
			assert.deepEqual(ids(whole.sent), ["short"]);
			assert.deepEqual([whole.mark.from, whole.mark.queries], [NOW - 8 * DAY, undefined]);
			assert.deepEqual(ids(asking(whole.mark, "long").sent), []);
		});

		it("are asked for from where that query was last, so that a flow that always has one reads on", () => {
			const { mark } = asking(undefined, "long");
			all.push(driven("longer", 0.5, 60));
			all.unshift(driven("old", 30, 30));
			const next = asking(mark, "long");
			assert.deepEqual([ids(next.asked), ids(next.sent)], [["long", "longer"], ["longer"]]);
			assert.deepEqual(ids(asking(next.mark, "other").sent), ["old"], "another query");
		});

		it("of many kinds are remembered within bounds", () => {
			let mark: Mark | undefined;
			for (let n = 0; n < 50; n++) mark = asking(mark, `q${n}`).mark;
			assert.equal(Object.keys(mark?.queries ?? {}).length, 20);
			assert.ok(mark?.queries?.q49);
			assert.deepEqual(asking(mark, "q0").sent, []);
		});
	});

	it("wait for an alert that is still active, and for a trip that comes days late", () => {
		const { mark } = reading(undefined, [{ id: "a", startedAt: at(60), active: true }, trip("b", 1)]);
		assert.equal(mark.from, NOW - 60 * DAY);
		const closed = reading(mark, [{ id: "a", startedAt: at(60), active: false }, trip("b", 1)]);
		assert.equal(closed.sent.length, 1);
		assert.equal(closed.mark.from, NOW - 8 * DAY);
		assert.deepEqual(reading(closed.mark, [trip("late", 6), trip("b", 1)]).sent, [trip("late", 6)]);
	});

	it("wait for what was passed over and may still change, and no longer", () => {
		const alert = { id: "a", startedAt: at(60), active: true };
		const passing = (mark: Mark | undefined, item: unknown) => {
			const news = new News(mark, NOW);
			news.passOver(item);
			if (!mark) news.note(trip("b", 1));
			return news.mark(true);
		};
		const mark = passing(undefined, alert);
		assert.equal(mark.from, NOW - 60 * DAY);
		const ended = { ...alert, active: false };
		const sent = reading(mark, [ended]);
		assert.deepEqual(sent.sent, [ended]);
		assert.equal(sent.mark.from, NOW - 8 * DAY);
		// What was sent as it ended stays sent, though an older answer comes after it; what is not sent when it ends is let go.
		assert.deepEqual(reading(passing(passing(mark, alert), alert), [ended]).sent, [ended]);
		const still = new News(mark, NOW);
		still.note(ended);
		still.passOver(alert);
		assert.equal(still.isNew(ended), false);
		assert.equal(passing(reading(undefined, [alert, trip("b", 1)]).mark, ended).from, NOW - 8 * DAY);
		assert.equal(passing(undefined, ended).from, NOW - 8 * DAY);
	});

	it("do not wait for ever for what never ends", () => {
		const { mark } = reading(undefined, [{ id: "a", startedAt: at(200), active: true }, trip("b", 1)]);
		assert.equal(mark.from, NOW - 8 * DAY);
	});

	it("are not hidden by a car whose clock runs years ahead", () => {
		const odd = trip("odd", -3650);
		const { mark, sent } = reading(undefined, [trip("a", 2), odd]);
		assert.equal(sent.length, 2);
		assert.deepEqual(reading(mark, [trip("a", 2), trip("b", 1), odd]).sent, [trip("b", 1)]);
	});

	it("come in full, each once, however small the portions and whatever the order of the server", () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 40 }),
				fc.integer({ min: 1, max: 10 }),
				fc.boolean(),
				(days, most, sorted) => {
					const items = days.map((day, place) => trip(`t${place}`, day));
					if (sorted) items.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
					const got: object[] = [];
					let mark: Mark | undefined;
					for (let round = 0; round < 60; round++) {
						// A server that does not sort is read in full; only order makes a partial mark possible.
						const next = reading(mark, items, sorted ? most : Infinity);
						mark = next.mark;
						got.push(...next.sent);
						if (next.sent.length === 0) break;
					}
					assert.deepEqual(new Set(got), new Set(items));
					assert.equal(got.length, items.length);
				},
			),
		);
	});

	it("keep an older item ahead that the mark has seen to be out of order", () => {
		const news = new News(undefined, NOW);
		for (const item of [trip("a", 1), trip("b", 300)]) news.note(item);
		assert.equal(news.mark(false).from, undefined);
		assert.equal(news.mark(true).from, NOW - 8 * DAY);
	});

	it("are remembered within bounds, without losing what is still to come", () => {
		const news = new News(undefined, NOW);
		for (let place = 0; place < 12_000; place++) news.note(trip(`t${place}`, 5 - place / 4000));
		const mark = news.mark(false);
		assert.equal(Object.keys(mark.sent).length, 10_000);
		assert.ok((mark.from ?? 0) > NOW - 5 * DAY);
		assert.equal(new News(mark, NOW).isNew(trip("t11999", 5 - 11_999 / 4000)), false);

		const unsorted = new News(undefined, NOW);
		for (let place = 0; place < 12_000; place++) unsorted.note(trip(`t${place}`, (place * 7) % 5));
		const half = unsorted.mark(false);
		assert.equal(half.from, undefined);
		assert.equal(Object.keys(half.sent).length, 10_000);
	});

	it("start afresh from a mark that is damaged", () => {
		for (const mark of [
			null,
			7,
			"x",
			[],
			{},
			{ version: 2, sent: {} },
			{ version: 1, sent: { a: [1, 2, 3] } },
			{ version: 1, sent: {}, queries: { a: "b" } },
		]) {
			const news = new News(mark, NOW);
			assert.equal(news.isFirst, true);
			assert.equal(news.from, undefined);
		}
		assert.equal(new News({ version: 1, sent: {} }, NOW).isFirst, false);
	});

	it("take items as they come, even those that are no objects", () => {
		const odd = [null, 7, "x", [], {}, { id: "__proto__" }];
		const first = reading(undefined, odd as object[]);
		assert.equal(first.sent.length, odd.length);
		assert.deepEqual(reading(first.mark, odd as object[]).sent, []);
	});
});

describe("the time of an item", () => {
	const table: [item: unknown, time: number | undefined][] = [
		[{ startedAt: at(1), updatedAt: at(0) }, NOW - DAY],
		[{ start: at(1) }, NOW - DAY],
		[{ date: at(1) }, NOW - DAY],
		[{ startedAt: "soon", createdAt: at(1) }, NOW - DAY],
		[{ startedAt: 5 }, undefined],
		[{}, undefined],
		[null, undefined],
	];
	for (const [item, time] of table)
		it(`${JSON.stringify(item)}: ${time ?? "none"}`, () => assert.equal(timeOf(item), time));
});

describe("an item that has yet to end", () => {
	const table: [item: unknown, open: boolean][] = [
		[{ active: true }, true],
		[{ active: false }, false],
		[{ done: false }, true],
		[{ done: true }, false],
		[{ state: { done: false } }, true],
		[{}, false],
		[null, false],
	];
	for (const [item, open] of table) it(`${JSON.stringify(item)}: ${open}`, () => assert.equal(isOpen(item), open));
});
