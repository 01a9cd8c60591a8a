import type { Got } from "got";
import { COMMANDS } from "../../../api/commands/names";
import { VIA_COMMANDS } from "../../../api/commands/via";
import type { Agents } from "../../../transport/agents";
import type { Peer } from "../../../transport/http";
import type { OpenSocket } from "../../../transport/websocket";
import type { CommandClock } from "../../clock";
import type { Errand, FoundCar, Survey, Visit, Way } from "../way";
import { CarSession } from "./car-session";
import { carsIn, type Entities } from "./entities";
import { assertOffered } from "./refusals";
import { HomeAssistantSocket, type SocketAccess } from "./socket";
import { stateIn } from "./state";
import { PressVisit } from "./visit";

/** How a Home Assistant is reached. */
export interface HomeAssistantOptions {
	root: URL;
	/** A long-lived access token; goes nowhere but to the root's origin. */
	token: string;
	http: Got;
	agents: Agents;
	/** Made when it is needed: where no WebSocket is to be had, that is the answer. */
	sockets(): OpenSocket;
	/** Seconds for each answer. */
	timeout: number;
	clock: CommandClock;
}

const PEER: Peer = {
	title: "Home Assistant at ",
	field: "address of Home Assistant",
	excess: "",
};

/** Commands through the integration Stellantis Vehicles of a Home Assistant. */
export class HomeAssistantWay implements Way {
	readonly via = "home-assistant";
	readonly isSparing = false;
	readonly tellsEnd = true;
	readonly #options: HomeAssistantOptions;

	constructor(options: HomeAssistantOptions) {
		this.#options = options;
	}

	async visit(errand: Errand, signal: AbortSignal): Promise<Visit> {
		const { root, token, http } = this.#options;
		const session = await this.#session(errand.vin, signal);
		try {
			assertOffered(session, errand);
		} catch (error) {
			session.close();
			throw error;
		}
		return new PressVisit(session, { root, token, http, peer: PEER }, errand);
	}

	async look(vin: string, signal: AbortSignal): Promise<unknown> {
		const session = await this.#session(vin, signal);
		try {
			return session.entities.size > 0 ? stateIn(session) : undefined;
		} finally {
			session.close();
		}
	}

	async survey(signal: AbortSignal): Promise<Survey> {
		const socket = await HomeAssistantSocket.open(this.#access(), signal);
		try {
			const cars = carsIn(await socket.ask("config/entity_registry/list"));
			return { version: socket.version, cars: [...cars].map(([vin, entities]) => carOf(vin, entities)) };
		} finally {
			socket.close();
		}
	}

	close(): void {
		this.#options.agents.destroy();
	}

	#session(vin: string, signal: AbortSignal): Promise<CarSession> {
		return CarSession.open(vin, { access: this.#access(), clock: this.#options.clock, signal });
	}

	#access(): SocketAccess {
		const { root, token, agents, sockets, timeout } = this.#options;
		const url = new URL(`${root.href.replace(/\/$/, "")}/api/websocket`);
		const agent = agents.for(url);
		url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
		return { url, token, open: sockets(), agent, peer: PEER, timeout: timeout * 1000 };
	}
}

function carOf(vin: string, entities: Entities): FoundCar {
	const isThere = (key: string) => {
		const entity = entities.get(`button.${key}`);
		return entity !== undefined && entity.disabledBy === undefined;
	};
	const { commands } = VIA_COMMANDS["home-assistant"];
	return { vin, commands: COMMANDS.filter((command) => commands[command]?.asks.every(isThere)) };
}
