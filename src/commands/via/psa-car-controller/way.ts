import type { Got } from "got";
import { COMMANDS } from "../../../api/commands/names";
import { VIA_COMMANDS } from "../../../api/commands/via";
import { isVin } from "../../../api/vehicles";
import { StellantisError } from "../../../error";
import { at } from "../../../json";
import { plainText } from "../../../text";
import type { Agents } from "../../../transport/agents";
import { exchange, type Peer, type RawResponse } from "../../../transport/http";
import { type Errand, type Reply, type Survey, tooManyRequests, type Visit, type Way } from "../way";
import { summaryOf } from "./state";

/** How a psa_car_controller is reached. */
export interface PsaCarControllerOptions {
	/** With its base path. */
	root: URL;
	/** For a reverse proxy that asks for one; psa_car_controller itself lets everybody in. Empty: none. */
	token: string;
	http: Got;
	agents: Agents;
}

const PEER: Peer = {
	title: "psa_car_controller at ",
	field: "address of psa_car_controller",
	excess: "",
};
/** Largest answer in bytes. */
const MAX_ANSWER = 4 * 1024 * 1024;

/**
 * Commands through psa_car_controller. They are GETs, sent once and without following a redirect; that it takes one says
 * nothing of the car, and only a state does.
 */
export class PsaCarControllerWay implements Way {
	readonly via = "psa-car-controller";
	readonly isSparing = true;
	readonly tellsEnd = false;
	readonly #options: PsaCarControllerOptions;
	/** VINs it has in its own spelling, which it compares, by what they are in capitals. */
	readonly #known = new Map<string, string>();

	constructor(options: PsaCarControllerOptions) {
		this.#options = options;
	}

	async visit(errand: Errand, signal: AbortSignal): Promise<Visit> {
		const asked = errand.vin.toUpperCase();
		if (!this.#known.has(asked)) await this.survey(signal);
		const vin = this.#known.get(asked);
		if (vin === undefined)
			throw new StellantisError(
				"ERR_NOT_FOUND",
				`Nothing was sent, because psa_car_controller does not list the car …${asked.slice(-4)}. Sign in on its own pages with the account of that car; if it lists no car at all, the API may fail just now.`,
			);
		return {
			look: (signal) => this.look(vin, signal),
			send: (signal, onSent) => this.#send({ ...errand, vin }, signal, onSent),
			listen: () => () => {},
			close: () => {},
		};
	}

	/** Its own answer from the API, or else the last one it has. */
	async look(vin: string, signal: AbortSignal): Promise<unknown> {
		const path = `get_vehicleinfo/${this.#known.get(vin.toUpperCase()) ?? vin}`;
		const now = await this.#get(path, signal);
		const raw = now.statusCode >= 500 ? await this.#get(`${path}?from_cache=1`, signal) : now;
		return raw.statusCode === 200 ? summaryOf(jsonOf(raw.body)) : undefined;
	}

	async survey(signal: AbortSignal): Promise<Survey> {
		const raw = await this.#get("get_vehicles", signal);
		const refusal = refusalOf(raw);
		if (refusal) throw refusal;
		const cars = raw.statusCode === 200 ? jsonOf(raw.body) : undefined;
		if (!Array.isArray(cars))
			throw new StellantisError(
				raw.statusCode >= 500 ? "ERR_SERVER" : "ERR_BAD_RESPONSE",
				`What answers at the account's address of psa_car_controller gives no list of cars (${raw.statusCode}). Is it psa_car_controller, with its base path, and has it been set up on its own pages?`,
				{ statusCode: raw.statusCode },
			);
		this.#known.clear();
		for (const car of cars) {
			const vin = plainText(at(car, "vin"));
			if (vin !== undefined && isVin(vin.toUpperCase())) this.#known.set(vin.toUpperCase(), vin);
		}
		const commands = COMMANDS.filter((command) => VIA_COMMANDS["psa-car-controller"].commands[command]);
		return { version: undefined, cars: [...this.#known.keys()].map((vin) => ({ vin, commands })) };
	}

	close(): void {
		this.#options.agents.destroy();
	}

	async #send({ vin, command, ask }: Errand, signal: AbortSignal, onSent: () => void): Promise<Reply> {
		let mayBeThere = false;
		let raw: RawResponse;
		try {
			raw = await this.#get(ask.replace("{vin}", vin), signal, () => {
				mayBeThere = true;
				onSent();
			});
		} catch (error) {
			if (!mayBeThere) throw error;
			return { sent: true, isSure: false };
		}
		const { statusCode } = raw;
		const refusal = refusalOf(raw);
		if (refusal) return { sent: false, why: refusal };
		// There all that can fail comes before it is sent. Any other 5xx is of a proxy, which may have passed it on.
		if (statusCode === 500 && ask.startsWith("charge_now/"))
			return {
				sent: false,
				why: new StellantisError(
					"ERR_REJECTED",
					`The command ${command} was not sent: psa_car_controller failed at it (${statusCode}). It needs remote control to be set up on its pages, a state of the car, and a start time programmed in it.`,
					{ statusCode },
				),
			};
		const body = statusCode === 200 ? jsonOf(raw.body) : undefined;
		const error = plainText(at(body, "error"), 300);
		if (error !== undefined)
			return {
				sent: false,
				why: new StellantisError(
					/rate limit/i.test(error) ? "ERR_RATE_LIMITED" : "ERR_REJECTED",
					`The command ${command} was not sent. psa_car_controller says: ${error}`,
					{ statusCode },
				),
			};
		const isTaken = statusCode === 200 && (body === true || body === null);
		return { sent: true, isSure: isTaken, answer: { statusCode } };
	}

	#get(path: string, signal: AbortSignal, onSent?: () => void): Promise<RawResponse> {
		const { root, token, http } = this.#options;
		const request = {
			method: "GET" as const,
			url: new URL(`${root.href.replace(/\/$/, "")}/${path}`),
			headers: {
				accept: "application/json",
				connection: "close",
				...(token === "" ? {} : { authorization: `Bearer ${token}` }),
			},
			signal,
			peer: PEER,
			onSent,
		};
		return exchange(http, request, MAX_ANSWER);
	}
}

/** An answer that says for sure that nothing was done. */
function refusalOf(raw: RawResponse): StellantisError | undefined {
	const { statusCode } = raw;
	const refuse = (code: ConstructorParameters<typeof StellantisError>[0], sentence: string) =>
		new StellantisError(code, sentence, { statusCode });
	if (statusCode >= 300 && statusCode < 400)
		return refuse(
			"ERR_BAD_RESPONSE",
			`psa_car_controller redirects (${statusCode}), which was not followed; nothing was sent. Enter the address that it leads to in the account, under Commands.`,
		);
	if (statusCode === 401 || statusCode === 403)
		return refuse(
			statusCode === 401 ? "ERR_UNAUTHORIZED" : "ERR_FORBIDDEN",
			`What stands in front of psa_car_controller does not let the account in (${statusCode}). Check its token in the account, under Commands.`,
		);
	if (statusCode === 404)
		return refuse(
			"ERR_NOT_FOUND",
			"psa_car_controller is not at the account's address of it (404): enter its root, with its base path where it has one.",
		);
	if (statusCode === 429) return tooManyRequests("psa_car_controller", raw);
	if (statusCode >= 400 && statusCode < 500)
		return refuse("ERR_REJECTED", `psa_car_controller refuses the request (${statusCode}); nothing was sent.`);
	return undefined;
}

/** Undefined for what is no JSON: its failures are web pages. */
function jsonOf(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString());
	} catch {
		return undefined;
	}
}
