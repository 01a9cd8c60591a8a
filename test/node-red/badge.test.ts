import assert from "node:assert/strict";
import type { Node } from "node-red";
import { type ErrorCode, StellantisError } from "../../src/error";
import { Badge } from "../../src/node-red/badge";

interface Shown {
	fill?: string;
	shape?: string;
	text?: string;
}

function badge(now?: () => number): { badge: Badge; shown: Shown[] } {
	const shown: Shown[] = [];
	const node = { status: (status: Shown) => shown.push(status) } as unknown as Node;
	return { badge: new Badge(node, now), shown };
}

/** Compiles only while it names every code there is. */
const CODES: Readonly<Record<ErrorCode, RegExp>> = {
	ERR_NO_ACCOUNT: /account/,
	ERR_NO_VEHICLE: /vehicle/,
	ERR_BAD_INPUT: /input/,
	ERR_SIGN_IN_NEEDED: /sign in/,
	ERR_UNAUTHORIZED: /account/,
	ERR_FORBIDDEN: /scope/,
	ERR_NOT_FOUND: /not found/,
	ERR_REJECTED: /rejected/,
	ERR_NOT_SUPPORTED: /not supported/,
	ERR_RATE_LIMITED: /again in 90 s/,
	ERR_SERVER: /later/,
	ERR_NETWORK: /network/,
	ERR_TIMEOUT: /in time/,
	ERR_BAD_RESPONSE: /unusable answer/,
	ERR_FOREIGN_LINK: /link/,
	ERR_PAGE_LOOP: /circles/,
	ERR_COMMAND_DISABLED: /not sent.*account/,
	ERR_COMMAND_LIMIT: /not sent.*minute/,
	ERR_COMMAND_BUSY: /not sent.*busy/,
	ERR_WAKEUP_TOO_SOON: /not sent.*often.*battery/,
	ERR_NO_CHANNEL: /events node/,
	ERR_COMMAND_FAILED: /failed/,
	ERR_COMMAND_TIMEOUT: /may still come/,
	ERR_COMMAND_UNKNOWN: /may have arrived/,
};

describe("a node's badge", () => {
	for (const [code, words] of Object.entries(CODES) as [ErrorCode, RegExp][])
		it(`says in a few words what to do about ${code}`, () => {
			const { badge: it, shown } = badge();
			it.failure(new StellantisError(code, "A whole sentence.", { retryAfter: 90 }));
			const [{ fill, shape, text = "" } = {}] = shown;
			assert.deepEqual([fill, shape], ["red", "ring"]);
			assert.match(text, words);
			assert.doesNotMatch(text, /ERR_|…/);
			assert.ok(text.length < 50, `${text.length} characters`);
		});

	it("shows progress a few times a second at most, and the end always", () => {
		let time = 0;
		const { badge: it, shown } = badge(() => time);
		for (; time < 1000; time += 10) it.progress(`${time}`);
		it.success("done");
		assert.deepEqual(
			shown.map(({ text }) => text),
			["0", "250", "500", "750", "done"],
		);
	});
});
