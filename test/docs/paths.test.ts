import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { type FamilyId, type Simulator, startSimulator } from "../../demo";
import { documentsPresent, openDocument } from "../contract/openapi";
import { get } from "../demo/client";
import { type FlowMessage, load, run, useRuntime } from "../support/runtime";

interface Row {
	path: string;
	type: string;
	settings: Record<string, string>;
}

type Item = Record<string, unknown>;

const FAMILIES = ["user-v4", "accounts-v1", "fleet-v3"] as const;
const TYPES: Record<string, string> = {
	"vehicle list": "stellantis-vehicle-list",
	"vehicle status": "stellantis-status",
	"vehicle trips": "stellantis-trips",
	"vehicle alerts": "stellantis-alerts",
	"vehicle resource": "stellantis-resource",
};

function readTable(family: FamilyId): Row[] {
	const text = readFileSync(path.join(__dirname, "../../docs/paths.md"), "utf8");
	const section = text.split(/^## /m).find((each) => each.startsWith(`${family}\n`)) ?? "";
	return section
		.split("\n")
		.filter((line) => line.startsWith("| `"))
		.map((line) => {
			const [, where = "", node = "", settings = ""] = line.split("|").map((cell) => cell.trim());
			const type = TYPES[node];
			assert.ok(type, `${node} is no node`);
			const pairs = [...settings.matchAll(/`(\w+): ([^`]+)`/g)].map(([, name = "", value = ""]) => [name, value]);
			return { path: where.replaceAll("`", ""), type, settings: Object.fromEntries(pairs) };
		});
}

describe("the table of paths in docs/paths.md", () => {
	useRuntime();
	let simulator: Simulator;
	before(async () => {
		simulator = await startSimulator({ now: () => Date.parse("2026-03-11T17:12:00Z") });
	});
	after(() => simulator.close());

	for (const family of FAMILIES) {
		describe(family, () => {
			const rows = readTable(family);

			it("has every path of the document", function () {
				if (!documentsPresent) {
					// The reason is part of the title, so that the report says why nothing was compared.
					if (this.test) this.test.title += " (left out: ../shared/api with the documents is not there)";
					this.skip();
				}
				const known = new Set(rows.map((row) => row.path));
				assert.deepEqual(
					openDocument(family).paths.filter((each) => !known.has(each)),
					[],
				);
			});

			for (const row of rows)
				it(`GET ${row.path}`, async () => {
					const { filled, msg } = await fill(family, row.path);
					await deploy(family, row);
					const before = simulator.requests.length;
					const outcome = await run("node", msg);
					assert.deepEqual(
						outcome.errors.map(({ error }) => `${error?.code} ${error?.message}`),
						[],
					);
					const [seen] = simulator.requests.slice(before);
					const root = new URL(simulator.baseUrl(family)).pathname;
					assert.equal(new URL(seen?.url ?? "", simulator.origin).pathname, root + filled, "asked for");
					assert.equal(seen?.status, 200);
					assert.ok(outcome.items.length > 0, "a message leaves");
					for (const item of outcome.items) assert.equal(item.statusCode, 200);
				});
		});
	}

	function deploy(family: FamilyId, { type, settings }: Row): Promise<void> {
		const { clientId, accessToken = "", username = "", password = "", fleetId = "" } = simulator.credentials(family);
		const account = {
			id: "account",
			type: "stellantis-account",
			server: "live",
			api: family,
			baseUrl: simulator.baseUrl(family),
			auth: accessToken ? "token" : "basic",
			fleetId,
		};
		// Collections can be long; a few items prove as much.
		const node = { id: "node", type, account: "account", targetType: "str", maxItems: 3, ...settings };
		return load([account, node], { account: { clientId, accessToken, username, password } });
	}

	/** The path with what the demo has in it, and the message that says the same. */
	async function fill(family: FamilyId, pattern: string): Promise<{ filled: string; msg: FlowMessage }> {
		// Those of the dozen that have had a crash, a theft or an alarm.
		const index = /ollisions/.test(pattern) ? 7 : /stolen/.test(pattern) ? 10 : /alarms/.test(pattern) ? 2 : 0;
		const vehicle = simulator.vehicles[index];
		assert.ok(vehicle);
		const known: Record<string, string> = {
			fid: simulator.credentials(family).fleetId ?? "",
			id: vehicle.id,
			vid: vehicle.id,
			vin: vehicle.vin,
		};
		const params: Record<string, string> = {};
		let filled = "";
		for (const segment of pattern.split("/").slice(1)) {
			const name = /^\{(\w+)\}$/.exec(segment)?.[1];
			if (name !== undefined && known[name] === undefined)
				params[name] = await idFor(family, name, pattern, filled, known.id ?? "");
			filled += `/${name === undefined ? segment : (known[name] ?? params[name])}`;
		}
		const msg = {
			vehicle: { id: vehicle.id, vin: vehicle.vin },
			...(Object.keys(params).length > 0 ? { params } : {}),
		};
		return { filled, msg };
	}

	async function idFor(
		family: FamilyId,
		name: string,
		pattern: string,
		above: string,
		vehicle: string,
	): Promise<string> {
		if (name === "cbid" || name === "chId") {
			const channels = {
				"user-v4": "/user/callbacks",
				"accounts-v1": "/accounts/channels",
				"fleet-v3": "/fleets/demo-fleet/remote/callbacks",
			};
			return idOf((await all(family, channels[family]))[0]);
		}
		const items = await all(family, above);
		const below = /\/trips\/\{tid\}\/(alerts|collisions)/.exec(pattern)?.[1];
		if (name !== "tid" || below === undefined) return idOf(items[0]);
		// A trip on which something happened.
		const events = await all(family, above.replace(/\/trips$/, `/${below}`));
		const times = events.map((event) => String(event.startedAt ?? event.createdAt));
		const trip = items.find((each) =>
			times.some((time) => String(each.startedAt) <= time && time <= String(each.stoppedAt)),
		);
		assert.ok(trip, `${vehicle} has no trip with ${below}`);
		return idOf(trip);
	}

	async function all(family: FamilyId, where: string): Promise<Item[]> {
		const items: Item[] = [];
		const first = family === "accounts-v1" && where.endsWith("/trips") ? `${where}?type=Normal` : where;
		for (let next: string | undefined = first; next !== undefined; ) {
			const { body } = await get(simulator, family, next);
			const { _embedded, _links } = body as { _embedded?: Item; _links?: { next?: { href: string } } };
			items.push(...((Object.values(_embedded ?? {}).find(Array.isArray) ?? []) as Item[]));
			const href: string | undefined = _links?.next?.href;
			next = href?.startsWith("/") ? simulator.origin + href : href;
		}
		return items;
	}
});

function idOf(item: Item | undefined): string {
	const id = item?.id ?? item?.sid ?? item?.monitorId ?? item?.remoteActionId;
	assert.equal(typeof id, "string", `no id in ${JSON.stringify(item)}`);
	return String(id);
}
