import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sinon from "sinon";
import { type Waiting, waitingShape } from "../../../src/node-red/events/inbox";
import { SharedQueue } from "../../../src/node-red/events/shared-queue";
import { LogFull } from "../../../src/storage/durable-log";
import { DurableQueue, type Queued } from "../../../src/storage/durable-queue";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { asOwner, closeStores, freshPlace, postgres, storeAt } from "../../support/postgres";
import { AT_BEST } from "../../support/takes-less";
import { TcpProxy } from "../../support/tcp-proxy";

describe("queue of events in a store", () => {
	let folder: string;
	let wire: TcpProxy;
	let place: Awaited<ReturnType<typeof freshPlace>>;
	const readers: AbortController[] = [];
	beforeEach(async () => {
		folder = mkdtempSync(join(tmpdir(), "shared-queue-"));
		wire = await TcpProxy.to((await postgres()).port);
		place = await freshPlace();
	});
	afterEach(async () => {
		sinon.restore();
		for (const reader of readers.splice(0)) reader.abort();
		await closeStores();
		await wire.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	const instance = (name: string) => {
		const store = storeAt({ ...place, port: wire.port });
		const local = new DurableQueue<Waiting>({ folder, name, schema: waitingShape, gather: 5 });
		return { store, queue: new SharedQueue(new SharedAccount(store, "fleet", "customer"), "node", local) };
	};
	const waiting = (key: string, text = `"${key}"`): Waiting => ({ at: 1, key, text });
	const reader = (queue: SharedQueue) => {
		const signal = new AbortController();
		readers.push(signal);
		const entries = queue.read(signal.signal);
		return async (count: number): Promise<Queued<Waiting>[]> => {
			const some: Queued<Waiting>[] = [];
			while (some.length < count) {
				const { value } = await entries.next();
				assert.ok(value);
				some.push(value);
			}
			return some;
		};
	};
	const keysOf = (some: readonly Queued<Waiting>[]) => some.map(({ entry }) => entry.key);
	const rows = () => asOwner(place, `select key from ${place.schema}.event order by came`);

	it("writes what comes together in one statement, gives it in its order, and erases what was delivered", async () => {
		const { queue } = instance("one");
		await queue.append([waiting("first")]);
		const statements = sinon.spy(SharedAccount.prototype, "query");
		const keys = Array.from({ length: 500 }, (_, n) => `n${n}`);
		await Promise.all(keys.map((key) => queue.append([waiting(key)])));
		assert.ok(statements.callCount <= 2, `${statements.callCount} statements`);
		const next = reader(queue);
		const some = await next(501);
		assert.deepEqual(keysOf(some), ["first", ...keys]);
		some[499]?.delivered();
		await queue.flush();
		assert.deepEqual(await rows(), [{ key: "n499" }]);
		some[500]?.delivered();
		await queue.flush();
		assert.deepEqual(await rows(), []);
	});

	it("gives to another at once what one that has stopped had left, and never what one that lives has", async () => {
		const [one, other, third] = [instance("one"), instance("other"), instance("third")];
		await one.queue.append([waiting("a"), waiting("b")]);
		await other.queue.append([waiting("c")]);
		await one.store.close();
		const taken = await reader(third.queue)(2);
		assert.deepEqual(keysOf(taken), ["a", "b"]);
		assert.deepEqual(
			taken.map(({ entry }) => entry.text),
			['"a"', '"b"'],
		);
		assert.deepEqual(await asOwner(place, `select holder from ${place.schema}.event where key = 'c'`), [
			{ holder: other.store.instance },
		]);
		assert.deepEqual(keysOf(await reader(other.queue)(1)), ["c"]);
	});

	it("gives what it has not delivered once more to the next reader", async () => {
		const { queue } = instance("one");
		await queue.append([waiting("a"), waiting("b")]);
		const [first] = await reader(queue)(2);
		first?.delivered();
		readers.pop()?.abort();
		assert.deepEqual(keysOf(await reader(queue)(1)), ["b"]);
	});

	it("finds what it has written although the answer was lost", async () => {
		const { queue, store } = instance("one");
		await store.ready();
		await asOwner(
			place,
			`insert into ${place.schema}.event (key, account, node, holder, body) values ('lost', 'fleet', 'node', '${store.instance}', '{}')`,
		);
		const [found] = await reader(queue)(1);
		assert.equal(found?.entry.key, "lost");
		found?.delivered();
		await queue.flush();
		assert.deepEqual(await rows(), []);
	});

	it("keeps on this machine, under the same key, what a store that hangs does not take soon", async function () {
		this.retries(AT_BEST);
		const { queue } = instance("one");
		await queue.append([waiting("before")]);
		wire.delay = 20_000;
		const began = performance.now();
		await Promise.all([queue.append([waiting("a")]), queue.append([waiting("b")])]);
		assert.ok(performance.now() - began < 4_000);
		assert.deepEqual(keysOf(await reader(queue)(3)).toSorted(), ["a", "b", "before"]);
	});

	it("takes a vehicle's name that no database can hold, and no more than one can send", async () => {
		const { queue } = instance("one");
		await queue.append([{ ...waiting("a"), vin: "VIN\0" }]);
		assert.deepEqual(await rows(), [{ key: "a" }]);
		await assert.rejects(queue.append([waiting("b", "x".repeat(33 * 1024 * 1024))]), LogFull);
	});

	it("forgets what waits for a node in no flow, and for an account that nobody has, once it is old", async () => {
		const { queue, store } = instance("one");
		await store.ready();
		const add = (key: string, account: string, node: string, hours: number, holder = "gone") =>
			`insert into ${place.schema}.event (key, account, node, holder, body, came) values
			('${key}', '${account}', '${node}', '${holder}', '{}', clock_timestamp() - interval '${hours} hours')`;
		await asOwner(
			place,
			add("listed", "fleet", "node", 100),
			add("in a subflow", "fleet", "sub-inner", 100),
			add("young", "fleet", "deleted", 77),
			add("old", "fleet", "deleted", 79),
			add("held", "fleet", "deleted", 79, store.instance),
			add("other account", "other", "node-there", 100),
			add("nobody has it", "other", "node-there", 31 * 24),
		);
		await queue.tidy(["node", "sub"]);
		const left = (await rows()).map(({ key }) => key);
		assert.deepEqual(left.toSorted(), ["held", "in a subflow", "listed", "other account", "young"]);
	});
});
