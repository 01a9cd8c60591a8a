import assert from "node:assert/strict";
import fc from "fast-check";
import { Replacer } from "../../../../src/node-red/admin/diagnostics/replacer";
import { isHarmless } from "../../../../src/node-red/admin/diagnostics/words";
import { leaksIn } from "../../../secrets/scan";

const VIN = "VR3UHZKXZPT000001";

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
	.filter((text) => text.trim().length >= 5 && !/^[\s\p{P}\p{S}]*$/u.test(text))
	.filter(
		(text) =>
			!text.split(/[^\p{L}\p{N}'-]+/u).every((word) => word === "" || isHarmless(word) || /^\d{1,3}$/.test(word)),
	);

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
			(replacer, text) => replacer.text(text),
			(replacer, text) => replacer.text(`The API rejected the request. The API says: no vehicle ${text} found (404).`),
			(replacer, text) =>
				replacer.text(`"${text}" is not known, ${text}; see https://api.example/user/${text}?a=${text}`),
			(replacer, text) => replacer.text(`GET /user/vehicles/${text}/status failed at ${text}: no data.`),
			(replacer, text) => replacer.address(`https://${text}/connectedcar`),
			(replacer, text) => replacer.address(text),
			(replacer, text) => replacer.path(`/connectedcar/v4/user/vehicles/${text}/status`),
			(replacer, text) => replacer.path(`/connectedcar/${text}`),
			(replacer, text) =>
				replacer.query(
					new URLSearchParams([
						[text, text],
						["timestamps", text],
						["pageSize", text],
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
					assert.equal(replacer.path(`/user/vehicles/${id.toUpperCase()}/trips`), `/user/vehicles/${names[n]}/trips`);
				for (const [n, id] of ids.entries()) {
					assert.equal(replacer.text(`Vehicle ${id} was not woken.`), `Vehicle ${names[n]} was not woken.`);
					assert.equal(replacer.text(`type=none&id=${id}`).endsWith(`id=${names[n]}`), true);
				}
			}),
		);
	});

	it("leaves what a reader needs: words, status codes, paths of the API", () => {
		const replacer = new Replacer();
		assert.equal(
			replacer.text(
				`The API has nothing at /connectedcar/v4/user/vehicles/5f0c/status (404). Is the vehicle or id right, and does it belong to this account? The API says: We have no data for ${VIN}.`,
			),
			"The API has nothing at /connectedcar/v4/user/vehicles/vehicle-1/status (404). Is the vehicle or id right, and does it belong to this account? The API says: We have no data for vin-1.",
		);
		assert.equal(replacer.text("REMOTE_NOT_SUPPORTED"), "REMOTE_NOT_SUPPORTED");
		assert.equal(
			replacer.text("The host api.groupe-psa.com is unknown. Check the account's root address and the network."),
			"The host api.groupe-psa.com is unknown. Check the account's root address and the network.",
		);
		assert.equal(
			replacer.text("home.example:8443 refuses the connection (ECONNREFUSED)."),
			"host-1 refuses the connection (ECONNREFUSED).",
		);
	});

	it("replaces numbers that may be a part of something, and keeps counts", () => {
		const replacer = new Replacer();
		const shown = (text: string) => replacer.text(text);
		assert.equal(shown("Try again in 30 s."), "Try again in 30 s.");
		assert.doesNotMatch(shown("It stands at 48.85661, 2.35222 now"), /48|35/);
		assert.doesNotMatch(shown("12 rue des Lilas, 75011 Paris"), /12|rue|Lilas|75011|Paris/);
		assert.doesNotMatch(shown("call 06 12 34 56 78"), /06|12|34|56|78/);
		assert.doesNotMatch(shown("at 192.168.1.20:8080 and 10.0.0.7"), /192|168|8080|10\.0/);
		assert.doesNotMatch(shown("plate 123 ABC 75"), /123|ABC|75/i);
	});

	it("keeps addresses that everybody knows, and only these", () => {
		const replacer = new Replacer();
		assert.equal(
			replacer.address("https://api.groupe-psa.com/connectedcar/v4"),
			"https://api.groupe-psa.com/connectedcar/v4",
		);
		assert.equal(replacer.address("mymap://oauth2redirect/fr"), "mymap://oauth2redirect/fr");
		assert.equal(
			replacer.address("https://user:pass@gw.corp.example:8443/secret-gateway/connectedcar/v4?key=abc&pageSize=60"),
			"https://host-1/path-1/connectedcar/v4?parameter-1=value-1&pageSize=60",
		);
		assert.equal(replacer.address("http://127.0.0.1:1880/stellantis"), "http://this-machine/stellantis");
	});
});
