import assert from "node:assert/strict";
import { NAMED_TIMES } from "../../src/api/time";
import { type Definition, loadEditor, nodeOf } from "./editor";

describe("editor validation", () => {
	const editor = loadEditor();
	for (const [id, api] of Object.entries({ user: "user-v4", partner: "accounts-v1", fleet: "fleet-v3" }))
		editor.configNodes.set(id, { id, type: "stellantis-account", api });
	const definition = (type: string): Definition => {
		const found = editor.definitions.get(type);
		assert.ok(found);
		return found;
	};
	/** What the editor says about a value of a property, in a node with some other values. */
	const verdict = (type: string, name: string, value: unknown, others: Record<string, unknown> = {}) => {
		const found = definition(type);
		const property = found.defaults[name] ?? found.credentials?.[name];
		assert.ok(property?.validate, `${name} is checked`);
		return property.validate.call(nodeOf(found, { ...others, [name]: value }), value, {});
	};
	const live = { server: "live" };

	it("lets every new node pass, but for its account", () => {
		for (const [type, found] of editor.definitions) {
			for (const [name, property] of Object.entries(found.defaults)) {
				assert.equal(property.validate?.call(nodeOf(found), property.value, {}) ?? true, true, `${type}.${name}`);
			}
		}
	});

	it("names the field and the limit of a wrong number", () => {
		assert.equal(verdict("stellantis-account", "timeout", "0"), "Timeout (s): more than 0");
		assert.equal(verdict("stellantis-account", "retries", "-1"), "Retries: at least 0");
		assert.equal(verdict("stellantis-account", "concurrency", "1.5"), "Requests at once: a whole number is needed");
		assert.equal(verdict("stellantis-account", "requestsPerSecond", ""), "Requests a second: a number is needed");
		assert.equal(verdict("stellantis-account", "requestsPerSecond", "0.5"), true);
		assert.equal(verdict("stellantis-trips", "minDistance", "far"), "Min. km: a number is needed");
	});

	it("knows the largest page of the chosen account's family", () => {
		assert.equal(verdict("stellantis-trips", "pageSize", "61", { account: "user" }), "Page size: at most 60");
		assert.equal(verdict("stellantis-trips", "pageSize", "500", { account: "partner" }), true);
		assert.equal(verdict("stellantis-trips", "pageSize", "9999"), "Page size: at most 500");
		assert.equal(verdict("stellantis-trips", "pageSize", "0"), "Page size: at least 1");
		assert.equal(verdict("stellantis-resource", "pageSize", "2000", { account: "user", resource: "telemetry" }), true);
		assert.equal(
			verdict("stellantis-resource", "pageSize", "2000", { account: "partner", resource: "telemetry" }),
			"Page size: at most 500",
		);
	});

	it("takes a time as date, duration or milliseconds and nothing else", () => {
		for (const good of [
			"",
			"2026-01-31",
			"2026-01-31T08:00:00Z",
			"2026-01-31T08:00:00.5+01:00",
			"P7D",
			"PT12H",
			"P1W",
			"PT1.5H",
			"P1DT0,5H",
			"1769846400000",
			...NAMED_TIMES,
		]) {
			assert.equal(verdict("stellantis-alerts", "from", good), true, good);
		}
		for (const bad of ["P7X", "P", "PT", "tomorrow", "31.1.2026", "P1DT", "PT1.5H30M", "P0.5DT1H"]) {
			assert.match(String(verdict("stellantis-alerts", "to", bad)), /^To: use a date/, bad);
		}
		assert.equal(verdict("stellantis-alerts", "from", "start", { fromType: "flow" }), true);
	});

	it("asks for a relation or a path only where one is followed", () => {
		assert.equal(verdict("stellantis-resource", "target", ""), true);
		assert.match(String(verdict("stellantis-resource", "target", "", { resource: "link" })), /must not be empty/);
		assert.equal(verdict("stellantis-resource", "target", "telemetry", { resource: "link" }), true);
	});

	it("finds nothing wrong with what can't be seen", () => {
		const alarms = { resource: "alarms" };
		assert.match(String(verdict("stellantis-resource", "from", "tomorrow", alarms)), /^From: use a date/);
		assert.equal(verdict("stellantis-resource", "from", "tomorrow", { resource: "position" }), true);
		assert.equal(verdict("stellantis-resource", "pageSize", "0", alarms), "Page size: at least 1");
		assert.equal(verdict("stellantis-resource", "pageSize", "0"), true);
		assert.equal(verdict("stellantis-status", "maxItems", "none"), true);
		const fleet = { account: "fleet", scope: "fleet" };
		assert.equal(verdict("stellantis-status", "maxItems", "none", fleet), "At most: a number is needed");
	});

	it("takes of a list of choices only what it offers", () => {
		assert.equal(verdict("stellantis-trips", "output", "heap"), "Send: choose one from the list");
		assert.equal(verdict("stellantis-events", "kinds", null), "Events of: choose one from the list");
		for (const good of ["page", "", undefined]) assert.equal(verdict("stellantis-trips", "output", good), true);
	});

	it("knows which resources the API of the account has", () => {
		const user = { account: "user" };
		assert.match(String(verdict("stellantis-resource", "resource", "stolen", user)), /no such thing/);
		assert.equal(verdict("stellantis-resource", "resource", "stolen", { account: "fleet" }), true);
		for (const resource of ["user", "link", "path"])
			assert.equal(verdict("stellantis-resource", "resource", resource, user), true);
		assert.equal(verdict("stellantis-resource", "resource", "stolen"), true, "without an account nobody knows");
	});

	it("lets a vehicle be left out, as an account may have only one", () => {
		assert.equal(verdict("stellantis-status", "vehicle", "", { vehicleType: "str" }), true);
	});

	it("asks a live account for what its family and sign-in need, and a demo account for nothing", () => {
		const account = "stellantis-account";
		assert.equal(verdict(account, "baseUrl", "", { ...live, api: "accounts-v1" }), "Root address: must not be empty");
		assert.equal(verdict(account, "baseUrl", "", live), true);
		assert.match(String(verdict(account, "baseUrl", "host/v4", live)), /^Root address: an address/);
		assert.equal(verdict(account, "fleetId", "", { ...live, api: "fleet-v3" }), "Fleet id: must not be empty");
		assert.equal(verdict(account, "fleetId", "", { api: "fleet-v3" }), true);
		assert.match(String(verdict(account, "country", "FRA", live)), /two letters/);
		assert.equal(verdict(account, "locale", "fr-FR", live), true);
		const partner = { ...live, api: "accounts-v1", auth: "client-credentials" };
		assert.equal(verdict(account, "tokenUrl", "", partner), "Token address: must not be empty");
		assert.equal(verdict(account, "tokenUrl", "", { ...live, auth: "authorization-code" }), true);
		assert.equal(verdict(account, "clientId", "", partner), "Client id: must not be empty");
		assert.equal(verdict(account, "clientId", "", live), true);
		assert.equal(verdict(account, "accessToken", "", live), "Access token: must not be empty");
		assert.equal(verdict(account, "accessToken", "", {}), true);
		const person = { ...live, auth: "authorization-code" };
		assert.equal(verdict(account, "redirectUri", "app://oauth2redirect/fr", person), true);
		assert.match(String(verdict(account, "redirectUri", "callback", person)), /whole address/);
	});

	it("checks headers, and never repeats a secret one", () => {
		const account = "stellantis-account";
		assert.equal(verdict(account, "headers", [{ name: "X-PartnerId", value: "7" }], live), true);
		assert.match(String(verdict(account, "headers", [{ name: "a b", value: "" }], live)), /every header needs a name/);
		assert.equal(verdict(account, "secretHeaders", '{"X-Secret":"s3cret"}', live), true);
		assert.equal(verdict(account, "secretHeaders", "__PWRD__", live), true);
		for (const bad of ["s3cret", '["s3cret"]', '{"X-Secret":{"s3cret":1}}']) {
			const sentence = String(verdict(account, "secretHeaders", bad, live));
			assert.match(sentence, /JSON object/);
			assert.doesNotMatch(sentence, /s3cret/);
		}
	});
});
