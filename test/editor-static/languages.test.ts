import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { CATALOGS, FORM_NAMES, ROOT, read } from "./editor";

const TRANSLATED = readdirSync(path.join(ROOT, "nodes", "locales")).filter((language) => language !== "en-US");

type Texts = Map<string, string>;

/** Texts by dotted key. */
function texts(language: string, form: string): Texts {
	const found: Texts = new Map();
	const walk = (value: unknown, key: string): void => {
		if (typeof value === "string") found.set(key, value);
		else for (const [name, inner] of Object.entries(value as object)) walk(inner, key ? `${key}.${name}` : name);
	};
	walk(JSON.parse(read("nodes", "locales", language, `${form}.json`)), "");
	return found;
}

const help = (language: string, form: string) => read("nodes", "locales", language, `${form}.html`);

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? match[0]);

/** What i18next fills in, and the markup a text may carry. */
const fixed = (text: string) => all(text, /__\w+__|<[^>]*>/g).sort();

/** Sentences long enough that no two languages have them in common. */
const sentences = (html: string) =>
	html
		.replace(/<pre[\s\S]*?<\/pre>|<span class="property-type">[^<]*<\/span>/g, " ")
		.split(/<\/?(?:p|li|dt|dd|dl|ol|ul|h3|h4|script|button)[^>]*>/)
		.map((part) =>
			part
				.replace(/<code>[^<]*<\/code>|<[^>]*>/g, " ")
				.replace(/\s+/g, " ")
				.trim(),
		)
		// Units and lists of names, such as "parts, page, statusCode", are the same everywhere.
		.filter((part) => !/^\w+(, \w+)*$/.test(part) && all(part, /\p{L}{2,}/gu).length >= 4);

describe("languages", () => {
	it("there are French, German, Italian and Spanish beside English", () => {
		assert.deepEqual(TRANSLATED.sort(), ["de", "es", "fr", "it"]);
	});

	for (const language of TRANSLATED) {
		it(`${language} has a file for each English one, and no other`, () => {
			const files = (name: string) => readdirSync(path.join(ROOT, "nodes", "locales", name)).sort();
			assert.deepEqual(files(language), files("en-US"));
		});

		for (const form of CATALOGS) {
			it(`${language} has every text of ${form}`, () => {
				const english = texts("en-US", form);
				const own = texts(language, form);
				assert.deepEqual([...own.keys()].sort(), [...english.keys()].sort());
				for (const [key, text] of english) {
					const translated = own.get(key) ?? "";
					assert.notEqual(translated.trim(), "", key);
					assert.deepEqual(fixed(translated), fixed(text), key);
					if (text.split(" ").length >= 4) assert.notEqual(translated, text, `${key} is still English`);
				}
			});
		}

		for (const form of FORM_NAMES) {
			it(`${language} has the whole help of ${form}`, () => {
				const english = help("en-US", form);
				const own = help(language, form);
				const tags = /<(?!\/?(?:b|i|em|strong)\b)[^>]*>/g;
				assert.deepEqual(all(own, tags), all(english, tags), "the same elements in the same order");
				const words = /<code>([^<]*)<\/code>/g;
				assert.deepEqual(all(own, words).sort(), all(english, words).sort(), "the same names and values");
				const code = /<pre[^>]*>([\s\S]*?)<\/pre>/g;
				assert.deepEqual(all(own, code), all(english, code), "the same code");
				const left = new Set(sentences(english));
				assert.deepEqual(
					sentences(own).filter((sentence) => left.has(sentence)),
					[],
					"still English",
				);
			});
		}
	}
});
