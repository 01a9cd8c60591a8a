import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import got from "got";
import { Runtime } from "../../../faults/runtime";
import { leaksIn } from "../../../secrets/scan";
import { type Answer, FakeApi, type FakeRequest, gate, liveAccount, liveCredentials } from "../../../support/fake-api";

const FAMILIES = ["user-v4", "accounts-v1", "fleet-v3"] as const;
const SECRETS = { accessToken: "cnry~token+4f1c9a7e=", clientSecret: "cnry-client/secret" };
const LOOKUPS = [
	"vehicles",
	"links?vehicle=v1",
	"commands?vehicle=v1",
	"channels",
	"monitors?vehicle=v1&channel=c1",
	"position?vehicle=v1",
];
const VEHICLES = "/user/vehicles";
const SVG = "data:image/svg+xml,%3Csvg/%3E";

/** A vehicle identification number for each number. */
const vin = (n: number) => `VR3TEST${String(n).padStart(10, "0")}`;
const car = (n: number, more: object = {}) => ({ id: `car-${n}`, vin: vin(n), label: `Car ${n}`, ...more });

/** Serves so many vehicles in pages of 60, by VIN as well, without ever making more of them than a page. */
function fleet(api: FakeApi, size: number, { query }: FakeRequest): Answer {
	const prefix = query.get("vinPrefix");
	if (prefix !== null) {
		const n = Number(prefix.slice(7));
		return { body: { _links: {}, _embedded: { vehicles: n < size && prefix === vin(n) ? [car(n)] : [] } } };
	}
	const page = Number(query.get("pageToken") ?? 0);
	const count = Math.max(0, Math.min(60, size - page * 60));
	const more = (page + 1) * 60 < size;
	return {
		body: {
			_links: more ? { next: { href: `${api.root}${VEHICLES}?pageToken=${page + 1}` } } : {},
			total: size,
			_embedded: { vehicles: Array.from({ length: count }, (_, n) => car(page * 60 + n)) },
		},
	};
}

describe("what a form can look up", () => {
	let runtime: Runtime;
	let api: FakeApi;
	let server: Server;
	let origin = "";
	const answers: string[] = [];

	async function ask(path: string, { id = "account", headers = {}, signal = new AbortController().signal } = {}) {
		const response = await got(`${origin}/stellantis/account/${id}/${path}`, {
			headers,
			signal,
			throwHttpErrors: false,
			retry: { limit: 0 },
		});
		answers.push(response.body);
		// biome-ignore lint/suspicious/noExplicitAny: whatever JSON the route answers
		return { status: response.statusCode, headers: response.headers, body: JSON.parse(response.body) as any };
	}
	/** Asks and goes away once the API has got so many requests. */
	async function askAndLeave(path: string, requests: number): Promise<void> {
		const leaving = new AbortController();
		const asked = ask(path, { signal: leaving.signal });
		await api.requested(requests);
		leaving.abort();
		await assert.rejects(asked, { name: "AbortError" });
	}
	const start = (more: Record<string, unknown> = {}) =>
		runtime.start([liveAccount(api, more)], {
			account: { ...liveCredentials.account, ...SECRETS },
		});

	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(async () => {
		api.clear();
		runtime = new Runtime();
		server = createServer((request, response) => runtime.admin(request, response));
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	afterEach(async () => {
		await runtime.stop();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
		for (const text of [...answers.splice(0), ...runtime.written]) assert.deepEqual(leaksIn(text, SECRETS), []);
	});
	after(() => api.stop());

	for (const family of FAMILIES)
		describe(`of the demo without any account, ${family}`, () => {
			const id = `demo.${family}`;
			const first = async () => (await ask("vehicles", { id })).body.vehicles[0];
			beforeEach(() => runtime.start([]));

			it("are its vehicles, each by what a person knows it", async () => {
				const { status, body, headers } = await ask("vehicles", { id });
				assert.equal(status, 200);
				assert.equal(headers["cache-control"], "no-store");
				assert.equal(body.vehicles.length, 12);
				assert.equal(body.complete, true);
				const [{ picture, ...card }] = body.vehicles;
				const known = { id: card.id, vin: "VR3UHZKXBN0000001", brand: "Peugeot" };
				if (family === "accounts-v1")
					assert.deepEqual({ ...card, picture }, { ...known, model: "SUV", picture: undefined });
				else {
					assert.deepEqual(card, { ...known, label: "Peugeot e-208" });
					assert.match(picture, /^data:image\/svg\+xml,/);
				}
			});

			it("are those that a search finds, by words in any case and without accents", async () => {
				const found = async (search: string) =>
					(await ask(`vehicles?search=${encodeURIComponent(search)}`, { id })).body.vehicles.map(
						(each: { vin: string }) => each.vin.slice(-2),
					);
				const { id: carId } = await first();
				assert.deepEqual(await found("  CITROEN "), ["04", "05", "06"]);
				assert.deepEqual(await found("bn0000005 citroën"), ["05"]);
				assert.deepEqual(await found("vr3uhzkxbn0000002"), ["02"]);
				assert.deepEqual(await found(carId.slice(3, 20)), ["01"]);
				assert.deepEqual(await found("no such car"), []);
			});

			it("are as many as are wanted, with a word that there are more", async () => {
				const { body } = await ask("vehicles?limit=11", { id });
				assert.equal(body.vehicles.length, 11);
				assert.equal(body.complete, false);
				assert.equal((await ask("vehicles?limit=12", { id })).body.complete, true);
			});

			it("are the links of a vehicle, and of what stands above", async () => {
				const { body } = await ask(`links?vehicle=${(await first()).vin}`, { id });
				const links = Object.fromEntries(
					body.links.map(({ rel, ...rest }: { rel: string; templated?: boolean }) => [rel, rest]),
				);
				assert.deepEqual(links.trips, {});
				assert.deepEqual(links.remotes, { templated: true });
				assert.equal(links.self, undefined);
				const above = (await ask("links", { id })).body.links.map(({ rel }: { rel: string }) => rel);
				assert.deepEqual(above.slice(0, 1), family === "accounts-v1" ? [] : ["vehicles"]);
			});

			it("are the commands that a car without a battery lacks", async () => {
				const { vehicles } = (await ask("vehicles?search=0000003", { id })).body;
				const { commands } = (await ask(`commands?vehicle=${vehicles[0].id}`, { id })).body;
				assert.equal(commands["charge-start"], false);
				assert.equal(commands["climate-start"], false);
				assert.ok(!("lock" in commands) && !("horn" in commands) && !("custom" in commands));
				const electric = (await ask(`commands?vehicle=${(await first()).id}`, { id })).body.commands;
				assert.ok(!("charge-start" in electric));
				// Only accounts-v1 can look for a car.
				assert.equal(electric.find, family === "accounts-v1" ? undefined : false);
			});

			it("are its channel and its monitor", async () => {
				const { channels } = (await ask("channels", { id })).body;
				const [channel] = channels;
				assert.deepEqual(channels, [{ id: channel.id, label: "demo", status: "Running", running: true }]);
				const path = `monitors?vehicle=${(await first()).vin}`;
				const { monitors } = (await ask(path, { id })).body;
				assert.deepEqual(monitors, [{ id: monitors[0].id, label: "battery low", status: "Running" }]);
				assert.deepEqual((await ask(`${path}&channel=${channel.id}`, { id })).body.monitors, monitors);
			});

			it("are where a vehicle was last, which wakes nobody up", async () => {
				const { position } = (await ask(`position?vehicle=${(await first()).vin}`, { id })).body;
				assert.deepEqual(Object.keys(position), ["latitude", "longitude", "updatedAt"]);
				assert.ok(position.latitude > 41 && position.latitude < 55, String(position.latitude));
				assert.ok(position.longitude > -5 && position.longitude < 15, String(position.longitude));
				assert.ok(Date.parse(position.updatedAt) <= Date.now(), position.updatedAt);
				const unnamed = await ask("position", { id });
				assert.deepEqual([unnamed.status, unnamed.body.error.code], [424, "ERR_NO_VEHICLE"]);
			});

			it("are nothing of a vehicle that is not there", async () => {
				for (const name of ["links", "commands", "position"]) {
					const { status, body } = await ask(`${name}?vehicle=nobody`, { id });
					assert.equal(status, 424);
					assert.equal(body.error.code, "ERR_NOT_FOUND");
					assert.equal((await ask(`${name}?vehicle=VR3UHZKXBN9999999`, { id })).body.error.code, "ERR_NOT_FOUND");
					const bad = await ask(`${name}?vehicle=a%2Fb`, { id });
					assert.equal(bad.status, 400);
					assert.equal(bad.body.error.code, "ERR_BAD_INPUT");
				}
			});
		});

	it("are none where the API says that it finds no vehicle", async () => {
		api.on("/user/vehicles", { status: 404, body: { code: 40_400, uuid: "u", message: "We found nothing." } });
		await start();
		const { status, body } = await ask("vehicles");
		assert.deepEqual([status, body], [200, { vehicles: [], complete: true }]);
	});

	it("are nothing of an account that is not there", async () => {
		await runtime.start([]);
		for (const id of ["nobody", "items", "demo.", "demo.user-v5", "demo.toString", "tab"])
			for (const path of LOOKUPS) {
				const { status, body } = await ask(path, { id });
				assert.equal(status, 404, `${id} ${path}`);
				assert.equal(body.error.code, "ERR_NO_ACCOUNT");
			}
	});

	it("are nothing for another web page", async () => {
		await start();
		for (const headers of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }])
			for (const path of LOOKUPS)
				for (const id of ["account", "demo.user-v4"]) {
					const { status, body } = await ask(path, { id, headers });
					assert.equal(status, 403, path);
					assert.deepEqual(Object.keys(body), ["error"]);
				}
		assert.equal(api.requests.length, 0);
	});

	it("are nothing while nobody is signed in", async () => {
		const account = { auth: "authorization-code", authorizeUrl: `${api.origin}/a`, tokenUrl: `${api.origin}/t` };
		await runtime.start([liveAccount(api, account)], { account: { clientId: "client-1" } });
		for (const path of LOOKUPS) {
			const { status, body } = await ask(path);
			assert.equal(status, 409, path);
			assert.equal(body.error.code, "ERR_SIGN_IN_NEEDED");
		}
		assert.equal(api.requests.length, 0);
	});

	it("are what the field says that is wrong with them", async () => {
		await start();
		for (const limit of ["0", "501", "many"]) {
			const { status, body } = await ask(`vehicles?limit=${limit}`);
			assert.equal(status, 400);
			assert.match(body.error.message, /"limit"/);
		}
	});

	describe("of vehicles that an API describes as it likes", () => {
		const listed = async (...vehicles: unknown[]) => {
			api.on(VEHICLES, { body: { _links: {}, _embedded: { vehicles } } });
			await start();
			const { status, body } = await ask("vehicles");
			assert.equal(status, 200);
			return body.vehicles;
		};

		it("hold markup as text, nothing that breaks or turns a line, and no end of it", async () => {
			const markup = '<img src=x onerror="alert(1)">';
			const [hostile, turned, long] = await listed(
				car(1, { label: markup, brand: "<b>\u0000\u001b[31mX\r\n</b>" }),
				car(2, { label: "\u202egnirts\u061c\u202c \u2066x\u2069" }),
				car(3, { label: "🚗".repeat(5_000), brand: "x".repeat(1_000_000) }),
			);
			assert.equal(hostile.label, markup);
			assert.equal(hostile.brand, "<b> [31mX </b>");
			assert.equal(turned.label, "gnirts x");
			assert.equal(long.label, `${"🚗".repeat(99)}…`);
			assert.equal(long.brand.length, 100);
		});

		it("hold nothing but what the form needs", async () => {
			const [card] = await listed(
				car(1, {
					_links: { self: { href: "/x" } },
					motorization: "Electric",
					callCenter: { phoneNumber: "+33" },
					_embedded: { extension: { branding: { brand: "Opel", label: "Corsa" }, pictures: [SVG] }, owner: "me" },
				}),
			);
			assert.deepEqual(card, {
				id: "car-1",
				vin: vin(1),
				label: "Car 1",
				brand: "Opel",
				model: "Corsa",
				picture: SVG,
			});
		});

		it("are there whatever is missing or of the wrong kind", async () => {
			const cards = await listed(
				{ id: "bare" },
				{ id: 7, vin: 7, label: 7, brand: {}, pictures: "https://x.example/a.png" },
				{ id: "odd", vin: null, label: [], pictures: { a: 1 }, _embedded: { extension: [{ branding: "x" }] } },
				{ id: "empty", label: " \n ", pictures: [], _embedded: [] },
				{ id: "model", _embedded: { extension: { branding: { label: "Corsa" }, pictures: null } } },
				{ _links: { self: { href: "/user/vehicles/linked?x=1" } } },
				{ id: "a/b" },
				{ id: "." },
				{ vin: vin(1) },
				null,
				"text",
				[],
			);
			assert.deepEqual(cards, [
				{ id: "bare" },
				{ id: "7", picture: "https://x.example/a.png" },
				{ id: "odd" },
				{ id: "empty" },
				{ id: "model", label: "Corsa" },
				{ id: "linked" },
			]);
		});

		const pictures: [what: string, given: unknown, shown: string | undefined][] = [
			["an encrypted address", "https://x.example/a?view=001", "https://x.example/a?view=001"],
			["a picture on this machine", "http://127.0.0.1:1880/a.png", "http://127.0.0.1:1880/a.png"],
			["a drawing", SVG, SVG],
			["a picture in Base64", "data:image/png;base64,iVBORw0KGgo=", "data:image/png;base64,iVBORw0KGgo="],
			["an address in plain", "http://x.example/a.png", undefined],
			["an address with a user name", "https://user@x.example/a.png", undefined],
			["an address with a password", "https://:secret@x.example/a.png", undefined],
			["a script", "javascript:alert(1)", undefined],
			["a page", "data:text/html,<script>alert(1)</script>", undefined],
			["a drawing with quotes", `data:image/svg+xml,<svg onload="alert(1)">`, undefined],
			["a picture that is too large", `data:image/png;base64,${"A".repeat(20_000)}`, undefined],
			["an address that is too long", `https://x.example/${"a".repeat(2_000)}`, undefined],
			["a path", "/a.png", undefined],
			["no text", 7, undefined],
		];
		for (const [what, given, shown] of pictures)
			it(`show ${shown === undefined ? "no " : ""}picture that is ${what}, but the next that will do`, async () => {
				const [first, second] = await listed(car(1, { pictures: [given] }), car(2, { pictures: [given, SVG] }));
				assert.equal(first.picture, shown);
				assert.equal(second.picture, shown ?? SVG);
			});

		it("show no picture whose address holds a secret", async () => {
			const address = "https://x.example/a.png";
			const cards = await listed(
				car(1, { pictures: [`${address}?access_token=abcdefgh`] }),
				car(2, { pictures: [`${address}?a=${SECRETS.accessToken}`] }),
			);
			assert.deepEqual(cards, [car(1), car(2)]);
		});

		it("ask for what the vehicles look like, and do without where the server refuses", async () => {
			api.on(VEHICLES, ({ query }) =>
				query.has("extension")
					? { status: 400, body: {} }
					: { body: { _links: {}, _embedded: { vehicles: [car(1)] } } },
			);
			await start();
			assert.equal((await ask("vehicles")).body.vehicles.length, 1);
			assert.deepEqual(
				api.requests.map(({ query }) => query.getAll("extension")),
				[["branding", "pictures"], []],
			);
		});
	});

	describe("of a fleet of 50,000 vehicles", () => {
		beforeEach(async () => {
			api.on(VEHICLES, (request) => fleet(api, 50_000, request));
			await start();
		});

		it("take one page to show the first of them", async () => {
			const { body } = await ask("vehicles");
			assert.equal(body.vehicles.length, 50);
			assert.equal(body.complete, false);
			assert.equal(api.requests.length, 1);
			assert.equal(api.requests[0]?.query.get("pageSize"), "60");
		});

		it("look at a thousand for a text, once however one types on", async () => {
			const { body } = await ask("vehicles?search=n");
			assert.deepEqual(body, { vehicles: [], complete: false });
			assert.equal(api.requests.length, 17);
			for (const search of ["no", "non", "none", "car%2099", "car%201019"]) await ask(`vehicles?search=${search}`);
			assert.equal((await ask("vehicles?search=car%20101&limit=500")).body.vehicles.length, 11);
			assert.equal(api.requests.length, 17);
		});

		it("read on where an earlier question has stopped", async () => {
			await ask("vehicles");
			assert.equal((await ask("vehicles?search=car%20119")).body.vehicles.length, 1);
			assert.equal(new Set(api.requests.map(({ query }) => query.get("pageToken"))).size, api.requests.length);
		});

		it("find the last of them by its VIN with one request, and know it from then on", async () => {
			for (const search of [vin(49_999), vin(49_999).toLowerCase()]) {
				const { body } = await ask(`vehicles?search=${search}`);
				assert.deepEqual(body, { vehicles: [car(49_999)], complete: true });
			}
			api.on("/user/vehicles/car-49999", { body: { _links: { trips: { href: "/t" } } } });
			const { body } = await ask(`links?vehicle=${vin(49_999)}`);
			assert.deepEqual(body.links, [{ rel: "trips" }]);
			assert.deepEqual(
				api.requests.map(({ path, query }) => [path, query.get("vinPrefix")]),
				[
					[VEHICLES, vin(49_999)],
					["/user/vehicles/car-49999", null],
				],
			);
		});

		it("ask nothing for the VIN of a vehicle that was read already", async () => {
			await ask("vehicles");
			assert.deepEqual((await ask(`vehicles?search=${vin(3)}`)).body.vehicles, [car(3)]);
			assert.equal(api.requests.length, 1);
		});

		it("become one request for all who ask at the same time", async () => {
			const all = await Promise.all(Array.from({ length: 8 }, () => ask("vehicles")));
			assert.ok(all.every(({ body }) => body.vehicles.length === 50));
			assert.equal(api.requests.length, 1);
		});
	});

	it("are in the list of a server that does not know the filter for a VIN", async () => {
		api.on(VEHICLES, (request) =>
			request.query.has("vinPrefix") ? { status: 400, body: {} } : fleet(api, 100, request),
		);
		await start();
		const { body } = await ask(`vehicles?search=${vin(70)}`);
		assert.deepEqual(body, { vehicles: [car(70)], complete: true });
	});

	it("come to an end with a server whose pages go in circles", async () => {
		api.on(VEHICLES, {
			body: {
				_links: { next: { href: `${api.root}${VEHICLES}?pageToken=1` } },
				_embedded: { vehicles: [car(1), car(2)] },
			},
		});
		await start();
		assert.deepEqual((await ask("vehicles")).body, { vehicles: [car(1), car(2)], complete: false });
		assert.equal(api.requests.length, 2);
	});

	it("are refused once while one types on", async () => {
		api.on(VEHICLES, { status: 403, body: {} });
		await start();
		for (const search of ["a", "ab", "abc"]) {
			const { status, body } = await ask(`vehicles?search=${search}`);
			assert.equal(status, 424);
			assert.equal(body.error.code, "ERR_FORBIDDEN");
		}
		// With and without what the vehicles look like.
		assert.equal(api.requests.length, 2);
	});

	describe("when somebody does not wait", () => {
		let held: ReturnType<typeof gate>;
		beforeEach(async () => {
			held = gate();
			api.on(VEHICLES, async (request) => {
				if (request.query.get("pageToken") === "1") await held.opened;
				return fleet(api, 100, request);
			});
			await start();
		});
		afterEach(() => held.open());
		const search = "vehicles?search=car%2099";

		it("break the request off, and go on from the last page that was read", async () => {
			await askAndLeave(search, 2);
			await api.abortedRequests(1);
			held.open();
			assert.deepEqual((await ask(search)).body, { vehicles: [car(99)], complete: true });
			assert.deepEqual(
				api.requests.map(({ query }) => query.get("pageToken")),
				[null, "1", "1"],
			);
		});

		it("go on for the others", async () => {
			const other = ask(`${search}&limit=1`);
			await api.requested(2);
			await askAndLeave(search, 2);
			held.open();
			assert.deepEqual((await other).body, { vehicles: [car(99)], complete: true });
			assert.equal(api.aborted, 0);
			assert.equal(api.requests.length, 2);
		});

		it("end with the account that is deployed anew", async () => {
			const asked = ask(search);
			await api.requested(2);
			const [{ status, body }] = await Promise.all([asked, runtime.redeploy([])]);
			assert.equal(status, 404);
			assert.equal(body.error.code, "ERR_NO_ACCOUNT");
			assert.match(body.error.message, /deployed anew/);
			await api.abortedRequests(1);
		});
	});

	describe("of one account", () => {
		it("are links with their titles, without those that lead to no resource", async () => {
			api.on("/user/vehicles/v1", {
				body: {
					_links: {
						self: { href: "/x" },
						curies: [{ name: "x", href: "/{rel}", templated: true }],
						"x:doors": { href: "/d", title: "<b>Doors</b>\n", name: "secret", templated: "true" },
						groups: [{ href: "/g/{id}" }, { href: "/h" }],
						odd: 7,
						"line\nbreak": { href: "/l" },
						text: "/t",
						leak: { href: "/l", title: `token ${SECRETS.accessToken}` },
						[`x:${SECRETS.accessToken}`]: { href: "/l" },
					},
				},
			});
			await start();
			assert.deepEqual((await ask("links?vehicle=v1")).body.links, [
				{ rel: "x:doors", title: "<b>Doors</b>", templated: true },
				{ rel: "groups", templated: true },
				{ rel: "text" },
				{ rel: "leak", title: "token •••" },
			]);
			await ask("links?vehicle=v1");
			assert.equal(api.requests.length, 1);
		});

		it("are commands that the vehicle plainly lacks, not those of which nothing is known", async () => {
			const lacks = async (onboardCapabilities: unknown) => {
				api.on("/user/vehicles/v1", { body: { _links: {}, _embedded: { extension: { onboardCapabilities } } } });
				await runtime.redeploy([liveAccount(api)], liveCredentials);
				const { status, body } = await ask("commands?vehicle=v1");
				assert.equal(status, 200);
				return Object.keys(body.commands).filter(
					(each) => !/find|immob|mobil|stolen|recovered|theft|delete/.test(each),
				);
			};
			await start();
			for (const nothing of [undefined, null, 7, {}, { remote: [] }, { remote: { horn: { supported: "no" } } }])
				assert.deepEqual(await lacks(nothing), [], JSON.stringify(nothing));
			const charging = { supported: true, parameters: { immediate: { start: true, stop: false } } };
			assert.deepEqual(await lacks({ remote: { horn: { supported: false }, charging } }), ["horn", "charge-stop"]);
		});

		it("are channels without the address they deliver to", async () => {
			const webhook = { target: "https://home.example/stellantis/events/cnry-path-secret", name: "x" };
			const channel = (id: unknown, status: unknown, label: unknown) => ({
				id,
				status,
				subscribe: { label, callback: { webhook } },
			});
			api.collection(
				"/user/callbacks",
				[
					channel("c1", "Running", "Home <b>"),
					channel("c2", { status: "Paused" }, 7),
					channel("c3", undefined, `my ${SECRETS.clientSecret}`),
					channel("c/4", "Running", "bad id"),
					channel(5, "Running", "no text"),
					null,
				],
				{ key: "callbacks" },
			);
			await start();
			assert.deepEqual((await ask("channels")).body.channels, [
				{ id: "c1", label: "Home <b>", status: "Running", running: true },
				{ id: "c2", status: "Paused", running: false },
				{ id: "c3", label: "my •••", running: true },
			]);
			assert.doesNotMatch(answers.at(-1) ?? "", /cnry|home\.example/);
		});

		it("are some channels and monitors of a server whose pages never end", async () => {
			const endless = (name: string) => (request: FakeRequest) => {
				const page = Number(request.query.get("pageToken") ?? 0);
				const next = { href: `${api.root}${request.path}?pageToken=${page + 1}` };
				const items = Array.from({ length: 50 }, (_, n) => (n % 2 ? null : { id: `${name}${page}-${n}` }));
				return { body: { _links: { next }, _embedded: { [name]: items } } };
			};
			api.on("/user/callbacks", endless("callbacks"));
			api.on("/user/vehicles/v1/callbacks/c1/monitors", endless("monitors"));
			await start();
			assert.equal((await ask("channels")).body.channels.length, 100);
			assert.equal((await ask("monitors?vehicle=v1&channel=c1")).body.monitors.length, 100);
			assert.ok(api.requests.length <= 10, `${api.requests.length} requests`);
		});

		it("are the monitors of its only vehicle and its running channel, without what they send", async () => {
			api.collection(VEHICLES, [car(1)], { key: "vehicles" });
			api.collection("/user/callbacks", [{ id: "c1", status: "Running", subscribe: { type: ["Monitor"] } }], {
				key: "callbacks",
			});
			const monitor = { label: "Near home", triggerParam: { triggers: [] }, subscribeParam: { callback: "cnry-x" } };
			const monitors = [{ monitorId: "m1", monitor, status: "Paused" }, { monitorId: "a/b" }, { id: "m2" }, 7];
			api.collection("/user/vehicles/car-1/callbacks/c1/monitors", monitors, { key: "monitors" });
			await start();
			const { body } = await ask("monitors");
			assert.deepEqual(body.monitors, [{ id: "m1", label: "Near home", status: "Paused" }, { id: "m2" }]);
		});

		it("say what is missing where monitors hang below a vehicle and a channel", async () => {
			api.collection(VEHICLES, [car(1), car(2)], { key: "vehicles" });
			api.collection("/user/callbacks", [], { key: "callbacks" });
			await start();
			assert.equal((await ask("monitors")).body.error.code, "ERR_NO_VEHICLE");
			const { status, body } = await ask("monitors?vehicle=car-1");
			assert.equal(status, 424);
			assert.equal(body.error.code, "ERR_NO_CHANNEL");
		});

		it("are no position where the API tells none, or one that is none", async () => {
			const position = async (lastPosition: unknown) => {
				api.on("/user/vehicles/v1/status", { body: { updatedAt: "2026-01-31T08:00:00Z", lastPosition } });
				await runtime.redeploy([liveAccount(api)], liveCredentials);
				return (await ask("position?vehicle=v1")).body;
			};
			await start();
			for (const nothing of [undefined, null, 7, { geometry: { type: "Point", coordinates: [0, 0] } }])
				assert.deepEqual(await position(nothing), {}, JSON.stringify(nothing));
			const { position: told } = await position({ geometry: { type: "Point", coordinates: [2.29, 48.85] } });
			assert.deepEqual([told.latitude, told.longitude], [48.85, 2.29]);
		});

		it("hold no secret that the API sends back, not in an error either", async () => {
			const echo = `Bearer ${SECRETS.accessToken} ${SECRETS.clientSecret}`;
			api.on(VEHICLES, { body: { _links: {}, _embedded: { vehicles: [car(1, { label: echo, brand: echo })] } } });
			for (const path of ["/user/vehicles/v1", "/user/callbacks", "/user/vehicles/v1/callbacks/c1/monitors"])
				api.on(path, ({ headers }) => ({ status: 400, body: { message: `${echo} ${headers.authorization}` } }));
			await start();
			for (const path of LOOKUPS) await ask(path);
			// The leaks are looked for after each test.
			assert.match(answers.join(), /•••/);
		});
	});
});
