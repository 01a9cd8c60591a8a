import assert from "node:assert/strict";
import { pictureOf } from "../../../demo/world/pictures";
import { characterCount, vehicleAt } from "../../../demo/world/vehicles";

describe("the pictures of the simulated cars", () => {
	const pictures = Array.from({ length: characterCount }, (_, index) => pictureOf(vehicleAt(1, index).looks));

	it("are one for each model, small enough for every message that carries a vehicle", () => {
		assert.equal(new Set(pictures).size, characterCount);
		for (const picture of pictures) assert.ok(picture.length < 700, `${picture.length} characters`);
	});

	it("are addresses without a character that RFC 3986 does not allow", () => {
		for (const picture of pictures) {
			assert.match(picture, /^data:image\/svg\+xml,([\w.~!$&'()*+,;=:@/?-]|%[\dA-F]{2})+$/);
			assert.equal(new URL(picture).href, picture);
		}
	});

	it("are drawings that load nothing and run nothing", () => {
		for (const picture of pictures) {
			const drawing = decodeURIComponent(picture.slice(picture.indexOf(",") + 1));
			assert.match(drawing, /^<svg xmlns='http:\/\/www\.w3\.org\/2000\/svg' [^<]*>(<(path|circle) [^<>]*\/>)+<\/svg>$/);
			assert.doesNotMatch(drawing, /href|url\(|\son/);
		}
	});

	it("show a car of the same model in the same way, wherever it stands in a fleet", () => {
		const known = new Map(pictures.map((picture, index) => [vehicleAt(1, index).label, picture] as [string, string]));
		for (let index = characterCount; index < 60; index++) {
			const { label, looks } = vehicleAt(1, index);
			assert.equal(pictureOf(looks), known.get(label.replace(/ \d+$/, "")));
		}
	});
});
