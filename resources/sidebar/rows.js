// @ts-check
/** Lists of which only the rows that have changed are drawn anew, so that pictures, focus and selection stay. */

/**
 * @template Item
 * @typedef {object} Rows
 * @property {(item: Item) => string} key what stays the same for an item
 * @property {(item: Item) => JQuery} draw
 * @property {string} none said of an empty list
 * @property {string} [more] said below the last row
 */

/**
 * Shows items as a list.
 * @template Item
 * @param {JQuery} into
 * @param {Item[]} items
 * @param {Rows<Item>} rows
 */
export function keep(into, items, { key, draw, none, more = "" }) {
	const list = into.children("ul").length ? into.children("ul") : $("<ul>").appendTo(into);
	const note = into.children("p").length ? into.children("p") : $("<p>").appendTo(into);
	const before = new Map(
		list
			.children()
			.map((_, row) => ({ row }))
			.get()
			.map(({ row }) => [$(row).data("key"), row]),
	);
	const held = document.activeElement?.getAttribute("data-focus");
	for (const [place, item] of items.entries()) {
		const name = key(item);
		const drawn = draw(item);
		const html = String(drawn.prop("outerHTML"));
		const known = before.get(name);
		before.delete(name);
		const row = known ?? $("<li>").data("key", name).get(0);
		if (!row) continue;
		if ($(row).data("html") !== html) $(row).data("html", html).empty().append(drawn);
		const there = list.children().get(place);
		if (there !== row) $(row).insertBefore(there ?? $());
		if (!row.isConnected) list.append(row);
	}
	for (const row of before.values()) $(row).remove();
	const said = items.length ? more : none;
	note.text(said).toggle(said !== "");
	list.toggle(items.length > 0);
	// a row that was drawn anew has lost it
	if (held && document.activeElement === document.body)
		into
			.find("[data-focus]")
			.filter((_, one) => one.dataset.focus === held)
			.trigger("focus");
}
