import assert from "node:assert/strict";
import { BRANDS, type Brand } from "../../src/api/families";
import { localeOf } from "../../src/api/locales";
import { readAccountSettings } from "../../src/node-red/account/settings";

describe("the language of a country's customers", () => {
	const cases: [string, Brand | undefined, string | undefined][] = [
		["BE", "peugeot", "fr-BE"],
		["CH", "peugeot", "fr-CH"],
		["CH", "opel", "fr-CH"],
		["CH", "citroen", "de-CH"],
		["CH", "ds", "de-CH"],
		["CH", undefined, "de-CH"],
		["TW", "peugeot", "en-TW"],
		["TW", "citroen", "zh-TW"],
		...["DZ", "MA", "TN"].map((country): [string, Brand, string] => [country, "citroen", `fr-${country}`]),
		...["CY", "IS", "MT", "MY", "BN", "PH", "TH", "IN", "LB"].map((country): [string, Brand, string] => [
			country,
			"citroen",
			`en-${country}`,
		]),
		["PY", "citroen", "es-PY"],
		["NO", "ds", "nb-NO"],
		["GB", "vauxhall", "en-GB"],
		["LI", "peugeot", "de-LI"],
	];
	for (const [country, brand, locale] of cases)
		it(`is ${locale} in ${country}${brand ? ` for ${brand}` : ""}`, () =>
			assert.equal(localeOf(country.toLowerCase(), brand), locale));

	it("is that of the account's brand and country, unless the account names another", () => {
		const account = { server: "live", api: "user-v4", brand: "peugeot", country: "ch" };
		assert.equal(readAccountSettings(account, {}).locale, "fr-CH");
		assert.equal(readAccountSettings({ ...account, brand: "citroen" }, {}).locale, "de-CH");
		assert.equal(readAccountSettings({ ...account, locale: "it-CH" }, {}).locale, "it-CH");
		const fleet = { ...account, api: "fleet-v3", baseUrl: "https://api.example/v3" };
		assert.equal(readAccountSettings(fleet, {}).locale, "de-CH");
	});

	it("is one language and the country, for every brand", () => {
		for (const brand of Object.keys(BRANDS) as Brand[])
			for (const country of ["fr", "ch", "tw", "xx"])
				assert.match(localeOf(country, brand) ?? "aa-AA", /^[a-z]{2}-[A-Z]{2}$/);
	});
});
