import assert from "node:assert/strict";
import fc from "fast-check";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { Shares } from "../../../src/storage/shared/shares";
import { jsonOf } from "../../../src/storage/shared/sql";
import { storable } from "../../../src/text";
import { closeStores, freshPlace, storeAt } from "../../support/postgres";

const ODD = "a\u0000b \ud83d";

describe("Texts that no database takes", () => {
	afterEach(closeStores);

	it("are in JSON what they are by themselves, and nothing else is changed", () => {
		const part = fc.constantFrom("\u0000", "\ud83d", "\ude97", "\u{1f697}", "\\", "u0000", "\\ud83d", '"', "\n", "é");
		fc.assert(
			fc.property(fc.array(part), (parts) => {
				const text = parts.join("");
				assert.deepEqual(JSON.parse(jsonOf({ [text]: [text] })), { [storable(text)]: [storable(text)] });
			}),
		);
		assert.equal(storable("Überall 🚗 \ud83d\ude97"), "Überall 🚗 \ud83d\ude97");
		assert.equal(storable(ODD), "a\ufffdb \ufffd");
	});

	it("are kept in a store, and found again by the same rule", async () => {
		const store = storeAt(await freshPlace());
		const account = new SharedAccount(store, ODD, "customer");
		await account.ready();
		assert.equal(account.name, storable(ODD));
		assert.equal(await store.write(ODD, ODD, ODD), 1);
		assert.equal((await store.read(ODD, ODD))?.data, ODD);
		const shares = new Shares(account, 1, 60_000);
		const held = (await shares.lease([ODD])).get(ODD)?.shares ?? [];
		await shares.write(ODD, held, [{ n: 0, key: ODD, data: { ODD } }]);
		assert.deepEqual([...(await shares.read(ODD, held))], [[storable(ODD), { ODD }]]);
		assert.equal(store.away, undefined);
	});
});
