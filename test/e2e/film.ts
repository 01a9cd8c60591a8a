/** A moving picture made of what a test sees. */
import { applyPalette, GIFEncoder, quantize } from "gifenc";
import type { Page } from "playwright-core";
import { PNG } from "pngjs";

/** Colours of a picture, one of 256 being "as before". */
const COLOURS = 255;

interface Shot {
	png: Buffer;
	/** How long it stays, in ms. */
	stays: number;
}

export class Film {
	readonly #shots: Shot[] = [];
	readonly #page: Page;

	constructor(page: Page) {
		this.#page = page;
	}

	get shots(): number {
		return this.#shots.length;
	}

	/** Takes a picture of the page as it is, to be shown for so many seconds. */
	async take(seconds: number): Promise<void> {
		const png = await this.#page.screenshot({ animations: "disabled", caret: "hide" });
		this.#shots.push({ png, stays: seconds * 1000 });
	}

	/** The film as an animated GIF that begins anew at its end. Only what has changed is in its later pictures. */
	gif(): Uint8Array {
		const encoder = GIFEncoder();
		let before: Uint8Array | undefined;
		for (const { png, stays } of this.#shots) {
			const { data, width, height } = PNG.sync.read(png);
			const palette = quantize(data, COLOURS);
			const index = applyPalette(data, palette);
			const same = palette.length;
			if (before) for (let at = 0; at < index.length; at++) if (isSame(data, before, at)) index[at] = same;
			const options = { palette: [...palette, [0, 0, 0] as [number, number, number]], delay: stays, dispose: 1 };
			const later = before ? { transparent: true, transparentIndex: same } : { repeat: 0 };
			encoder.writeFrame(index, width, height, { ...options, ...later });
			before = data;
		}
		encoder.finish();
		return encoder.bytes();
	}
}

/** Whether a pixel is as it was. */
function isSame(now: Uint8Array, before: Uint8Array, pixel: number): boolean {
	const at = pixel * 4;
	return now[at] === before[at] && now[at + 1] === before[at + 1] && now[at + 2] === before[at + 2];
}
