import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import got, { type Response } from "got";
import { type Flow, Runtime } from "../../faults/runtime";
import { filesUnder, leaksIn } from "../../secrets/scan";
import { HA_TOKEN, HomeAssistant } from "../../support/home-assistant";
import { json, PlainTokenServer } from "../../support/oauth-server";
import { PsaCarController } from "../../support/psa-car-controller";

const SECRETS = {
	clientSecret: "cnry~client+secret/1=",
	secretHeader: "cnry-gateway-secret",
	code: "cnry-code-12345",
	refreshToken: "cnry-typed-refresh-token",
};

interface Answer {
	status: number;
	// biome-ignore lint/suspicious/noExplicitAny: whatever JSON the route answers
	body: any;
	headers: Response["headers"];
	text: string;
}

/** A line of the answer to a test. */
interface Line {
	steps?: string[];
	step?: string;
	state?: string;
	says?: string;
	message?: string;
	count?: number;
	remaining?: number;
	limit?: number;
	version?: string;
	names?: string;
	cars?: { name: string; isOwn?: boolean; commands: string[] }[];
	error?: { code: string; message: string };
}
const linesOf = (text: string): Line[] =>
	text
		.split("\n")
		.filter(Boolean)
		.map((line) => JSON.parse(line));

describe("admin routes of an account", () => {
	let runtime: Runtime;
	let server: Server;
	let origin = "";
	let idp: PlainTokenServer;
	const answers: string[] = [];
	/** One for each test: sign-ins under way outlive an account. */
	let id = "";
	let count = 0;

	const account = (changes: object = {}): Flow => ({
		id,
		type: "stellantis-account",
		server: "live",
		api: "user-v4",
		auth: "authorization-code",
		baseUrl: `${idp.url}/connectedcar/v4`,
		authorizeUrl: `${idp.url}/authorize`,
		tokenUrl: `${idp.url}/token`,
		timeout: 2,
		retries: 0,
		...changes,
	});
	const credentials = () => ({
		[id]: {
			clientId: "client-1",
			clientSecret: SECRETS.clientSecret,
			secretHeaders: JSON.stringify({ "x-gateway": SECRETS.secretHeader }),
		},
	});
	const start = (changes: object = {}) => runtime.start([account(changes)], credentials());

	async function ask(
		method: "GET" | "POST" | "HEAD",
		path: string,
		options: { headers?: object; body?: unknown } = {},
	) {
		const response = await got(`${origin}/${path}`, {
			method,
			headers: { ...(method === "POST" ? { "content-type": "application/json" } : {}), ...options.headers },
			...(method === "POST"
				? { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body ?? {}) }
				: {}),
			throwHttpErrors: false,
			followRedirect: false,
			retry: { limit: 0 },
		});
		answers.push(`${response.body} ${JSON.stringify(response.headers)}`);
		const isJson = String(response.headers["content-type"]).startsWith("application/json");
		const answer: Answer = {
			status: response.statusCode,
			headers: response.headers,
			text: response.body,
			body: isJson ? JSON.parse(response.body) : undefined,
		};
		return answer;
	}
	const post = (name: string, body: object = {}, headers: object = {}) =>
		ask("POST", `stellantis/account/${id}/${name}`, { body, headers });
	const state = () => ask("GET", `stellantis/account/${id}/state`);
	/** Starts a sign-in; the state that its answer must carry. */
	async function begin() {
		const { body } = await post("sign-in", { origin });
		return { url: body.url as string, state: new URL(body.url).searchParams.get("state") ?? "" };
	}
	const comeBack = (query: Record<string, string>) => ask("GET", `stellantis/callback?${new URLSearchParams(query)}`);

	beforeEach(async () => {
		id = `account-${++count}`;
		idp = await new PlainTokenServer().start();
		runtime = new Runtime();
		server = createServer((request, response) => runtime.admin(request, response));
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});

	afterEach(async () => {
		const files = filesUnder(runtime.userDir).map(([path, content]) => `${path} ${content}`);
		await runtime.stop();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
		await idp.stop();
		const tokens = Object.fromEntries(
			idp.requests.flatMap(({ body }, n) => {
				const token = body.get("refresh_token");
				return token ? [[`refresh token ${n}`, token]] : [];
			}),
		);
		for (const text of [...runtime.written, ...answers.splice(0), ...files])
			assert.deepEqual(leaksIn(text, { ...SECRETS, ...tokens }), [], text.slice(0, 300));
	});

	describe("state", () => {
		it("says that nobody is signed in", async () => {
			await start();
			const { status, body, headers } = await state();
			assert.equal(status, 200);
			assert.equal(body.signedIn, false);
			assert.match(body.reason, /Nobody is signed in/);
			assert.equal(headers["cache-control"], "no-store");
			assert.equal(headers["x-content-type-options"], "nosniff");
		});

		it("says what is wrong with an account that can't be used", async () => {
			await start({ country: "France" });
			assert.match((await state()).body.reason, /country.*two letters/);
		});

		it("knows no account but accounts", async () => {
			await start();
			for (const other of ["nobody", "items", "..%2f..", "tab"]) {
				const { status, body } = await ask("GET", `stellantis/account/${other}/state`);
				assert.equal(status, 404, other);
				assert.equal(body.error.code, "ERR_NO_ACCOUNT");
			}
		});
	});

	describe("a sign-in through the browser", () => {
		it("opens the provider's page, takes its answer once, and shows until when", async () => {
			await start();
			const { url, state: signIn } = await begin();
			const page = new URL(url);
			assert.equal(page.origin + page.pathname, `${idp.url}/authorize`);
			assert.equal(page.searchParams.get("redirect_uri"), `${origin}/stellantis/callback`);
			assert.equal(page.searchParams.get("code_challenge_method"), "S256");

			const answer = await comeBack({ code: SECRETS.code, state: signIn });
			assert.equal(answer.status, 200);
			assert.match(answer.text, /Signed in/);
			const { body } = await state();
			assert.equal(body.signedIn, true);
			assert.ok(body.expiresAt > Date.now() + 3_000_000);
			assert.deepEqual(
				runtime.statuses.filter((status) => status.id === id).map(({ fill }) => fill),
				["green"],
			);
			assert.match(runtime.statuses[0]?.text ?? "", /^signed in until /);

			const again = await comeBack({ code: SECRETS.code, state: signIn });
			assert.equal(again.status, 400);
			assert.match(again.text, /Begin it again/);
			assert.equal(idp.requests.length, 1);
		});

		it("answers with a page that runs nothing and repeats nothing", async () => {
			await start();
			const evil = "<script>alert(1)</script>";
			const pages = [
				await comeBack({ code: evil, state: evil }),
				await comeBack({ error: evil, error_description: evil, state: (await begin()).state }),
				await comeBack({ code: SECRETS.code, state: (await begin()).state }),
			];
			assert.deepEqual(
				pages.map(({ status }) => status),
				[400, 409, 200],
			);
			for (const { text, headers } of pages) {
				assert.doesNotMatch(text, /script|alert|style|href|src=/i);
				assert.match(String(headers["content-security-policy"]), /default-src 'none'.*frame-ancestors 'none'/);
				assert.equal(headers["cache-control"], "no-store");
				assert.equal(headers["x-content-type-options"], "nosniff");
				assert.equal(headers["referrer-policy"], "no-referrer");
				assert.match(String(headers["content-type"]), /^text\/html; charset=utf-8/);
			}
		});

		it("is not ended by a preview of the address", async () => {
			await start();
			const { state: signIn } = await begin();
			assert.equal((await ask("HEAD", `stellantis/callback?code=abcdefgh&state=${signIn}`)).status, 405);
			assert.equal((await comeBack({ code: SECRETS.code, state: signIn })).status, 200);
		});

		it("is over when the page refused, and for a state that is missing or somebody else's", async () => {
			await start();
			const { state: signIn } = await begin();
			assert.match((await comeBack({ error: "access_denied", state: signIn })).text, /refused at the sign-in page/);
			for (const query of [{ code: "abcdefgh", state: signIn }, { code: "abcdefgh" }, { code: "abcdefgh", state: "x" }])
				assert.equal((await comeBack(query as Record<string, string>)).status, 400);
			assert.equal(idp.requests.length, 0);
		});

		it("survives a deploy between its start and its end", async () => {
			await start();
			const { state: signIn } = await begin();
			await runtime.redeploy([account({ timeout: 3 })], credentials());
			assert.equal((await comeBack({ code: SECRETS.code, state: signIn })).status, 200);
			assert.equal((await state()).body.signedIn, true);
		});

		it("says in words what the sign-in server did not like", async () => {
			await start();
			const { state: signIn } = await begin();
			idp.answerNext(({ body, authorization }, response) =>
				json(response, 400, { error: "invalid_grant", error_description: `${body} ${authorization}` }),
			);
			const { status, text } = await comeBack({ code: SECRETS.code, state: signIn });
			assert.equal(status, 409);
			assert.match(text, /refused the code/);
		});
	});

	it("sends the browser back to where it sees the editor, below a path that only a reverse proxy knows", async () => {
		await start();
		const { body } = await post("sign-in", { origin, path: "/home/node-red/" });
		assert.equal(body.redirectUri, `${origin}/home/node-red/stellantis/callback`);
		assert.equal(new URL(body.url).searchParams.get("redirect_uri"), body.redirectUri);
	});

	it("begins no sign-in with a client that can't go with the host, and says why", async () => {
		await start({ baseUrl: "https://api-cert.groupe-psa.com/connectedcar/v4" });
		const { status, body } = await post("sign-in", { origin });
		assert.equal(status, 400);
		assert.equal(body.error.code, "ERR_BAD_INPUT");
		assert.match(body.error.message, /nobody in without a client certificate.*brands' own apps/);
	});

	describe("a sign-in by pasting", () => {
		const redirectUri = "org.example.app://oauth2redirect/fr";

		it("takes the whole address, the bare code, or a request copied as cURL", async () => {
			await start({ redirectUri });
			const begun = await post("sign-in", { origin });
			assert.equal(begun.body.redirectUri, redirectUri);
			for (const text of [
				(signIn: string) => `${redirectUri}?code=${SECRETS.code}&state=${signIn}`,
				() => SECRETS.code,
				(signIn: string) => `curl '${redirectUri}?state=${signIn}&code=${SECRETS.code}' -H 'Cookie: a=b' --compressed`,
			]) {
				const { state: signIn } = await begin();
				const { status, body } = await post("paste", { text: text(signIn) });
				assert.equal(status, 200, JSON.stringify(body));
				assert.equal(body.signedIn, true);
			}
			assert.ok(idp.requests.every(({ body }) => body.get("redirect_uri") === redirectUri));
		});

		it("lets two people sign in at the same time, each with their own address", async () => {
			await start({ redirectUri });
			const first = await begin();
			const second = await begin();
			for (const { state: signIn } of [first, second])
				assert.equal(
					(await post("paste", { text: `${redirectUri}?code=${SECRETS.code}&state=${signIn}` })).status,
					200,
				);
		});

		for (const [what, text, sentence] of [
			["nothing", "", /Nothing was pasted/],
			["the address of the sign-in page", "https://idp.example/authorize?client_id=1", /sign-in page itself/],
			["another sign-in's address", "app://x?code=abcdefgh&state=other", /another sign-in/],
			["something else", "hello world", /no code/],
		] as const) {
			it(`says what to paste instead of ${what}`, async () => {
				await start({ redirectUri });
				await begin();
				const { status, body } = await post("paste", { text });
				assert.equal(status, 400);
				assert.equal(body.error.code, "ERR_BAD_INPUT");
				assert.match(body.error.message, sentence);
				assert.match(body.error.message, /paste/i);
			});
		}

		for (const [text, sentence] of [
			["https://id-dcr.example/login?code=abcdef", /log-in page.*not the one that counts/],
			["https://id-dcr.example/am/OPErrorPage.php?code=403042", /error page.*number of an error/],
			["mymap://oauth2redirect/fr?code=abcdef", /has 36 characters/],
		] as const)
			it(`refuses ${text} in words, for a client of a brand's app`, async () => {
				await start({ brand: "peugeot", country: "fr" });
				await begin();
				const { status, body } = await post("paste", { text });
				assert.equal(status, 400);
				assert.equal(body.error.code, "ERR_BAD_INPUT");
				assert.match(body.error.message, sentence);
				assert.match(body.error.message, /Paste the address that begins with mymap:\/\/oauth2redirect\/fr/);
				assert.equal(idp.requests.length, 0);
				const code = "0f8fad5b-d9cb-469f-a165-70867728950e";
				assert.equal((await post("paste", { text: `${text}\nmymap://oauth2redirect/fr?code=${code}` })).status, 200);
				assert.equal(idp.requests[0]?.body.get("code"), code);
			});

		it("wants a sign-in to be begun first", async () => {
			await start({ redirectUri });
			const { status, body } = await post("paste", { text: "abcdefghijkl" });
			assert.equal(status, 400);
			assert.match(body.error.message, /Begin it again/);
		});
	});

	it("signs out, and says so on the badge", async () => {
		await start();
		await comeBack({ code: SECRETS.code, state: (await begin()).state });
		const { status, body } = await post("sign-out");
		assert.equal(status, 200);
		assert.equal(body.signedIn, false);
		assert.match(runtime.statuses.at(-1)?.text ?? "", /not signed in/);
	});

	it("refuses to sign in where the account's method is another", async () => {
		await start({ auth: "token" });
		assert.match((await post("sign-in", { origin })).body.error.message, /field method/);
	});

	describe("requests it does not take", () => {
		beforeEach(() => start());

		for (const [what, headers] of [
			["another page", { origin: "https://evil.example" }],
			["a page without origin", { origin: "null" }],
			[
				"another page that forges the forwarded host",
				{ origin: "https://evil.example", "x-forwarded-host": "evil.example" },
			],
			["another site, as the browser says", { "sec-fetch-site": "cross-site" }],
			["another port of the same host", { origin: "http://127.0.0.1:1" }],
		] as const) {
			it(`are those of ${what}`, async () => {
				for (const name of ["sign-in", "paste", "sign-out", "test"])
					assert.equal((await post(name, { origin, text: "x" }, headers)).status, 403, name);
				const { status, body } = await ask("GET", `stellantis/account/${id}/state`, { headers });
				assert.equal(status, 403);
				assert.equal(body.signedIn, undefined);
			});
		}

		it("are those of a plain HTML form", async () => {
			for (const type of ["application/x-www-form-urlencoded", "text/plain"]) {
				const headers = { "content-type": type };
				assert.equal((await ask("POST", `stellantis/account/${id}/sign-out`, { headers, body: "a=b" })).status, 415);
			}
		});

		for (const value of [undefined, "", "nonsense", "javascript:alert(1)", "https://evil.example", 7, {}]) {
			it(`are sign-ins that would end at ${JSON.stringify(value)}`, async () => {
				const { status, body } = await post("sign-in", { origin: value });
				assert.equal(status, 400);
				assert.match(body.error.message, /address of the editor/);
			});
		}

		for (const path of [
			"",
			"nr/",
			"/nr",
			"//evil.example/",
			"/nr/../",
			"/nr/?a=/",
			"/nr/#/",
			"https://evil.example/",
			7,
		]) {
			it(`are sign-ins that would come back below ${JSON.stringify(path)}`, async () => {
				assert.equal((await post("sign-in", { origin, path })).status, 400);
			});
		}

		it("are sign-ins with more than an origin, or another than the browser's", async () => {
			assert.equal((await post("sign-in", { origin: `${origin}/path` })).status, 400);
			assert.equal((await post("sign-in", { origin: origin.replace("127.0.0.1", "u@127.0.0.1") })).status, 400);
			const port = new URL(origin).port;
			assert.equal(
				(await post("sign-in", { origin }, { origin: `http://localhost:${port}`, host: `localhost:${port}` })).status,
				400,
			);
		});

		it("are bodies that are too large or no object", async () => {
			assert.equal((await post("paste", { text: "x".repeat(200_000) })).status, 413);
			assert.equal((await ask("POST", `stellantis/account/${id}/paste`, { body: "[]" })).status, 400);
			assert.equal((await post("paste", { text: { code: 1 } })).status, 400);
		});
	});

	it("takes requests of the editor behind a reverse proxy that the browser vouches for", async () => {
		await start();
		const there = "https://home.example";
		const { status, body } = await post(
			"sign-in",
			{ origin: there },
			{ origin: there, "sec-fetch-site": "same-origin" },
		);
		assert.equal(status, 200);
		assert.equal(body.redirectUri, `${there}/stellantis/callback`);
	});

	describe("test", () => {
		const ended = (lines: Line[]) => lines.filter(({ state }) => state !== undefined && state !== "running");
		/** The last word on each step. */
		const test = async () => {
			const lines = linesOf((await post("test")).text);
			assert.deepEqual(lines.at(-1), { done: true });
			return Object.fromEntries(ended(lines).map((line) => [line.step ?? "", line]));
		};
		const states = (found: Record<string, Line>) =>
			Object.fromEntries(
				Object.values(found).map(({ step, state, says }) => [step, says ? `${state}: ${says}` : state]),
			);
		const withToken = (changes: object = {}) =>
			runtime.start([account({ auth: "token", ...changes })], {
				[id]: { clientId: "c", accessToken: "cnry-access-token-1" },
			});
		const answerProbe = () => idp.answerNext((_request, response) => json(response, 404, {}));

		it("tells each step as it begins and as it ends, and what is not needed in the demo", async () => {
			await runtime.start([{ id, type: "stellantis-account", server: "demo", api: "user-v4" }]);
			const { text, headers } = await post("test");
			const lines = linesOf(text);
			assert.match(String(headers["content-type"]), /^application\/x-ndjson/);
			assert.match(String(headers["cache-control"]), /no-store.*no-transform/);
			assert.deepEqual(lines[0]?.steps, ["settings", "reachable", "certificate", "signed-in", "vehicles"]);
			assert.deepEqual(
				lines.slice(1, -1).map(({ step, state, says }) => `${step} ${says ?? state}`),
				[
					"settings running",
					"settings complete",
					"reachable running",
					"reachable answers",
					"certificate local",
					"signed-in running",
					"signed-in demo",
					"vehicles running",
					"signed-in demo",
					"vehicles vehicles",
					"quota left",
				],
			);
			const found = Object.fromEntries(lines.map((line) => [line.says ?? "", line]));
			assert.equal(found.local?.state, "unneeded");
			assert.equal(found.demo?.state, "unneeded");
			assert.ok(Number(found.vehicles?.count) > 5);
			assert.ok(Number(found.left?.remaining) < Number(found.left?.limit));
		});

		it("sends each line when it is known, and ends the work when nobody waits any more", async () => {
			await withToken({ timeout: 600 });
			answerProbe();
			let ended = () => {};
			const given = new Promise<void>((resolve) => {
				ended = resolve;
			});
			idp.answerNext((_request, response) => void response.once("close", ended));
			const asking = got.stream.post(`${origin}/stellantis/account/${id}/test`, { json: {}, retry: { limit: 0 } });
			let seen = "";
			for await (const chunk of asking) {
				seen += chunk;
				if (seen.includes('{"step":"vehicles","state":"running"}\n')) break;
			}
			// Leaving the loop has ended the request; the API sees its own end, long before the timeout.
			await given;
			assert.match(seen, /"certificate","state":"unneeded"/);
		});

		it("ends with a word when the account is deployed anew meanwhile", async () => {
			await withToken({ timeout: 600 });
			answerProbe();
			const asked = new Promise<void>((resolve) => idp.answerNext(() => resolve()));
			const answer = post("test");
			await asked;
			await runtime.redeploy([account({ auth: "token", timeout: 601 })], credentials());
			const last = linesOf((await answer).text).at(-1);
			assert.equal(last?.error?.code, "ERR_NO_ACCOUNT");
			assert.match(last?.error?.message ?? "", /deployed anew/);
		});

		describe("of what sends commands beside the API", () => {
			const VIN = "VR3UHZKXZLT000042";
			let home: HomeAssistant;
			beforeEach(async () => {
				home = await HomeAssistant.start();
			});
			afterEach(() => home.stop());
			const through = (commandsToken = HA_TOKEN, accessToken = "") =>
				runtime.start([account({ auth: "token", commandsVia: "home-assistant", commandsUrl: home.url })], {
					[id]: { clientId: "c", accessToken, commandsToken },
				});
			const can = async (vehicle: string) =>
				(await ask("GET", `stellantis/account/${id}/commands?vehicle=${vehicle}`)).body.commands as object;

			it("finds its version, its cars by VIN, and what each can be sent, for an account that only sends", async () => {
				home.addCar(VIN).addCar("VR3UHZKXZLT000077", "second", ["horn", "lights"]);
				answerProbe();
				await through();
				const found = await test();
				assert.equal(states(found)["signed-in"], "caution: sendsOnly");
				assert.deepEqual([found.way?.state, found.way?.version], ["works", "2026.11.0"]);
				const cars = found.cars?.cars ?? [];
				assert.deepEqual(
					cars.map(({ name }) => name),
					["vehicle …0042", "vehicle …0077"],
				);
				assert.ok(cars[0]?.commands.includes("charge-settings"));
				assert.deepEqual(cars[1]?.commands, ["horn", "lights"]);
				assert.equal("lock" in (await can("VR3UHZKXZLT000077")), true);
				assert.equal("lock" in (await can(VIN)), false);
				const { vehicles } = (await ask("GET", `stellantis/account/${id}/vehicles`)).body;
				assert.deepEqual(
					vehicles.map(({ vin }: { vin: string }) => vin),
					[VIN, "VR3UHZKXZLT000077"],
				);
			});

			it("says which of the account's own cars it does not know", async () => {
				home.addCar("VR3UHZKXZLT000077");
				idp.answerNext((_request, response) => json(response, 404, {}));
				idp.answerNext((_request, response) =>
					json(response, 200, { total: 1, _embedded: { vehicles: [{ id: "v1", vin: VIN, label: "e-208" }] } }),
				);
				await through(HA_TOKEN, "cnry-access-token-1");
				const { cars } = await test();
				assert.deepEqual([cars?.state, cars?.says, cars?.names], ["caution", "notAll", "e-208 …0042"]);
				assert.deepEqual(cars?.cars?.[0]?.isOwn, false);
			});

			it("says what is wrong with a token, and never shows it", async () => {
				answerProbe();
				await through("cnry-wrong-token");
				const { way } = await test();
				assert.equal(way?.state, "fails");
				assert.match(way?.message ?? "", /long-lived access token/);
			});

			it("warns of psa_car_controller, which lets everybody in", async () => {
				const controller = await PsaCarController.start();
				controller.addCar(VIN);
				answerProbe();
				await runtime.start(
					[account({ auth: "token", commandsVia: "psa-car-controller", commandsUrl: controller.url })],
					{ [id]: { clientId: "c" } },
				);
				const found = await test();
				assert.equal(states(found).way, "caution: openToAll");
				assert.ok(!found.cars?.cars?.[0]?.commands.includes("horn"));
				assert.deepEqual(controller.requests, ["get_vehicles"]);
				await controller.stop();
			});
		});

		it("answers with an error of its own when there is nothing to test", async () => {
			await start();
			const { status, body } = await ask("POST", "stellantis/account/nobody/test");
			assert.equal(status, 404);
			assert.equal(body.error.code, "ERR_NO_ACCOUNT");
		});

		it("stops at the sign-in when nobody is signed in", async () => {
			await start();
			const found = await test();
			assert.deepEqual(states(found), {
				settings: "works: complete",
				reachable: "works: answers",
				certificate: "unneeded: local",
				"signed-in": "fails",
			});
			assert.match(found["signed-in"]?.message ?? "", /Nobody is signed in/);
		});

		it("tells that the server can't be reached", async () => {
			await start({ baseUrl: "http://127.0.0.1:1/v4" });
			const found = await test();
			assert.deepEqual(states(found), { settings: "works: complete", reachable: "fails" });
			assert.match(found.reachable?.message ?? "", /refuses the connection/);
		});

		it("tells that the credentials are not accepted, and that a setting is wrong", async () => {
			await withToken();
			answerProbe();
			idp.answerNext((_request, response) => json(response, 401, { message: "no cnry-access-token-1" }));
			const found = await test();
			assert.equal(found["signed-in"]?.state, "fails");
			assert.match(found["signed-in"]?.message ?? "", /not accept the account's credentials/);
			assert.equal(found.vehicles, undefined);
			await runtime.redeploy([account({ timeout: "soon" })], credentials());
			const { settings } = await test();
			assert.match(settings?.message ?? "", /"timeout" is "soon"/);
		});

		it("does not call credentials accepted before the API has said so", async () => {
			await withToken();
			answerProbe();
			idp.answerNext((_request, response) => json(response, 503, {}));
			assert.equal(states(await test())["signed-in"], "open: ready");
			answerProbe();
			idp.answerNext((_request, response) => json(response, 200, { total: 1, _embedded: { vehicles: [] } }));
			const found = states(await test());
			assert.equal(found["signed-in"], "works: accepted");
			assert.equal(found.vehicles, "works: vehicle");
		});

		it("points to an account without vehicles, and to one without a sign-in", async () => {
			await start({ auth: "none" });
			answerProbe();
			idp.answerNext((_request, response) => json(response, 200, { total: 0, _embedded: { vehicles: [] } }));
			const found = states(await test());
			assert.equal(found["signed-in"], "unneeded: none");
			assert.equal(found.vehicles, "caution: noVehicle");
			answerProbe();
			idp.answerNext((_request, response) => json(response, 404, { code: 40400, uuid: "u", message: "none" }));
			assert.equal(states(await test()).vehicles, "caution: noVehicle");
		});
	});
});
