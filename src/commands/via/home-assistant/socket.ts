import { StellantisError } from "../../../error";
import { at, isRecord } from "../../../json";
import { plainText } from "../../../text";
import type { Peer } from "../../../transport/http";
import type { OpenSocket, TextSocket } from "../../../transport/websocket";

/** Where a Home Assistant is, and how it lets in. */
export interface SocketAccess {
	/** `ws:` or `wss:` */
	url: URL;
	/** Where it is if not there: the supervisor that lets add-ons in has a path of its own. */
	elsewhere?: URL | undefined;
	token: string;
	open: OpenSocket;
	agent: Parameters<OpenSocket>[0]["agent"];
	peer: Peer;
	/** Milliseconds for each answer. */
	timeout: number;
}

interface Waiting {
	resolve(result: unknown): void;
	reject(error: unknown): void;
	timer: NodeJS.Timeout;
}

/**
 * A conversation with Home Assistant, signed in (developers.home-assistant.io, "WebSocket API").
 */
export class HomeAssistantSocket {
	/** Its version, as it says. */
	version: string | undefined;
	readonly #access: SocketAccess;
	readonly #waiting = new Map<number, Waiting>();
	readonly #onEvent: (event: unknown) => void;
	readonly #onClose: () => void;
	#socket: TextSocket | undefined;
	/** What is to be said as soon as somebody can. */
	#early: string[] = [];
	#lastId = 0;
	#isClosed = false;

	private constructor(access: SocketAccess, onEvent: (event: unknown) => void, onClose: () => void) {
		this.#access = access;
		this.#onEvent = onEvent;
		this.#onClose = onClose;
	}

	/**
	 * @param onEvent told of the events that were subscribed to
	 * @param onClose told when it ends by itself
	 * @throws ERR_UNAUTHORIZED for a token that is not accepted; ERR_NETWORK, ERR_TIMEOUT, ERR_NOT_FOUND; an AbortError
	 */
	static async open(
		access: SocketAccess,
		signal: AbortSignal,
		onEvent: (event: unknown) => void = () => {},
		onClose: () => void = () => {},
	): Promise<HomeAssistantSocket> {
		const talk = new HomeAssistantSocket(access, onEvent, onClose);
		const welcome = talk.#wait(0);
		welcome.catch(() => {});
		const { url, elsewhere, agent, peer, timeout } = access;
		const openAt = (url: URL) =>
			access.open({
				url,
				agent,
				peer,
				timeout,
				signal,
				onText: (text) => talk.#hear(text),
				onClose: () => talk.#ended(),
			});
		const socket = await openAt(url).catch((error) => {
			signal.throwIfAborted();
			if (elsewhere === undefined || error.code === "ERR_TIMEOUT") throw error;
			// What is told is what is wrong with the usual address.
			return openAt(elsewhere).catch(() => Promise.reject(error));
		});
		talk.#socket = socket;
		for (const text of talk.#early.splice(0)) socket.send(text);
		try {
			await welcome;
			return talk;
		} catch (error) {
			talk.close();
			signal.throwIfAborted();
			throw error;
		}
	}

	/**
	 * Asks, and waits for the answer.
	 *
	 * @throws ERR_REJECTED with what it says; ERR_NETWORK when the connection ends, ERR_TIMEOUT
	 */
	ask(type: string, fields: Record<string, unknown> = {}): Promise<unknown> {
		const id = ++this.#lastId;
		const answer = this.#wait(id);
		this.#say({ id, type, ...fields });
		return answer;
	}

	close(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#socket?.close();
		this.#giveUp();
	}

	#say(message: Record<string, unknown>): void {
		if (this.#isClosed) return;
		const text = JSON.stringify(message);
		if (this.#socket) this.#socket.send(text);
		else this.#early.push(text);
	}

	#wait(id: number): Promise<unknown> {
		if (this.#isClosed) return Promise.reject(this.#broken());
		const { peer, url, timeout } = this.#access;
		return new Promise((resolve, reject) => {
			const late = () => {
				this.#waiting.delete(id);
				const sentence = `${peer.title}${url.host} did not answer in time.`;
				reject(new StellantisError("ERR_TIMEOUT", `${sentence} The account's timeout can be raised.`));
			};
			const timer = setTimeout(late, timeout);
			this.#waiting.set(id, { resolve, reject, timer });
		});
	}

	#hear(text: string): void {
		let message: unknown;
		try {
			message = JSON.parse(text);
		} catch {
			return;
		}
		if (!isRecord(message)) return;
		const { type, id } = message;
		if (typeof message.ha_version === "string") this.version = plainText(message.ha_version, 40);
		if (type === "auth_required") this.#say({ type: "auth", access_token: this.#access.token });
		else if (type === "auth_ok") this.#settle(0, (waiting) => waiting.resolve(undefined));
		else if (type === "auth_invalid") this.#settle(0, (waiting) => waiting.reject(tokenRefused(this.#access.peer)));
		else if (type === "event") this.#onEvent(message.event);
		else if (type === "result" && typeof id === "number")
			this.#settle(id, (waiting) =>
				message.success === true ? waiting.resolve(message.result) : waiting.reject(this.#rejected(message)),
			);
	}

	#settle(id: number, settle: (waiting: Waiting) => void): void {
		const waiting = this.#waiting.get(id);
		if (!waiting) return;
		this.#waiting.delete(id);
		clearTimeout(waiting.timer);
		settle(waiting);
	}

	#ended(): void {
		if (this.#isClosed) return;
		this.#isClosed = true;
		this.#giveUp();
		this.#onClose();
	}

	#giveUp(): void {
		for (const id of [...this.#waiting.keys()]) this.#settle(id, (waiting) => waiting.reject(this.#broken()));
	}

	#broken(): StellantisError {
		const { peer, url } = this.#access;
		return new StellantisError(
			"ERR_NETWORK",
			`${peer.title}${url.host} broke the connection off; it may be starting anew. Try again in a minute.`,
		);
	}

	#rejected(message: Record<string, unknown>): StellantisError {
		const said = plainText(at(message, "error", "message"), 300) ?? plainText(at(message, "error", "code")) ?? "";
		return new StellantisError("ERR_REJECTED", `Home Assistant refuses the question${said && `: ${said}`}.`);
	}
}

/** The token is none that Home Assistant knows. */
export function tokenRefused({ title }: Peer): StellantisError {
	return new StellantisError(
		"ERR_UNAUTHORIZED",
		`${title.replace(/ at $/, "")} does not accept the token. Make a new long-lived access token in Home Assistant (your profile, Security) and enter it in the account, under Commands.`,
	);
}
