import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GENESIS } from "../../src/commands/journal";
import { SharedJournal } from "../../src/commands/shared/journal";
import { placeOfEnvironment } from "../../src/storage/shared/environment";
import type { PoolOptions } from "../../src/storage/shared/pool";
import { workingRights } from "../../src/storage/shared/schema";
import { SharedAccount } from "../../src/storage/shared/shared-account";
import { asOwner, closeStores, freshName, freshPlace, storeAt } from "../support/postgres";

const COMMAND = join(__dirname, "../../src/bin/stellantis-journal.ts");
const LOADER = ["--require", require.resolve("tsx/cjs")];

describe("the journal of a store", () => {
	let place: PoolOptions;
	let folder: string;
	beforeEach(async () => {
		place = await freshPlace();
		folder = mkdtempSync(join(tmpdir(), "stored-journal-"));
	});
	afterEach(async () => {
		await closeStores();
		rmSync(folder, { recursive: true, force: true });
	});

	/** As an operator runs it. */
	const run = (args: string[], who: Partial<PoolOptions> = {}) => {
		const { host, port, database, user, password, schema } = { ...place, ...who };
		const { status, stdout, stderr } = spawnSync(process.execPath, [...LOADER, COMMAND, ...args, "--store", schema], {
			encoding: "utf8",
			cwd: folder,
			env: {
				PATH: process.env.PATH,
				PGHOST: host,
				PGPORT: String(port),
				PGDATABASE: database,
				PGUSER: user,
				PGPASSWORD: password,
			},
		});
		return { status, stdout, stderr };
	};
	/** Two accounts; three commands of one, of which the last has no end. */
	const fill = async () => {
		const store = storeAt(place);
		const [fleet, other] = ["fleet", "other"].map(
			(name) => new SharedJournal(new SharedAccount(store, name, "customer"), { folder, node: "account" }),
		);
		for (const key of ["one", "two", "three"]) {
			await fleet?.append({ key, event: "intent", account: "fleet", vehicle: "v1", command: "lock" });
			if (key !== "three") await fleet?.append({ key, event: "end", outcome: "Success" });
		}
		await other?.append({ key: "four", event: "intent", account: "other", vehicle: "v2", command: "horn" });
		return { fleet };
	};
	const sql = (...statements: string[]) =>
		asOwner(place, ...statements.map((each) => each.replaceAll("$", place.schema)));
	const hashOfFleet = (report: string) => /hash ([0-9a-f]{64})/.exec(report)?.[1] ?? "";

	it("is checked account by account, to an end that the store knows", async () => {
		await fill();
		const whole = run([]);
		assert.equal(whole.status, 0, whole.stderr);
		assert.match(whole.stdout, /^"fleet": 5 entries in the store\.\nNo gap/);
		assert.match(whole.stdout, /^"other": 1 entry in the store\.$/m);
		const hash = hashOfFleet(whole.stdout);
		await sql("update $.journal set line = replace(line, '\"lock\"', '\"wake\"') where seq = 1 and account = 'fleet'");
		const changed = run(["--seen", hash]);
		assert.equal(changed.status, 1);
		assert.match(changed.stdout, /^1 gap, the first in fleet, line 2: the entry before it was changed/m);
		assert.match(changed.stdout, /^The entry of --seen is still there/m);
		await sql("delete from $.journal where seq = 5 and account = 'fleet'");
		const cut = run(["--seen", hash]);
		assert.match(cut.stdout, /^2 gaps/m);
		assert.match(cut.stdout, /^The entry of --seen is not there/m);
		await sql("delete from $.journal where seq < 3 and account = 'fleet'");
		assert.match(run([]).stdout, /^1 gap, the first in fleet, line 5: the store knows of another last entry/m);
	});

	it("is exported like that of a folder", async () => {
		await fill();
		const { status, stdout } = run(["export"]);
		assert.equal(status, 0);
		const fields = stdout
			.trimEnd()
			.split("\n")
			.map((line) => line.split("\t"));
		assert.deepEqual(
			fields.map(([, , command, outcome, vehicle]) => [command, outcome, vehicle]),
			[
				["lock", "Success", "v1"],
				["lock", "Success", "v1"],
				["lock", "no end", "v1"],
				["horn", "no end", "v2"],
			],
		);
		const entries = run(["export", "--json"])
			.stdout.trimEnd()
			.split("\n")
			.map((line) => JSON.parse(line));
		assert.equal(entries.length, 6);
		assert.deepEqual([entries[0].prev, entries[1].prev], [GENESIS, entries[0].hash]);
	});

	it("is pruned by its owner only, up to the first command under way, and goes on as one chain", async () => {
		const { fleet } = await fill();
		const role = freshName();
		await asOwner(place, `create role ${role} login password 'cnry-worker'`, workingRights(place.schema, role));
		await sql("update $.journal set at = at - interval '40 days'");
		const refused = run(["prune", "--days", "30"], { user: role, password: "cnry-worker" });
		assert.equal(refused.status, 2);
		assert.match(refused.stderr, /may not delete entries of the journal: only the owner of the schema/);
		assert.equal((await sql("select 1 from $.journal")).length, 6);
		const pruned = run(["prune", "--days", "30"]);
		assert.equal(pruned.status, 0, pruned.stderr);
		assert.match(
			pruned.stdout,
			/^"fleet": 4 entries deleted\. Last entry: hash [0-9a-f]{64}\n"other": 0 entries deleted/,
		);
		await fleet?.append({ key: "three", event: "end", outcome: "Success" });
		await sql("update $.journal set at = at - interval '40 days'");
		assert.match(run(["prune", "--days", "30"]).stdout, /^"fleet": 1 entry deleted/, "the last one stays");
		const { status, stdout } = run([]);
		assert.equal(status, 0, stdout);
		assert.match(stdout, /^"fleet": 1 entry in the store\.\nThe oldest entries are not here/);
	});

	it("says in a sentence what is missing, and no secret", async () => {
		const none = run([]);
		assert.deepEqual([none.status, none.stderr.split("\n").length], [2, 2], none.stderr);
		assert.match(none.stderr, /a table is missing in the schema/);
		const wrong = run([], { password: "cnry-wrong" });
		assert.equal(wrong.status, 2);
		assert.match(wrong.stderr, /password is wrong/);
		assert.doesNotMatch(wrong.stderr, /cnry/);
		assert.match(run([], { user: "", database: "" }).stderr, /^Say which store: set PGHOST/);
		const far = run([], { port: 99_999 });
		assert.deepEqual([far.status, /^The port of the store must be/.test(far.stderr)], [2, true], far.stderr);
		assert.equal(run([], { port: 1 }).status, 2);
		await storeAt(place).ready();
		assert.match(run([]).stderr, /^There is no journal in the schema/);
		for (const args of [["prune"], ["prune", "--days", "x"], ["export", "--days", "1"], ["folder"]])
			assert.equal(run(args).status, 2, args.join(" "));
	});
});

describe("the environment that says which store", () => {
	it("is that of PostgreSQL's own commands, or an address", () => {
		const { host, port, database, user, password, tls } = placeOfEnvironment("s", {
			DATABASE_URL: "postgres://us%40er:p%2Fw@[::1]:5433/fleet?sslmode=require",
		});
		assert.deepEqual([host, port, database, user, password, tls], ["::1", 5433, "fleet", "us@er", "p/w", {}]);
		const usual = placeOfEnvironment("s", { PGUSER: "me" });
		assert.deepEqual([usual.host, usual.port, usual.database, usual.tls], ["localhost", 5432, "me", undefined]);
		assert.deepEqual(placeOfEnvironment("s", { PGUSER: "me", PGSSLMODE: "no-verify" }).tls, {
			rejectUnauthorized: false,
		});
		for (const text of ["mysql://u:cnry-pw@h/d", "cnry-pw@h"])
			assert.throws(
				() => placeOfEnvironment("s", { DATABASE_URL: text }),
				(error: Error) => {
					assert.match(error.message, /^DATABASE_URL is no address/);
					assert.doesNotMatch(error.message, /cnry/);
					return true;
				},
			);
	});
});
