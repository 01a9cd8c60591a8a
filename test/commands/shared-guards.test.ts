import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GENESIS, hashOf, type JournalEntry, lineOf } from "../../src/commands/journal";
import { enterJournal } from "../../src/commands/shared/enter";
import { SharedGuards } from "../../src/commands/shared/guards";
import { SharedJournal } from "../../src/commands/shared/journal";
import type { PoolOptions } from "../../src/storage/shared/pool";
import type { PostgresStore } from "../../src/storage/shared/postgres-store";
import { SharedAccount } from "../../src/storage/shared/shared-account";
import { asOwner, closeStores, freshPlace, storeAt, WAYS } from "../support/postgres";

const limits = { commandLimit: 5, wakeupInterval: 60, wakeupsPerDay: 2 };
const never = new AbortController().signal;

for (const [what, way] of WAYS)
	describe(`Commands of several Node-RED on ${what}`, () => {
		let place: PoolOptions;
		let stores: PostgresStore[];
		let folder: string;
		beforeEach(async () => {
			place = await freshPlace(way);
			stores = [storeAt(place), storeAt(place), storeAt(place)];
			folder = mkdtempSync(join(tmpdir(), "shared-journal-"));
		});
		afterEach(async () => {
			await closeStores();
			rmSync(folder, { recursive: true, force: true });
		});

		const account = (store: PostgresStore, name = "fleet", bound = "customer") => new SharedAccount(store, name, bound);
		/** What the Node-RED of all these instances has in its files: nothing, unless a test puts it there. */
		const files = () => ({ folder, node: "account-node" });
		const guards = (store: PostgresStore) => new SharedGuards(account(store), files());
		const command = (id: string, more: object = {}) => ({
			account: "fleet",
			vehicle: { id },
			wakes: false,
			limits,
			...more,
		});
		const seen = (ago: string, store: PostgresStore) =>
			asOwner(
				place,
				`update ${place.schema}.instance set seen = clock_timestamp() - interval '${ago}' where id = '${store.instance}'`,
			);

		it("sends as many as the limit says, however many ask on three instances at once", async () => {
			const three = stores.map(guards);
			const asked = Array.from({ length: 15 }, (_, n) => three[n % 3]?.admit(command(`v${n}`)));
			const outcomes = await Promise.allSettled(asked);
			assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 5);
			for (const outcome of outcomes)
				if (outcome.status === "rejected") assert.equal(outcome.reason.code, "ERR_COMMAND_LIMIT");
		});

		it("gives a vehicle to the commands of an instance in their order, and passes over one that is called off", async () => {
			const mine = guards(stores[0] as PostgresStore);
			const vehicle = { id: "v1" };
			const order: string[] = [];
			await mine.take(vehicle, "first", never);
			const calledOff = new AbortController();
			const off = mine.take(vehicle, "called off", calledOff.signal);
			const rest = ["second", "third", "fourth", "fifth"].map(async (key) => {
				await mine.take(vehicle, key, never);
				order.push(key);
				mine.free(key);
			});
			calledOff.abort();
			await assert.rejects(off, { name: "AbortError" });
			mine.free("first");
			await Promise.all(rest);
			assert.deepEqual(order, ["second", "third", "fourth", "fifth"]);
		});

		it("gives a place back that was not used", async () => {
			const [one, other] = stores.map(guards);
			const admission = await one?.admit(command("v1", { limits: { ...limits, commandLimit: 1 } }));
			const next = command("v2", { limits: { ...limits, commandLimit: 1 } });
			await assert.rejects(async () => other?.check(next), { code: "ERR_COMMAND_LIMIT" });
			await admission?.takeBack();
			await other?.check(next);
		});

		it("wakes a vehicle once, whichever instance and account asks", async () => {
			const three = stores.map(guards);
			const woken = await Promise.allSettled(
				three.map((each, n) =>
					each.admit(
						command("v1", { account: `a${n}`, wakes: true, vehicle: { id: `v${n}`, vin: "VR3UHZKXZLT000042" } }),
					),
				),
			);
			assert.equal(woken.filter(({ status }) => status === "fulfilled").length, 1);
			for (const outcome of woken)
				if (outcome.status === "rejected") assert.equal(outcome.reason.code, "ERR_WAKEUP_TOO_SOON");
		});

		it("has one command at a time for a vehicle, until it is over or its instance was not heard of for a minute", async () => {
			const [one, other] = stores.map(guards);
			const [store] = stores;
			assert.ok(one && other && store);
			assert.equal(await one.takeNow({ id: "v1" }, "first"), true);
			assert.equal(await other.takeNow({ id: "v1" }, "second"), false);
			const waiting = other.take({ id: "v1" }, "third", never);
			one.free("first");
			await waiting;
			await assert.rejects(one.take({ id: "v1" }, "fourth", AbortSignal.timeout(50)));
			other.free("third");
			await one.take({ id: "v1" }, "fifth", never);
			await seen("59 seconds", store);
			assert.equal(await other.takeNow({ id: "v1" }, "sixth"), false);
			await seen("61 seconds", store);
			assert.equal(await other.takeNow({ id: "v1" }, "sixth"), true);
		});

		it("has a vehicle free at once for the instance whose command is over, whatever it still has to write", async () => {
			const [one] = stores.map(guards);
			assert.ok(one);
			assert.equal(await one.takeNow({ id: "v1" }, "first"), true);
			for (let n = 0; n < 50; n++) one.takeUp({ id: `other ${n}` }, `followed ${n}`);
			one.free("first");
			assert.equal(await one.takeNow({ id: "v1" }, "second"), true);
		});

		it("writes one chain of hashes, and follows the commands on of an instance that is gone, no other's", async () => {
			const [one, other] = stores.map((store) => new SharedJournal(account(store), files()));
			const [store] = stores;
			assert.ok(one && other && store);
			await Promise.all(
				Array.from({ length: 10 }, (_, n) =>
					(n % 2 ? one : other).append({ key: `k${n}`, event: "intent", account: "fleet" }),
				),
			);
			await one.append({ key: "k1", event: "end", outcome: "done" });
			const rows = await asOwner(place, `select line, hash from ${place.schema}.journal order by seq`);
			assert.equal(rows.length, 11);
			let before = GENESIS;
			for (const { line, hash } of rows as { line: string; hash: string }[]) {
				assert.equal(JSON.parse(line).prev, before);
				assert.equal(hashOf(line), hash);
				before = hash;
			}
			assert.deepEqual(await other.takeOver(), []);
			await seen("61 seconds", store);
			const taken = (await other.takeOver()).map(({ key }) => key);
			assert.deepEqual(taken.toSorted(), ["k3", "k5", "k7", "k9"]);
			assert.deepEqual(await other.takeOver(), []);
		});

		it("leaves commands and vehicles to their instances after an outage that kept all of them silent, but for one that had gone before", async () => {
			const [one, other, third] = stores.map((store) => ({
				store,
				guards: guards(store),
				journal: new SharedJournal(account(store), files()),
			}));
			assert.ok(one && other && third);
			for (const [n, { guards, journal }] of [one, third].entries()) {
				await journal.append({ key: `k${n}`, event: "intent", account: "fleet" });
				assert.equal(await guards.takeNow({ id: `v${n}` }, `k${n}`), true);
			}
			await other.store.ready();
			await third.store.close();
			await asOwner(
				place,
				`insert into ${place.schema}.instance (id, name, package) values ('${third.store.instance}', 'gone', 'test')`,
			);
			const silentFor = (ago: string) => Promise.all([one, other].map(({ store }) => seen(ago, store)));
			// Whoever is first after it asks before it gives a sign of life, or behind it.
			await seen("200 seconds", third.store);
			await silentFor("122 seconds");
			assert.deepEqual(await other.journal.takeOver(), []);
			assert.equal(await other.guards.takeNow({ id: "v0" }, "another"), false);
			const beaten = `select 1 from ${place.schema}.instance where id = '${other.store.instance}' and seen > clock_timestamp() - interval '9 seconds'`;
			while ((await asOwner(place, beaten)).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
			const taken = (await other.journal.takeOver()).map(({ key }) => key);
			assert.deepEqual(taken, ["k1"]);
			assert.equal(await other.guards.takeNow({ id: "v0" }, "another"), false);
			assert.equal(await other.guards.takeNow({ id: "v1" }, "another"), true);
		});

		it("begins nothing while the store is away; what is under way waits in a file, and is added when it is back", async () => {
			const [store] = stores;
			assert.ok(store);
			const journal = new SharedJournal(account(store), files());
			await journal.append({ key: "k", event: "intent", account: "fleet" });
			await asOwner(place, `alter table ${place.schema}.journal rename to journal_gone`);
			await assert.rejects(journal.append({ key: "new", event: "intent" }), { code: "ERR_STORE" });
			await journal.append({ key: "k", event: "status", status: "SentToVehicle" });
			await asOwner(place, `alter table ${place.schema}.journal_gone rename to journal`);
			const back = new Promise((resolve) => store.onState((away) => !away && resolve(undefined)));
			await back;
			await journal.append({ key: "k", event: "end" });
			const rows = await asOwner(place, `select line from ${place.schema}.journal order by seq`);
			assert.deepEqual(
				rows.map(({ line }) => JSON.parse(String(line)).event),
				["intent", "status", "end"],
			);
		});

		describe("and files of one Node-RED from before it", () => {
			const OPEN = {
				event: "intent",
				account: "account-node",
				vehicle: "v1",
				command: "horn",
				channel: "c",
				timeout: 120,
			};
			const entriesIn = async () =>
				(await asOwner(place, `select line, hash from ${place.schema}.journal order by seq`)).map(({ line, hash }) => {
					assert.equal(hashOf(String(line)), hash);
					return { ...JSON.parse(String(line)), hash };
				});

			it("takes the journal over once, as links of its own chain, with what was under way", async () => {
				// As 0.1.0 and every version since has written them; another account's among them.
				const kept: string[] = [];
				const write = (entry: object) =>
					kept.push(lineOf(entry as JournalEntry, 1_790_000_000_000 + kept.length, hashOf(kept.at(-1) ?? "")));
				write({ key: "done", ...OPEN });
				write({ key: "foreign", ...OPEN, account: "another" });
				write({ key: "done", event: "end", outcome: "Success" });
				write({ key: "open", ...OPEN });
				writeFileSync(join(folder, "journal.1.jsonl"), `${kept.slice(0, 2).join("\n")}\n`);
				writeFileSync(join(folder, "journal.jsonl"), `${kept.slice(2).join("\n")}\n`);
				// At the same moment: journals of one process would take turns.
				await Promise.all(stores.map((store) => enterJournal(account(store), files())));
				const three = stores.map((store) => new SharedJournal(account(store), files()));
				const taken = (await Promise.all(three.map((each) => each.takeOver()))).flat();
				assert.deepEqual(
					taken.map(({ key, account }) => [key, account]),
					[["open", "fleet"]],
					"one of them follows it on",
				);
				await three[1]?.append({ key: "new", event: "intent", account: "fleet" });
				const entries = await entriesIn();
				assert.deepEqual(
					entries.map(({ key, event }) => `${key} ${event}`),
					["entered entered", "done intent", "done end", "open intent", "new intent"],
				);
				const [header, first] = entries;
				assert.deepEqual([header.entries, header.gaps, header.last], [3, 0, hashOf(kept.at(-1) ?? "")]);
				assert.deepEqual([first.time, first.was], [JSON.parse(kept[0] ?? "").time, hashOf(kept[0] ?? "")]);
				assert.deepEqual(
					entries.map(({ prev }) => prev),
					[GENESIS, ...entries.slice(0, -1).map(({ hash }) => hash)],
				);
			});

			it("takes wake-ups, their pauses and the vehicles of a minute over, however often and from whomever", async () => {
				const now = Date.now();
				const vehicle = (more: object) => ({ ids: [], accounts: {}, woken: [], ...more });
				const own = { "account-node": { asked: now, sent: now, limits: { ...limits, commandLimit: 1 } } };
				writeFileSync(
					join(folder, "guards.json"),
					JSON.stringify({
						version: 1,
						vehicles: {
							VR3UHZKXZLT000042: vehicle({ ids: ["v1"], woken: [now - 600_000, now - 40 * 86_400_000], accounts: own }),
							v2: vehicle({ pausedUntil: now + 3_600_000 }),
						},
					}),
				);
				const three = stores.map(guards);
				await Promise.all(three.map((each) => each.ready()));
				const [one] = three;
				assert.ok(one);
				const refused = (id: string, more: object, code: string) =>
					assert.rejects(one.check(command(id, more)), { code });
				await refused("v1", { wakes: true }, "ERR_WAKEUP_TOO_SOON");
				await refused("v2", { wakes: true, account: "someone" }, "ERR_WAKEUP_TOO_SOON");
				await refused("v3", { limits: { ...limits, commandLimit: 1 } }, "ERR_COMMAND_LIMIT");
				assert.equal((await asOwner(place, `select * from ${place.schema}.woken`)).length, 1);
			});

			it("knows a vehicle again that 0.1.0 has woken, when only its id was known", async () => {
				const times = [Date.now() - 600_000];
				writeFileSync(join(folder, "wakeups.json"), JSON.stringify({ version: 1, vehicles: { v1: { times } } }));
				const [one] = stores.map(guards);
				assert.ok(one);
				await one.ready();
				const vehicle = { id: "v1", vin: "VR3UHZKXZLT000042" };
				await assert.rejects(one.check(command("v1", { wakes: true, vehicle })), { code: "ERR_WAKEUP_TOO_SOON" });
			});

			it("leaves a journal alone that has begun", async () => {
				const [one, other] = stores.map((store) => new SharedJournal(account(store), files()));
				await one?.append({ key: "new", event: "intent", account: "fleet" });
				writeFileSync(
					join(folder, "journal.jsonl"),
					`${lineOf({ key: "old", ...OPEN } as JournalEntry, 1, GENESIS)}\n`,
				);
				assert.deepEqual(await other?.takeOver(), []);
				assert.equal((await entriesIn()).length, 1);
			});
		});

		it("keeps two customers of one name apart", async () => {
			const [one, other] = stores;
			assert.ok(one && other);
			await account(one).ready();
			await assert.rejects(account(other, "fleet", "somebody else").ready(), {
				code: "ERR_BAD_INPUT",
				message: /another customer's/,
			});
			await account(other, "another", "somebody else").ready();
		});
	});
