import { EventEmitter, setMaxListeners } from "node:events";
import type { Node, NodeAPI } from "node-red";
import type { Simulator } from "../../../demo/index";
import { ConnectedCar } from "../../api/connected-car";
import { VehicleDirectory } from "../../api/vehicles";
import { journalExists, journalIn } from "../../commands/journal";
import { CommandSender } from "../../commands/sender";
import { unfinished } from "../../commands/unfinished";
import { wakeUpsIn } from "../../commands/wakeups";
import { StellantisError } from "../../error";
import { type Agents, createAgents } from "../../transport/agents";
import { type Authenticator, type AuthorizationCodeAuth, gotFetch, lookAgain } from "../../transport/auth/index";
import { ApiClient } from "../../transport/client";
import { createHttp } from "../../transport/http";
import { Limiter } from "../../transport/limiter";
import { redact } from "../../transport/redact";
import type { RateLimit } from "../../transport/response";
import { folderOf } from "../folder";
import type { Properties } from "../values";
import { type ApiAccess, demoAccess, liveAccess } from "./access";
import { AccountBadge } from "./badge";
import { proxyOf, secretsOfNode, tlsOf } from "./config-nodes";
import { type DemoShare, shareDemo } from "./demo";
import { type AccountNotice, AccountNotices, shortTime, signInEndsNotice } from "./notices";
import { Recorder } from "./recorder";
import { type AccountCredentials, type AccountSettings, readAccountSettings, secretsOfCredentials } from "./settings";

/** Milliseconds until a sign-in is first looked after, and until the next look where there was none to look after. */
const FIRST_LOOK = 60_000;
const NEXT_LOOK = 3_600_000;

/** An account node as Node-RED runs it. */
export interface AccountNode extends Node<AccountCredentials> {
	connection: AccountConnection;
}

/** What an account asks of the node that holds it. */
export type AccountHolder = Pick<Node<AccountCredentials>, "id" | "credentials" | "status" | "log" | "warn" | "error">;

/** An account that is ready to be asked. */
export interface Connected {
	car: ConnectedCar;
	vehicles: VehicleDirectory;
	client: ApiClient;
	auth: Authenticator;
	/** Where commands go through. */
	commands: CommandSender;
	/** Where a sign-in sends the browser back, where the account says so. */
	redirectUri: string | undefined;
	/** True where the user has switched the check of the server's certificate off. */
	certificateUnchecked: boolean;
}

/**
 * What stands behind an account node: its connection to the API, made when it is first needed, shared by all nodes of
 * the account, closed with the config node.
 */
export class AccountConnection {
	/**
	 * Emits "remote" with a `RemoteEvent` when an events node of the account hears of a command, and "no-channel" when a
	 * command failed, perhaps for want of a channel.
	 */
	readonly remoteEvents = new EventEmitter().setMaxListeners(0);
	/** Emits "notice" with what happens to the account by itself. */
	readonly notices = new AccountNotices();
	/** The last requests and errors, for a bug report. */
	readonly recorder = new Recorder();
	readonly #RED: NodeAPI;
	readonly #node: AccountHolder;
	readonly #config: Properties;
	readonly #closing = new AbortController();
	#connected: Promise<Connected> | undefined;
	#demo: DemoShare | undefined;
	#agents: Agents | undefined;
	#limiter: Limiter | undefined;
	#auth: Authenticator | undefined;
	#commands: CommandSender | undefined;
	#rateLimit: RateLimit | undefined;
	readonly #badge: AccountBadge;

	constructor(RED: NodeAPI, node: AccountHolder, config: Properties) {
		this.#RED = RED;
		this.#node = node;
		this.#config = config;
		this.#badge = new AccountBadge(node);
		setMaxListeners(0, this.#closing.signal);
	}

	/** Aborts when the account closes. */
	get signal(): AbortSignal {
		return this.#closing.signal;
	}

	/** True for the built-in demo API. */
	get isDemo(): boolean {
		return (this.#config.server || "demo") === "demo";
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
		if (!this.#connected) {
			const connecting = this.#connect();
			this.#connected = connecting;
			// A failed start (a demo port that was taken, say) is tried again by the next message.
			connecting.catch(() => {
				if (this.#connected === connecting) this.#connected = undefined;
			});
		}
		return this.#connected;
	}

	/** Takes up the commands that were under way when Node-RED stopped; without any, nothing is asked of the API. */
	async resumeCommands(): Promise<void> {
		try {
			if (!(await journalExists(this.#folder))) return;
			const open = unfinished(await journalIn(this.#folder).recent(), this.#node.id);
			if (open.length > 0) await (await this.connected()).commands.recover();
		} catch (error) {
			if (this.signal.aborted) return;
			const reason = error instanceof Error ? error.message : String(error);
			this.#node.warn(this.redact(`Commands that were under way can't be followed on yet. ${reason}`));
		}
	}

	/** Where this package keeps its files. */
	get #folder(): string {
		return folderOf(this.#RED);
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
		return this.#auth?.state().endsAt;
	}

	/** Somebody has signed in or out: shows it. */
	signInChanged(): void {
		this.#showState();
	}

	/** Takes the account's secrets out of a text. */
	redact(text: string): string {
		return redact(text, [...this.#typedSecrets(), ...(this.#auth?.secrets() ?? [])]);
	}

	async close(): Promise<void> {
		this.#closing.abort();
		// A command that is on its way gets its answer, so that the journal can tell what became of it.
		await this.#commands?.settled();
		this.#limiter?.close();
		await this.#auth?.settled?.();
		this.#agents?.destroy();
		await this.#demo?.release();
	}

	async #connect(): Promise<Connected> {
		const settings = readAccountSettings(this.#config, this.#node.credentials ?? {});
		const isLive = settings.server === "live";
		const tls = isLive ? tlsOf(this.#RED, this.#config.tls) : undefined;
		// An attempt that failed may have left its own behind.
		this.#limiter?.close();
		this.#agents?.destroy();
		this.#limiter = new Limiter(settings);
		this.#agents = createAgents({
			tls,
			proxy: isLive ? proxyOf(this.#RED, this.#config.proxy) : undefined,
			maxSockets: settings.concurrency,
			// The demo API is on this machine, where no proxy can reach it.
			...(isLive ? {} : { env: {} }),
		});
		const http = createHttp({ agents: this.#agents, timeout: settings.timeout });
		const place = isLive ? this.#livePlace(settings, http) : demoAccess(settings, await this.#simulator());
		this.#auth = place.auth;
		const client = new ApiClient({
			http,
			limiter: this.#limiter,
			auth: this.#watched(place.auth),
			root: place.root,
			query: place.clientId ? { [settings.family.clientIdParameter]: place.clientId } : {},
			headers: {
				...(place.clientId && settings.family.clientIdHeader
					? { [settings.family.clientIdHeader]: place.clientId }
					: {}),
				...(place.realm ? { [settings.family.realmHeader]: place.realm } : {}),
				...settings.headers,
			},
			secrets: this.#typedSecrets(),
			retries: settings.retries,
			onRateLimit: (rateLimit) => this.#noteRateLimit(rateLimit),
			onExchange: (record) => this.recorder.request(record),
		});
		const car = new ConnectedCar({
			family: settings.family,
			client,
			root: place.root,
			variables: place.fleetId ? { fid: place.fleetId } : { fid: "" },
			locale: settings.locale,
		});
		this.#commands = new CommandSender({
			account: this.#node.id,
			car,
			client,
			limits: settings,
			events: this.remoteEvents,
			journal: journalIn(this.#folder),
			wakeUps: wakeUpsIn(this.#folder),
			signal: this.signal,
			redact: (text) => this.redact(text),
			log: (sentence) => this.#node.log(this.redact(sentence)),
			warn: (sentence) => this.#node.warn(this.redact(sentence)),
		});
		return {
			car,
			client,
			auth: place.auth,
			commands: this.#commands,
			vehicles: new VehicleDirectory(car, this.signal),
			redirectUri: settings.redirectUri,
			certificateUnchecked: tls?.rejectUnauthorized === false,
		};
	}

	async #simulator(): Promise<Simulator> {
		const share = this.#demo ?? shareDemo();
		this.#demo = share;
		try {
			return await share.simulator;
		} catch (error) {
			// Kept, it would fail for ever.
			this.#demo = undefined;
			await share.release();
			throw error;
		}
	}

	#livePlace(settings: AccountSettings, http: Parameters<typeof gotFetch>[0]): ApiAccess {
		return liveAccess(settings, this.#node.credentials ?? {}, {
			account: this.#node.id,
			folder: this.#folder,
			fetch: gotFetch(http, (record) => this.recorder.request(record)),
			onSignInLost: (error) => {
				this.recorder.failure(error, this.#node.id);
				const message = this.redact(error.message);
				this.#node.error(message);
				this.#notify({ what: "sign-in-lost", message });
			},
			onSignInBack: () => {
				const message = "The sign-in works again.";
				this.#node.log(message);
				this.#notify({ what: "sign-in-back", message });
			},
			onSignInEnds: (until) => {
				const notice = signInEndsNotice(until);
				this.#node.warn(notice.message);
				this.#notify(notice);
			},
			onWarning: (sentence) => this.#node.warn(this.redact(sentence)),
		});
	}

	#noteRateLimit(rateLimit: RateLimit): void {
		this.#rateLimit = rateLimit;
		this.#showState();
		this.notices.quota(rateLimit);
	}

	#notify(notice: AccountNotice): void {
		this.#showState();
		this.notices.tell(notice);
	}

	/** The same sign-in, showing on the account's badge what becomes of it. */
	#watched(auth: Authenticator): Authenticator {
		const show = <T>(work: Promise<T>) => work.finally(() => this.#showState());
		return {
			headers: (signal) => show(auth.headers(signal)),
			renew: (rejected, signal) => show(auth.renew(rejected, signal)),
			secrets: () => auth.secrets(),
			state: () => auth.state(),
		};
	}

	#showState(): void {
		if (!this.signal.aborted && this.#auth) this.#badge.show(this.#auth.state(), this.#rateLimit);
	}

	/** What must never be seen: the form's secrets, and those of the configurations that the account uses. */
	#typedSecrets(): string[] {
		const { tls, proxy } = this.#config;
		return [
			...secretsOfCredentials(this.#node.credentials ?? {}),
			...secretsOfNode(this.#RED, tls),
			...secretsOfNode(this.#RED, proxy),
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
export function signInWarning({ signInEnds }: AccountConnection): string | undefined {
	return signInEnds === undefined ? undefined : `sign-in ends ${shortTime(signInEnds)}`;
}
