import assert from "node:assert/strict";
import { SharedSpent } from "../../../src/node-red/watch/shared-spent";
import { SharedAccount } from "../../../src/storage/shared/shared-account";
import { closeStores, freshPlace, storeAt } from "../../support/postgres";

describe("what watches spend of a quota that several Node-RED share", () => {
	afterEach(closeStores);

	it("counts on when they are deployed anew on a Node-RED whose store goes on", async () => {
		const account = new SharedAccount(storeAt(await freshPlace()), "fleet", "customer");
		const before = new SharedSpent(account);
		await before.save([[1, 500]]);
		const after = new SharedSpent(account);
		assert.deepEqual(await after.byOthers(), [[[1, 500]]]);
		await after.save([[2, 7]]);
		assert.deepEqual(await after.byOthers(), [[[1, 500]]]);
		assert.deepEqual(await before.byOthers(), [[[2, 7]]]);
	});
});
