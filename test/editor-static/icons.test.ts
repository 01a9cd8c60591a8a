import assert from "node:assert/strict";
import { FORM_NAMES, formHtml, list, read } from "./editor";

/** What is one thing under several names. */
const SAME: Readonly<Record<string, string>> = {
	clientSecret: "secret",
	accessToken: "token",
	commandsToken: "token",
	minDistance: "distance",
	maxDistance: "distance",
	minDuration: "duration",
	maxDuration: "duration",
	username: "user",
	commands: "command",
};

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

	it("beside the fields stand for one thing each, in whichever form", () => {
		const things = new Map<string, Set<string>>();
		for (const form of FORM_NAMES)
			for (const [, name = "", icon = ""] of formHtml(form).matchAll(
				/<label for="node-(?:config-)?input-(\w+?)(?:-choice)?"><i class="fa fa-([\w-]+)"/g,
			))
				things.set(icon, (things.get(icon) ?? new Set()).add(SAME[name] ?? name));
		const several = [...things].filter(([, names]) => names.size > 1).map(([icon, names]) => [icon, ...names]);
		assert.deepEqual(several, []);
	});
});
