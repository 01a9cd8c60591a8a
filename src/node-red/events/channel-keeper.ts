import { setTimeout as pause } from "node:timers/promises";
import { type Channel, deleteChannel, keepChannel, listChannels, takeOverChannel } from "../../api/channels";
import type { ConnectedCar } from "../../api/connected-car";
import type { ChannelKinds } from "../../api/families";
import { quote } from "../../api/time";
import { isAbort, StellantisError } from "../../error";
import { locked } from "../../storage/keyed-lock";
import type { Claim } from "../../transport/limiter";
import type { AccountConnection } from "../account/connection";
import type { EventsFile } from "./events-file";
import { digestOfSecret } from "./route";
import type { SharedChannel } from "./shared-channel";

/** How often (ms) a channel that is well, or lost, is looked at: the API may have set it to `Failed`, or somebody changed it. */
const LOOK_AFTER = 3_600_000;
/** Waiting times (ms) after failures; the last one stays. */
const AGAIN = [15_000, 60_000, 300_000, 900_000, LOOK_AFTER];
/** Milliseconds until the next try while the store is away that several Node-RED keep the channel by. */
const PUT_OFF = 5_000;
/** Most looks in a day (ms), but for those that repeat a failure. */
const MOST_A_DAY = 24;
const DAY = 24 * 3_600_000;
/** Longest time (ms) that a deploy waits for a request that is under way, or for the channel to be deleted. */
const LAST_WISH = 5_000;

export interface KeeperOptions {
	account: () => AccountConnection;
	accountId: string;
	file: Pick<EventsFile, "channel" | "addresses" | "note">;
	/** Last segment of the target. */
	secret: string;
	/** True where other installations may have the same secret. */
	isShared: boolean;
	/** What several Node-RED with one store agree by. */
	fleet?: Pick<SharedChannel, "alone" | "takeTurn"> | undefined;
	/** True where nobody else needs the channel. */
	isLast: () => Promise<boolean>;
	label: string;
	kinds: ChannelKinds;
	/** Address without the secret, where the API shall deliver. */
	address: (signal: AbortSignal) => Promise<string>;
	claim: Claim;
	onKept: () => void;
	onFailure: (error: unknown) => void;
	/** Told once when the channel is somebody else's, or was gone. */
	onLost: (loss: ChannelLost) => void;
	/** Epoch milliseconds. */
	now?: () => number;
}

/** The channel is not this node's any more. */
export class ChannelLost extends Error {
	override readonly name = "ChannelLost";

	/** @param kind `anew`: a new one takes its place at once. `elsewhere`: it was never here, and works at another address */
	constructor(
		message: string,
		readonly kind: "gone" | "anew" | "elsewhere",
	) {
		super(message);
	}
}

/**
 * Keeps one channel registered for a node: finds, updates, renews it, and deletes it with the node. Its own is a channel
 * whose target ends in its secret; all others are left alone, but for {@link takeOver}.
 */
export class ChannelKeeper {
	readonly #options: KeeperOptions;
	readonly #stopping = new AbortController();
	readonly #aborting = new AbortController();
	readonly #now: () => number;
	#running: Promise<void> = Promise.resolve();
	#lost: ChannelLost | undefined;
	/** Times of the looks of the last day. */
	#looks: number[] = [];
	#hurry = new AbortController();

	constructor(options: KeeperOptions) {
		this.#options = options;
		this.#now = options.now ?? Date.now;
	}

	start(): void {
		this.#running = this.#run();
	}

	/** Somebody has missed the channel: looks now instead of in some time, if the day's looks are not used up. */
	lookSoon(): void {
		if (this.#looksLeft() > 0) this.#hurry.abort();
	}

	/**
	 * Makes the channel with the node's label its own, whoever has made it.
	 *
	 * @throws ERR_NOT_FOUND, ERR_BAD_INPUT where it is not clear which one; and what the API answers
	 */
	takeOver(): Promise<void> {
		return this.#inTurn(async () => {
			const { label, claim, onKept } = this.#options;
			const { signal } = this.#aborting;
			const { car, base } = await this.#reach();
			const channels = await listChannels(car, claim, signal);
			const own = channels.find((channel) => this.#isOurs(channel));
			const target = own ?? chosen(channels, label, car.family.channels.name);
			await takeOverChannel(car, target, this.#order(base), claim, signal);
			await this.#noteKept(target.id, base);
			this.#lost = undefined;
			onKept();
		});
	}

	/** @param removed true when the node is gone for good, and its channel must go too */
	async close(removed: boolean): Promise<void> {
		this.#stopping.abort();
		// A channel that is just being created must not be left behind unseen.
		const timer = setTimeout(() => this.#aborting.abort(), LAST_WISH);
		await this.#running;
		clearTimeout(timer);
		const { account, file, accountId, claim, isLast } = this.#options;
		const { channel } = file;
		if (!removed || channel?.account !== accountId || !(await isLast())) return;
		// It may have been kept by an earlier start, and not been looked at since.
		const { car } = account().opened ?? (await account().connected());
		await deleteChannel(car, channel.id, claim, AbortSignal.timeout(LAST_WISH));
		await file.note({ channel: undefined });
	}

	async #run(): Promise<void> {
		const { signal } = this.#stopping;
		let failures = 0;
		/** True until a look has come to an end, however it ended. */
		let isPutOff = true;
		while (!signal.aborted) {
			try {
				const isUrgent = isPutOff || failures > 0 || this.#hurry.signal.aborted;
				if (await this.#isTurn(isUrgent)) {
					await this.#inTurn(() => this.#keep());
					if (!signal.aborted) this.#options.onKept();
				}
				failures = 0;
				isPutOff = false;
			} catch (error) {
				if (isAbort(error, signal)) return;
				isPutOff = this.#isPutOff(error);
				if (isPutOff || error instanceof ChannelLost) failures = 0;
				else {
					failures++;
					this.#options.onFailure(error);
				}
			}
			await this.#wait(isPutOff ? PUT_OFF : failures === 0 ? LOOK_AFTER : (AGAIN[failures - 1] ?? LOOK_AFTER));
			while (failures === 0 && this.#looksLeft() === 0 && !signal.aborted) await this.#wait(LOOK_AFTER);
		}
	}

	async #wait(time: number): Promise<void> {
		this.#hurry = new AbortController();
		const signal = AbortSignal.any([this.#stopping.signal, this.#hurry.signal]);
		await pause(time, undefined, { signal, ref: false }).catch(() => {});
	}

	/** Of several instances one looks; one that has lost the channel looks for itself. */
	async #isTurn(isUrgent: boolean): Promise<boolean> {
		const { fleet } = this.#options;
		return !fleet || this.#lost !== undefined || fleet.takeTurn(isUrgent);
	}

	/** A channel that is there goes on delivering while the store is away; nobody may change it then. */
	#isPutOff(error: unknown): boolean {
		const { fleet, file, accountId } = this.#options;
		const isAway = error instanceof StellantisError && error.code === "ERR_STORE";
		return isAway && fleet !== undefined && file.channel?.account === accountId;
	}

	/** The day's looks that are left. */
	#looksLeft(): number {
		this.#looks = this.#looks.filter((time) => time > this.#now() - DAY);
		return MOST_A_DAY - this.#looks.length;
	}

	/** @throws ChannelLost as long as the channel is somebody else's */
	async #keep(): Promise<void> {
		const { claim, file } = this.#options;
		const { car, base } = await this.#reach();
		if (this.#stopping.signal.aborted) return;
		this.#looks.push(this.#now());
		const order = { ...this.#order(base), look: (channels: readonly Channel[]) => this.#look(channels, base) };
		try {
			const id = await keepChannel(car, order, claim, this.#aborting.signal);
			await this.#noteKept(id, base);
			this.#lost = undefined;
		} catch (error) {
			// Told once; the next start gets a channel of its own.
			if (error instanceof ChannelLost && file.channel) await file.note({ channel: undefined });
			throw error;
		}
	}

	/** Whether the channel may be kept as it is there. */
	#look(channels: readonly Channel[], base: string): void {
		const { file, accountId, isShared, secret, onLost } = this.#options;
		const own = channels.filter((channel) => this.#isOurs(channel));
		const noted = file.channel?.account === accountId ? file.channel : undefined;
		const elsewhere =
			isShared && own.find(({ target = "" }) => target.endsWith(`/${secret}`) && target !== `${base}/${secret}`);
		let loss: ChannelLost | undefined;
		if (elsewhere && elsewhere.target !== `${noted?.base}/${secret}`)
			loss = new ChannelLost(
				`Another installation with the same secret keeps the channel ${quote(elsewhere.label ?? elsewhere.id)} at another public URL or path. It was left as it is. Give all of them the same, or press the button in this node's form that takes the channel over.`,
				"elsewhere",
			);
		else if (own.length === 0 && noted) {
			const there = channels.find(({ id }) => id === noted.id);
			loss = there
				? new ChannelLost(
						`Another installation has taken over this node's channel ${quote(there.label ?? there.id)}; its events go there. Press the button in this node's form to take it back, deploy this node to get a channel of its own, or give both installations the same secret.`,
						"gone",
					)
				: new ChannelLost(
						"Somebody has deleted this node's channel, and with it the monitors that hung on it. A new one is registered.",
						"anew",
					);
		} else if (own.length === 0) loss = this.#lost;
		if (!loss) return;
		if (!this.#lost) onLost(loss);
		if (loss.kind === "anew") return;
		this.#lost = loss;
		throw loss;
	}

	#isOurs({ target }: Channel): boolean {
		if (target === undefined) return false;
		const digest = digestOfSecret(target.slice(target.lastIndexOf("/") + 1));
		return (
			digest === digestOfSecret(this.#options.secret) || this.#options.file.addresses.some((a) => a.digest === digest)
		);
	}

	async #reach(): Promise<{ car: ConnectedCar; base: string }> {
		const { account, address } = this.#options;
		const base = await address(this.#stopping.signal);
		const { car } = await account().connected();
		return { car, base };
	}

	#order(base: string) {
		const { label, kinds, secret } = this.#options;
		return { label, kinds, target: `${base}/${secret}`, isOurs: (channel: Channel) => this.#isOurs(channel) };
	}

	async #noteKept(id: string, base: string): Promise<void> {
		const { file, accountId } = this.#options;
		await file.note({ channel: { id, account: accountId, base } });
	}

	#inTurn<T>(task: () => Promise<T>): Promise<T> {
		const { secret, fleet } = this.#options;
		const alone = fleet ? () => fleet.alone(task, this.#aborting.signal) : task;
		return locked(`channel ${digestOfSecret(secret)}`, alone);
	}
}

/** The channel that has a label; its webhook gets another address. */
function chosen(channels: readonly Channel[], label: string, name: string): Channel {
	const named = channels.filter((channel) => channel.label === label && channel.target !== undefined);
	const [first] = named;
	if (first && named.length === 1) return first;
	const all = channels.map((channel) => quote(channel.label ?? channel.id)).join(", ");
	if (!first)
		throw new StellantisError(
			"ERR_NOT_FOUND",
			`The account has no ${name} with the label ${quote(label)}. It has: ${all || "none"}. Set the node's label to that of the one to take over, and deploy.`,
		);
	throw new StellantisError(
		"ERR_BAD_INPUT",
		`The account has ${named.length} ${name}s with the label ${quote(label)}, so nobody can tell which one is meant. Delete those that are no longer needed where they were made.`,
	);
}
