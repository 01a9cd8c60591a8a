import type { StellantisError } from "../../error";
import { storeError } from "../../storage/shared/errors";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { type Share, Shares } from "../../storage/shared/shares";
import type { WatchStore } from "./file-store";
import { type PassedOn, Passing } from "./passed-on";
import { SHARES, SharedState } from "./shared-state";

/** What a split asks of the watch that takes part in it. */
export interface Member {
	state: SharedState;
	/** Reads what is known of these shares' vehicles, and looks at them from now on. @throws ERR_STORE */
	gain(shares: readonly Share[]): Promise<void>;
	/** Looks at the vehicles of these shares no more. */
	withdraw(shares: readonly number[]): void;
	/** Resolves when no look is under way that began before. */
	settled(): Promise<unknown>;
	/** Forgets what it knew of these shares' vehicles. */
	drop(shares: readonly number[]): Promise<void>;
	/** True once it is known which vehicles there are: what reaches it before that waits. */
	isReady(): boolean;
	/** Does what reached another instance. */
	take(asked: readonly PassedOn[]): Promise<void>;
}

/** What a split tells of itself. */
export interface SplitListener {
	/** Why hand-over does not work; undefined when it works again. Told once each. */
	away(error: StellantisError | undefined): void;
	/** This instance can't be sure any more that nobody else has what it had: looks under way must end. */
	unsure(): void;
	/** Told each time when leases were renewed. */
	renewed(): void;
}

/** Milliseconds for which a share lasts unless it is renewed: after a kill it takes that long, and a second. */
const LEASE = 15_000;
/** Renewals while a lease lasts. */
const RENEWALS = 4;
/** Milliseconds between two looks for what is free or passed on. */
const GLANCE = 1_000;

interface Joined {
	member: Member;
	/** Shares that are on their way back. */
	giving: Set<number>;
	/** What is under way for it, in order. */
	queue: Promise<unknown>;
}

/** Divides the vehicles of an account's watches among the instances that run them, each vehicle at one of them at a time. */
export class Split {
	readonly #shares: Shares;
	readonly #passing: Passing;
	readonly #joined = new Map<string, Joined>();
	#listener: SplitListener | undefined;
	#away: StellantisError | undefined;
	/** On a clock that never jumps. */
	#sureUntil = Number.NEGATIVE_INFINITY;
	#renewAt = Number.NEGATIVE_INFINITY;
	#timer: NodeJS.Timeout | undefined;
	#expiry: NodeJS.Timeout | undefined;
	#turning: Promise<void> = Promise.resolve();
	readonly #forgetState: () => void;

	constructor(account: SharedAccount, lease = LEASE) {
		this.#shares = new Shares(account, SHARES, lease);
		this.#passing = new Passing(account);
		this.#forgetState = account.store.onState((away) => {
			if (!away && this.#away) this.#after(0);
		});
	}

	/** Why hand-over does not work; undefined where it does. */
	get away(): StellantisError | undefined {
		return this.#away;
	}

	/**
	 * Where a watch keeps what it knows.
	 *
	 * @param before what this machine has kept until there was a store
	 */
	stateOf(nodeId: string, before: WatchStore): SharedState {
		return new SharedState(this.#shares, nodeId, before);
	}

	listen(listener: SplitListener): void {
		this.#listener = listener;
	}

	/** A watch takes part from now on. */
	join(member: Member): void {
		this.#joined.set(member.state.work, { member, giving: new Set(), queue: Promise.resolve() });
		this.#renewAt = Number.NEGATIVE_INFINITY;
		this.#after(0);
	}

	/** A watch takes part no more. @returns what gives back what it had, to be called when its last look is over */
	leave({ work, held }: SharedState): () => Promise<void> {
		const joined = this.#joined.get(work);
		if (!joined) return async () => {};
		this.#joined.delete(work);
		if (this.#joined.size === 0) {
			clearTimeout(this.#timer);
			clearTimeout(this.#expiry);
		}
		held.clear();
		return async () => {
			await Promise.all([this.#turning, joined.queue]);
			// A store that is away lets go by itself, when the lease ends.
			await this.#shares.giveBack(work).catch(() => {});
		};
	}

	/** The account ends. */
	close(): void {
		this.#forgetState();
	}

	/** Lets go of everything where the leases have ended, also when a machine that slept has not noticed yet. */
	check(): void {
		if (performance.now() < this.#sureUntil) return;
		let isNews = false;
		for (const joined of this.#joined.values()) {
			const lost = [...joined.member.state.held.keys()];
			if (lost.length === 0) continue;
			isNews = true;
			this.#lose(joined, lost);
		}
		if (isNews) this.#listener?.unsure();
	}

	/** Passes on what is for vehicles of other instances. @throws ERR_STORE */
	async passOn(state: SharedState, asked: readonly PassedOn[]): Promise<void> {
		// What this instance is only about to have it will find there, too.
		await this.#passing.send(
			state.work,
			asked.filter(({ n }) => !state.holdsShare(n)),
		);
	}

	#after(milliseconds: number): void {
		clearTimeout(this.#timer);
		if (this.#joined.size === 0) return;
		this.#timer = setTimeout(() => {
			this.#turning = this.#turning.then(() => this.#turn());
		}, milliseconds).unref();
	}

	async #turn(): Promise<void> {
		if (this.#joined.size === 0) return;
		try {
			await this.#glance();
			this.#note(undefined);
		} catch (error) {
			// Shares that are this instance's still are renewed as soon as the store is back.
			this.#renewAt = Number.NEGATIVE_INFINITY;
			this.#note(isStoreError(error) ? error : storeError(`The vehicles can't be shared out: ${String(error)}`, error));
		}
		this.check();
		this.#after(GLANCE);
	}

	#note(away: StellantisError | undefined): void {
		const isNews = (away === undefined) !== (this.#away === undefined);
		this.#away = away;
		if (isNews) this.#listener?.away(away);
	}

	async #glance(): Promise<void> {
		if (performance.now() >= this.#renewAt || (await this.#shares.free(this.#joined.keys())) > 0) await this.#renew();
		const arrived = await this.#passing.arrived([...this.#joined.keys()]);
		for (const [work, { member }] of this.#joined) {
			if (!member.isReady()) continue;
			const own = arrived.filter((one) => one.work === work && member.state.holdsShare(one.n));
			if (own.length === 0) continue;
			await member.take(own);
			await this.#passing.done(work, own);
		}
	}

	async #renew(): Promise<void> {
		const asked = performance.now();
		const holdings = await this.#shares.lease(this.#joined.keys());
		// Reckoned from before it was asked: in the store it ends later.
		this.#sureUntil = asked + this.#shares.duration;
		this.#renewAt = asked + this.#shares.duration / RENEWALS;
		clearTimeout(this.#expiry);
		this.#expiry = setTimeout(() => this.check(), this.#sureUntil - performance.now()).unref();
		for (const [work, { shares, part }] of holdings) {
			const joined = this.#joined.get(work);
			if (!joined) continue;
			const { held } = joined.member.state;
			const now = new Map(shares.map(({ n, rev }) => [n, rev]));
			this.#lose(
				joined,
				[...held].filter(([n, rev]) => now.get(n) !== rev).map(([n]) => n),
			);
			this.#gain(
				joined,
				shares.filter(({ n }) => !held.has(n) && !joined.giving.has(n)),
			);
			const beyond = [...held.keys()].sort((one, other) => one - other).slice(part);
			this.#giveBack(work, joined, beyond);
		}
		this.#listener?.renewed();
	}

	#gain(joined: Joined, shares: readonly Share[]): void {
		if (shares.length === 0) return;
		const { member } = joined;
		const { held } = member.state;
		for (const { n, rev } of shares) held.set(n, rev);
		this.#enqueue(joined, () =>
			member.gain(shares).catch(() => {
				// Taken up again with the next renewal.
				for (const { n, rev } of shares) if (held.get(n) === rev) held.delete(n);
				this.#renewAt = Number.NEGATIVE_INFINITY;
			}),
		);
	}

	#lose(joined: Joined, shares: readonly number[]): void {
		if (shares.length === 0) return;
		const { member } = joined;
		for (const n of shares) member.state.held.delete(n);
		member.withdraw(shares);
		this.#enqueue(joined, () => member.drop(shares));
	}

	/** Gives back what is beyond this instance's part, when the last look at its vehicles is over. */
	#giveBack(work: string, joined: Joined, shares: readonly number[]): void {
		if (shares.length === 0) return;
		const { member, giving } = joined;
		for (const n of shares) {
			member.state.held.delete(n);
			giving.add(n);
		}
		member.withdraw(shares);
		this.#enqueue(joined, async () => {
			try {
				await member.settled();
				await member.drop(shares);
				await this.#shares.giveBack(work, shares);
			} finally {
				for (const n of shares) giving.delete(n);
			}
		});
	}

	#enqueue(joined: Joined, task: () => Promise<unknown>): void {
		joined.queue = joined.queue.then(task).catch(() => {});
	}
}

function isStoreError(error: unknown): error is StellantisError {
	return error instanceof Error && "code" in error;
}
