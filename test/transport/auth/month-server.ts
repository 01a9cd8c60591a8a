import type { IncomingMessage, ServerResponse } from "node:http";
import { json, listen, type TestServer } from "../../support/oauth-server";

/** What the server does with a renewal. */
export type Behaviour = "grant" | "fail with 50000" | "fail with 503" | "break off" | "grant and lose the answer";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A renewal that reached the server, by true time. */
export interface Renewal {
	at: number;
	granted: boolean;
}

/**
 * A token endpoint with true time of its own: access tokens live an hour, refresh tokens seven days, each is rotated
 * at use, and the one before stays good until its successor is used.
 */
export class MonthServer implements TestServer {
	url = "";
	behaviour: Behaviour = "grant";
	readonly renewals: Renewal[] = [];
	/** Refresh tokens that are good, with the time of their end. */
	readonly #good = new Map<string, number>();
	#issued = 0;
	#server: TestServer | undefined;

	/**
	 * @param now true time, milliseconds
	 * @param tells whether answers say how long the refresh token lives
	 */
	constructor(
		readonly now: () => number,
		readonly tells: boolean,
	) {}

	async start(): Promise<this> {
		this.#server = await listen((message, response) => void this.#handle(message, response));
		this.url = this.#server.url;
		return this;
	}

	async stop(): Promise<void> {
		await this.#server?.stop();
	}

	/** True for an access token that the API would take. */
	accepts(authorization: string | undefined): boolean {
		const issuedAt = Number(/^Bearer access-\d+-(\d+)$/.exec(authorization ?? "")?.[1]);
		return this.now() - issuedAt < 60 * MINUTE;
	}

	async #handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of message) chunks.push(chunk);
		const body = new URLSearchParams(Buffer.concat(chunks).toString());
		const isRenewal = body.get("grant_type") === "refresh_token";
		const behaviour = isRenewal ? this.behaviour : "grant";
		const used = body.get("refresh_token") ?? "";
		const isGood = !isRenewal || (this.#good.get(used) ?? 0) > this.now();
		const granted = isGood && behaviour.startsWith("grant");
		if (isRenewal) this.renewals.push({ at: this.now(), granted });
		if (behaviour === "fail with 50000") return json(response, 500, { code: 50000, message: "Something went wrong" });
		if (behaviour === "fail with 503") return json(response, 503, {}, { "retry-after": "120" });
		if (behaviour === "break off") return void response.destroy();
		if (!granted) return json(response, 400, { error: "invalid_grant" });
		const refreshToken = `refresh-${++this.#issued}`;
		for (const token of this.#good.keys()) if (token !== used) this.#good.delete(token);
		this.#good.set(refreshToken, this.now() + 7 * DAY);
		if (behaviour === "grant and lose the answer") return void response.destroy();
		json(response, 200, {
			access_token: `access-${this.#issued}-${this.now()}`,
			token_type: "Bearer",
			expires_in: 3600,
			refresh_token: refreshToken,
			...(this.tells ? { refresh_expires_in: (7 * DAY) / 1000 } : {}),
		});
	}
}
