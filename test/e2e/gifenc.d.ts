/** The part of gifenc that the film of the first minute needs; it ships no types. */
declare module "gifenc" {
	type Palette = [red: number, green: number, blue: number][];
	export function quantize(rgba: Uint8Array, colours: number): Palette;
	export function applyPalette(rgba: Uint8Array, palette: Palette): Uint8Array;
	export function GIFEncoder(): {
		/** @param options `delay` in ms; `transparentIndex` of the palette with `transparent` */
		writeFrame(
			index: Uint8Array,
			width: number,
			height: number,
			options: {
				palette?: Palette;
				delay: number;
				repeat?: number;
				transparent?: boolean;
				transparentIndex?: number;
				dispose?: number;
			},
		): void;
		finish(): void;
		bytes(): Uint8Array;
	};
}
