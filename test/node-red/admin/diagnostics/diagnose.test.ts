import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import got from "got";
import { Journal } from "../../../../src/commands/journal";
import { type Flow, Runtime } from "../../../faults/runtime";
import { leaksIn } from "../../../secrets/scan";
import { FakeApi } from "../../../support/fake-api";

/** Everything private there is; none of it may be in the file. */
const PRIVATE = {
	vehicle: "5f0cA17be99d4c2eaa01",
	typedVehicle: "Typed-Vehicle-77ab",
	vin: "VR3UHZKXZPT123456",
	trip: "trip-88f0-ee",
	callback: "cb-1f2e3d4c",
	monitorId: "mon-7d7d7d",
	fleet: "fleet_ACME_logistics",
	accountNode: "acc0ffee12345678",
	statusNode: "57a7u5node000001",
	accountName: "Familie Müller",
	nodeName: "Omas blauer Flitzer",
	label: "Zoés kleine Knutschkugel",
	plate: "GH-482-KL",
	email: "zoe.mueller@mail.example",
	phone: "+33 6 12 34 56 78",
	street: "Rosenweg 17, 70173 Stuttgart",
	latitude: "48.775846",
	longitude: "9.182932",
	zone: "Kita Sonnenschein",
	clientId: "client-f00ba4",
	clientSecret: "s3cr3t~Client+Value/1=",
	accessToken: "eyJhbGciOiJub25lIn0.cnrytoken.sig",
	password: "Hunter2-und-mehr",
	username: "zoe.m",
	secretHeader: "gateway-s3cr3t-header",
	plainHeaderName: "X-Acme-Depot",
	plainHeader: "depot-bietigheim",
	headerPartner: "partner-4242",
	proxyHost: "proxy.intern.example",
	proxyPassword: "pr0xy-Pa55wort",
	proxyUser: "proxyuser77",
	passphrase: "tls-pa55phrase-x",
	publicUrl: "https://zuhause.mueller.example",
	webhookPath: "geheimer/pfad",
	eventsLabel: "Müllers Haus",
	hostOfApi: "gateway.acme.example",
	tokenHost: "idp.acme.example",
	gatewayPath: "acme-gw-path",
	queryName: "acmeDepotFilter",
	queryValue: "nur-Bietigheim",
	apiErrorId: "0a1b2c3d-9999-4444-8888-abcdefabcdef",
	envVariable: "MUELLER_DEPOT",
	unknownProperty: "someHandWrittenKey",
	unknownValue: "hand-written-value",
	bodyText: "body-of-an-answer-4711",
} as const;

function leaks(text: string): string[] {
	const small = text.toLowerCase();
	const parts = {
		...PRIVATE,
		streetName: "Rosenweg",
		postcode: "70173",
		city: "Stuttgart",
		firstName: "Zoé",
		lastName: "Müller",
	};
	return [
		...leaksIn(text, parts),
		...Object.entries(parts)
			.filter(([, value]) => [value, encodeURIComponent(value)].some((each) => small.includes(each.toLowerCase())))
			.map(([name]) => `${name} (small letters)`),
	];
}

interface Report {
	replaced: { note: string; values: Record<string, number> };
	versions: Record<string, string>;
	account: {
		id: string;
		settings: Record<string, unknown>;
		headers: { name: string; isSet: boolean }[];
		credentials: Record<string, boolean>;
		tls: Record<string, unknown> | null;
		proxy: Record<string, unknown> | null;
	};
	signIn: { signedIn: boolean; hasReason: boolean; user?: string };
	quota: unknown;
	nodes: Record<string, { count: number; nodes: Record<string, unknown>[] }>;
	commands: { journal: Record<string, unknown>; underWay: Record<string, unknown>[] };
	requests: Record<string, unknown>[];
	errors: { code: string; node: string; statusCode?: number; apiCode?: number }[];
}

describe("the diagnostics file of an account", () => {
	let runtime: Runtime;
	let server: Server;
	let origin = "";
	let api: FakeApi;

	const account = (changes: object = {}): Flow => ({
		id: PRIVATE.accountNode,
		type: "stellantis-account",
		name: PRIVATE.accountName,
		server: "live",
		api: "user-v4",
		baseUrl: api.root,
		auth: "token",
		country: "de",
		timeout: 5,
		retries: 0,
		...changes,
	});
	const status = (changes: object = {}): Flow => ({
		id: PRIVATE.statusNode,
		type: "stellantis-status",
		name: PRIVATE.nodeName,
		account: PRIVATE.accountNode,
		vehicle: PRIVATE.vehicle,
		vehicleType: "str",
		wires: [["items"]],
		...changes,
	});
	const token = { [PRIVATE.accountNode]: { accessToken: PRIVATE.accessToken, clientId: PRIVATE.clientId } };

	async function diagnose(id: string = PRIVATE.accountNode) {
		const response = await got(`${origin}/stellantis/account/${id}/diagnostics`, {
			throwHttpErrors: false,
			retry: { limit: 0 },
		});
		return {
			headers: response.headers,
			status: response.statusCode,
			text: response.body,
			report: JSON.parse(response.body) as Report,
		};
	}

	beforeEach(async () => {
		api = await FakeApi.start();
		runtime = new Runtime();
		server = createServer((request, response) => runtime.admin(request, response));
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	afterEach(async () => {
		await runtime.stop();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
		await api.stop();
	});

	it("begins with what was replaced, and comes as a file", async () => {
		await runtime.start([account()], token);
		const { status, headers, report } = await diagnose();
		assert.equal(status, 200);
		assert.match(
			String(headers["content-disposition"]),
			/^attachment; filename="stellantis-diagnostics-\d{4}-\d\d-\d\d\.json"$/,
		);
		assert.equal(Object.keys(report)[0], "replaced");
		assert.match(report.replaced.note, /look through it/);
		assert.ok(Object.values(report.replaced.values).every((count) => count > 0));
		assert.equal(report.versions.node, process.version);
		assert.match(String(report.versions.package), /^\d+\.\d+\.\d+/);
	});

	it("holds nothing private of settings, requests, errors and nodes", async () => {
		const said = `No data for ${PRIVATE.label} (${PRIVATE.plate}, ${PRIVATE.vin}) of ${PRIVATE.email}, ${PRIVATE.phone}, at ${PRIVATE.street} (${PRIVATE.latitude}, ${PRIVATE.longitude}) in ${PRIVATE.zone}. ${PRIVATE.accessToken}`;
		api.on(`/user/vehicles/${PRIVATE.vehicle}/status`, {
			status: 400,
			headers: { "x-ratelimit-limit-1": "500", "x-ratelimit-remaining-1": "17", "x-trace": PRIVATE.email },
			body: { code: 40401, uuid: PRIVATE.apiErrorId, message: said },
		});
		api.on(`/user/vehicles/${PRIVATE.vehicle}/trips/${PRIVATE.trip}`, { body: { text: PRIVATE.bodyText } });
		await runtime.start(
			[
				account({
					fleetId: PRIVATE.fleet,
					tokenUrl: `https://${PRIVATE.tokenHost}/${PRIVATE.gatewayPath}/token`,
					headers: [
						{ name: PRIVATE.plainHeaderName, value: PRIVATE.plainHeader },
						{ name: "X-PartnerId", value: PRIVATE.headerPartner },
					],
					tls: "tls",
					proxy: "proxy",
					[PRIVATE.unknownProperty]: PRIVATE.unknownValue,
				}),
				{ id: "tls", type: "tls-config", cert: "", key: "", ca: "", verifyservercert: true },
				{
					id: "proxy",
					type: "http proxy",
					url: `http://${PRIVATE.proxyHost}:3128`,
					noproxy: ["127.0.0.1", PRIVATE.hostOfApi],
				},
				status(),
				status({ id: "by-type", vehicle: PRIVATE.typedVehicle, [PRIVATE.unknownProperty]: PRIVATE.unknownValue }),
				status({ id: "by-variable", vehicle: `\${${PRIVATE.envVariable}}` }),
				{
					...status({ id: "path" }),
					type: "stellantis-resource",
					resource: "path",
					target: `/user/vehicles/${PRIVATE.vehicle}/trips/${PRIVATE.trip}`,
					targetType: "str",
				},
				{
					...status({ id: "monitor" }),
					type: "stellantis-monitor",
					channel: PRIVATE.callback,
					monitor: PRIVATE.monitorId,
					body: JSON.stringify({ label: PRIVATE.zone, center: { latitude: Number(PRIVATE.latitude) } }),
				},
				{
					...status({ id: "command" }),
					type: "stellantis-remote-command",
					command: "navigate",
					args: JSON.stringify({ latitude: Number(PRIVATE.latitude), name: PRIVATE.zone }),
					argsType: "json",
				},
				{
					id: "events",
					type: "stellantis-events",
					account: PRIVATE.accountNode,
					publicUrl: PRIVATE.publicUrl,
					path: PRIVATE.webhookPath,
					label: PRIVATE.eventsLabel,
				},
				{
					...status({ id: "watch" }),
					type: "stellantis-watch",
					// out of use: it would look by itself, and is told all the same
					d: true,
					events: ["zone-entered", "charging-ended"],
					zones: [
						{
							name: PRIVATE.zone,
							latitude: Number(PRIVATE.latitude),
							longitude: PRIVATE.longitude,
							radius: 150,
						},
					],
					price: JSON.stringify([{ from: "22:00", to: "06:00", price: PRIVATE.unknownValue }]),
					priceType: "json",
				},
			],
			{
				[PRIVATE.accountNode]: {
					clientId: PRIVATE.clientId,
					clientSecret: PRIVATE.clientSecret,
					accessToken: PRIVATE.accessToken,
					username: PRIVATE.username,
					password: PRIVATE.password,
					secretHeaders: JSON.stringify({ "x-secret": PRIVATE.secretHeader }),
				},
				tls: { certdata: "", keydata: "", cadata: "", passphrase: PRIVATE.passphrase },
				proxy: { username: PRIVATE.proxyUser, password: PRIVATE.proxyPassword },
			},
		);
		await runtime.send(PRIVATE.statusNode, {
			query: { [PRIVATE.queryName]: PRIVATE.queryValue, timestamps: "2026-01-01T00:00:00Z/" },
		});
		await runtime.send("by-type");
		await runtime.send("path", {}, "item");
		await runtime.send(PRIVATE.statusNode, { query: { broken: { zone: PRIVATE.zone } } });

		const { text, report } = await diagnose();
		assert.deepEqual(leaks(text), [], text);
		// What is left is worth reading.
		const first = report.requests.find(({ route, vehicle }) => route === "status" && vehicle === "vehicle-1");
		assert.equal(first?.statusCode, 400);
		assert.deepEqual(first?.query, ["parameter-1", "timestamps"]);
		assert.deepEqual(first?.rateLimit, { day: { limit: 500, remaining: 17 } });
		assert.deepEqual(report.quota, first?.rateLimit);
		const error = report.errors.find(({ code }) => code === "ERR_REJECTED");
		assert.equal(error?.statusCode, 400);
		assert.equal(error?.apiCode, 40401);
		assert.ok(report.errors.some(({ code }) => code === "ERR_BAD_INPUT"));
		assert.match(text, /"zone-entered",\s*"charging-ended"/);
		assert.equal(report.account.settings.auth, "token");
		assert.equal(report.account.settings.unknownProperties, 1);
		assert.deepEqual(report.account.credentials, {
			clientId: true,
			username: true,
			clientSecret: true,
			commandsToken: false,
			accessToken: true,
			refreshToken: false,
			password: true,
			secretHeaders: true,
		});
		assert.deepEqual(
			report.account.headers.map(({ name }) => name),
			["header-1", "X-PartnerId"],
		);
		assert.equal(report.account.proxy?.address, "http://host-2");
		assert.equal(report.account.tls?.passphrase, true);
	});

	it("names one vehicle the same in nodes, requests and commands", async () => {
		const { vehicle } = PRIVATE;
		api.on(`/user/vehicles/${vehicle}/status`, {
			status: 500,
			body: { message: `vehicle ${vehicle.toUpperCase()} failed` },
		});
		await runtime.start(
			[account(), status({ vehicle, id: "a" }), status({ vehicle: PRIVATE.typedVehicle, id: "b" })],
			token,
		);
		await runtime.send("a");
		await runtime.send("b");
		const { report } = await diagnose();
		const nodes = report.nodes["stellantis-status"]?.nodes ?? [];
		assert.deepEqual(
			nodes.map((node) => node.vehicle),
			["vehicle-1", "vehicle-2"],
		);
		assert.deepEqual(
			report.requests.map(({ route, vehicle }) => [route, vehicle]),
			[
				["status", "vehicle-1"],
				["status", "vehicle-2"],
			],
		);
		assert.equal(report.errors[0]?.node, nodes[0]?.id);
	});

	it("says whether the journal of commands is intact but for its end, and what is under way", async () => {
		const directory = join(runtime.userDir, "stellantis");
		const journal = new Journal(directory);
		const intent = (key: string, of: string) =>
			journal.append({
				key,
				event: "intent",
				account: of,
				vehicle: PRIVATE.vehicle,
				vin: PRIVATE.vin,
				command: "horn",
				args: {},
				channel: PRIVATE.callback,
				timeout: 60,
			});
		await intent("one", PRIVATE.accountNode);
		await journal.append({ key: "one", event: "end", outcome: "done" });
		await intent("two", PRIVATE.accountNode);
		await intent("three", "another-account");
		// A disabled account takes nothing up: what is under way stays so.
		await runtime.start([account({ baseUrl: "no address" }), status()], token);
		const { text, report } = await diagnose();
		assert.deepEqual(leaks(text), []);
		assert.deepEqual(report.commands.journal, {
			intact: true,
			end: "unchecked",
			lines: 4,
			fromBeginning: true,
			gaps: [],
		});
		assert.deepEqual(report.commands.underWay, [
			{ command: "horn", vehicle: "vehicle-1", channel: "channel-1", isFinal: false },
		]);
	});

	it("shows where a journal was changed", async () => {
		const directory = join(runtime.userDir, "stellantis");
		mkdirSync(directory, { recursive: true });
		writeFileSync(
			join(directory, "journal.jsonl"),
			`{"key":"a","prev":"${"0".repeat(64)}"}\n{"key":"b","prev":"x"}\nbroken\n`,
		);
		await runtime.start([account()], token);
		const { report } = await diagnose();
		assert.equal(report.commands.journal.intact, false);
		assert.equal(report.commands.journal.lines, 3);
		assert.deepEqual(report.commands.journal.gaps, [
			{ file: "journal.jsonl", line: 2, reason: "chain broken" },
			{ file: "journal.jsonl", line: 3, reason: "unreadable" },
		]);
	});

	it("comes for accounts that nobody has signed in to, and for wrong settings", async () => {
		await runtime.start([account({ auth: "authorization-code", tokenUrl: `${api.origin}/token` })], {});
		const { report } = await diagnose();
		assert.equal(report.signIn.signedIn, false);
		assert.equal(report.signIn.hasReason, true);
		await runtime.redeploy([account({ timeout: PRIVATE.zone, baseUrl: `ftp://${PRIVATE.hostOfApi}` })]);
		const wrong = await diagnose();
		assert.deepEqual(leaks(wrong.text), []);
		assert.equal(wrong.report.signIn.signedIn, false);
		assert.equal(wrong.report.signIn.hasReason, true);
		assert.equal(wrong.report.account.settings.timeout, "value-1");
	});

	it("comes for the demo, also before an account of it is deployed", async () => {
		await runtime.start([account({ server: "demo", baseUrl: "" })], {});
		const { report } = await diagnose();
		assert.equal(report.signIn.signedIn, true);
		assert.equal(report.account.settings.server, "demo");
		const { status, report: demo } = await diagnose("demo.fleet-v3");
		assert.equal(status, 200);
		assert.equal(demo.account.settings.api, "fleet-v3");
	});

	it("knows no account that is not there", async () => {
		await runtime.start([account()], token);
		const { status, headers, text } = await diagnose("nobody");
		assert.equal(status, 404);
		assert.equal(headers["content-disposition"], undefined);
		assert.equal(JSON.parse(text).error.code, "ERR_NO_ACCOUNT");
	});

	it("stays small after many requests and with many nodes", async () => {
		api.on(`/user/vehicles/${PRIVATE.vehicle}/status`, { status: 500, body: { message: "x".repeat(10_000) } });
		const nodes = Array.from({ length: 300 }, (_, n) => status({ id: `node${n}` }));
		await runtime.start([account({ concurrency: 50 }), ...nodes], token);
		for (let n = 0; n < 120; n++) await runtime.send(`node${n}`);
		const { text, report } = await diagnose();
		assert.equal(report.requests.length, 50);
		assert.equal(report.errors.length, 50);
		assert.equal(report.nodes["stellantis-status"]?.count, 300);
		assert.ok(text.length < 200_000, `${text.length}`);
	});
});
