import assert from "node:assert/strict";
import { createCipheriv, hkdfSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ChildNodeRed } from "../support/child";
import { FakeApi } from "../support/fake-api";
import { PlainTokenServer } from "../support/oauth-server";
import type { FlowMessage } from "../support/runtime";

const PATH = "/user/vehicles/v1/trips";
/** The first vehicle of the demo, which has the same id in every version. */
const DEMO_CAR = "107b56a562d358e0675a3b2c00000000";

/** Seals a sign-in exactly as version 0.1.0 did, so that nothing of today's code has a say in it. */
function sealed(key: Buffer, account: string, record: object): string {
	const iv = randomBytes(12);
	const derived = Buffer.from(hkdfSync("sha256", key, "", "stellantis sign-in seal", 32));
	const cipher = createCipheriv("aes-256-gcm", derived, iv, { authTagLength: 16 });
	cipher.setAAD(Buffer.from(account));
	return Buffer.concat([iv, cipher.update(JSON.stringify(record)), cipher.final(), cipher.getAuthTag()]).toString(
		"base64",
	);
}

describe("an upgrade from 0.1.0", function () {
	this.timeout(120_000);
	let api: FakeApi;
	let tokens: PlainTokenServer;
	let child: ChildNodeRed;
	let refreshToken: string;
	const trips = Array.from({ length: 5 }, (_, n) => ({
		id: `t${n}`,
		startedAt: `2026-11-0${n + 1}T08:00:00Z`,
		done: true,
		distance: 10 + n,
	}));
	const idsOf = (messages: FlowMessage[]) => messages.map(({ payload }) => (payload as { id: string }).id);

	before(async () => {
		api = await FakeApi.start();
		tokens = await new PlainTokenServer().start();
		refreshToken = tokens.mintRefreshToken();
		const demo = {
			id: "demo-account",
			type: "stellantis-account",
			name: "Demo",
			configVersion: 1,
			server: "demo",
			api: "user-v4",
		};
		child = new ChildNodeRed(
			["account", "trips", "remote-command"],
			[
				{
					id: "account",
					type: "stellantis-account",
					configVersion: 1,
					server: "live",
					api: "user-v4",
					baseUrl: api.root,
					auth: "authorization-code",
					tokenUrl: `${tokens.url}/token`,
					authorizeUrl: `${tokens.url}/authorize`,
					name: "Mine",
					retries: "0",
					timeout: "5",
				},
				demo,
				{ id: "probe-go", type: "probe", name: "go", wires: [["trips"]] },
				{
					id: "trips",
					type: "stellantis-trips",
					configVersion: 1,
					account: "account",
					vehicle: "v1",
					vehicleType: "str",
					onlyNew: true,
					store: "disk",
					wires: [["probe-item"], ["probe-done"]],
				},
				{ id: "probe-item", type: "probe", name: "item", wires: [] },
				{ id: "probe-done", type: "probe", name: "done", wires: [] },
				{ id: "probe-wake", type: "probe", name: "wake", wires: [["command"]] },
				{
					id: "command",
					type: "stellantis-remote-command",
					configVersion: 1,
					account: "demo-account",
					vehicle: "vehicle",
					vehicleType: "msg",
					command: "wakeup",
					commandType: "fixed",
					channel: "any",
					channelType: "str",
					wires: [["probe-woken"], []],
				},
				{ id: "probe-woken", type: "probe", name: "woken", wires: [] },
				{ id: "on-error", type: "catch", scope: null, wires: [["probe-error"]] },
				{ id: "probe-error", type: "probe", name: "error", wires: [] },
			],
			{ account: { clientId: "client-77" } },
		);
		const key = randomBytes(32);
		child.place("stellantis/sign-in.key", key);
		const signIn = {
			issuedFor: JSON.stringify([tokens.url, "client-77"]),
			tokens: {
				accessToken: "access-old",
				refreshToken,
				receivedAt: Date.now() - 7_200_000,
				receivedTick: 8504.5,
				lifetime: 3_600_000,
			},
		};
		child.place(
			"stellantis/sign-in-account.json",
			JSON.stringify({ version: 1, data: sealed(key, "account", signIn) }),
		);
		const woken = { [DEMO_CAR]: { times: [Date.now() - 600_000] } };
		child.place("stellantis/wakeups.json", JSON.stringify({ version: 1, vehicles: woken }));
		child.place("context/tab/trips.json", readFileSync(join(__dirname, "0.1.0", "trips.json")));
		api.collection(PATH, () => trips, { size: 3, key: "trips" });
		await child.start();
	});
	after(async () => {
		await child.remove();
		await tokens.stop();
		await api.stop();
	});

	it("keeps flows, sign-in and marks: what was sent before is not sent again", async () => {
		const errors = child.collect("error");
		const items = child.collect("item");
		child.send("go", {});
		await child.next("done");
		assert.deepEqual(errors, []);
		assert.deepEqual(idsOf(items), ["t4"]);
		assert.deepEqual(
			tokens.requests.map(({ body }) => [body.get("grant_type"), body.get("refresh_token")]),
			[["refresh_token", refreshToken]],
		);
		assert.match(api.requests.at(-1)?.headers.authorization ?? "", /^Bearer access-\d/);
	});

	it("keeps wake-ups: a car that was woken ten minutes ago is left alone", async () => {
		const failed = child.next("error");
		child.send("wake", { vehicle: { id: DEMO_CAR } });
		const { error } = await failed;
		assert.equal(error?.code, "ERR_WAKEUP_TOO_SOON", error?.message);
	});

	it("keeps all of it over the next restart, too", async () => {
		await child.end("SIGTERM");
		await child.start();
		trips.push({ id: "t5", startedAt: "2026-11-06T08:00:00Z", done: true, distance: 15 });
		const items = child.collect("item");
		child.send("go", {});
		await child.next("done");
		assert.deepEqual(idsOf(items), ["t5"]);
		const failed = child.next("error");
		child.send("wake", { vehicle: { id: DEMO_CAR } });
		assert.equal((await failed).error?.code, "ERR_WAKEUP_TOO_SOON");
	});
});
