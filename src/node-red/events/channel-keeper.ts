import { setTimeout as pause } from "node:timers/promises";
import { type Channel, deleteChannel, keepChannel } from "../../api/channels";
import type { ConnectedCar } from "../../api/connected-car";
import type { ChannelKinds } from "../../api/families";
import { isAbort } from "../../error";
import type { Claim } from "../../transport/limiter";
import type { AccountConnection } from "../account/connection";
import type { Notebook } from "./events-file";

/** How often (ms) a channel that is well is looked after: the API may have set it to `Failed`, or somebody deleted it. */
const LOOK_AFTER = 3_600_000;
/** Waiting times (ms) after failures; the last one stays. */
const AGAIN = [15_000, 60_000, 300_000, 900_000, LOOK_AFTER];
/** Longest time (ms) that a deploy waits for a request that is under way, or for the channel to be deleted. */
const LAST_WISH = 5_000;

export interface KeeperOptions {
	account: () => AccountConnection;
	accountId: string;
	notebook: Notebook;
	label: string;
	kinds: ChannelKinds;
	/** Secrets of the events nodes that run now: their channels are theirs. */
	secrets: ReadonlySet<string>;
	/** Address without the secret, where the API shall deliver. */
	address: (signal: AbortSignal) => Promise<string>;
	claim: Claim;
	onKept: () => void;
	onFailure: (error: unknown) => void;
}

/** Keeps one channel registered for a node: finds, updates, renews it, and deletes it with the node. */
export class ChannelKeeper {
	readonly #options: KeeperOptions;
	readonly #stopping = new AbortController();
	readonly #aborting = new AbortController();
	#running: Promise<void> = Promise.resolve();
	#car: ConnectedCar | undefined;

	constructor(options: KeeperOptions) {
		this.#options = options;
	}

	start(): void {
		this.#running = this.#run();
	}

	/** @param removed true when the node is gone for good, and its channel must go too */
	async close(removed: boolean): Promise<void> {
		this.#stopping.abort();
		// A channel that is just being created must not be left behind unseen.
		const timer = setTimeout(() => this.#aborting.abort(), LAST_WISH);
		await this.#running;
		clearTimeout(timer);
		const { notebook, accountId, claim } = this.#options;
		const { channel } = notebook;
		if (!removed || !this.#car || channel?.account !== accountId) return;
		await deleteChannel(this.#car, channel.id, claim, AbortSignal.timeout(LAST_WISH));
	}

	async #run(): Promise<void> {
		const { signal } = this.#stopping;
		let failures = 0;
		while (!signal.aborted) {
			try {
				await this.#keep();
				failures = 0;
				if (!signal.aborted) this.#options.onKept();
			} catch (error) {
				if (isAbort(error, signal)) return;
				failures++;
				this.#options.onFailure(error);
			}
			const wait = failures === 0 ? LOOK_AFTER : (AGAIN[failures - 1] ?? LOOK_AFTER);
			await pause(wait, undefined, { signal, ref: false }).catch(() => {});
		}
	}

	async #keep(): Promise<void> {
		const { account, accountId, notebook, label, kinds, secrets, address, claim } = this.#options;
		const { signal } = this.#aborting;
		const base = await address(this.#stopping.signal);
		const { car } = await account().connected();
		this.#car = car;
		if (this.#stopping.signal.aborted) return;
		const known = notebook.channel?.account === accountId ? notebook.channel.id : undefined;
		const isOurs = (channel: Channel) =>
			channel.id === known || isOursByAddress(channel, { secret: notebook.secret, base, label, secrets });
		const order = { label, kinds, target: `${base}/${notebook.secret}`, isOurs };
		const id = await keepChannel(car, order, claim, signal);
		await notebook.noteChannel({ id, account: accountId });
	}
}

/**
 * A channel is the node's own when it ends in its secret; also one with its label and address whose secret no node here
 * has, which is left from a time before the user directory was lost.
 */
function isOursByAddress(
	{ target, label }: Channel,
	own: { secret: string; base: string; label: string; secrets: ReadonlySet<string> },
): boolean {
	if (target === undefined) return false;
	const cut = target.lastIndexOf("/");
	const [base, secret] = [target.slice(0, cut), target.slice(cut + 1)];
	if (secret === own.secret) return true;
	return label === own.label && base === own.base && !own.secrets.has(secret);
}
