import { createHash } from "node:crypto";
import type { Change, Share, Shares } from "../../storage/shared/shares";
import type { WatchStore } from "./file-store";

/** Parts into which the vehicles of a watch fall, by their hash. */
export const SHARES = 64;

/** Which part a vehicle belongs to. */
export function shareOf(vehicle: string): number {
	return createHash("sha256").update(vehicle).digest().readUInt32BE() % SHARES;
}

/**
 * Keeps what a watch knows in the store that several Node-RED share: of the vehicles of its shares, as long as they are
 * its own. While the store is away a change waits until it is back, or its share is another's.
 */
export class SharedState implements WatchStore {
	/** What the shares are of: the same on every instance. */
	readonly work: string;
	/** Shares whose vehicles are looked at here now, with the number of their taking. */
	readonly held = new Map<number, number>();
	/** Shares as they were when what is known of their vehicles was read: what is written must follow from that. */
	readonly #read = new Map<number, Share>();
	readonly #shares: Shares;
	readonly #before: WatchStore;
	readonly #closing = new AbortController();
	#entered: Promise<void> | undefined;

	/**
	 * @param nodeId of the watch, which is the same on every instance
	 * @param before what this machine has kept until there was a store; it goes into the store, once
	 */
	constructor(shares: Shares, nodeId: string, before: WatchStore) {
		this.work = `watch ${shares.account.name} ${nodeId}`;
		this.#shares = shares;
		this.#before = before;
	}

	/** True while a vehicle is this instance's to look at, and what was known of it has been read. */
	holds(vehicle: string): boolean {
		return this.holdsShare(shareOf(vehicle));
	}

	/** The same for a share. */
	holdsShare(n: number): boolean {
		return this.held.has(n) && this.held.get(n) === this.#read.get(n)?.rev;
	}

	/** Nothing is known before shares are taken. */
	async load(): Promise<Map<string, unknown>> {
		return new Map();
	}

	/** What was saved last of the vehicles of shares, whoever did. @throws ERR_STORE */
	async take(shares: readonly Share[]): Promise<Map<string, unknown>> {
		this.#entered ??= this.#enter().catch((error: unknown) => {
			this.#entered = undefined;
			throw error;
		});
		await this.#entered;
		const values = await this.#shares.read(this.work, shares);
		for (const share of shares) this.#read.set(share.n, share);
		return values;
	}

	/** Nothing is written of these shares any more. */
	drop(shares: readonly number[]): void {
		for (const n of shares) this.#read.delete(n);
	}

	async save(changes: ReadonlyMap<string, unknown>): Promise<ReadonlySet<string>> {
		const all = [...changes].map(([key, data]) => ({ n: shareOf(key), key, data }));
		const held = await this.#write(all, all);
		return new Set(all.filter(({ n }) => !held.has(n)).map(({ key }) => key));
	}

	/** Those of some vehicles that are another's by now. @throws ERR_STORE */
	async lost(vehicles: readonly string[]): Promise<ReadonlySet<string>> {
		const all = vehicles.map((key) => ({ n: shareOf(key), key }));
		const held = await this.#write(all, []);
		return new Set(all.filter(({ n }) => !held.has(n)).map(({ key }) => key));
	}

	/** Others have the node still, or what it knew. */
	async remove(): Promise<void> {}

	close(): void {
		this.#closing.abort();
	}

	async #write(of: readonly { n: number }[], changes: readonly Change[]): Promise<ReadonlySet<number>> {
		const shares = [...new Set(of.map(({ n }) => n))].flatMap((n) => this.#read.get(n) ?? []);
		if (shares.length === 0) return new Set();
		const { store } = this.#shares.account;
		for (;;) {
			try {
				return await this.#shares.write(this.work, shares, changes);
			} catch (error) {
				if (this.#closing.signal.aborted || !store.away) throw error;
				await this.#whenBack();
			}
		}
	}

	/** Resolves when the store is back, or this watch ends. */
	#whenBack(): Promise<void> {
		const { store } = this.#shares.account;
		const { signal } = this.#closing;
		return new Promise((resolve) => {
			const end = () => {
				stop();
				signal.removeEventListener("abort", end);
				resolve();
			};
			const stop = store.onState((away) => {
				if (!away) end();
			});
			signal.addEventListener("abort", end);
			if (signal.aborted || !store.away) end();
		});
	}

	/** What was kept on this machine belongs to all from now on. */
	async #enter(): Promise<void> {
		const known = await this.#before.load();
		if (known.size === 0) return;
		await this.#shares.enter(
			this.work,
			[...known].map(([key, data]) => ({ n: shareOf(key), key, data })),
		);
		await this.#before.remove();
	}
}
