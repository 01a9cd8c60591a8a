import type { Brand } from "./families";

/**
 * The language in which the brands' apps are delivered, and the countries where they are. It is not always the likeliest
 * one of a country. Source: the settings of the apps, as homeassistant-stellantis-vehicles has taken them over
 * (`custom_components/stellantis_vehicles/configs.json`, commit 395416d of March 2026).
 */
const COUNTRIES: Readonly<Record<string, string>> = {
	en: "AU BN CY GB IE IN IS LB MT MY NZ PH SG TH ZA",
	fr: "BE DZ FR GF GP LU MA MQ NC RE TN",
	es: "AR CL CO CR EC ES MX PE PY UY",
	de: "AT CH DE",
	pt: "BR PT",
	bg: "BG",
	cs: "CZ",
	da: "DK",
	el: "GR",
	et: "EE",
	fa: "IR",
	fi: "FI",
	hr: "HR",
	hu: "HU",
	it: "IT",
	ja: "JP",
	ko: "KR",
	lt: "LT",
	lv: "LV",
	nb: "NO",
	nl: "NL",
	pl: "PL",
	ro: "RO",
	ru: "RU",
	sk: "SK",
	sl: "SI",
	sr: "RS",
	sv: "SE",
	tr: "TR",
	uk: "UA",
	zh: "TW",
};

/** Where the app of one brand speaks another language than those of the others; same source. */
const BRAND_LANGUAGES: Readonly<Partial<Record<Brand, Readonly<Record<string, string>>>>> = {
	peugeot: { CH: "fr", TW: "en" },
	opel: { CH: "fr" },
};

const LANGUAGES: Readonly<Record<string, string>> = Object.fromEntries(
	Object.entries(COUNTRIES).flatMap(([language, countries]) =>
		countries.split(" ").map((country) => [country, language]),
	),
);

/**
 * The locale that the brands' apps use in a country (`be` gives `fr-BE`); where they are not, the likeliest one there.
 * @param country two letters
 * @param brand whose app it is; undefined where no brand is meant
 * @returns undefined for what is no country, or has no language of its own
 */
export function localeOf(country: string, brand?: Brand): string | undefined {
	const region = country.toUpperCase();
	const language = (brand && BRAND_LANGUAGES[brand]?.[region]) ?? LANGUAGES[region] ?? likeliest(region);
	return language === undefined ? undefined : `${language}-${region}`;
}

function likeliest(region: string): string | undefined {
	const { language } = new Intl.Locale(`und-${region}`).maximize();
	return language === "und" ? undefined : language;
}
