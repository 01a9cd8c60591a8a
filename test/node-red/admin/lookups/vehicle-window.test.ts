import assert from "node:assert/strict";
import { VehicleWindow } from "../../../../src/node-red/admin/lookups/vehicle-window";

const page = (n: number) => new URL(`http://127.0.0.1/vehicles?page=${n}`);
/** Cards from one number to before another. */
const cards = (from: number, to: number, more: object = {}) =>
	Array.from({ length: to - from }, (_, n) => ({ id: `car-${from + n}`, ...more }));

describe("the vehicles that are looked at for a list in a form", () => {
	it("are all of a small account", () => {
		const window = new VehicleWindow(page(1));
		assert.equal(window.isWhole, false);
		window.add(page(1), { cards: cards(0, 3), next: undefined });
		assert.equal(window.isWhole, false, "another page than the one that was next");
		const start = window.following;
		assert.ok(start);
		window.add(start, { cards: cards(0, 3), next: undefined });
		assert.deepEqual(window.cards, cards(0, 3));
		assert.equal(window.isWhole, true);
		assert.equal(window.following, undefined);
	});

	it("stay where they are when a slow answer brings a page a second time", () => {
		const [first, second, third] = [page(1), page(2), page(3)];
		const window = new VehicleWindow(first);
		window.add(first, { cards: cards(0, 2), next: second });
		window.add(second, { cards: cards(2, 4), next: third });
		window.add(first, { cards: cards(0, 2), next: second });
		assert.equal(window.following, third);
	});

	it("are no more than a thousand, and no more than 25 pages", () => {
		for (const [size, pages] of [
			[100, 10],
			[1, 25],
		] as const) {
			const window = new VehicleWindow(page(0));
			let read = 0;
			for (let at = window.following; at; at = window.following) {
				window.add(at, { cards: cards(read * size, (read + 1) * size), next: page(++read) });
			}
			assert.equal(read, pages);
			assert.equal(window.isWhole, false);
		}
	});

	it("keep no more pictures than a small machine can hold", () => {
		const window = new VehicleWindow(page(1));
		const picture = `data:image/png;base64,${"A".repeat(19_000)}`;
		window.add(window.following as URL, { cards: cards(0, 1_000, { picture }), next: undefined });
		const kept = window.cards.filter((card) => card.picture).length;
		assert.ok(kept > 100 && kept * picture.length <= 4_000_000, String(kept));
	});
});
