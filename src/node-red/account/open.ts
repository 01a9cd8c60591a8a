import { createHash } from "node:crypto";
import type { Via } from "../../api/commands/via-names";
import { ConnectedCar } from "../../api/connected-car";
import { KnownVehicles } from "../../api/known-vehicles";
import { StatusMemory } from "../../api/summaries/memory";
import { VehicleDirectory } from "../../api/vehicles";
import type { CommandLimits, CommandSender } from "../../commands/sender";
import type { Way } from "../../commands/via/way";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { createAgents, type ProxyOptions, type TlsOptions } from "../../transport/agents";
import type { Authenticator } from "../../transport/auth/authenticator";
import { ApiClient } from "../../transport/client";
import { createHttp } from "../../transport/http";
import { Limiter } from "../../transport/limiter";
import type { RequestRecord } from "../../transport/observed";
import type { RateLimit } from "../../transport/response";
import type { Properties } from "../values";
import { demoAccess, liveAccess, refuseClash, type SignInSurroundings } from "./access";
import type { AccountCredentials } from "./credentials";
import { shareDemo } from "./demo";
import { type AccountSettings, readAccountSettings } from "./settings";

/** An account that is ready to be asked. */
export interface Connected {
	car: ConnectedCar;
	vehicles: VehicleDirectory;
	/** What was seen of the vehicles' states. */
	states: StatusMemory;
	/** What answers have told of the vehicles. */
	known: KnownVehicles;
	client: ApiClient;
	auth: Authenticator;
	/** Where commands go through, made when the first is asked for. */
	commandSender(): Promise<CommandSender>;
	/** What delivers commands beside the API; undefined: the API does. */
	commandsVia: Via | undefined;
	/**
	 * The same, to be asked; made when the first asks for it.
	 *
	 * @throws ERR_BAD_INPUT for certificates that can't be used
	 */
	way(): Way | undefined;
	/** What waits for its turn, and how long. */
	limits: Pick<Limiter, "waiting" | "holdSeconds">;
	/** Where a sign-in sends the browser back, where the account says so. */
	redirectUri: string | undefined;
	/** True where the user has switched the check of the server's certificate off. */
	certificateUnchecked: boolean;
}

/** An account that is ready to be asked, until it is closed. */
export interface OpenAccount extends Connected {
	/**
	 * Resolves when no command and no renewal of the sign-in is on its way any more, and all connections are gone.
	 *
	 * @param lastWishes what is still asked of the API before that
	 */
	close(lastWishes?: Promise<unknown>): Promise<void>;
}

/** What an account is opened with. */
export interface Opening {
	config: Properties;
	credentials: AccountCredentials;
	tls(): TlsOptions | undefined;
	proxy(): ProxyOptions | undefined;
	/** Secrets that texts of the network must not show, as they are now. */
	secrets: string[];
	signIn: SignInSurroundings;
	/** What several Node-RED share. */
	shared: SharedAccount | undefined;
	/** Aborts when the account closes. */
	signal: AbortSignal;
	onSignIn(): void;
	/** The API has answered a request well, and so has accepted the sign-in. */
	onAccepted(): void;
	onRateLimit(rateLimit: RateLimit): void;
	onExchange(record: RequestRecord): void;
	/** Makes what commands go through. */
	commandSender(connected: Connected, limits: CommandLimits): Promise<CommandSender>;
}

/**
 * Opens an account: reads its form, makes its connections, and starts the demo API where it is one.
 *
 * @throws ERR_BAD_INPUT naming the field of the account's form that can't be used; whatever was opened is closed again
 */
export async function openAccount(opening: Opening): Promise<OpenAccount> {
	const { config, credentials, signal } = opening;
	const settings = readAccountSettings(config, credentials);
	const isLive = settings.server === "live";
	const tls = isLive ? opening.tls() : undefined;
	const proxy = isLive ? opening.proxy() : undefined;
	if (isLive) refuseClash(settings, tls?.cert !== undefined);
	const agents = createAgents({
		tls,
		proxy,
		maxSockets: settings.concurrency,
		// The demo API is on this machine, where no proxy can reach it.
		...(isLive ? {} : { env: {} }),
	});
	const http = createHttp({ agents, timeout: settings.timeout });
	const limiter = new Limiter({ ...settings, shared: isLive ? sharedPace(opening, settings) : undefined });
	const demo = isLive ? undefined : shareDemo();
	let commands: Promise<CommandSender> | undefined;
	let auth: Authenticator | undefined;
	let way: Way | undefined;

	const close = async (lastWishes?: Promise<unknown>) => {
		// A command that is on its way gets its answer, so that the journal can tell what became of it.
		await Promise.allSettled([commands?.then((sender) => sender.settled()), lastWishes]);
		limiter.close();
		way?.close();
		await auth?.settled?.();
		agents.destroy();
		await demo?.release();
	};

	try {
		const access = demo
			? demoAccess(settings, await demo.simulator)
			: await liveAccess(settings, credentials, http, opening.signIn);
		auth = access.auth;
		const client = new ApiClient({
			http,
			limiter,
			auth: watched(access.auth, opening),
			root: access.root,
			query: access.clientId ? { [settings.family.clientIdParameter]: access.clientId } : {},
			headers: {
				...(access.clientId && settings.family.clientIdHeader
					? { [settings.family.clientIdHeader]: access.clientId }
					: {}),
				...(access.realm ? { [settings.family.realmHeader]: access.realm } : {}),
				...settings.headers,
			},
			secrets: opening.secrets,
			retries: settings.retries,
			onRateLimit: opening.onRateLimit,
			onExchange: opening.onExchange,
		});
		const car = new ConnectedCar({
			family: settings.family,
			client,
			root: access.root,
			variables: { fid: access.fleetId ?? "" },
			locale: settings.locale,
		});
		const known = new KnownVehicles();
		const account: OpenAccount = {
			car,
			client,
			auth,
			limits: limiter,
			vehicles: new VehicleDirectory(car, signal, Date.now, (vehicle, resource) => known.listed(vehicle, resource)),
			states: new StatusMemory(undefined, Date.now, (vehicle, summary) => known.saw(vehicle, summary)),
			known,
			redirectUri: settings.redirectUri,
			certificateUnchecked: tls?.rejectUnauthorized === false,
			commandsVia: settings.commandsVia?.via,
			way() {
				if (!settings.commandsVia) return undefined;
				const { wayOf } = require("./way") as typeof import("./way");
				way ??= wayOf(settings, credentials, { tls, proxy });
				return way;
			},
			commandSender() {
				commands ??= opening.commandSender(account, settings);
				return commands;
			},
			close,
		};
		return account;
	} catch (error) {
		await close();
		throw error;
	}
}

/** The server counts by client, whichever account or instance asks. */
function sharedPace({ shared, credentials }: Opening, { root, requestsPerSecond }: AccountSettings) {
	if (!shared) return undefined;
	const { SharedPace } = require("../../transport/shared-pace") as typeof import("../../transport/shared-pace");
	const client = JSON.stringify([root?.href, credentials.clientId?.trim()]);
	return new SharedPace(shared.store, createHash("sha256").update(client).digest("hex"), requestsPerSecond);
}

/** The same sign-in, telling whenever something may have become of it. */
function watched(
	auth: Authenticator,
	{ onSignIn, onAccepted }: Pick<Opening, "onSignIn" | "onAccepted">,
): Authenticator {
	const tell = <T>(work: Promise<T>) => work.finally(onSignIn);
	return {
		headers: (signal) => tell(auth.headers(signal)),
		renew: (rejected, signal) => tell(auth.renew(rejected, signal)),
		answered(statusCode) {
			auth.answered?.(statusCode);
			if (statusCode >= 200 && statusCode <= 299) onAccepted();
		},
		secrets: () => auth.secrets(),
		state: () => auth.state(),
	};
}
