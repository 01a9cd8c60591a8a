import assert from "node:assert/strict";
import fc from "fast-check";
import { FAMILIES } from "../../../../src/api/families";
import { Replacer } from "../../../../src/node-red/admin/diagnostics/replacer";
import { routeNameOf } from "../../../../src/node-red/admin/diagnostics/route-name";
import { leaksIn } from "../../../secrets/scan";

/** Texts that are no word of everybody's and no pseudonym, as ids, labels, plates, names and secrets are. */
const secret = fc
	.oneof(
		fc.stringMatching(/^[a-f0-9]{8,32}$/),
		fc.stringMatching(/^[A-Za-z0-9_-]{8,40}$/),
		fc.stringMatching(/^[A-Z]{2}-\d{3}-[A-Z]{2}$/),
		fc.stringMatching(/^[a-zé]{5,9} [A-Zà][a-zß]{5,9}$/),
		fc.stringMatching(/^\+\d{2} \d{3} \d{4} \d{2}$/),
		fc.stringMatching(/^-?\d{1,2}\.\d{4,6}$/),
		fc.stringMatching(/^[a-z]{4,9}@[a-z]{4,9}\.[a-z]{2,3}$/),
		fc.string({ minLength: 8, maxLength: 24, unit: "grapheme" }),
		fc.base64String({ minLength: 12, maxLength: 40 }),
	)
	.filter((text) => text.trim().length >= 5 && !/^[\s\p{P}\p{S}]*$/u.test(text));

/** Every way in which a text could be written in the file. */
function leaks(shown: string, hidden: string): string[] {
	const written = shown.toLowerCase();
	return [
		...leaksIn(shown, { hidden }),
		...(written.includes(hidden.trim().toLowerCase()) ? ["in small letters"] : []),
		...(written.includes(encodeURIComponent(hidden.trim()).toLowerCase()) ? ["encoded, in small letters"] : []),
	];
}

describe("what is replaced in a diagnostics file", () => {
	it("never shows a private text, wherever it stands and however it is spelled", () => {
		const spellings = fc.constantFrom<(text: string) => string>(
			(text) => text,
			(text) => encodeURIComponent(text),
			(text) => Buffer.from(text).toString("base64"),
			(text) => text.toUpperCase(),
			(text) => text.toLowerCase(),
		);
		const places = fc.constantFrom<(replacer: Replacer, text: string) => unknown>(
			(replacer, text) => replacer.address(`https://${text}/connectedcar`),
			(replacer, text) => replacer.address(text),
			(replacer, text) => replacer.address(`https://host.example/${text}?${text}=${text}`),
			(replacer, text) =>
				replacer.parameters(
					new URLSearchParams([
						[text, text],
						["timestamps", text],
					]),
				),
			(replacer, text) => replacer.host(text),
			(replacer, text) => replacer.id("vehicle", text),
		);
		fc.assert(
			fc.property(secret, spellings, fc.array(places, { minLength: 1, maxLength: 4 }), (hidden, spell, chosen) => {
				const replacer = new Replacer();
				const shown = JSON.stringify(chosen.map((place) => place(replacer, spell(hidden))));
				assert.deepEqual(leaks(shown, hidden), [], shown);
			}),
			{ numRuns: 1_000 },
		);
	});

	it("gives the same value the same name, and others another one", () => {
		fc.assert(
			fc.property(fc.uniqueArray(fc.stringMatching(/^[a-f0-9]{12,32}$/), { minLength: 2, maxLength: 20 }), (ids) => {
				const replacer = new Replacer();
				const names = ids.map((id) => replacer.id("vehicle", id));
				assert.equal(new Set(names).size, ids.length);
				for (const [n, id] of ids.entries())
					assert.equal(replacer.id("vehicle", encodeURIComponent(id.toUpperCase())), names[n]);
			}),
		);
	});

	it("tells a path by the name of its route, and the vehicle in it", () => {
		const named = (path: string) => routeNameOf(FAMILIES["user-v4"], path);
		assert.deepEqual(named("/connectedcar/v4/user/vehicles"), { route: "vehicles" });
		assert.deepEqual(named("/some-gateway/connectedcar/v4/user/vehicles/5f0c/status"), {
			route: "status",
			vehicle: "5f0c",
		});
		assert.deepEqual(named("/user/vehicles/5f0c/trips/t-1"), { route: "trip", vehicle: "5f0c" });
		assert.equal(named("/user/vehicles/5f0c/hats"), undefined);
		assert.equal(named("/"), undefined);
	});

	it("keeps addresses that everybody knows, and only these", () => {
		const replacer = new Replacer();
		assert.equal(replacer.address("https://api.groupe-psa.com/connectedcar/v4"), "https://api.groupe-psa.com");
		assert.equal(replacer.address("mymap://oauth2redirect/fr"), "mymap://oauth2redirect/fr");
		assert.equal(
			replacer.address("https://user:pass@gw.corp.example:8443/secret-gateway/connectedcar/v4?key=abc&pageSize=60"),
			"https://host-1",
		);
		assert.equal(replacer.address("http://127.0.0.1:1880/stellantis"), "http://this-machine");
	});
});
