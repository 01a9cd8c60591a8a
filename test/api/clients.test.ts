import assert from "node:assert/strict";
import { type ClientChoice, clashesOf } from "../../src/api/clients";

const PARTNER: ClientChoice = {
	root: new URL("https://api-cert.groupe-psa.com/connectedcar/v4"),
	brand: "peugeot",
	certificate: true,
	scope: "data:telemetry,data:trip,remote:door:write",
	redirectUri: "https://fleet.example/callback",
};
const APP: ClientChoice = {
	root: new URL("https://api.groupe-psa.com/connectedcar/v4"),
	brand: "peugeot",
	certificate: false,
	scope: "openid profile",
	redirectUri: "mymap://oauth2redirect/fr",
};

describe("what can't go together in an account's client", () => {
	const fine: [string, ClientChoice][] = [
		["a client of the developer portal", PARTNER],
		["the client of a brand's app", APP],
		["a token that somebody else renews", { ...APP, scope: undefined, redirectUri: undefined }],
		["a certificate without a sign-in", { ...PARTNER, scope: undefined, redirectUri: undefined }],
		["one scope", { ...PARTNER, scope: "data:telemetry" }],
		["blanks after commas", { ...PARTNER, scope: "data:telemetry, data:trip" }],
		["a redirect address of one's own", { ...APP, redirectUri: "org.example.app://oauth2redirect/fr" }],
		["a gateway of one's own", { ...PARTNER, root: new URL("https://gateway.example/v4"), certificate: false }],
	];
	for (const [what, choice] of fine) it(`is nothing with ${what}`, () => assert.deepEqual(clashesOf(choice), []));

	const wrong: [string, ClientChoice, RegExp][] = [
		[
			"a partner's host without certificate",
			{ ...PARTNER, certificate: false },
			/nobody in without a client certificate/,
		],
		[
			"a partner's client on the apps' host",
			{ ...PARTNER, root: APP.root, certificate: false },
			/not known at api\.groupe-psa\.com.*api-cert/,
		],
		[
			"an app's client on the partners' host",
			{ ...APP, root: PARTNER.root, certificate: true, redirectUri: undefined },
			/brands' own apps, which are not known at api-cert/,
		],
		[
			"a partner's scopes with blanks",
			{ ...PARTNER, scope: "data:telemetry data:trip" },
			/separated by commas, not by blanks/,
		],
		["an app's scopes with commas", { ...APP, scope: "openid,profile" }, /separated by blanks: openid profile/],
		[
			"a partner's client that ends at an app",
			{ ...PARTNER, redirectUri: "mymap://oauth2redirect/fr" },
			/belongs to a brand's own app/,
		],
		[
			"the app of another brand",
			{ ...APP, redirectUri: "mymopsdk://oauth2redirect/de" },
			/app of opel, and the account's brand is peugeot/,
		],
	];
	for (const [what, choice, sentence] of wrong)
		it(`is said of ${what}`, () => {
			const [said = "", ...more] = clashesOf(choice);
			assert.match(said, sentence);
			assert.match(said, /(Enter|Choose|Correct) /);
			assert.deepEqual(more, []);
		});

	it("is said all at once, the most telling first", () => {
		const said = clashesOf({ ...APP, root: PARTNER.root });
		assert.equal(said.length, 3);
		assert.match(said[0] ?? "", /certificate/);
	});
});
