import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Node } from "node-red";
import { type ErrorCode, StellantisError } from "../../src/error";
import { AccountBadge } from "../../src/node-red/account/badge";
import { Badge } from "../../src/node-red/badge";
import { counted } from "../../src/text";

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

describe("a number on a badge", () => {
	const SINGULAR: Readonly<Record<string, string>> = {
		alerts: "alert",
		commands: "command",
		items: "item",
		monitors: "monitor",
		trips: "trip",
		vehicles: "vehicle",
	};
	const folder = join(__dirname, "../../nodes");
	const nouns = readdirSync(folder)
		.filter((file) => file.endsWith(".ts"))
		.flatMap((file) =>
			[...readFileSync(join(folder, file), "utf8").matchAll(/noun: "(\w+)"/g)].map(([, noun]) => noun),
		);

	it("has a noun in singular or plural, whichever node counts", () => {
		assert.ok(nouns.length >= 6);
		for (const noun of nouns) {
			assert.equal(counted(1, String(noun)), `1 ${SINGULAR[String(noun)]}`);
			for (const count of [0, 2, 21]) assert.equal(counted(count, String(noun)), `${count} ${noun}`);
		}
	});

	it("agrees with the requests that an account has left", () => {
		const shown: Shown[] = [];
		const it = new AccountBadge({ status: (status: Shown) => shown.push(status) } as unknown as Node);
		it.show({ signedIn: true }, { day: { remaining: 1 } });
		it.show({ signedIn: true }, { day: { remaining: 1, limit: 500 } });
		it.show({ signedIn: true }, { day: { remaining: 2 } });
		assert.deepEqual(
			shown.map(({ text }) => text),
			["1 request left today", "1 of 500 requests left today", "2 requests left today"],
		);
	});
});
