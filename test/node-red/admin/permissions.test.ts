import assert from "node:assert/strict";
import { basename } from "node:path";
import got from "got";
import { filesUnder, leaksIn } from "../../secrets/scan";
import {
	PRIVATE_REDIRECT,
	type Provider,
	signInAtPage,
	startProvider,
	WEB_CLIENT,
} from "../../support/openid-provider";
import { type NodeRed, PASSWORD, startNodeRed } from "./node-red";

const USERS = {
	boss: "*",
	guest: "read",
	driver: ["read", "stellantis.write"],
	looker: "stellantis.read",
	visitor: "flows.read",
};
const LOOKUPS = ["vehicles", "links", "commands", "channels", "monitors"];

for (const withUsers of [true, false])
	describe(`signing in at a certified provider through a real Node-RED, adminAuth ${withUsers ? "on" : "off"}`, function () {
		this.timeout(120_000);
		let provider: Provider;
		let red: NodeRed;
		const tokens: Record<string, string> = {};
		const answers: string[] = [];

		async function ask(who: string | undefined, method: "GET" | "POST", path: string, json?: object) {
			const token = who === undefined ? undefined : tokens[who];
			const response = await got(`${red.url}/stellantis/${path}`, {
				method,
				...(json ? { json } : {}),
				headers: token ? { authorization: `Bearer ${token}` } : {},
				throwHttpErrors: false,
				retry: { limit: 0 },
			});
			answers.push(`${response.body} ${JSON.stringify(response.headers)}`);
			const isJson = String(response.headers["content-type"]).startsWith("application/json");
			return { status: response.statusCode, text: response.body, body: isJson ? JSON.parse(response.body) : {} };
		}
		const who = (name: string) => (withUsers ? name : undefined);

		before(async () => {
			provider = await startProvider();
			const account = {
				type: "stellantis-account",
				server: "live",
				api: "accounts-v1",
				baseUrl: `${provider.url}/connectedcar/v1`,
				auth: "authorization-code",
				authorizeUrl: `${provider.url}/auth`,
				tokenUrl: `${provider.url}/token`,
				scope: "openid",
				tls: "tls",
			};
			const secret = { clientId: WEB_CLIENT.id, clientSecret: WEB_CLIENT.secret };
			red = await startNodeRed(
				[
					{ id: "web", ...account },
					{ id: "app", ...account, redirectUri: PRIVATE_REDIRECT },
					{ id: "tls", type: "tls-config", cert: "", key: "", ca: "", verifyservercert: true },
				],
				{ web: secret, app: secret, tls: { certdata: "", keydata: "", cadata: provider.authority.cert } },
				withUsers ? USERS : undefined,
			);
			for (const username of withUsers ? Object.keys(USERS) : []) {
				const body = await got
					.post(`${red.url}/auth/token`, {
						json: { client_id: "node-red-editor", grant_type: "password", scope: "", username, password: PASSWORD },
					})
					.json<{ access_token: string }>();
				tokens[username] = body.access_token;
			}
		});
		after(async () => {
			await red?.stop();
			await provider?.stop();
		});

		if (withUsers) {
			it("lets nobody in without a token", async () => {
				assert.equal((await ask(undefined, "GET", "account/web/state")).status, 401);
				for (const name of ["sign-in", "paste", "sign-out", "test"])
					assert.equal((await ask(undefined, "POST", `account/web/${name}`, {})).status, 401, name);
			});

			it("shows a user who may only read the state, and nothing else", async () => {
				const { status, body } = await ask("guest", "GET", "account/web/state");
				assert.equal(status, 200);
				assert.equal(body.signedIn, false);
				for (const name of ["sign-in", "paste", "sign-out", "test"]) {
					const refused = await ask("guest", "POST", `account/web/${name}`, { origin: red.url, text: "abcdefgh" });
					assert.ok(refused.status === 401 || refused.status === 403, `${name}: ${refused.status}`);
				}
			});

			it("gives the diagnostics file to users who may read, and to nobody else", async () => {
				assert.equal((await ask(undefined, "GET", "account/web/diagnostics")).status, 401);
				assert.equal((await ask("visitor", "GET", "account/web/diagnostics")).status, 401);
				const { status, body } = await ask("guest", "GET", "account/web/diagnostics");
				assert.equal(status, 200);
				assert.match(body.versions.nodeRed, /^\d+\.\d+/);
				assert.equal(body.account.tls.ca, true);
			});

			it("gives the overview to users who may read, and to nobody else", async () => {
				assert.equal((await ask(undefined, "GET", "overview")).status, 401);
				assert.equal((await ask("visitor", "GET", "overview")).status, 401);
				const { status, body } = await ask("looker", "GET", "overview");
				assert.equal(status, 200);
				assert.deepEqual(
					body.accounts.map(({ id }: { id: string }) => id),
					["web", "app"],
				);
			});

			it("lets a user look things up who has just that permission, and nobody without it", async () => {
				for (const name of LOOKUPS)
					for (const id of ["web", "demo.accounts-v1"]) {
						const path = `account/${id}/${name}`;
						assert.equal((await ask(undefined, "GET", path)).status, 401, path);
						const refused = await ask("visitor", "GET", path);
						assert.ok(refused.status === 401 || refused.status === 403, `${path}: ${refused.status}`);
						for (const user of ["looker", "guest"]) {
							const { status, text } = await ask(user, "GET", path);
							// Nobody has signed in yet; the demo needs no sign-in, and what the family lacks nobody needs to ask.
							const asks = id === "web" && name !== "links" && name !== "commands";
							assert.equal(status, asks ? 409 : 200, `${path}: ${text}`);
						}
					}
				const refused = await ask("looker", "POST", "account/web/sign-out", {});
				assert.ok(refused.status === 401 || refused.status === 403, String(refused.status));
			});

			it("lets a user sign in who has just that permission", async () => {
				assert.equal((await ask("driver", "POST", "account/web/sign-in", { origin: red.url })).status, 200);
			});
		}

		it("ends a sign-in in the browser that carries no Node-RED token", async () => {
			const begun = await ask(who("boss"), "POST", "account/web/sign-in", { origin: red.url });
			assert.equal(begun.body.redirectUri, `${red.url}/stellantis/callback`);
			const address = await signInAtPage(begun.body.url, provider.authority);
			assert.ok(address.startsWith(`${red.url}/stellantis/callback?`), address);
			const path = address.slice(`${red.url}/stellantis/`.length);
			const page = await ask(undefined, "GET", path);
			assert.equal(page.status, 200, page.text);
			assert.match(page.text, /Signed in/);
			assert.equal((await ask(undefined, "GET", path)).status, 400);
			const { body } = await ask(who("boss"), "GET", "account/web/state");
			assert.equal(body.signedIn, true);
			assert.equal(body.user, "driver@example.org");
			assert.ok(body.expiresAt > Date.now());
		});

		it("ends a sign-in by pasting, tries the account out, and signs out", async () => {
			const begun = await ask(who("boss"), "POST", "account/app/sign-in", { origin: red.url });
			assert.equal(begun.body.redirectUri, PRIVATE_REDIRECT);
			const address = await signInAtPage(begun.body.url, provider.authority);
			const pasted = await ask(who("boss"), "POST", "account/app/paste", { text: address });
			assert.equal(pasted.status, 200, pasted.text);
			assert.equal(pasted.body.user, "driver@example.org");
			const tested = await ask(who("boss"), "POST", "account/app/test", {});
			const lines = tested.text
				.split("\n")
				.filter(Boolean)
				.map((line) => JSON.parse(line));
			const ended = lines.filter(({ state }) => state !== undefined && state !== "running");
			// The provider is no API: everything works up to the vehicles, and nobody has judged the token.
			assert.deepEqual(
				ended.map(({ step, state }) => `${step} ${state}`),
				["settings works", "reachable works", "certificate works", "signed-in open", "vehicles fails"],
			);
			// Until when is a number of the state; a time for people is the browser's to write.
			assert.doesNotMatch(tested.text, /\d{4}-\d\d-\d\dT/);
			const gone = await ask(who("boss"), "POST", "account/app/sign-out", {});
			assert.equal(gone.body.signedIn, false);
		});

		it("has written no secret to its log, its answers or its files", () => {
			const secrets = { clientSecret: WEB_CLIENT.secret, password: PASSWORD, ...tokens };
			const files = filesUnder(red.userDir)
				// Node-RED's own: the credentials as this test gave them, the settings with the password, its sessions.
				.filter(([path]) => !["flows_cred.json", "settings.js", ".sessions.json"].includes(basename(path)))
				.map(([path, content]) => `${path}\n${content}`);
			assert.ok(files.some((file) => /sign-in-web\.json/.test(file)));
			for (const text of [red.log(), ...answers, ...files]) assert.deepEqual(leaksIn(text, secrets), []);
			assert.doesNotMatch(red.log(), /eyJ[\w-]{8,}\.|Bearer [\w-]{20}/);
		});
	});
