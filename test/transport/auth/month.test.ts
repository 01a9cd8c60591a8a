import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import got from "got";
import {
	type AuthorizationCodeAuth,
	authorizationCodeAuth,
	fileTokenStore,
	gotFetch,
} from "../../../src/transport/auth";
import { type Behaviour, MonthServer } from "./month-server";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function numbersOf(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** A month of one account: true time, the machine's clocks, the processes that come and go. */
class Month {
	now = 0;
	readonly server: MonthServer;
	readonly directory = mkdtempSync(join(tmpdir(), "stellantis-month-"));
	readonly said: string[] = [];
	/** How far the wall clock is off. */
	skew = Date.UTC(2026, 0, 1);
	#startedAt = 0;
	#auth: AuthorizationCodeAuth;
	#nextLook = MINUTE;

	constructor(tells: boolean) {
		this.server = new MonthServer(() => this.now, tells);
		this.#auth = this.#open();
	}

	get auth(): AuthorizationCodeAuth {
		return this.#auth;
	}

	async signIn(): Promise<void> {
		await this.server.start();
		this.#auth = this.#open();
		const { state } = await this.#auth.startSignIn({ redirectUri: "app://oauth2redirect/fr" });
		await this.#auth.finishSignIn("the-first-code", state);
	}

	/** A process that ends without a word, and the one after it, which knows what is on the disk. */
	async restart(): Promise<void> {
		await this.#auth.settled();
		this.#startedAt = this.now;
		this.#auth = this.#open();
		this.#nextLook = this.now + MINUTE;
	}

	/** Killed while a renewal is on its way: the server has rotated the token, and nobody has heard of the new one. */
	async dieInRenewal(): Promise<void> {
		const { behaviour } = this.server;
		if (behaviour === "grant") this.server.behaviour = "grant and lose the answer";
		await this.#auth.renew(await this.headers()).catch(() => {});
		this.server.behaviour = behaviour;
		await this.restart();
	}

	async headers(): Promise<Record<string, string>> {
		return this.#auth.headers().catch(() => ({}));
	}

	/** Minutes pass; what has its own timer does its work. */
	async pass(milliseconds: number): Promise<void> {
		const until = this.now + milliseconds;
		while (this.#nextLook <= until) {
			this.now = Math.max(this.now, this.#nextLook);
			this.#nextLook = this.now + (await this.#auth.keepAlive());
		}
		this.now = until;
	}

	async end(): Promise<void> {
		await this.server.stop();
		rmSync(this.directory, { recursive: true, force: true });
	}

	/** Most renewals that reached the server in any half hour. */
	mostInHalfAnHour(): number {
		const times = this.server.renewals.map(({ at }) => at);
		return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at - from < 30 * MINUTE).length));
	}

	granted(): number {
		return this.server.renewals.filter(({ granted }) => granted).length;
	}

	#open(): AuthorizationCodeAuth {
		return authorizationCodeAuth({
			tokenUrl: `${this.server.url}/token`,
			authorizeUrl: `${this.server.url}/authorize`,
			clientId: "client",
			fetch: gotFetch(got.extend({ timeout: { request: 5_000 } })),
			store: fileTokenStore(this.directory, "a1"),
			clock: { now: () => this.now + this.skew, ticks: () => this.now - this.#startedAt + 1000 },
			onSignInLost: ({ message }) => this.said.push(message),
			onSignInEnds: () => this.said.push("ends"),
			onWarning: (sentence) => this.said.push(sentence),
		});
	}
}

describe("a month in which nobody looks after the sign-in", () => {
	let month: Month;
	afterEach(() => month.end());

	const OUTAGES: Behaviour[] = ["fail with 50000", "fail with 503", "break off"];

	for (const [what, tells, seed] of [
		["", true, 3],
		[", at a server that tells no end", false, 2],
	] as const)
		it(`survives outages, crashes and a clock that jumps, polled every ten minutes${what}`, async () => {
			month = new Month(tells);
			await month.signIn();
			const random = numbersOf(seed);
			let outageEnds = 0;
			let jumps = 0;
			let deaths = 0;
			let unusable = 0;
			while (month.now < MONTH) {
				await month.pass(10 * MINUTE);
				if (month.now >= outageEnds) {
					month.server.behaviour = "grant";
					if (random() < 1 / 300) {
						month.server.behaviour = OUTAGES[Math.floor(random() * OUTAGES.length)] as Behaviour;
						outageEnds = month.now + random() * 20 * HOUR;
					}
				}
				if (random() < 1 / 200) await month.restart();
				if (random() < 1 / 300) {
					deaths++;
					await month.dieInRenewal();
				}
				if (random() < 1 / 300) {
					jumps++;
					month.skew += (random() - 0.5) * 20 * DAY;
				}
				const works = month.server.accepts((await month.headers()).authorization);
				// After an outage the pause between two tries runs out first.
				if (!works && month.now > outageEnds + 20 * MINUTE) unusable++;
			}
			assert.ok(jumps > 3 && deaths > 3);
			month.server.behaviour = "grant";
			await month.pass(20 * MINUTE);
			assert.equal(unusable, 0);
			assert.ok(month.server.accepts((await month.headers()).authorization));
			// Nobody was asked to sign in. A clock that jumps by days while the server is away makes a sign-in look old.
			assert.deepEqual(new Set([...month.said, "ends"]), new Set(["ends"]));
			assert.ok(month.said.length <= 1, month.said.join("\n"));
			assert.equal(month.auth.state().endsAt, undefined);
			assert.ok(month.mostInHalfAnHour() <= 6, `${month.mostInHalfAnHour()} in half an hour`);
			// One for each hour of a token's life, one for each accident that leaves doubt about its age.
			const needed = MONTH / (59 * MINUTE) + jumps + 2 * deaths + 10;
			assert.ok(month.granted() <= needed, `${month.granted()} renewals, ${needed} needed`);
		});

	for (const tells of [true, false])
		it(`is kept with one renewal in two days while nothing uses it${tells ? "" : ", whatever the server tells"}`, async () => {
			month = new Month(tells);
			await month.signIn();
			await month.pass(MONTH);
			assert.deepEqual(month.said, []);
			assert.ok(month.granted() <= 15 && month.granted() >= 12, `${month.granted()} renewals`);
			assert.ok(month.server.accepts((await month.headers()).authorization));
		});

	it("is kept over an outage of four days while nothing uses it, with few tries", async () => {
		month = new Month(true);
		await month.signIn();
		await month.pass(2 * DAY);
		month.server.behaviour = "fail with 50000";
		const before = month.server.renewals.length;
		await month.pass(4 * DAY);
		const tries = month.server.renewals.length - before;
		assert.ok(tries > 24 && tries < 200, `${tries} tries`);
		assert.deepEqual(month.said, ["ends"]);
		month.server.behaviour = "grant";
		await month.pass(2 * HOUR);
		assert.equal(month.auth.state().endsAt, undefined);
		assert.ok(month.server.accepts((await month.headers()).authorization));
	});

	it("is kept with restarts every night while nothing uses it", async () => {
		month = new Month(false);
		await month.signIn();
		for (let day = 0; day < 30; day++) {
			await month.pass(DAY);
			await month.restart();
		}
		assert.ok(month.granted() <= 16, `${month.granted()} renewals`);
		assert.ok(month.server.accepts((await month.headers()).authorization));
	});
});
