import type { Got } from "got";
import { StellantisError } from "../../../error";
import { at } from "../../../json";
import { plainText } from "../../../text";
import { exchange, type Peer, type RawResponse } from "../../../transport/http";
import type { Answer, ToldStatus } from "../../delivery";
import { type Errand, type Reply, tooManyRequests, type Visit } from "../way";
import type { CarSession, Change } from "./car-session";
import { statusOfCode } from "./codes";
import { type EntityState, isNothing, timeOf } from "./entities";
import { busyThere, notPressed, pendingIn, STILL_PENDING } from "./refusals";
import { tokenRefused } from "./socket";
import { stateIn } from "./state";
import { readStatusText } from "./status-text";

/** Where services of Home Assistant are called. */
export interface ServiceAccess {
	root: URL;
	token: string;
	http: Got;
	peer: Peer;
}

/** What a press needs of its way. */
export interface PressPorts {
	/** Told when the button was pressed, epoch milliseconds by Home Assistant's clock. */
	onPress(time: number): void;
	/** Waits until a command of ours that is pending there has its end. False where it is none of ours, or has none in time. */
	untilFree(signal: AbortSignal): Promise<boolean>;
}

/** Largest answer to a press, in bytes. */
const MAX_ANSWER = 1024 * 1024;

/**
 * One press of a button in Home Assistant. It counts as sent only when Home Assistant's answer, or the button's state,
 * shows a new time of it; what the integration tells counts only where it changed after that, both by Home Assistant's
 * clock.
 */
export class PressVisit implements Visit {
	readonly #session: CarSession;
	readonly #access: ServiceAccess;
	readonly #errand: Errand;
	readonly #stopListening: () => void;
	readonly #ports: PressPorts;
	#before: EntityState | undefined;
	/** When the button was pressed, epoch milliseconds by Home Assistant's clock. */
	#pressedAt: number | undefined;
	/** True where the press alone does not say that it was taken. */
	#isDoubtful = false;
	/** Statuses from before the press was seen. */
	#early: Change[] = [];
	#sending = false;
	#isAnswered = false;
	/** Since when another command has no end there (epoch milliseconds, Home Assistant's clock). */
	#pendingSince: number | undefined;
	#tell: ((status: ToldStatus | "done") => void) | undefined;
	#untold: (ToldStatus | "done")[] = [];

	constructor(session: CarSession, access: ServiceAccess, errand: Errand, ports: PressPorts) {
		this.#session = session;
		this.#access = access;
		this.#errand = errand;
		this.#ports = ports;
		this.#before = session.state(`button.${errand.ask}`);
		this.#stopListening = session.listen((change) => this.#onChange(change));
	}

	async look(): Promise<unknown> {
		return stateIn(this.#session);
	}

	async send(signal: AbortSignal, onSent: () => void): Promise<Reply> {
		const reply = await this.#press(signal, onSent);
		// Where a bare failure had to be understood, nothing is pressed again.
		if (reply.sent || this.#isDoubtful || reply.why.code !== "ERR_COMMAND_BUSY") return reply;
		const isFree = await this.#ports.untilFree(signal).catch(() => false);
		if (!isFree) return reply;
		// A refused press may have been written down as one all the same.
		this.#before = this.#session.state(`button.${this.#errand.ask}`);
		this.#pressedAt = undefined;
		this.#early = [];
		this.#untold = [];
		this.#isAnswered = false;
		return this.#press(signal, onSent);
	}

	async #press(signal: AbortSignal, onSent: () => void): Promise<Reply> {
		this.#pendingSince = pendingIn(this.#session)?.since;
		const { root, token, http, peer } = this.#access;
		const entity = this.#session.entities.get(`button.${this.#errand.ask}`);
		let mayBeThere = false;
		let raw: RawResponse;
		this.#sending = true;
		try {
			const request = {
				method: "POST" as const,
				url: new URL(`${root.href.replace(/\/$/, "")}/api/services/button/press`),
				headers: {
					authorization: `Bearer ${token}`,
					"content-type": "application/json",
					accept: "application/json",
					connection: "close",
				},
				body: JSON.stringify({ entity_id: entity?.id }),
				signal,
				peer,
				onSent: () => {
					mayBeThere = true;
					onSent();
				},
			};
			raw = await exchange(http, request, MAX_ANSWER);
		} catch (error) {
			if (!mayBeThere) throw error;
			return this.#sent({});
		} finally {
			this.#isAnswered = true;
		}
		return this.#understood(raw);
	}

	listen(onStatus: (status: ToldStatus | "done") => void): () => void {
		this.#tell = onStatus;
		for (const status of this.#untold.splice(0)) onStatus(status);
		return () => {
			this.#tell = undefined;
		};
	}

	close(): void {
		this.#stopListening();
		this.#session.close();
	}

	/** What Home Assistant's answer to the press means (components/api, APIDomainServicesView). */
	#understood(raw: RawResponse): Reply {
		const { statusCode, body } = raw;
		const { peer } = this.#access;
		const answer = { statusCode };
		const refuse = (code: ConstructorParameters<typeof StellantisError>[0], sentence: string): Reply => ({
			sent: false,
			why: new StellantisError(code, sentence, { statusCode }),
		});
		if (statusCode === 200) {
			const states = jsonOf(body);
			if (!Array.isArray(states)) return this.#sent({ answer });
			const entity = this.#session.entities.get(`button.${this.#errand.ask}`);
			const pressed = states.find((state) => at(state, "entity_id") === entity?.id);
			this.#notePress(at(pressed, "state"));
			if (this.#pressedAt !== undefined) return this.#sent({ answer });
			return { sent: false, why: notPressed(this.#session, this.#errand) };
		}
		const said = plainText(at(jsonOf(body), "message"), 300);
		const saying = said === undefined ? "" : ` It says: ${said}`;
		if (statusCode === 401) return { sent: false, why: tokenRefused(peer) };
		if (statusCode === 403)
			return refuse("ERR_FORBIDDEN", `Home Assistant forbids it (403), perhaps after too many wrong tokens.${saying}`);
		if (statusCode >= 300 && statusCode < 400)
			return refuse(
				"ERR_BAD_RESPONSE",
				`Home Assistant redirects (${statusCode}), which was not followed; nothing was sent. Enter the address that it leads to in the account, under Commands.`,
			);
		if (statusCode === 404)
			return refuse(
				"ERR_NOT_FOUND",
				"Home Assistant is not at the account's address of it (404): enter its root, with the path of a reverse proxy where there is one.",
			);
		if (statusCode === 429) return { sent: false, why: tooManyRequests("Home Assistant", raw) };
		const isBusy = this.#pendingSince !== undefined || /pending/i.test(said ?? "");
		if (statusCode < 500)
			return isBusy
				? { sent: false, why: busyThere(this.#errand) }
				: refuse("ERR_REJECTED", `Home Assistant refuses to press the button (${statusCode}).${saying}`);
		if (/pending/i.test(said ?? "")) return { sent: false, why: busyThere(this.#errand) };
		// The press is written down before the integration is asked: of a failure it proves nothing.
		this.#isDoubtful = true;
		const pendingFor = (this.#pressedAt ?? Number.NaN) - (this.#pendingSince ?? Number.NaN);
		if (pendingFor <= STILL_PENDING) return { sent: false, why: busyThere(this.#errand) };
		return this.#sent({ answer });
	}

	/** It is on its way, for sure where the button shows it. */
	#sent(more: { answer?: Answer }): Reply {
		return { sent: true, isSure: this.#pressedAt !== undefined && !this.#isDoubtful, at: this.#pressedAt, ...more };
	}

	#onChange(change: Change): void {
		const { name, now, isRestored } = change;
		if (!this.#sending) return;
		if (name === `button.${this.#errand.ask}`) {
			const isFirst = this.#pressedAt === undefined;
			if (!isNothing(now)) this.#notePress(now.state);
			if (isFirst && this.#pressedAt !== undefined && this.#isAnswered && !this.#isDoubtful)
				this.#pass({ status: "Accepted" });
			return;
		}
		if (name !== "sensor.command_status" || isRestored) return;
		if (this.#pressedAt === undefined) this.#early.push(change);
		else this.#onStatus(change);
	}

	#notePress(state: unknown): void {
		const time = timeOf(state);
		if (this.#pressedAt !== undefined || Number.isNaN(time)) return;
		if (time <= lastPressOf(this.#before)) return;
		this.#pressedAt = time;
		this.#ports.onPress(time);
		for (const change of this.#early.splice(0)) this.#onStatus(change);
	}

	#onStatus({ now }: Change): void {
		if (this.#pressedAt === undefined || !(now.changed >= this.#pressedAt)) return;
		const said = readStatusText(now.state, this.#session.words);
		if (said?.button !== this.#errand.ask) return;
		const status = statusOfCode(said.code);
		if (status !== undefined) this.#pass(status);
	}

	#pass(status: ToldStatus | "done"): void {
		if (this.#tell) this.#tell(status);
		else this.#untold.push(status);
	}
}

/**
 * The latest time (epoch milliseconds) that is none of a new press: of a button that is not available nobody knows the
 * last one, which comes back with it; but nobody presses it meanwhile.
 */
function lastPressOf(button: EntityState | undefined): number {
	if (button?.state === "unavailable") return button.changed;
	return button && !isNothing(button) ? timeOf(button.state) : Number.NEGATIVE_INFINITY;
}

function jsonOf(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString());
	} catch {
		return undefined;
	}
}
