import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Backlog } from "../../src/node-red/backlog";

/** Work that ends when it is told to. */
function works(backlog: Backlog, count: number) {
	const started: (() => void)[] = [];
	const givenUp: number[] = [];
	for (let place = 0; place < count; place++)
		backlog.add(
			() => new Promise((resolve) => started.push(resolve)),
			() => givenUp.push(place),
		);
	return { started, givenUp };
}

describe("the messages of a node", () => {
	it("are worked on at once as long as they are not thousands, then as others end, in order", async () => {
		const backlog = new Backlog();
		const { started } = works(backlog, 2_500);
		assert.deepEqual([started.length, backlog.size], [1_000, 2_500]);
		for (let place = 0; place < 2_500; place++) {
			started[place]?.();
			if (place % 100 === 0) await nextTurn();
		}
		await nextTurn();
		await backlog.settled();
		assert.deepEqual([started.length, backlog.size], [2_500, 0]);
	});

	it("make room for others while they wait for something of their own, also several thousands", async () => {
		const backlog = new Backlog();
		let [free, others] = [() => {}, 0];
		const isFree = new Promise<void>((resolve) => {
			free = resolve;
		});
		for (let place = 0; place < 5_000; place++)
			backlog.add(
				async (aside) => {
					await undefined;
					await aside(isFree);
				},
				() => {},
			);
		backlog.add(
			async () => void others++,
			() => {},
		);
		await nextTurn();
		assert.equal(others, 0, "not all in one go: other flows have their turn meanwhile");
		while (others === 0) await nextTurn();
		assert.equal(backlog.size, 5_000);
		free();
		await backlog.settled();
		const { started } = works(backlog, 1_001);
		assert.deepEqual([started.length, backlog.size], [1_000, 1_001]);
	});

	it("are given up in order, those that wait, and none of them is worked on", async () => {
		const backlog = new Backlog();
		const { started, givenUp } = works(backlog, 3_500);
		const over = backlog.giveUp();
		const later = works(backlog, 1);
		for (const end of started) end();
		await over;
		assert.deepEqual(
			givenUp,
			Array.from({ length: 2_500 }, (_, place) => 1_000 + place),
		);
		assert.deepEqual([started.length, later.started.length, later.givenUp.length], [1_000, 1, 0]);
	});

	it("can be let go of without a word", async () => {
		const backlog = new Backlog();
		const { started, givenUp } = works(backlog, 1_200);
		backlog.forget();
		for (const end of started) end();
		await backlog.settled();
		assert.deepEqual([started.length, givenUp.length, backlog.size], [1_000, 0, 0]);
	});
});
