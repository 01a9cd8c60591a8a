import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import got from "got";
import { Journal } from "../../../src/commands/journal";
import type { Overview } from "../../../src/node-red/admin/overview";
import { folderOf } from "../../../src/node-red/folder";
import { type Flow, Runtime } from "../../faults/runtime";
import { FakeApi } from "../../support/fake-api";

const SECRET = "cnry-overview-token";
const vinOf = (number: number) => `VR3TEST${String(number).padStart(10, "0")}`;
const vehicle = (number: number) => ({
	id: `id-${number}`,
	vin: vinOf(number),
	brand: "Peugeot",
	label: `Car ${number}`,
	_links: { self: { href: `/connectedcar/v4/user/vehicles/id-${number}` } },
});
const STATUS = {
	updatedAt: "2026-01-05T08:00:00Z",
	energies: [
		{
			createdAt: "2026-01-05T08:00:00Z",
			type: "Electric",
			level: 67,
			autonomy: 210,
			extension: { electric: { charging: { plugged: true, status: "InProgress" } } },
		},
	],
	lastPosition: { geometry: { type: "Point", coordinates: [2.3834, 48.8455] }, properties: {} },
};

describe("the overview of the admin API", () => {
	let runtime: Runtime;
	let api: FakeApi;
	let server: Server;
	let origin = "";

	const flows = (): Flow[] => [
		{
			id: "account",
			type: "stellantis-account",
			name: "My cars",
			server: "live",
			api: "user-v4",
			auth: "token",
			baseUrl: api.root,
			retries: 0,
		},
		{ id: "unused", type: "stellantis-account", server: "demo", api: "user-v4" },
		{ id: "off", type: "stellantis-account", server: "live", d: true },
		{
			id: "list",
			type: "stellantis-vehicle-list",
			account: "account",
			output: "array",
			wires: [["items"], ["completion"]],
		},
		{
			id: "status",
			type: "stellantis-status",
			account: "account",
			vehicle: vinOf(7),
			vehicleType: "str",
			wires: [["completion"]],
		},
	];
	const ask = (query = "", headers = {}) =>
		got(`${origin}/stellantis/overview${query}`, { headers, throwHttpErrors: false, retry: { limit: 0 } });
	const overview = async (query = ""): Promise<Overview> => JSON.parse((await ask(query)).body);

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
	const start = () => runtime.start(flows(), { account: { accessToken: SECRET } });
	const fleet = (count: number) =>
		api.collection(
			"/user/vehicles",
			Array.from({ length: count }, (_, number) => vehicle(number)),
			{ key: "vehicles", size: 1_000 },
		);

	it("knows the accounts that run, none that is disabled, and opens none for it", async () => {
		await start();
		const { accounts, vehicles, commands, requests } = await overview();
		assert.deepEqual(
			accounts.map(({ id, isOpen, isDemo }) => ({ id, isOpen, isDemo })),
			[
				{ id: "account", isOpen: false, isDemo: false },
				{ id: "unused", isOpen: false, isDemo: true },
			],
		);
		assert.deepEqual([vehicles, commands, requests, api.requests], [[], [], [], []]);
	});

	it("tells what answers have told: quota, vehicles, their states, and the requests by their routes", async () => {
		fleet(20);
		api.on("/user/vehicles/id-7/status", {
			body: STATUS,
			headers: { "x-ratelimit-limit-1": "5000", "x-ratelimit-remaining-1": "4812" },
		});
		await start();
		await runtime.send("list");
		await runtime.send("status");
		const sent = api.requests.length;
		const { accounts, vehicles, requests } = await overview(`?search=peugeot+${vinOf(7)}`);
		assert.equal(api.requests.length, sent, "it asked for nothing");
		assert.equal(accounts[0]?.signedIn, true);
		assert.equal(accounts[0]?.vehicles, 20);
		assert.equal(accounts[0]?.rateLimit?.day?.remaining, 4812);
		assert.deepEqual(vehicles, [
			{
				account: "account",
				name: vinOf(7),
				label: "Car 7",
				model: "Peugeot",
				state: {
					battery: 67,
					fuel: null,
					range: 210,
					charging: true,
					latitude: 48.8455,
					longitude: 2.3834,
					updatedAt: "2026-01-05T08:00:00Z",
				},
			},
		]);
		const [last] = requests;
		assert.deepEqual(
			[last?.method, last?.route, last?.statusCode, last?.vehicle],
			["GET", "status", 200, "Car 7 …0007"],
		);
		assert.doesNotMatch(JSON.stringify(requests), /VR3TEST|id-7/);
	});

	it("shows demo accounts that are alike as one, each of their cars once, and no other that way", async () => {
		const demo = { type: "stellantis-account", server: "demo", api: "user-v4" };
		const list = { type: "stellantis-vehicle-list", output: "array", wires: [["items"], ["completion"]] };
		await runtime.start([
			{ id: "first", ...demo },
			{ id: "second", ...demo, name: "Demo", timeout: "30", auth: "authorization-code" },
			{ id: "third", ...demo, name: "Fleet of tests" },
			{ id: "fourth", ...demo, api: "fleet-v3" },
			{ ...list, id: "one", account: "first" },
			{ ...list, id: "two", account: "second" },
			{
				id: "lost",
				type: "stellantis-status",
				account: "first",
				vehicle: vinOf(1),
				vehicleType: "str",
				wires: [["completion"]],
			},
		]);
		await runtime.send("two");
		const before = await overview();
		assert.deepEqual(
			before.accounts.map(({ id, isOpen }) => [id, isOpen]),
			[
				["second", true],
				["third", false],
				["fourth", false],
			],
		);
		assert.ok(before.found > 1);
		await runtime.send("one");
		await runtime.send("lost");
		const { accounts, found, vehicles, requests } = await overview();
		assert.deepEqual([found, accounts[0]?.vehicles], [before.found, before.found]);
		assert.equal(new Set(vehicles.map(({ name }) => name)).size, found);
		assert.deepEqual([...new Set(vehicles.map(({ account }) => account))], [accounts[0]?.id]);
		assert.equal(accounts[0]?.error?.node, "lost");
		assert.ok(requests.filter(({ route }) => route === "vehicles").length > 1, "the requests of both are shown");
	});

	it("gives fifty of five thousand vehicles, finds each, and keeps no more than that", async () => {
		fleet(5_100);
		await start();
		await runtime.send("list");
		const { vehicles, found } = await overview();
		assert.deepEqual([vehicles.length, found], [50, 5_000]);
		const one = await overview(`?search=${vinOf(4_321).toLowerCase()}`);
		assert.deepEqual(
			one.vehicles.map(({ label }) => label),
			["Car 4321"],
		);
		assert.equal((await overview("?limit=200")).vehicles.length, 200);
		assert.equal((await ask("?limit=201")).statusCode, 400);
	});

	it("tells the last error and the node that had it, without a secret", async () => {
		fleet(20);
		api.on("/user/vehicles/id-7/status", { status: 500, body: { code: 50000, message: `no ${SECRET}` } });
		await start();
		await runtime.send("status");
		const answer = await ask();
		assert.equal(answer.headers["cache-control"], "no-store");
		assert.doesNotMatch(answer.body, new RegExp(SECRET));
		const { error } = (JSON.parse(answer.body) as Overview).accounts[0] ?? {};
		assert.deepEqual([error?.code, error?.node], ["ERR_SERVER", "status"]);
	});

	it("says why an account can't be used", async () => {
		const [account, ...others] = flows();
		await runtime.start([{ ...account, country: "France" } as Flow, ...others]);
		await runtime.send("status");
		const [shown] = (await overview()).accounts;
		assert.equal(shown?.isOpen, true);
		assert.match(shown?.reason ?? "", /country.*two letters/);
	});

	it("counts the messages that are not done", async () => {
		fleet(20);
		let letGo = () => {};
		const held = new Promise<void>((resolve) => {
			letGo = resolve;
		});
		api.on("/user/vehicles/id-7/status", async () => {
			await held;
			return { body: STATUS };
		});
		await start();
		const outcome = runtime.send("status");
		assert.equal((await overview()).accounts[0]?.waiting, 1);
		letGo();
		await outcome;
		assert.equal((await overview()).accounts[0]?.waiting, 0);
	});

	it("recalls the commands of an earlier run", async () => {
		await start();
		const journal = new Journal(folderOf({ settings: { userDir: runtime.userDir } } as never));
		const begun = { event: "intent", vehicle: "id-7", vin: vinOf(7), command: "lock", channel: "c" } as const;
		await journal.append({ key: "1", ...begun, account: "account" });
		await journal.append({ key: "1", event: "end", outcome: "Failed", failureCause: "NoCoverage" });
		await journal.append({ key: "2", ...begun, account: "another" });
		const { commands } = await overview();
		assert.equal(commands.length, 1);
		const { account, command, vehicle, status, failureCause, isDone } = commands[0] ?? {};
		assert.deepEqual(
			[account, command, vehicle, status, failureCause, isDone],
			["account", "lock", "vehicle …0007", "Failed", "NoCoverage", true],
		);
	});

	it("answers no other page", async () => {
		await start();
		const answer = await ask("", { origin: "https://elsewhere.example" });
		assert.equal(answer.statusCode, 403);
	});
});
