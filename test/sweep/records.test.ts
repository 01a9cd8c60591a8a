import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SharedAccount } from "../../src/storage/shared/shared-account";
import { FileRecords } from "../../src/sweep/file-records";
import { keyOf, newSweepId } from "../../src/sweep/lease";
import type { ListedPage, SweepRecords } from "../../src/sweep/records";
import { StoreRecords } from "../../src/sweep/store-records";
import { acknowledge, begin, isRefusal, listed, type Sweep, type Turn, withdraw } from "../../src/sweep/sweep";
import { storable } from "../../src/text";
import { asOwner, closeStores, freshPlace, storeAt, WAYS } from "../support/postgres";

const LISTED: ListedPage = { address: "/vehicles?pageToken=1", items: [{ key: "one", id: "one", vin: null }] };

/** Begins a sweep; undefined where there is one. */
async function start(records: SweepRecords, node: string): Promise<string | undefined> {
	const subject = { node, account: "account", chosen: null, start: "/vehicles" };
	const key = keyOf(node, subject.account, subject.start);
	const order = { instance: records.instance, leaseTime: 1_000, minInterval: 60_000, maxItems: null };
	const begun = await records.change<boolean>(key, (former, moment) => {
		const sweep = begin(former, { ...order, id: newSweepId(key) }, moment);
		if (isRefusal(sweep)) return { result: false };
		return { result: true, sweep, anew: { subject, starter: { job: 7 } }, next: { at: 1 } };
	});
	return begun ? key : undefined;
}

/** Puts a page of one item into a sweep. */
const list = (records: SweepRecords, key: string) =>
	records.change(key, (sweep, moment) => {
		assert.ok(sweep);
		const found = { count: 1, total: 2, pageCount: 2, isLast: false };
		const number = listed(sweep, sweep.lister as Turn, found, moment);
		assert.equal(number, 1);
		return { result: sweep.id, sweep, next: { at: 2 }, page: { number: 1, listed: LISTED } };
	});

type Kind = [string, (folder: string) => Promise<() => SweepRecords>];

const KINDS: Kind[] = [
	["files", async (folder) => () => new FileRecords(folder)],
	...WAYS.map(
		([what, way]): Kind => [
			what,
			async () => {
				const place = await freshPlace(way);
				return () => new StoreRecords(new SharedAccount(storeAt(place), "account", "bound"));
			},
		],
	),
];

for (const [what, open] of KINDS)
	describe(`sweeps kept in ${what}`, () => {
		let folder: string;
		let another: () => SweepRecords;
		let node: string;
		before(async () => {
			folder = mkdtempSync(join(tmpdir(), "stellantis-sweeps-"));
			another = await open(folder);
		});
		beforeEach(() => {
			node = randomUUID();
		});
		afterEach(closeStores);
		after(() => rmSync(folder, { recursive: true, force: true }));

		it("begin once, whoever asks at the same time", async () => {
			const all = Array.from({ length: 3 }, another);
			const begun = await Promise.all(all.map((records) => start(records, node)));
			assert.equal(begun.filter((key) => key !== undefined).length, 1);
			assert.equal((await another().running(node)).length, 1);
		});

		it("are found again with their pages, where they go on, and what started them", async () => {
			const key = (await start(another(), node)) ?? "";
			const id = await list(another(), key);
			const records = another();
			const [running] = await records.running(node);
			assert.deepEqual(running?.subject, { node, account: "account", chosen: null, start: "/vehicles" });
			assert.equal(running?.sweep.id, id);
			assert.deepEqual(await records.next(key), { at: 2 });
			assert.deepEqual(await records.starter(key), { job: 7 });
			assert.deepEqual(await records.page(key, id, 1), LISTED);
			assert.equal(await records.page(key, "another", 1), undefined);
			assert.deepEqual(await records.running("another node"), []);
		});

		it("keep whatever stands in texts of a message and of the API", async () => {
			const records = another();
			const odd = "a\u0000b \ud83d \\u0000 \u{1f697}";
			const subject = { node, account: odd, chosen: odd, start: "/vehicles" };
			const key = keyOf(node, odd, subject.start);
			const order = {
				id: newSweepId(key),
				instance: records.instance,
				leaseTime: 1_000,
				minInterval: 0,
				maxItems: null,
			};
			await records.change(key, (former, moment) => {
				const sweep = begin(former, order, moment) as Sweep;
				return { result: undefined, sweep, anew: { subject, starter: { [odd]: [odd] } }, next: { at: odd } };
			});
			const listing: ListedPage = { address: "/vehicles", items: [{ key: odd, id: odd, vin: odd }] };
			await records.change(key, (sweep, moment) => {
				assert.ok(sweep);
				listed(sweep, sweep.lister as Turn, { count: 1, total: 1, pageCount: 1, isLast: true }, moment);
				return { result: undefined, sweep, page: { number: 1, listed: listing } };
			});
			const same = what === "files" ? odd : storable(odd);
			assert.deepEqual((await records.running(node))[0]?.subject, { ...subject, account: same, chosen: same });
			assert.deepEqual(await records.starter(key), { [same]: [same] });
			assert.deepEqual(await records.next(key), { at: same });
			assert.deepEqual((await records.page(key, order.id, 1))?.items, [{ key: same, id: same, vin: same }]);
		});

		it("lose nothing of what comes back at the same time", async () => {
			const key = (await start(another(), node)) ?? "";
			const [one, other] = [another(), another()];
			const marks = (sweep: Sweep | undefined) => sweep?.open[1]?.marks;
			await one.change(key, (sweep, moment) => {
				assert.ok(sweep);
				listed(sweep, sweep.lister as Turn, { count: 20, total: 20, pageCount: 1, isLast: true }, moment);
				return { result: undefined, sweep };
			});
			await Promise.all(
				Array.from({ length: 19 }, (_, item) =>
					(item % 2 ? one : other).change(key, (sweep, moment) => {
						assert.ok(sweep);
						acknowledge(sweep, [{ page: 1, item, hasFailed: false }], moment);
						return { result: undefined, sweep };
					}),
				),
			);
			assert.equal(await one.change(key, (sweep) => ({ result: marks(sweep) })), `${"d".repeat(19)}.`);
		});

		it("let go of everything but their start once they are over, and of all when the node is gone", async () => {
			const records = another();
			const key = (await start(records, node)) ?? "";
			const id = await list(records, key);
			await records.change(key, (sweep) => {
				assert.ok(sweep);
				withdraw(sweep);
				return { result: undefined, sweep };
			});
			assert.deepEqual(await records.running(node), []);
			assert.equal(await records.page(key, id, 1), undefined);
			assert.equal(await start(records, node), key, "another may start");
			await records.remove(node);
			assert.equal(await records.change(key, (sweep) => ({ result: sweep })), undefined);
		});
	});

describe("sweeps kept in files", () => {
	it("begin anew where a file is damaged", async () => {
		const folder = mkdtempSync(join(tmpdir(), "stellantis-sweeps-"));
		const records = new FileRecords(folder);
		const key = await start(records, "node");
		const [file = ""] = readdirSync(join(folder, "sweeps"));
		const path = join(folder, "sweeps", file);
		writeFileSync(path, readFileSync(path, "utf8").slice(0, -5));
		assert.deepEqual(await records.running("node"), []);
		assert.equal(await start(records, "node"), key);
		rmSync(folder, { recursive: true, force: true });
	});
});

describe("sweeps kept in a store", () => {
	afterEach(closeStores);

	it("take an instance for gone that was not heard of for 30 s", async () => {
		const place = await freshPlace();
		const [one, other] = [storeAt(place), storeAt(place)].map(
			(store) => new StoreRecords(new SharedAccount(store, "account", "bound")),
		) as [StoreRecords, StoreRecords];
		const key = (await start(one, "node")) ?? "";
		const isAlive = () => other.change(key, (_, { isAlive }) => ({ result: isAlive(one.instance) }));
		assert.equal(await isAlive(), true);
		await asOwner(
			place,
			`update "${place.schema}".instance set seen = seen - interval '31 seconds' where id = '${one.instance}'`,
		);
		assert.equal(await isAlive(), false);
	});
});
