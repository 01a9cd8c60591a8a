import { EventEmitter, setMaxListeners } from "node:events";
import { join } from "node:path";
import type { Node, NodeAPI } from "node-red";
import { ConnectedCar } from "../api/connected-car";
import { VehicleDirectory } from "../api/vehicles";
import { badInput, StellantisError } from "../error";
import { type Agents, createAgents, type ProxyOptions, type TlsOptions } from "../transport/agents";
import {
	type Authenticator,
	type AuthorizationCodeAuth,
	authorizationCodeAuth,
	basicAuth,
	clientCredentialsAuth,
	fileTokenStore,
	gotFetch,
	noAuth,
	tokenAuth,
} from "../transport/auth/index";
import { ApiClient } from "../transport/client";
import { createHttp } from "../transport/http";
import { Limiter } from "../transport/limiter";
import { redact } from "../transport/redact";
import type { RateLimit } from "../transport/response";
import { type AccountCredentials, type AccountSettings, type AuthKind, readAccountSettings } from "./account-settings";
import { CommandDesk } from "./commands/desk";
import { journalExists, journalIn } from "./commands/journal";
import { unfinished } from "./commands/unfinished";
import { wakeUpsIn } from "./commands/wakeups";
import { type DemoShare, shareDemo } from "./demo";
import { signInsOf } from "./sign-ins";
import type { Properties } from "./values";

/** The parts of an account's form that name other config nodes. */
export interface AccountNode extends Node<AccountCredentials> {
	connection: AccountConnection;
}

/** An account that is ready to be asked. */
export interface Connected {
	car: ConnectedCar;
	vehicles: VehicleDirectory;
	client: ApiClient;
	auth: Authenticator;
	/** Where commands go through. */
	commands: CommandDesk;
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
	/** Emits "remote" with a `RemoteEvent` when an events node of the account hears of a command. */
	readonly remoteEvents = new EventEmitter().setMaxListeners(0);
	readonly #RED: NodeAPI;
	readonly #node: Node<AccountCredentials>;
	readonly #config: Properties;
	readonly #closing = new AbortController();
	#connected: Promise<Connected> | undefined;
	#demo: DemoShare | undefined;
	#agents: Agents | undefined;
	#limiter: Limiter | undefined;
	#auth: Authenticator | undefined;
	#commands: CommandDesk | undefined;
	#rateLimit: RateLimit | undefined;
	#shown = "";

	constructor(RED: NodeAPI, node: Node<AccountCredentials>, config: Properties) {
		this.#RED = RED;
		this.#node = node;
		this.#config = config;
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
		return join(this.#RED.settings.userDir ?? ".", "stellantis");
	}

	/** Somebody has signed in or out: shows it. */
	signInChanged(): void {
		this.#showState();
	}

	/** Takes the account's secrets out of a text. */
	redact(text: string): string {
		return redact(text, this.#secrets());
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
		const tls = settings.server === "live" ? this.#tls() : undefined;
		// An attempt that failed may have left its own behind.
		this.#limiter?.close();
		this.#agents?.destroy();
		this.#limiter = new Limiter(settings);
		this.#agents = createAgents({
			tls,
			proxy: settings.server === "live" ? this.#proxy() : undefined,
			maxSockets: settings.concurrency,
			// The demo API is on this machine, where no proxy can reach it.
			...(settings.server === "demo" ? { env: {} } : {}),
		});
		const http = createHttp({ agents: this.#agents, timeout: settings.timeout });
		const place =
			settings.server === "demo" ? await this.#demoPlace(settings) : this.#livePlace(settings, gotFetch(http));
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
			secrets: this.#credentialSecrets(),
			retries: settings.retries,
			onRateLimit: (rateLimit) => this.#noteRateLimit(rateLimit),
		});
		const car = new ConnectedCar({
			family: settings.family,
			client,
			root: place.root,
			variables: place.fleetId ? { fid: place.fleetId } : { fid: "" },
			locale: settings.locale,
		});
		this.#commands = new CommandDesk({
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

	async #demoPlace({ family }: AccountSettings): Promise<Place> {
		this.#demo ??= shareDemo();
		const simulator = await this.#demo.simulator;
		const { clientId, realm, fleetId, username = "", password = "", accessToken } = simulator.credentials(family.id);
		return {
			root: new URL(simulator.baseUrl(family.id)),
			auth: accessToken === undefined ? basicAuth(username, password) : tokenAuth(accessToken),
			clientId,
			realm,
			fleetId,
		};
	}

	#livePlace(settings: AccountSettings, fetch: ReturnType<typeof gotFetch>): Place {
		if (!settings.root) throw badInput("The account has no base URL.");
		return {
			root: settings.root,
			auth: this.#authenticator(settings, fetch),
			clientId: this.#node.credentials?.clientId?.trim(),
			realm: settings.realm,
			fleetId: settings.fleetId,
		};
	}

	#authenticator(settings: AccountSettings, fetch: ReturnType<typeof gotFetch>): Authenticator {
		const {
			clientId = "",
			clientSecret,
			username = "",
			password = "",
			accessToken = "",
			refreshToken,
		} = this.#node.credentials ?? {};
		const client = {
			tokenUrl: settings.tokenUrl ?? "",
			clientId: clientId.trim(),
			clientSecret,
			fetch,
			scope: settings.scope,
			onSignInLost: (error: StellantisError) => {
				this.#node.error(this.redact(error.message));
				this.#showState();
			},
		};
		const kinds: Record<AuthKind, () => Authenticator> = {
			none: noAuth,
			basic: () => basicAuth(username, password),
			token: () => tokenAuth(accessToken),
			"client-credentials": () => clientCredentialsAuth(client),
			"authorization-code": () =>
				authorizationCodeAuth({
					...client,
					authorizeUrl: settings.authorizeUrl,
					...(settings.realm ? { tokenQuery: { realm: settings.realm } } : {}),
					...(settings.locale ? { authorizeQuery: { locale: settings.locale } } : {}),
					typed: { accessToken, refreshToken },
					store: fileTokenStore(this.#folder, this.#node.id),
					pending: signInsOf(this.#node.id).pending,
					onWarning: (sentence) => this.#node.warn(this.redact(sentence)),
				}),
		};
		return kinds[settings.auth]();
	}

	/** TLS settings of the chosen `tls-config` node, which reads and checks its files itself. */
	#tls(): TlsOptions | undefined {
		const id = this.#config.tls;
		if (typeof id !== "string" || id === "") return undefined;
		const node = this.#RED.nodes.getNode(id) as
			| (Node & { valid?: boolean; addTLSOptions?(options: TlsOptions): TlsOptions })
			| null;
		if (!node?.addTLSOptions || node.valid === false)
			throw badInput(
				"The account's TLS configuration is missing or not valid. Open it and check its certificate, key and CA files.",
			);
		return node.addTLSOptions({});
	}

	#proxy(): ProxyOptions | undefined {
		const id = this.#config.proxy;
		if (typeof id !== "string" || id === "") return undefined;
		const node = this.#RED.nodes.getNode(id) as
			| (Node<{ username?: string; password?: string }> & { url?: string; noproxy?: string[] })
			| null;
		if (!node?.url)
			throw badInput("The account's proxy configuration is missing or has no address. Open it and check its URL.");
		const address = node.url.includes("://") ? node.url : `http://${node.url}`;
		if (!URL.canParse(address)) throw badInput("The proxy's address is no http:// or https:// address.");
		const url = new URL(address);
		if (node.credentials?.username) {
			url.username = encodeURIComponent(node.credentials.username);
			url.password = encodeURIComponent(node.credentials.password ?? "");
		}
		return { url: url.href, noProxy: node.noproxy ?? [] };
	}

	#noteRateLimit(rateLimit: RateLimit): void {
		this.#rateLimit = rateLimit;
		this.#showState();
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

	/** The account's badge: who may ask until when, and how much of the day's budget is left. */
	#showState(): void {
		if (this.signal.aborted || !this.#auth) return;
		const { signedIn, expiresAt } = this.#auth.state();
		const { limit, remaining } = this.#rateLimit?.day ?? {};
		const parts: string[] = [];
		if (!signedIn) parts.push("not signed in · open the account");
		else if (expiresAt !== undefined) parts.push(`signed in until ${shortTime(expiresAt)}`);
		if (remaining !== undefined)
			parts.push(`${remaining}${limit === undefined ? "" : ` of ${limit}`} requests left today`);
		const text = parts.join(" · ");
		if (text === this.#shown) return;
		this.#shown = text;
		const scarce = limit !== undefined && remaining !== undefined && remaining < limit / 10;
		this.#node.status({
			fill: signedIn ? (scarce ? "yellow" : "green") : "red",
			shape: signedIn ? "dot" : "ring",
			text,
		});
	}

	#credentialSecrets(): string[] {
		const { clientSecret, accessToken, refreshToken, password, secretHeaders } = this.#node.credentials ?? {};
		let headers: string[] = [];
		try {
			headers = Object.values(JSON.parse(secretHeaders || "{}")).map(String);
		} catch {
			// Not JSON: the account says so when it connects; the whole text is still kept out of sight.
			headers = [secretHeaders ?? ""];
		}
		return [clientSecret, accessToken, refreshToken, password, ...headers, ...this.#borrowedSecrets()].filter(
			(secret) => typeof secret === "string" && secret !== "",
		) as string[];
	}

	/** Secrets of the TLS and proxy configurations that the account uses. */
	#borrowedSecrets(): (string | undefined)[] {
		return [this.#config.tls, this.#config.proxy].flatMap((id) => {
			const node = typeof id === "string" && id !== "" ? this.#RED.nodes.getNode(id) : null;
			const { password, passphrase } = (node?.credentials ?? {}) as { password?: string; passphrase?: string };
			return [password, passphrase];
		});
	}

	#secrets(): string[] {
		return [...this.#credentialSecrets(), ...(this.#auth?.secrets() ?? [])];
	}
}

/** Where an account's API is and how to get in. */
interface Place {
	root: URL;
	auth: Authenticator;
	clientId: string | undefined;
	realm: string | undefined;
	fleetId: string | undefined;
}

/** Local date and time to the minute. */
function shortTime(time: number): string {
	return new Date(time).toLocaleString(undefined, { dateStyle: "short", timeStyle: "short" });
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
