// @ts-check
/** Pictures of vehicles, which come from foreign servers. */

/** What is shown in place of a picture. @param {string} icon its class */
export const placeholder = (icon) =>
	$('<span class="stellantis-picture" aria-hidden="true">').append($("<i>").addClass(icon));

/**
 * A picture, which learns nothing of the page it stands in; an icon where there is none, or where it can't be loaded.
 * @param {string | undefined} address as the runtime has found it safe
 * @param {string} icon class of the icon
 * @param {string} words what the picture shows, empty where that stands beside it
 */
export function pictureOf(address, icon, words) {
	if (!address) return placeholder(icon);
	const frame = $('<span class="stellantis-picture">');
	return frame.append(
		$('<img loading="lazy" referrerpolicy="no-referrer">')
			.attr("alt", words)
			.on("error", () => frame.replaceWith(placeholder(icon)))
			.attr("src", address),
	);
}
