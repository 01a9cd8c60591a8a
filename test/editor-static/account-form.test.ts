import assert from "node:assert/strict";
import { CLIENT_KINDS, clashesOf } from "../../src/api/clients";
import { BRANDS, type Brand, brandSignIn } from "../../src/api/families";
import { readAccountSettings } from "../../src/node-red/account/settings";
import { STEPS } from "../../src/node-red/admin/checks";
import { catalog, type Definition, loadEditor, nodeOf, read } from "./editor";

describe("the account's form", () => {
	const editor = loadEditor();
	const definition = editor.definitions.get("stellantis-account") as Definition;
	const template = editor.templates.get("stellantis-account") ?? "";
	editor.window.location = { href: "http://127.0.0.1:1880/" };
	const { placeholders: of } = editor.window.StellantisAccount as {
		placeholders: (node: object) => Record<string, string>;
	};
	const placeholders = (values: object) => of(nodeOf(definition, { server: "live", ...values }));
	/** What the editor says about a value in a live account. */
	const verdict = (name: string, value: unknown) => {
		const property = definition.defaults[name] ?? definition.credentials?.[name];
		return property?.validate?.call(nodeOf(definition, { server: "live", [name]: value }), value, {});
	};

	for (const brand of Object.keys(BRANDS) as Brand[])
		it(`shows for ${brand} what the runtime takes in place of an empty field`, () => {
			const { authorizeUrl, tokenUrl, redirectUri, scope, realm } = placeholders({ brand, country: "FR" });
			assert.deepEqual({ authorizeUrl, tokenUrl, redirectUri, scope }, { ...brandSignIn(brand, "FR") });
			assert.equal(realm, BRANDS[brand].realm);
		});

	it("says where the sign-in of a client without a brand's app ends", () => {
		assert.equal(placeholders({}).redirectUri, "http://127.0.0.1:1880/stellantis/callback");
		const partner = placeholders({ api: "accounts-v1", brand: "opel", country: "de" });
		assert.equal(partner.redirectUri, "http://127.0.0.1:1880/stellantis/callback");
		assert.equal(partner.realm, "");
	});

	it("has a hint at every field that is typed in, but for names and where a placeholder says it all", () => {
		const rows = template.split('<div class="form-row').slice(1);
		const bare = rows
			.filter((row) => !row.includes("stellantis-hint"))
			.map((row) => / id="node-config-input-(\w+)"/.exec(row)?.[1]);
		assert.deepEqual(bare, ["name", "password", "refreshToken"]);
	});

	for (const [name, value] of [
		["timeout", "3601"],
		["retries", "21"],
		["concurrency", "101"],
		["requestsPerSecond", "1001"],
		["commandLimit", "100001"],
		["wakeupInterval", "100001"],
		["wakeupsPerDay", "1001"],
		["country", "fra"],
		["baseUrl", "https://user@host/v4"],
		["headers", [{ name: "Host", value: "x" }]],
		["headers", [{ name: "X-A", value: "line\nbreak" }]],
	] as const)
		it(`refuses ${JSON.stringify(value)} as ${name}, as the runtime does`, () => {
			assert.match(String(verdict(name, value)), /: /);
			assert.throws(() => readAccountSettings({ server: "live", [name]: value }, {}), { code: "ERR_BAD_INPUT" });
		});

	it("says of a token that it was not copied whole, and never what it is", () => {
		const wrong = [
			"Bearer eyJhbGciOiJub25lIn0.e30.c2ln",
			"eyJhbGciOiJub25lIn0.e30",
			"eyJhbGciOiJub25lIn0.e30.c2 ln",
			"a b",
		];
		for (const token of [...wrong, `${wrong[0]}\nx`, "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.e30.c2ln.more"]) {
			assert.match(String(verdict("accessToken", token)), /^Access token: this is no whole token/, token);
			assert.doesNotMatch(String(verdict("accessToken", token)), /e30|hbG/);
		}
		const whole = ["eyJhbGciOiJub25lIn0.e30.c2ln", " eyJhbGciOiJub25lIn0.e30.c2ln\n", "eyJhbGciOiJub25lIn0.a.b.c.d"];
		for (const token of [...whole, "8d1f2e00-5ad7-4c55", "__PWRD__"])
			assert.equal(verdict("accessToken", token), true, token);
	});

	it("says what a client and its server can't do together, as the runtime does", () => {
		const { partner, app } = CLIENT_KINDS;
		const cert = `https://${partner.host}/connectedcar/v4`;
		const documented = { baseUrl: cert, scope: "data:telemetry,remote:door:write", tls: "certificate" };
		const cases: [Record<string, unknown>, root: RegExp | true, scope: RegExp | true][] = [
			[documented, true, true],
			[{ ...documented, tls: "" }, /^Root address: .* client certificate/, true],
			[{ ...documented, tls: "", auth: "token", scope: "" }, /^Root address: .* client certificate/, true],
			[{ ...documented, scope: "" }, true, /such as data:telemetry/],
			[{ ...documented, scope: app.scope }, true, /such as data:telemetry/],
			[{ ...documented, scope: "of-the-contract" }, true, true],
			[{ baseUrl: "" }, true, true],
			[{ baseUrl: `https://${app.host}/connectedcar/v4` }, true, true],
			[{ baseUrl: "", scope: documented.scope }, true, /on api-cert\.groupe-psa\.com only/],
			[{ baseUrl: "https://api.example.org/connectedcar/v4", scope: documented.scope }, true, true],
		];
		for (const [values, ...expected] of cases) {
			const live = { server: "live", auth: "authorization-code", redirectUri: "https://home.example/callback" };
			const node: Record<string, unknown> = nodeOf(definition, { ...live, ...values });
			for (const [place, name] of ["baseUrl", "scope"].entries()) {
				const said = definition.defaults[name]?.validate?.call(node, node[name], {});
				const sentence = expected[place];
				if (sentence instanceof RegExp) assert.match(String(said), sentence, JSON.stringify(values));
				else assert.equal(said, sentence, `${name} ${JSON.stringify(values)}`);
			}
			const { root, brand, scope, auth, redirectUri } = readAccountSettings(node, {});
			const clashes = clashesOf({
				root: root as URL,
				brand,
				certificate: node.tls !== "",
				redirectUri,
				...(auth === "token" ? {} : { scope }),
			});
			assert.equal(
				clashes.length > 0,
				expected.some((each) => each !== true),
				JSON.stringify([values, clashes]),
			);
		}
	});

	it("refuses a secret header that the runtime refuses", () => {
		const secretHeaders = '{"Content-Length": "1"}';
		assert.match(String(verdict("secretHeaders", secretHeaders)), /connection itself/);
		assert.throws(() => readAccountSettings({ server: "live" }, { secretHeaders }), { code: "ERR_BAD_INPUT" });
	});

	it("lets nothing act in the demo that it hides there", () => {
		const left = { country: "France", locale: "fr-FR", realm: "mine", headers: [{ name: "Host", value: "x" }] };
		const settings = readAccountSettings({ server: "demo", ...left }, { secretHeaders: "no JSON" });
		assert.deepEqual([settings.country, settings.locale, settings.headers], [undefined, undefined, {}]);
		for (const [name, value] of Object.entries({ ...left, secretHeaders: "no JSON" })) {
			const property = definition.defaults[name] ?? definition.credentials?.[name];
			const node = nodeOf(definition, { server: "demo", [name]: value });
			assert.equal(property?.validate?.call(node, value, {}) ?? true, true, name);
		}
	});

	it("has a word for all that a test can tell", () => {
		const source = ["checks.ts", "way-check.ts"].map((name) => read("src", "node-red", "admin", name)).join("\n");
		const named = (pattern: RegExp) => [...source.matchAll(pattern)].map(([, name = ""]) => name);
		const states = [...named(/state: "(\w+)"/g), "waiting", "untried"];
		const needed = {
			step: [...new Set([...STEPS, ...named(/step: "([\w-]+)"/g)])],
			state: [...new Set(states)],
			says: [...new Set(named(/says: "(\w+)"/g))],
		};
		for (const [kind, names] of Object.entries(needed)) {
			const known = [...catalog("account").keys()].filter((key) => key.startsWith(`account.check.${kind}.`));
			assert.deepEqual(known.map((key) => key.split(".").at(-1)).sort(), [...names].sort(), kind);
		}
	});
});
