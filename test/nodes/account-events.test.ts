import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandCopies, type CommandCopy } from "../../src/node-red/account/command-copies";
import type { AccountConnection } from "../../src/node-red/account/connection";
import { type AccountNotice, AccountNotices } from "../../src/node-red/account/notices";
import { FakeApi, liveAccount, SECRETS } from "../support/fake-api";
import { WebhookRuntime } from "../support/webhook-runtime";

const VIN = "VF3AAAAAAAA000001";

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
			const copies = new CommandCopies(resolve, async () => [line, { ...line, key: "other", command: "lock" }]);
			copies.note({ key: "k", event: "end", outcome: "unknown" });
		});
		const { endedAt, ...rest } = told;
		assert.match(endedAt, /Z$/);
		const expected = { key: "k", startedAt: "2026-05-01T00:00:00.000Z", command: "horn", vin: VIN, outcome: "unknown" };
		assert.deepEqual(rest, expected);
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
