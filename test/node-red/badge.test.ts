import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Node, NodeAPI } from "node-red";
import sinon from "sinon";
import { type ErrorCode, StellantisError } from "../../src/error";
import { AccountBadge } from "../../src/node-red/account/badge";
import { Badge } from "../../src/node-red/badge";
import { BadgeTexts, type Noun } from "../../src/node-red/badge-texts";
import { badgeText as watchText } from "../../src/node-red/watch/watch-badge";

const LOCALES = join(__dirname, "../../nodes/locales");
const LANGUAGES = readdirSync(LOCALES);

interface Shown {
	code?: string;
	fill?: string;
	shape?: string;
	text?: string;
}

const catalog = (language: string) => JSON.parse(readFileSync(join(LOCALES, language, "account.json"), "utf8"));

/** A Node-RED that speaks a language, as far as badges ask it. */
function speaking(language: string): Pick<NodeAPI, "_"> {
	const texts = catalog(language);
	const look = (key: string) => key.split(".").reduce((found, name) => found?.[name], texts) ?? key;
	return { _: (key: string) => look(key.slice(key.indexOf(":") + 1)) } as Pick<NodeAPI, "_">;
}

function badge(RED = speaking("en-US"), now?: () => number): { badge: Badge; shown: Shown[] } {
	const shown: Shown[] = [];
	const node = { status: (status: Shown) => shown.push(status) } as unknown as Node;
	return { badge: new Badge(RED, node, now), shown };
}

/** Compiles only while it names every code there is. */
const CODES: Readonly<Record<ErrorCode, RegExp>> = {
	ERR_NO_ACCOUNT: /account/,
	ERR_NO_VEHICLE: /vehicle/,
	ERR_BAD_INPUT: /input/,
	ERR_SIGN_IN_NEEDED: /sign in/,
	ERR_UNAUTHORIZED: /account/,
	ERR_FORBIDDEN: /scope/,
	ERR_NOT_FOUND: /not found/,
	ERR_REJECTED: /rejected/,
	ERR_NOT_SUPPORTED: /not supported/,
	ERR_RATE_LIMITED: /wait 90 s/,
	ERR_SERVER: /later/,
	ERR_NETWORK: /network/,
	ERR_TIMEOUT: /in time/,
	ERR_BAD_RESPONSE: /unusable answer/,
	ERR_FOREIGN_LINK: /link/,
	ERR_PAGE_LOOP: /circles/,
	ERR_COMMAND_DISABLED: /not allowed/,
	ERR_COMMAND_LIMIT: /minute/,
	ERR_COMMAND_BUSY: /busy/,
	ERR_WAKEUP_TOO_SOON: /wake-up/,
	ERR_NO_CHANNEL: /events/,
	ERR_COMMAND_FAILED: /failed/,
	ERR_COMMAND_TIMEOUT: /in time/,
	ERR_COMMAND_UNKNOWN: /may have arrived/,
	ERR_STORE: /store/,
};
const codes = Object.keys(CODES) as ErrorCode[];

describe("a node's badge", () => {
	for (const [code, words] of Object.entries(CODES) as [ErrorCode, RegExp][])
		it(`says in a few words what to do about ${code}`, () => {
			const { badge: it, shown } = badge();
			it.failure(new StellantisError(code, "A whole sentence.", { retryAfter: 90 }));
			const [{ fill, shape, text = "", code: told } = {}] = shown;
			assert.deepEqual([fill, shape, told], ["red", "ring", code]);
			assert.match(text, words);
			assert.doesNotMatch(text, /ERR_|…/);
		});

	for (const language of LANGUAGES) {
		it(`has a text of its own for every error in ${language}, and tells flows the same code`, () => {
			const { badge: it, shown } = badge(speaking(language));
			for (const code of codes) it.failure(new StellantisError(code, "A whole sentence."));
			assert.deepEqual(
				shown.map(({ code }) => code),
				codes,
			);
			const texts = shown.map(({ text }) => text);
			assert.ok(texts.every((text) => text && !text.includes("ERR_")));
			if (language !== "en-US")
				for (const [index, text] of texts.entries())
					assert.notEqual(text, catalog("en-US").badge.error[codes[index] as ErrorCode], `${text} is still English`);
		});

		it(`takes at most 20 characters before any number or name in ${language}`, () => {
			const look = (texts: object, path: string): void => {
				for (const [name, text] of Object.entries(texts)) {
					if (typeof text === "object") look(text, `${path}.${name}`);
					else
						for (const part of String(text).split(/__\w+?__/))
							assert.ok([...part.trim()].length <= 20, `${path}.${name}: ${part}`);
				}
			};
			look(catalog(language).badge, "badge");
		});

		it(`shows the next look of a watch of 99 vehicles uncut in ${language}`, () => {
			const { badge: it, shown } = badge(speaking(language));
			const nextLook = Date.UTC(2026, 0, 31, 23, 16);
			const pace = { stretch: 1, stretchedBy: null, used: 0, allowance: 1, watched: 99 };
			it.success(watchText(it.texts, { ...pace, nextLook, failing: false }, 99));
			assert.match(shown[0]?.text ?? "", /^[^…]*99[^…]*\d\d:\d\d(\s[AP]M)?$/);
		});

		for (const stretchedBy of ["share", "quota"] as const)
			for (const stretch of [9.9, 12.3, 1000])
				it(`shows uncut in ${language} that ${stretchedBy} stretches the looks at a fleet by ${stretch}`, () => {
					const { badge: it, shown } = badge(speaking(language));
					const nextLook = Date.UTC(2026, 0, 31, 23, 16);
					const pace = { stretch, stretchedBy, used: 0, allowance: 1, watched: 10_000 };
					const factor = it.texts.number(stretch === 12.3 ? 12 : stretch);
					it.success(watchText(it.texts, { ...pace, nextLook, failing: false }, 10_000));
					const text = shown[0]?.text ?? "";
					assert.ok(text.startsWith(`${it.texts.number(10_000)} · ${it.texts.clock(nextLook)} · `), text);
					assert.ok(text.endsWith(` ×${factor}`), text);
				});
	}

	it("tells flows by a code what it tells people in words", () => {
		const { badge: it, shown } = badge(speaking("de"));
		it.progress("…");
		it.success("fertig");
		it.partial("halb");
		it.warning("bald");
		it.clear();
		assert.deepEqual(
			shown.map(({ code }) => code),
			["working", "done", "partial", "idle", "idle"],
		);
	});

	it("shows progress a few times a second at most, and the end always", () => {
		let time = 0;
		const { badge: it, shown } = badge(undefined, () => time);
		for (; time < 1000; time += 10) it.progress(`${time}`);
		it.success("done");
		assert.deepEqual(
			shown.map(({ text }) => text),
			["0", "250", "500", "750", "done"],
		);
	});
});

describe("texts of badges", () => {
	it("are English where Node-RED has no catalog, whatever it answers then", () => {
		const answers = [(key: string) => key, (key: string) => key.replace(/^.*:/, ""), () => undefined];
		for (const _ of answers) {
			const texts = new BadgeTexts({ _ } as unknown as Pick<NodeAPI, "_">);
			assert.equal(texts.text("badge.done"), "done");
			assert.equal(texts.count(2, "vehicles"), "2 vehicles");
			assert.equal(texts.command("lock", "SentToVehicle"), "lock · sent to the vehicle");
		}
	});

	it("leave a command and a status as they come where nobody knows them", () => {
		const texts = new BadgeTexts(speaking("fr"));
		assert.equal(texts.command("lock", "Success"), "verrouiller · réussie");
		for (const status of ["Teleported", "a b", "", "x:y", "__proto__", "constructor"])
			assert.equal(texts.command("lock", status), `verrouiller · ${status}`);
	});

	it("write numbers and times as the language does", () => {
		const english = new BadgeTexts(speaking("en-US"));
		const german = new BadgeTexts(speaking("de"));
		assert.equal(english.count(12_345, "vehicles"), "12,345 vehicles");
		assert.equal(german.count(12_345, "vehicles"), "12.345 Fahrzeuge");
		assert.match(german.time(Date.UTC(2026, 10, 28, 12)), /^\d\d\.\d\d\.26, \d\d:00$/);
	});

	it("count one as one and many as many in each language", () => {
		const counted = (language: string, noun: Noun) =>
			[0, 1, 2, 1_000_000].map((count) =>
				new BadgeTexts(speaking(language)).count(count, noun).replace(/^[\d\s.,]+/u, ""),
			);
		assert.deepEqual(counted("en-US", "vehicles"), ["vehicles", "vehicle", "vehicles", "vehicles"]);
		assert.deepEqual(counted("de", "trips"), ["Fahrten", "Fahrt", "Fahrten", "Fahrten"]);
		assert.deepEqual(counted("fr", "vehicles"), ["véhicule", "véhicule", "véhicules", "véhicules"]);
		assert.deepEqual(counted("es", "requests"), ["solicitudes", "solicitud", "solicitudes", "solicitudes"]);
		assert.deepEqual(counted("it", "pages"), ["pagine", "pagina", "pagine", "pagine"]);
	});
});

describe("an account's badge", () => {
	const shownBy = (language: string) => {
		const shown: Shown[] = [];
		const node = { status: (status: Shown) => shown.push(status) } as unknown as Node;
		return { it: new AccountBadge(speaking(language), node), shown };
	};

	afterEach(() => sinon.restore());

	it("counts the requests that are left", () => {
		const { it, shown } = shownBy("en-US");
		it.show({ signedIn: true }, { day: { remaining: 1 } });
		it.show({ signedIn: true }, { day: { remaining: 1, limit: 500 } });
		it.show({ signedIn: true }, { day: { remaining: 2 } });
		assert.deepEqual(
			shown.map(({ text }) => text),
			["1 request left today", "1 of 500 requests left today", "2 requests left today"],
		);
	});

	it("shows another count once a second, the latest, and all else at once", () => {
		const clock = sinon.useFakeTimers();
		const { it, shown } = shownBy("en-US");
		const left = (remaining: number) => ({ day: { remaining, limit: 5_000 } });
		const texts = () => shown.splice(0).map(({ text }) => text);
		for (let remaining = 4_000; remaining > 3_900; remaining--) it.show({ signedIn: true }, left(remaining));
		assert.deepEqual(texts(), ["4,000 of 5,000 requests left today"]);
		clock.tick(999);
		assert.deepEqual(texts(), []);
		clock.tick(1);
		assert.deepEqual(texts(), ["3,901 of 5,000 requests left today"]);
		it.show({ signedIn: true }, left(3_900));
		it.show({ signedIn: false }, left(3_899));
		assert.deepEqual(texts(), ["not signed in · 3,899 of 5,000 requests left today"]);
		it.show({ signedIn: false }, left(499));
		assert.deepEqual(texts(), ["not signed in · 499 of 5,000 requests left today"]);
		it.show({ signedIn: false }, left(498));
		it.close();
		clock.tick(10_000);
		assert.deepEqual(texts(), []);
	});

	it("is not told again for an end that is reckoned some milliseconds otherwise", () => {
		const { it, shown } = shownBy("en-US");
		const end = Date.UTC(2026, 10, 28, 12);
		for (const slip of [0, 0.25, -0.75, 12]) it.show({ signedIn: true, endsAt: end + slip }, undefined);
		assert.equal(shown.length, 1);
		it.show({ signedIn: true, endsAt: end + 60_000 }, undefined);
		it.show({ signedIn: true }, undefined);
		assert.equal(shown.length, 3);
	});

	it("tells in the user's language who may ask until when, and flows by a code", () => {
		const { it, shown } = shownBy("de");
		const time = Date.UTC(2026, 10, 28, 12);
		it.show({ signedIn: true, expiresAt: time }, undefined);
		it.show({ signedIn: true, endsAt: time }, { day: { remaining: 17, limit: 500 } });
		it.show({ signedIn: false }, undefined);
		assert.match(shown[0]?.text ?? "", /^angemeldet bis \d\d\.\d\d\.26, /);
		assert.match(shown[1]?.text ?? "", /^Anmeldung endet .* · heute noch 17 von 500 Anfragen$/);
		assert.equal(shown[2]?.text, "nicht angemeldet");
		assert.deepEqual(
			shown.map(({ code, fill }) => `${code} ${fill}`),
			["idle green", "idle yellow", "ERR_SIGN_IN_NEEDED red"],
		);
	});
});
