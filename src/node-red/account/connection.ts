import { EventEmitter, setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Node, NodeAPI } from "node-red";
import type { RemoteEvent } from "../../commands/command-events";
import type { CommandList } from "../../commands/command-list";
import { runningAccountsIn } from "../../commands/running-accounts";
import type { CommandLimits, CommandSender, CommandSenderOptions } from "../../commands/sender";
import type { CommandNews } from "../../commands/shared/news";
import { StellantisError } from "../../error";
import { loadLibraries } from "../../libraries";
import type { SharedAccount } from "../../storage/shared/shared-account";
import type { SharedStore } from "../../storage/shared/store";
import { requested } from "../../telemetry";
import type { Authenticator, SignInState } from "../../transport/auth/authenticator";
import type { AuthorizationCodeAuth } from "../../transport/auth/authorization-code";
import { lookAgain } from "../../transport/auth/keep-alive";
import type { RequestRecord } from "../../transport/observed";
import { redact } from "../../transport/redact";
import type { RateLimit } from "../../transport/response";
import type { BadgeTexts } from "../badge-texts";
import { folderOf } from "../folder";
import { ACCOUNT } from "../properties";
import { secretsOfStore, storeOf } from "../store/connection";
import { flag, type Properties, text } from "../values";
import { AccountBadge } from "./badge";
import { proxyOf, secretsOfNode, tlsOf } from "./config-nodes";
import { type AccountCredentials, secretsOfCredentials } from "./credentials";
import { commandsLeftOpen } from "./left-open";
import { AccountNotices, signInEndsNotice } from "./notices";
import type { Connected, OpenAccount } from "./open";
import { Recorder } from "./recorder";

/** Milliseconds until a sign-in is first looked after, and until the next look where there was none to look after. */
const FIRST_LOOK = 60_000;
const NEXT_LOOK = 3_600_000;

/** Longest time (ms) that an account stays open for what its nodes still ask as they close; Node-RED waits for 15 s. */
const LAST_WISHES = 12_000;

/** An account node as Node-RED runs it. */
export interface AccountNode extends Node<AccountCredentials> {
	connection: AccountConnection;
}

/** What an account asks of the node that holds it. */
export type AccountHolder = Pick<Node<AccountCredentials>, "id" | "credentials" | "status" | "log" | "warn" | "error">;

/** The latest of each account, by its folder and id: a command may end while its account is deployed anew. */
const latestNotices = new Map<string, AccountNotices>();

/**
 * What stands behind an account node: its API, opened when it is first needed, shared by all nodes of the account,
 * closed with the config node. Whatever it takes to open it is loaded then, not before.
 */
export class AccountConnection {
	/**
	 * Emits "remote" with a `RemoteEvent` when an events node of the account hears of a command, and "no-channel" when a
	 * command failed, perhaps for want of a channel.
	 */
	readonly remoteEvents = new EventEmitter().setMaxListeners(0);
	/** Emits "notice" with what happens to the account by itself. */
	readonly notices: AccountNotices;
	/** Emits "vehicle" with a vehicle that an events node of the account has heard of. */
	readonly heard = new EventEmitter<{ vehicle: [{ id?: string; vin?: string }] }>().setMaxListeners(0);
	/** The last requests and errors, for a bug report. */
	readonly recorder = new Recorder();
	readonly #RED: NodeAPI;
	readonly #node: AccountHolder;
	readonly #config: Properties;
	readonly #closing = new AbortController();
	readonly #leave: (isRemoved: boolean) => void;
	readonly #lastWishes = new Set<Promise<unknown>>();
	readonly #badge: AccountBadge;
	#opening: Promise<OpenAccount> | undefined;
	#open: OpenAccount | undefined;
	#rateLimit: RateLimit | undefined;
	#shared: SharedAccount | undefined;
	#sharedKey: string | undefined;
	#failure: string | undefined;
	/** True while the sign-in is lost as this account itself has found out. */
	#isSignInLost = false;
	/** Messages that nodes work on with this account, or that wait for it in a node. */
	underWay = 0;
	#commands: CommandList | undefined;
	#news: CommandNews | undefined;

	constructor(RED: NodeAPI, node: AccountHolder, config: Properties) {
		this.#RED = RED;
		this.#node = node;
		this.#config = config;
		this.#badge = new AccountBadge(RED, node);
		this.notices = new AccountNotices(latestNotices.get(this.#place));
		latestNotices.set(this.#place, this.notices);
		setMaxListeners(0, this.#closing.signal);
		// From the start on: its limits count for what other accounts send, too.
		this.#leave = runningAccountsIn(this.#folder).enter(node.id, () => {
			const { readAccountSettings } = require("./settings") as typeof import("./settings");
			return readAccountSettings(this.#config, this.#node.credentials ?? {});
		});
	}

	/** Of the account node. */
	get id(): string {
		return this.#node.id;
	}

	/** What people call it, where they do. */
	get name(): string | undefined {
		return text(this.#config.name);
	}

	/** True where a message may choose it. */
	get isByMessage(): boolean {
		return flag(this.#config.byMessage);
	}

	/** The family, as the form names it. */
	get api(): string {
		return text(this.#config.api) ?? ACCOUNT.api.value;
	}

	/** Aborts when the account closes. */
	get signal(): AbortSignal {
		return this.#closing.signal;
	}

	/** True for the built-in demo API. */
	get isDemo(): boolean {
		return (this.#config.server || "demo") === "demo";
	}

	/** True once somebody has asked for its API. */
	get isUsed(): boolean {
		return this.#opening !== undefined || this.#failure !== undefined;
	}

	/** Why its API can't be opened, as a sentence; undefined where it can, or nobody has tried. */
	get failure(): string | undefined {
		return this.#failure;
	}

	/** The sign-in as it is known here; undefined before the account was used. */
	get signInState(): SignInState | undefined {
		return this.#open?.auth.state();
	}

	/** Why the store that the account shares can't be used, as a sentence; undefined where it can, or there is none. */
	get storeAway(): string | undefined {
		return this.#shared?.store.away?.message;
	}

	/** Seconds until a pause that the server asked for is over; 0 without one. */
	get pause(): number {
		return this.#open?.limits.holdSeconds ?? 0;
	}

	/** Requests that wait for their turn. */
	get requestsWaiting(): number {
		return this.#open?.limits.waiting ?? 0;
	}

	/** The API of this account, where something has opened it. */
	get opened(): Connected | undefined {
		return this.#open;
	}

	/** The last commands; what makes such a list is loaded for the first. */
	get commands(): CommandList {
		if (!this.#commands) {
			const { CommandList } = require("../../commands/command-list") as typeof import("../../commands/command-list");
			this.#commands = new CommandList();
		}
		return this.#commands;
	}

	/** The server's budget as it was last told. */
	get rateLimit(): RateLimit | undefined {
		return this.#rateLimit;
	}

	/**
	 * The API of this account.
	 *
	 * @throws ERR_BAD_INPUT naming the field of the account's form that can't be used
	 */
	async connected(): Promise<Connected> {
		this.signal.throwIfAborted();
		if (!this.#opening) {
			const opening = this.#openApi();
			this.#opening = opening;
			opening.then(
				(open) => {
					this.#open = open;
					this.#failure = undefined;
				},
				// A failed start (a demo port that was taken, say) is tried again by the next message.
				(error: unknown) => {
					this.#failure = error instanceof Error ? error.message : String(error);
					if (this.#opening === opening) this.#opening = undefined;
				},
			);
		}
		return this.#opening;
	}

	/**
	 * What several Node-RED share of this account; undefined where it has no store.
	 *
	 * @throws ERR_BAD_INPUT for a store that is missing or can't be one
	 */
	get shared(): SharedAccount | undefined {
		if (this.#shared || !this.#config.store) return this.#shared;
		const { sharedAccountOf } = require("./sharing") as typeof import("./sharing");
		this.#shared = sharedAccountOf(this.#RED, this.#node.id, this.#config, this.#node.credentials ?? {});
		// Kept: Node-RED doesn't find the store's node any more while both close.
		this.#sharedKey = storeOf(this.#RED, this.#config.store)?.key;
		return this.#shared;
	}

	/**
	 * Under which the account is known to all that use a store. Where it does not share itself there, nobody has made sure
	 * whose its name is: the customer is part of it.
	 *
	 * @throws ERR_BAD_INPUT where the name is another customer's; ERR_STORE
	 */
	async nameIn(store: SharedStore): Promise<string> {
		const { shared } = this;
		if (shared?.store !== store) {
			const { boundTo } = require("./sharing") as typeof import("./sharing");
			return `${this.id} ${boundTo(this.#config, this.#node.credentials ?? {})}`;
		}
		await shared.ready();
		return shared.name;
	}

	/** An events node of the account has heard of a command, which another instance may follow. */
	heardOfCommand(event: RemoteEvent): void {
		this.remoteEvents.emit("remote", event);
		this.#commandNews()?.tell(event);
	}

	/** What secrets in the store are sealed with; undefined where they stay on each machine. */
	get sharedKey(): string | undefined {
		return this.shared && this.#sharedKey;
	}

	/** Takes up the commands that were under way when Node-RED stopped; without any, nothing is asked of the API. */
	async resumeCommands(): Promise<void> {
		try {
			// Another instance may leave some behind at any time.
			if (this.#config.store) return await (await (await this.connected()).commandSender()).recover();
			const open = await commandsLeftOpen(this.#folder);
			if (!open.some(({ account }) => account === this.id)) return;
			await (await (await this.connected()).commandSender()).recover();
		} catch (error) {
			if (this.signal.aborted) return;
			const reason = error instanceof Error ? error.message : String(error);
			this.#node.warn(this.redact(`Commands that were under way can't be followed on yet. ${reason}`));
		}
	}

	/** Keeps a sign-in by a person from ageing out while no node uses it. */
	keepSignIn(): void {
		if (this.isDemo || this.#config.auth !== "authorization-code") return;
		const look = async () => {
			try {
				const { auth } = await this.connected();
				return isSignIn(auth) ? await auth.keepAlive() : NEXT_LOOK;
			} catch {
				// Settings that can't work: whoever uses the account hears of it.
				return NEXT_LOOK;
			}
		};
		lookAgain(FIRST_LOOK, look, this.signal);
	}

	/** When the sign-in ends (epoch milliseconds), where that is near and can't be put off. */
	get signInEnds(): number | undefined {
		return this.#open?.auth.state().endsAt;
	}

	/** Where this package keeps its files. */
	get #folder(): string {
		return folderOf(this.#RED);
	}

	get #place(): string {
		return `${this.#folder} ${this.id}`;
	}

	/** Somebody has signed in or out: shows it. */
	signInChanged(): void {
		this.#showState();
	}

	/**
	 * Takes the account's secrets out of a text.
	 *
	 * @param most characters that are looked at, and passed on; without it as many as a sentence ever has
	 */
	redact(text: string, most?: number): string {
		return redact(text, this.#secrets(), most);
	}

	/** True for a text in which one of the account's secrets stands as it is; one this short is in ordinary words, too. */
	holdsSecret(text: string): boolean {
		return this.#secrets().some((secret) => secret.length >= 4 && text.includes(secret));
	}

	/** What a node that closes still asks of the API: the account, where it closes too, stays open for it. */
	closeAfter(work: Promise<unknown>): void {
		this.#lastWishes.add(work);
		const isOver = () => this.#lastWishes.delete(work);
		work.then(isOver, isOver);
	}

	/** @param isRemoved true when the account is gone for good */
	async close(isRemoved = false): Promise<void> {
		this.#closing.abort();
		this.#badge.close();
		this.#leave(isRemoved);
		const open = await this.#opening?.catch(() => undefined);
		await open?.close(this.#lastWishesDone());
		if (isRemoved && latestNotices.get(this.#place) === this.notices) latestNotices.delete(this.#place);
	}

	/** Resolves when the nodes that close have asked what they still wanted to, or their time is up. */
	async #lastWishesDone(): Promise<void> {
		const isOver = new AbortController();
		const patience = wait(LAST_WISHES, undefined, { signal: isOver.signal }).catch(() => {});
		await Promise.race([Promise.allSettled(this.#lastWishes), patience]);
		isOver.abort();
	}

	async #openApi(): Promise<OpenAccount> {
		await loadLibraries("got", "url-template");
		const { openAccount } = require("./open") as typeof import("./open");
		await this.shared?.check();
		return openAccount({
			config: this.#config,
			credentials: this.#node.credentials ?? {},
			tls: () => tlsOf(this.#RED, this.#config.tls),
			proxy: () => proxyOf(this.#RED, this.#config.proxy),
			secrets: this.#typedSecrets(),
			signal: this.signal,
			shared: this.shared,
			signIn: {
				account: this.#node.id,
				folder: this.#folder,
				shared: this.#sharedSignIn(),
				signal: this.signal,
				onExchange: (record) => this.#exchanged(record),
				onSignInLost: (error) => {
					this.#isSignInLost = true;
					this.recorder.failure(error, this.#node.id);
					const message = this.redact(error.message);
					this.#node.error(message);
					this.#showState();
					this.notices.signInLost(message);
				},
				onSignInBack: () => this.#signInBack(),
				onSignInEnds: (until) => {
					this.#node.warn(signInEndsNotice(until).message);
					this.#showState();
					this.notices.signInEnds(until);
				},
				onWarning: (sentence) => this.#node.warn(this.redact(sentence)),
			},
			onSignIn: () => this.#showState(),
			onAccepted: () => {
				// Lost before a deploy, or by settings that were mended with it: whatever was told then, this answer proves it.
				if (this.notices.isSignInLost && !this.#isSignInLost) this.#signInBack();
			},
			onRateLimit: (rateLimit) => {
				this.#rateLimit = rateLimit;
				this.#showState();
				this.notices.quota(rateLimit);
			},
			onExchange: (record) => this.#exchanged(record),
			commandSender: (connected, limits) => this.#commandSender(connected, limits),
		});
	}

	async #commandSender(connected: Connected, limits: CommandLimits): Promise<CommandSender> {
		const { CommandSender } = require("../../commands/sender") as typeof import("../../commands/sender");
		const { deliveryOf } = require("./delivery") as typeof import("./delivery");
		const { CommandCopies } = require("./command-copies") as typeof import("./command-copies");
		const keeping = this.#commandKeeping();
		this.#commandNews();
		const copies = new CommandCopies(
			(command) => this.notices.command(command),
			(key) => keeping.journal.linesOf(key),
		);
		return new CommandSender({
			...keeping,
			delivery: deliveryOf(connected, this.remoteEvents),
			limits,
			onEntry: (entry) => {
				copies.note(entry);
				this.commands.note(entry);
			},
			isSimulated: this.isDemo && connected.commandsVia === undefined,
			signal: this.signal,
			redact: (text) => this.redact(text),
			log: (sentence) => this.#node.log(this.redact(sentence)),
			warn: (sentence) => this.#node.warn(this.redact(sentence)),
		});
	}

	/** What the instances tell each other of commands; undefined where there is only one. */
	#commandNews(): CommandNews | undefined {
		const { shared } = this;
		if (shared && !this.#news) {
			const { CommandNews } = require("../../commands/shared/news") as typeof import("../../commands/shared/news");
			this.#news = new CommandNews(shared, this.remoteEvents, this.signal);
		}
		return this.#news;
	}

	#sharedSignIn() {
		const { shared } = this;
		return shared && { account: shared, key: this.sharedKey };
	}

	/** Where what must be known of commands is kept: in the store that the account shares, else in files. */
	#commandKeeping(): Pick<CommandSenderOptions, "account" | "journal" | "guards"> {
		const { shared } = this;
		if (shared) {
			const { SharedGuards } = require("../../commands/shared/guards") as typeof import("../../commands/shared/guards");
			const { SharedJournal } =
				require("../../commands/shared/journal") as typeof import("../../commands/shared/journal");
			const before = { folder: this.#folder, node: this.#node.id };
			return {
				account: shared.name,
				journal: new SharedJournal(shared, before),
				guards: new SharedGuards(shared, before),
			};
		}
		const { journalIn } = require("../../commands/journal") as typeof import("../../commands/journal");
		const { guardsIn } = require("../../commands/vehicle-guards") as typeof import("../../commands/vehicle-guards");
		return { account: this.#node.id, journal: journalIn(this.#folder), guards: guardsIn(this.#folder) };
	}

	#exchanged(record: RequestRecord): void {
		this.recorder.request(record);
		requested.tell(() => {
			const { url, purpose, statusCode, error, duration } = record;
			const { routeNameOf } =
				require("../admin/diagnostics/route-name") as typeof import("../admin/diagnostics/route-name");
			const family = this.#open?.car.family;
			const named = purpose === "api" && family ? routeNameOf(family, new URL(url).pathname)?.route : undefined;
			const route = purpose === "api" ? (named ?? "other") : purpose;
			return { route, code: String(statusCode ?? error), seconds: duration / 1000 };
		});
	}

	#signInBack(): void {
		this.#isSignInLost = false;
		const message = "The sign-in works again.";
		this.#node.log(message);
		this.#showState();
		this.notices.signInBack(message);
	}

	#showState(): void {
		if (!this.signal.aborted && this.#open) this.#badge.show(this.#open.auth.state(), this.#rateLimit);
	}

	#secrets(): string[] {
		return [...this.#typedSecrets(), ...(this.#open?.auth.secrets() ?? [])];
	}

	/** What must never be seen: the form's secrets, and those of the configurations that the account uses. */
	#typedSecrets(): string[] {
		const { tls, proxy, store } = this.#config;
		return [
			...secretsOfCredentials(this.#node.credentials ?? {}),
			...secretsOfNode(this.#RED, tls),
			...secretsOfNode(this.#RED, proxy),
			...secretsOfStore(this.#RED, store),
		];
	}
}

/** The sign-in of an account, when it is one that a person does in a browser. */
export function isSignIn(auth: Authenticator): auth is AuthorizationCodeAuth {
	return "startSignIn" in auth;
}

/**
 * The account that a node has chosen.
 *
 * @throws ERR_NO_ACCOUNT
 */
export function accountOf(RED: NodeAPI, id: unknown): AccountConnection {
	const node = typeof id === "string" && id !== "" ? (RED.nodes.getNode(id) as AccountNode | null) : null;
	if (node?.connection instanceof AccountConnection) return node.connection;
	throw new StellantisError(
		"ERR_NO_ACCOUNT",
		"No account is chosen, or it is disabled. Open the node and choose an account; the demo account needs no sign-in.",
	);
}

/** What the badges of an account's nodes say before its sign-in ends; undefined while there is nothing to say. */
export function signInWarning({ signInEnds }: AccountConnection, texts: BadgeTexts): string | undefined {
	return signInEnds === undefined
		? undefined
		: texts.text("badge.account.signInEnds", { time: texts.weekdayClock(signInEnds) });
}
