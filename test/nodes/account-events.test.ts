import assert from "node:assert/strict";
import { type EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import sinon from "sinon";
import { CommandCopies, type CommandCopy } from "../../src/node-red/account/command-copies";
import type { AccountConnection } from "../../src/node-red/account/connection";
import { type AccountNotice, AccountNotices, quotaLowNotice } from "../../src/node-red/account/notices";
import { sendAccountNotices } from "../../src/node-red/events/account-notices";
import { FakeApi, liveAccount, SECRETS } from "../support/fake-api";
import { WebhookRuntime } from "../support/webhook-runtime";

const VIN = "VF3AAAAAAAA000001";
/** What Node-RED tells of itself, in every test of this process. */
const RED_EVENTS: EventEmitter = require("@node-red/util").events;

describe("events of kinds account", () => {
	let api: FakeApi;
	let runtime: WebhookRuntime;
	before(async () => {
		api = await FakeApi.start();
	});
	beforeEach(() => {
		api.clear();
		runtime = new WebhookRuntime();
	});
	afterEach(async () => {
		await runtime.stop();
		runtime.dispose();
	});
	after(() => api.stop());

	const account = liveAccount({ root: "" } as FakeApi);
	const events = { id: "events", type: "stellantis-events", account: "account", kinds: "account" };
	const status = { id: "status", type: "stellantis-status", account: "account", vehicle: "v1", vehicleType: "str" };
	const command = {
		id: "command",
		type: "stellantis-remote-command",
		account: "account",
		command: "lock",
		channel: "cb1",
		vehicle: "vehicle",
		wires: [[], []],
	};
	const payloads = () => runtime.messages.map(({ payload }) => payload as AccountNotice);
	const load = (nodes: object[]) =>
		runtime.load([{ ...account, baseUrl: api.root }, ...nodes] as never, { account: { ...SECRETS } });

	it("come also where other nodes of the account have heard of it before", async () => {
		await load([status]);
		const { notices } = runtime.node("account").connection as AccountConnection;
		notices.tell({ what: "sign-in-ends", message: "Soon.", until: "2026-05-01T00:00:00.000Z" });
		await runtime.deploy([{ ...account, baseUrl: api.root }, status, events] as never, "nodes", {
			account: { ...SECRETS },
		});
		await runtime.until(() => runtime.messages.length === 1);
		assert.deepEqual(payloads(), [{ what: "sign-in-ends", message: "Soon.", until: "2026-05-01T00:00:00.000Z" }]);
	});

	it("leave a warning of the sign-in's end under a node that comes after it was told", async () => {
		await load([status]);
		const { connection } = runtime.node("account");
		Object.defineProperty(connection, "signInEnds", { get: () => Date.UTC(2026, 4, 1) });
		const shown = new Map<string, string | undefined>();
		// a node that is gone has no status
		const show = ({ id, status }: { id: string; status?: { text?: string } }) => shown.set(id, status?.text);
		RED_EVENTS.on("node-status", show);
		try {
			await runtime.deploy([{ ...account, baseUrl: api.root }, status, { ...status, id: "late" }] as never, "nodes", {
				account: { ...SECRETS },
			});
		} finally {
			RED_EVENTS.off("node-status", show);
		}
		assert.equal(runtime.node("account").connection, connection);
		assert.match(shown.get("late") ?? "", /^sign-in ends /);
	});

	it("tell once that the API refuses a fixed token, and once that it takes it again", async () => {
		await load([{ ...status, wires: [[]] }, events]);
		const { connection } = runtime.node("account") as unknown as { connection: AccountConnection };
		const ask = async (statusCode: number) => {
			const body = statusCode === 200 ? { updatedAt: "2026-05-01T00:00:00Z" } : { httpCode: statusCode };
			api.on("/user/vehicles/v1/status", { status: statusCode, body });
			const [asked, errors] = [api.requests.length, runtime.errors.length];
			runtime.node("status").receive({} as never);
			await runtime.until(() => api.requests.length > asked && (statusCode === 200 || runtime.errors.length > errors));
		};
		for (const statusCode of [401, 401, 200, 401, 404, 401]) await ask(statusCode);
		assert.deepEqual(payloads(), []);
		for (const statusCode of [401, 401, 401]) await ask(statusCode);
		await runtime.until(() => runtime.messages.length > 0);
		assert.equal(connection.signInState?.signedIn, false);
		await ask(200);
		await runtime.until(() => payloads().some(({ what }) => what === "sign-in-back"));
		assert.deepEqual(
			payloads().map(({ what }) => what),
			["sign-in-lost", "sign-in-back"],
		);
		assert.match(payloads()[0]?.message ?? "", /refuses the access token of the account \(401\)/);
		assert.equal(connection.signInState?.signedIn, true);
	});

	it("tell over deploys of the account what is news, and nothing twice", async () => {
		const deploy = (name: string) =>
			runtime.deploy([{ ...account, baseUrl: api.root, name }, { ...status, wires: [[]] }, events] as never, "full", {
				account: { ...SECRETS },
			});
		const ask = async (statusCode: number) => {
			const body = statusCode === 200 ? { updatedAt: "2026-05-01T00:00:00Z" } : { httpCode: statusCode };
			const headers = { "x-ratelimit-limit-1": "1000", "x-ratelimit-remaining-1": "50" };
			let asked = () => {};
			const answered = new Promise<void>((resolve) => (asked = resolve));
			api.on("/user/vehicles/v1/status", () => {
				setImmediate(asked);
				return { status: statusCode, body, headers };
			});
			const errors = runtime.errors.length;
			runtime.node("status").receive({} as never);
			await answered;
			await runtime.until(() => statusCode === 200 || runtime.errors.length > errors);
		};
		const told = (...expected: string[]) =>
			runtime
				.until(() => payloads().length >= expected.length)
				.then(() =>
					assert.deepEqual(
						payloads().map(({ what }) => what),
						expected,
					),
				);
		await load([{ ...status, wires: [[]] }, events]);
		await ask(200);
		await told("quota-low");
		await deploy("quota is low");
		for (const statusCode of [401, 401, 401]) await ask(statusCode);
		await told("quota-low", "sign-in-lost");
		await deploy("still refused");
		for (const statusCode of [401, 401, 401, 401]) await ask(statusCode);
		await deploy("with another token");
		await ask(200);
		await told("quota-low", "sign-in-lost", "sign-in-back");
		await deploy("once more");
		await ask(200);
		for (const statusCode of [401, 401, 401]) await ask(statusCode);
		await told("quota-low", "sign-in-lost", "sign-in-back", "sign-in-lost");
	});

	it("tell the end of a command from the moment on in which flows run", async () => {
		await load([status]);
		const { notices } = runtime.node("account").connection as AccountConnection;
		await runtime.deploy([{ ...account, baseUrl: api.root }, status, events] as never, "nodes", {
			account: { ...SECRETS },
		});
		// not a turn later: what the node does on the disk before it is ready takes many
		notices.command({ key: "k", endedAt: "", outcome: "Success", command: "lock" });
		await runtime.until(() => runtime.messages.length === 1);
		assert.deepEqual([payloads()[0]?.message, payloads()[0]?.command?.key], ["lock: Success.", "k"]);
	});

	it("tell the end of a command that came while its account was deployed anew", async () => {
		let answer = () => {};
		const asked = new Promise<void>((resolve) => {
			api.on("/user/vehicles/v1/callbacks/cb1/remotes", async () => {
				resolve();
				await new Promise<void>((done) => (answer = done));
				return { status: 403, body: { code: 40300, message: "no" } };
			});
		});
		await load([events, command]);
		runtime.node("command").receive({ vehicle: { id: "v1", vin: VIN } } as never);
		await asked;
		const deployed = runtime.deploy(
			[{ ...account, baseUrl: api.root, name: "another name" }, events, command] as never,
			"full",
			{ account: { ...SECRETS } },
		);
		// the flows stop first
		await new Promise((resolve) => setImmediate(resolve));
		answer();
		await deployed;
		await runtime.until(() => runtime.messages.length === 1);
		assert.equal(payloads()[0]?.message, "lock: refused.");
	});

	it("tell the end of each command, as the journal has it and no more", async () => {
		await load([events, command]);
		api.on("/user/vehicles/v1/callbacks/cb1/remotes", { status: 403, body: { code: 40300, message: "no" } });
		runtime
			.node("command")
			.receive({ vehicle: { id: "v1", vin: VIN }, actor: `me, with ${SECRETS.accessToken}` } as never);
		await runtime.until(() => runtime.errors.length === 1 && runtime.messages.length === 1);
		const [{ what, message, until, command: told } = {} as AccountNotice] = payloads();
		assert.deepEqual([what, message, until], ["command", "lock: refused.", null]);
		const { event } = runtime.messages[0] as { event?: { kind: string } };
		assert.equal(event?.kind, "account");
		const lines = readFileSync(join(runtime.userDir, "stellantis/journal.jsonl"), "utf8").split("\n").filter(Boolean);
		const inJournal = Object.assign({}, ...lines.map((line) => JSON.parse(line))) as Record<string, unknown>;
		for (const [name, value] of Object.entries(told ?? {}))
			if (name !== "startedAt" && name !== "endedAt") assert.deepEqual(value, inJournal[name], name);
		assert.deepEqual([told?.vin, told?.outcome, told?.code], [VIN, "refused", "ERR_FORBIDDEN"]);
		assert.ok(!JSON.stringify(told).includes(SECRETS.accessToken));
	});
});

describe("notices of an account", () => {
	let clock: sinon.SinonFakeTimers;
	beforeEach(() => {
		clock = sinon.useFakeTimers({ now: Date.UTC(2026, 4, 1) });
	});
	afterEach(() => clock.restore());

	const listen = (notices: AccountNotices) => {
		const heard: string[] = [];
		return { heard, stop: notices.hear(({ what }) => heard.push(what)) };
	};
	const scarce = (reset?: number) => ({ day: { limit: 100, remaining: 5 }, ...(reset === undefined ? {} : { reset }) });

	it("that nobody has heard go over to the account that takes its place, also late ones", () => {
		const first = new AccountNotices();
		first.signInLost("Sign in.");
		const second = new AccountNotices(first);
		first.signInEnds(Date.UTC(2026, 4, 2));
		first.again({ what: "channel-lost", message: "Gone." });
		assert.deepEqual(listen(second).heard, ["sign-in-lost", "sign-in-ends", "channel-lost"]);
		assert.deepEqual(listen(first).heard, []);
	});

	it("are told once over deploys: a lost sign-in, its end, a low quota until it is full again", () => {
		const tell = (notices: AccountNotices, reset?: number) => {
			const { heard, stop } = listen(notices);
			notices.signInLost("Sign in.");
			notices.signInEnds(Date.UTC(2026, 4, 3));
			notices.quota(scarce(reset));
			stop();
			return heard;
		};
		const first = new AccountNotices();
		assert.deepEqual(tell(first, 3600), ["sign-in-lost", "sign-in-ends", "quota-low"]);
		const second = new AccountNotices(first);
		assert.deepEqual(tell(second, 3600), []);
		clock.tick(3_600_000);
		const third = new AccountNotices(second);
		assert.deepEqual(tell(third), ["quota-low"]);
		clock.tick(23 * 3_600_000);
		const fourth = new AccountNotices(third);
		assert.deepEqual(tell(fourth), []);
		clock.tick(3_600_000);
		assert.deepEqual(tell(new AccountNotices(fourth)), ["quota-low"]);
	});

	it("tell until when a quota is low as the server says, and nothing of a time that can't be", () => {
		const untilOf = (reset: number) => quotaLowNotice(scarce(reset), Date.UTC(2026, 4, 1)).until;
		assert.equal(untilOf(10 * 86_400), "2026-05-11T00:00:00.000Z");
		assert.equal(untilOf(1.7e12), undefined);
	});

	it("say that a sign-in is back only where it was told lost", () => {
		const first = new AccountNotices();
		const { heard } = listen(first);
		first.signInBack("Back.");
		first.signInLost("Sign in.");
		first.signInBack("Back.");
		first.signInBack("Back.");
		assert.deepEqual(heard, ["sign-in-lost", "sign-in-back"]);
	});
});

describe("copies of commands", () => {
	it("are whole for a command that an earlier run has sent", async () => {
		const told = await new Promise<CommandCopy>((resolve) => {
			const line = {
				key: "k",
				time: "2026-05-01T00:00:00.000Z",
				prev: "0",
				event: "intent",
				command: "horn",
				vin: VIN,
			};
			const copies = new CommandCopies(resolve, async (key) => (key === "k" ? [line] : []));
			copies.note({ key: "k", event: "end", outcome: "unknown" });
		});
		const { endedAt, ...rest } = told;
		assert.match(endedAt, /Z$/);
		const expected = { key: "k", startedAt: "2026-05-01T00:00:00.000Z", command: "horn", vin: VIN, outcome: "unknown" };
		assert.deepEqual(rest, expected);
	});

	it("that a node heard and could not pass on, since it closed before flows ran, go to the next", async () => {
		const notices = new AccountNotices();
		const closing = new AbortController();
		const flows = { whenRunning: (signal: AbortSignal) => once(new EventTarget(), "started", { signal }) };
		const never = { id: "n", send: () => assert.fail("it has closed") };
		sendAccountNotices(never, { notices } as never, flows as never, () => {}, closing.signal);
		notices.command({ key: "k", endedAt: "", outcome: "Success", command: "lock" });
		closing.abort();
		await new Promise(setImmediate);
		const heard: (string | undefined)[] = [];
		notices.hear(({ command }) => heard.push(command?.key));
		assert.deepEqual(heard, ["k"]);
	});

	it("go over to the account that takes the place of one which was heard, also late ones; for a minute", () => {
		const clock = sinon.useFakeTimers();
		const end = (key: string) => ({ key, endedAt: "", outcome: "Success", command: "lock" });
		const heard: (string | undefined)[] = [];
		const hearer = ({ command }: AccountNotice) => heard.push(command?.key);
		const first = new AccountNotices();
		first.hear(hearer)();
		first.command(end("during the deploy"));
		const second = new AccountNotices(first);
		first.command(end("late, before anybody hears"));
		const stop = second.hear(hearer);
		first.command(end("late"));
		stop();
		clock.tick(3_600_000);
		second.command(end("a deploy later"));
		const third = new AccountNotices(second);
		clock.tick(3_600_000);
		third.command(end("when nobody has heard for long"));
		third.hear(hearer);
		assert.deepEqual(heard, ["during the deploy", "late, before anybody hears", "late"]);
		clock.restore();
	});

	it("are kept once, where several nodes heard them and none could pass them on", () => {
		const notices = new AccountNotices();
		const notice: AccountNotice = { what: "command", message: "lock: Success." };
		for (let node = 0; node < 3; node++) notices.again(notice);
		const heard: AccountNotice[] = [];
		notices.hear((each) => heard.push(each));
		assert.deepEqual(heard, [notice]);
	});

	it("wait for the next who hears, once there was one", () => {
		const notices = new AccountNotices();
		const copy = (key: string) => ({ key, endedAt: "", outcome: "Success", command: "lock" });
		const heard: (string | undefined)[] = [];
		notices.command(copy("before anybody listens"));
		notices.hear(({ command }) => heard.push(command?.key))();
		notices.command(copy("during a deploy"));
		notices.hear(({ command }) => heard.push(command?.key));
		notices.command(copy("after it"));
		assert.deepEqual(heard, ["during a deploy", "after it"]);
	});
});
