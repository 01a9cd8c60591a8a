import { StellantisError } from "../../error";
import { defined } from "../../json";
import { storageSentence } from "../../storage/storage-error";
import type { Clock } from "./clock";
import { type ClientOptions, clientSecrets, type EndpointQuery, requestTokens } from "./endpoints";
import type { Holding, TokenSource } from "./session";
import type { TokenStore } from "./token-store";
import { freshness, type HeldTokens } from "./tokens";

/** Milliseconds until saving, once it failed, is tried again. */
const SAVE_AGAIN = 60_000;
const SIGNED_OUT = "Signed out. Open the account and sign in.";

/** The client, its server, and the store its tokens are kept in. */
export interface StoredSourceOptions extends ClientOptions {
	/** Query parameters of refresh and revoke requests, such as `realm`. */
	tokenQuery?: EndpointQuery | undefined;
	/** Tokens typed into the account's form. A refresh token that was not there before beats the stored sign-in. */
	typed?: { accessToken?: string | undefined; refreshToken?: string | undefined } | undefined;
	store: TokenStore;
	/** Called with a sentence when something went wrong that stops nobody yet. */
	onWarning?: ((sentence: string) => void) | undefined;
}

/** Tokens that come from a {@link TokenStore} and are renewed with a refresh token; several sources may share a store. */
export class StoredSource implements TokenSource {
	readonly purpose = "renew";
	readonly #options: StoredSourceOptions;
	readonly #clock: Clock;
	#seen = -1;
	#tokens: HeldTokens | undefined;
	/** Something to hold that the store does not have (yet). */
	#news: Holding | undefined;
	/** When saving failed: the next tick at which it is worth another try. */
	#saveAt: number | undefined;

	constructor(options: StoredSourceOptions, clock: Clock) {
		this.#options = options;
		this.#clock = clock;
	}

	get margin(): number | undefined {
		return this.#options.store.margin;
	}

	renewable(): boolean {
		return this.#tokens?.refreshToken !== undefined;
	}

	secrets(): string[] {
		const { accessToken = "", refreshToken = "" } = this.#options.typed ?? {};
		return [...clientSecrets(this.#options), accessToken, refreshToken];
	}

	look(): Holding | undefined {
		if (this.#saveAt !== undefined && this.#clock.ticks() >= this.#saveAt) this.#saveLater();
		const revision = this.#options.store.revision();
		if (revision !== this.#seen) {
			this.#seen = revision;
			this.#saveAt = undefined;
			this.#news = this.#read();
		}
		const news = this.#news;
		this.#news = undefined;
		if (news !== undefined) this.#tokens = "tokens" in news ? news.tokens : undefined;
		return news;
	}

	async obtain(): Promise<HeldTokens> {
		const before = this.#tokens?.accessToken;
		return this.#options.store.locked(async () => {
			// Another holder of this sign-in may have renewed it while we waited; its refresh token is the living one.
			const found = this.look();
			if (found !== undefined && "reason" in found) throw new StellantisError("ERR_SIGN_IN_NEEDED", found.reason);
			const held = this.#tokens;
			if (held?.accessToken !== before && held && freshness(held, this.#clock, this.margin) === "fresh") return held;
			if (held?.refreshToken === undefined) {
				const sentence =
					"The access token has ended and there is no refresh token. Open the account and sign in again.";
				throw new StellantisError("ERR_SIGN_IN_NEEDED", sentence);
			}
			const parameters = { refresh_token: held.refreshToken };
			let fresh: HeldTokens;
			try {
				fresh = await requestTokens(this.#options, "refresh_token", parameters, this.#clock, this.#options.tokenQuery);
			} catch (error) {
				return await this.#foundAfter(error);
			}
			const tokens = succeeding(held, fresh);
			await this.#save(tokens);
			return tokens;
		});
	}

	/** What another process has stored while this one was refused; else the refusal stands. */
	async #foundAfter(error: unknown): Promise<HeldTokens> {
		const { refresh, revision } = this.#options.store;
		const before = revision();
		await refresh?.();
		if (revision() === before) throw error;
		this.look();
		if (this.#tokens && freshness(this.#tokens, this.#clock, this.margin) === "fresh") return this.#tokens;
		throw error;
	}

	/** Takes tokens of a new sign-in over; they are stored when it resolves. */
	async replace(tokens: HeldTokens): Promise<void> {
		await this.#options.store.locked(() => this.#save(tokens));
		this.#news = { tokens };
	}

	/** Deletes the sign-in; returns what was held. */
	async forget(): Promise<HeldTokens | undefined> {
		const { store } = this.#options;
		return store.locked(async () => {
			this.look();
			const tokens = this.#tokens;
			const typed = this.#typed();
			// Without this mark the token in the form would sign in again at the next start.
			try {
				if (typed === undefined) await store.remove();
				else await store.write({ issuedFor: this.#issuedFor(), typed });
			} catch (error) {
				this.#news = { reason: SIGNED_OUT };
				this.#options.onWarning?.(
					`Signed out, but the stored sign-in could not be deleted: it will be back at a restart. ${storageSentence(error)}`,
				);
			}
			return tokens;
		});
	}

	#read(): Holding {
		const typed = this.#typed();
		const found = this.#options.store.read(typed);
		const known = "reason" in found ? undefined : found;
		if (typed !== undefined && known?.typedIsKnown !== true) {
			const accessToken = this.#options.typed?.accessToken?.trim();
			return { tokens: { refreshToken: typed, receivedAt: 0, ...(accessToken ? { accessToken } : {}) } };
		}
		if ("reason" in found) return found;
		if (found.issuedFor !== this.#issuedFor()) {
			return { reason: "The sign-in server or the client id was changed since the last sign-in. Sign in again." };
		}
		return found.tokens === undefined ? { reason: SIGNED_OUT } : { tokens: found.tokens };
	}

	/** Stores before anybody uses the tokens. If the disk fails, a sign-in in memory is better than none. */
	async #save(tokens: HeldTokens): Promise<void> {
		this.#tokens = tokens;
		try {
			await this.#options.store.write({ tokens, issuedFor: this.#issuedFor(), typed: this.#typed() });
			this.#seen = this.#options.store.revision();
			this.#saveAt = undefined;
		} catch (error) {
			if (this.#saveAt === undefined) this.#warn(error);
			this.#saveAt = this.#clock.ticks() + SAVE_AGAIN;
		}
	}

	#saveLater(): void {
		this.#saveAt = Number.POSITIVE_INFINITY;
		void this.#options.store.locked(async () => {
			const unchanged = this.#options.store.revision() === this.#seen;
			if (unchanged && this.#tokens !== undefined) await this.#save(this.#tokens);
		});
	}

	#warn(error: unknown): void {
		this.#options.onWarning?.(
			`The sign-in works but could not be stored: it will be lost at a restart. ${storageSentence(error)}`,
		);
	}

	#typed(): string | undefined {
		return this.#options.typed?.refreshToken?.trim() || undefined;
	}

	/** Tokens go back only to the server that gave them. */
	#issuedFor(): string {
		const { tokenUrl, clientId } = this.#options;
		return JSON.stringify([URL.canParse(tokenUrl) ? new URL(tokenUrl).origin : "", clientId]);
	}
}

/** Most renewals that are remembered. */
const MOST_RENEWALS = 20;

/** Renewed tokens, with what the answer left out as it was before. */
function succeeding(before: HeldTokens, fresh: HeldTokens): HeldTokens {
	const { refreshToken, user, renewals = [] } = before;
	const refreshLifetime = fresh.refreshLifetime ?? whatIsLeft(before, fresh);
	return {
		// Servers that don't rotate send no new refresh token: the old one stays good (RFC 6749, section 6).
		...defined({ refreshToken, user }),
		...fresh,
		...(refreshLifetime === undefined
			? {}
			: { refreshLifetime, fullRefreshLifetime: Math.max(refreshLifetime, before.fullRefreshLifetime ?? 0) }),
		renewals: [...renewals, fresh.receivedAt].slice(-MOST_RENEWALS),
	};
}

/** A refresh token that stays ends when it always did. */
function whatIsLeft(before: HeldTokens, fresh: HeldTokens): number | undefined {
	if (fresh.refreshToken !== undefined || before.refreshLifetime === undefined) return undefined;
	return Math.max(0, before.refreshLifetime - (fresh.receivedAt - before.receivedAt));
}
