import assert from "node:assert/strict";
import { CommandList } from "../../src/commands/command-list";

const begun = (key: string) => ({ key, event: "intent", command: "lock", vehicle: "v", channel: "c" }) as const;

describe("the list of an account's commands", () => {
	it("tells where each stands, latest first", () => {
		const list = new CommandList();
		list.note({ ...begun("1"), vin: undefined }, 1_000);
		list.note(begun("2"), 2_000);
		list.note({ key: "1", event: "taken", id: "r" });
		list.note({ key: "1", event: "status", status: "WakingUpVehicle" });
		list.note({ key: "2", event: "end", outcome: "refused", failureCause: undefined });
		assert.deepEqual(
			list.latest.map(({ since, status, isDone }) => [since, status, isDone]),
			[
				[2_000, "refused", true],
				[1_000, "WakingUpVehicle", false],
			],
		);
	});

	it("keeps the last fifty of ten thousand", () => {
		const list = new CommandList();
		for (let number = 0; number < 10_000; number++) list.note(begun(String(number)), number);
		assert.equal(list.latest.length, 50);
		assert.equal(list.latest[0]?.since, 9_999);
	});

	it("takes in what the journal holds from before, behind what it knows already", () => {
		const list = new CommandList();
		list.note(begun("now"), 5_000);
		const line = (key: string, account: string) => ({
			...begun(key),
			account,
			time: "1970-01-01T00:00:01Z",
			prev: "",
		});
		list.recall([line("before", "mine"), line("other", "another's"), line("now", "mine")], "mine");
		assert.deepEqual(
			list.latest.map(({ since }) => since),
			[5_000, 1_000],
		);
	});

	it("passes over what is no step of a command", () => {
		const list = new CommandList();
		list.note({ ...begun("1"), command: "<b>" } as never);
		list.note({ key: "2", event: "end", outcome: "Success" });
		assert.deepEqual(list.latest, []);
	});
});
