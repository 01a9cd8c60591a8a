/** Pictures of the simulated cars, drawn here, so that they show without any other server. */

/** The kinds of bodies. */
export type Body = "hatchback" | "suv" | "van";

/** How a car looks from its side. */
export interface Looks {
	body: Body;
	/** As SVG takes it. */
	colour: string;
}

/** Outline and windows of each body, in a box of 96 by 48 whose wheels stand at (24, 36) and (73, 36). */
const shapes: Readonly<Record<Body, { outline: string; windows: string }>> = {
	hatchback: {
		outline: "M6 36V25q0-3 3-4l11-2L32 9q2-1 4-1h20q3 0 5 2l13 10 13 3q5 1 5 6v5q0 2-2 2z",
		windows: "M27 19l8-7h9v7zM47 12h8l10 7H47z",
	},
	suv: {
		outline: "M5 36V21q0-3 3-4l8-2 9-9q2-2 5-2h30q3 0 5 2l11 10 13 3q4 1 4 5v9q0 3-3 3z",
		windows: "M22 16l8-8h13v8zM46 8h13l9 8H46z",
	},
	van: { outline: "M4 36V8q0-4 4-4h52q4 0 7 3l12 13 10 3q4 1 4 5v5q0 3-3 3z", windows: "M55 8h4q2 0 4 2l9 10H55z" },
};

/** The picture of a car as a `data:` address (RFC 2397), with no character that an address may not hold (RFC 3986). */
export function pictureOf({ body, colour }: Looks): string {
	const { outline, windows } = shapes[body];
	const wheel = (x: number) => `<circle cx='${x}' cy='36' r='8'/><circle cx='${x}' cy='36' r='4' fill='#bbb'/>`;
	const drawing =
		`<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 96 48'><path fill='${colour}' stroke='#555' d='${outline}'/>` +
		`<path fill='#cde' d='${windows}'/>${wheel(24)}${wheel(73)}</svg>`;
	return `data:image/svg+xml,${encodeURI(drawing).replaceAll("#", "%23")}`;
}
