import assert from "node:assert/strict";
import { list, read } from "./editor";

describe("icons", () => {
	for (const name of list("icons", ".svg")) {
		it(`${name} is a white drawing in the size of the core icons, and nothing else`, () => {
			const svg = read("icons", name);
			assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="40" height="60" viewBox="0 0 40 60">/);
			assert.doesNotMatch(svg, /<script|\son\w+=|href|url\(|<!|<\?/i);
			const colours = [...svg.matchAll(/(?:fill|stroke)="([^"]*)"/g)].map((match) => match[1]);
			assert.deepEqual([...new Set(colours)].sort(), ["#fff", "none"]);
			const open: string[] = [];
			for (const [, slash, tag = "", , self] of svg.matchAll(/<(\/?)([a-z]+)((?:\s[\w:-]+="[^"<]*")*)\s*(\/?)>/gi)) {
				if (slash) assert.equal(open.pop(), tag);
				else if (!self) open.push(tag);
			}
			assert.deepEqual(open, []);
			assert.doesNotMatch(svg.replace(/<\/?[a-z]+(\s[\w:-]+="[^"<]*")*\s*\/?>/gi, ""), /[<>&]/);
		});
	}
});
