import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { asOwner, closeStores, freshName, freshPlace, storeAt } from "../support/postgres";

const ROOT = join(__dirname, "../..");
const read = (...parts: string[]) => readFileSync(join(ROOT, ...parts), "utf8");
const statements = (sql: string) =>
	sql
		.split(";")
		.map((each) => each.trim())
		.filter(Boolean);

describe("the roles of a fleet's database", () => {
	afterEach(closeStores);

	it("are as docs/fleet.md makes them: one owns and migrates, the other works and can't change the journal", async () => {
		const place = await freshPlace();
		const [owner, worker] = [freshName(), freshName()];
		const own = (sql: string) =>
			statements(
				sql
					.replaceAll("stellantis_owner", owner)
					.replaceAll("stellantis_worker", worker)
					.replaceAll("stellantis", place.schema)
					.replaceAll("'…'", "'cnry-role'"),
			);
		const [before = "", after = ""] = [...read("docs", "fleet.md").matchAll(/```sql\n([\s\S]*?)```/g)].map(
			([, sql = ""]) => sql,
		);
		await asOwner(place, ...own(before));
		await storeAt({ ...place, user: owner, password: "cnry-role" }).ready();
		await asOwner(place, ...own(after));
		const store = storeAt({ ...place, user: worker, password: "cnry-role" });
		await store.ready();
		assert.equal(await store.write("scope", "key", { a: 1 }, 0), 1);
		for (const sql of [`delete from "${place.schema}".journal`, `update "${place.schema}".meta set version = 9`])
			await assert.rejects(
				store.query(() => sql),
				{ code: "ERR_STORE", message: /lacks a right/ },
			);
	});

	it("are enough as docker/roles.sh makes them for the compose file", async () => {
		const place = await freshPlace();
		const owner = freshName();
		const [, sql = ""] = /<<'SQL'\n([\s\S]*?)\nSQL\n/.exec(read("docker", "roles.sh")) ?? [];
		const own = sql
			.replaceAll("stellantis_owner", owner)
			.replaceAll("DATABASE stellantis", `DATABASE ${place.database}`)
			.replaceAll(":'password'", "'cnry-role'");
		await asOwner(place, ...statements(own));
		const store = storeAt({ ...place, user: owner, password: "cnry-role" });
		await store.ready();
		assert.equal(await store.write("scope", "key", { a: 1 }, 0), 1);
	});
});
