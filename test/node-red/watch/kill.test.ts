import { strict as assert } from "node:assert";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeApi } from "../../support/fake-api";
import { HOUR, MINUTE, type Sent, START } from "./support";

describe("watch: kill -9 between state and message", () => {
	let api: FakeApi;
	let folder: string;
	let car = { plugged: false, updatedAt: START - HOUR };
	before(async () => {
		folder = mkdtempSync(join(tmpdir(), "stellantis-kill-"));
		api = await FakeApi.start();
		api.on("/user/vehicles", { body: { _embedded: { vehicles: [{ id: "one", vin: "VR3UHZKXBN0000001" }] } } });
		api.on("/user/vehicles/one/status", () => {
			const createdAt = new Date(car.updatedAt).toISOString();
			const charging = { plugged: car.plugged, status: car.plugged ? "Stopped" : "Disconnected" };
			const energy = { createdAt, type: "Electric", level: 50, extension: { electric: { charging } } };
			return { body: { createdAt, updatedAt: createdAt, energies: [energy], _links: {} } };
		});
	});
	after(async () => {
		rmSync(folder, { recursive: true, force: true });
		await api.stop();
	});

	/** What a watch sends in twenty minutes; undefined where it died. */
	async function run(now: number, fate = "lives"): Promise<Sent[] | undefined> {
		const script = join(__dirname, "kill-child.ts");
		const child = fork(script, [api.root, folder, String(now), fate], { execArgv: ["--require", "tsx/cjs"] });
		let sent: Sent[] | undefined;
		child.on("message", (message) => {
			sent = message as Sent[];
		});
		await once(child, "exit");
		return sent;
	}

	it("loses no event: what had not left is told after the start, of the moment when it was seen, and then never again", async () => {
		const first = await run(START);
		assert.deepEqual(
			first?.map(({ output }) => output),
			[2],
		);
		car = { plugged: true, updatedAt: START + HOUR };
		assert.equal(await run(START + HOUR + MINUTE, "dies"), undefined);
		const onDisk = readdirSync(folder).find((file) => file.endsWith(".jsonl")) ?? "";
		assert.match(readFileSync(join(folder, onDisk), "utf8"), /"unsent"/);

		// Meanwhile it was unplugged: the plug is told all the same.
		car = { plugged: false, updatedAt: START + 2 * HOUR };
		const again = await run(START + 2 * HOUR + MINUTE);
		const events = again?.flatMap(({ event }) => event ?? []) ?? [];
		assert.deepEqual(
			events.map(({ kind, seenAt }) => [kind, seenAt.slice(11, 16)]),
			[
				["plugged", "01:01"],
				["unplugged", "02:01"],
			],
		);
		assert.deepEqual(await run(START + 3 * HOUR), []);
	});
});
