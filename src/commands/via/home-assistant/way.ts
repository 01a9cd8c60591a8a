import type { Got } from "got";
import { COMMANDS } from "../../../api/commands/names";
import { VIA_COMMANDS } from "../../../api/commands/via";
import { RecentMap } from "../../../recent-map";
import type { Agents } from "../../../transport/agents";
import type { Peer } from "../../../transport/http";
import type { OpenSocket } from "../../../transport/websocket";
import type { CommandClock } from "../../clock";
import type { Errand, FoundCar, Survey, Visit, Way } from "../way";
import { CarSession } from "./car-session";
import { carsIn, type Entities } from "./entities";
import { assertOffered, pendingIn, STILL_PENDING } from "./refusals";
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

/** The last press of a car: the button, and when, by Home Assistant's clock and by ours. */
interface Press {
	button: string;
	time: number;
	now: number;
}

/** By any account of this process, also one that was deployed anew. */
const presses = new RecentMap<string, Press>(1_000);

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
		const { root, token, http, clock } = this.#options;
		const session = await this.#session(errand.vin, signal);
		try {
			assertOffered(session, errand);
		} catch (error) {
			session.close();
			throw error;
		}
		const name = `${root.href} ${session.vin}`;
		const own = presses.get(name);
		return new PressVisit(session, { root, token, http, peer: PEER }, errand, {
			onPress: (time) => presses.set(name, { button: errand.ask, time, now: clock.now() }),
			untilFree: async (until) => {
				if (!own) return false;
				// What was refused is not what is pending.
				presses.set(name, own);
				return this.#untilFree(session, own, until);
			},
		});
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

	/**
	 * The state of a car may have ended a command of ours before the integration has its end, and until then it refuses the
	 * next one. Somebody else's command is not waited for.
	 */
	async #untilFree(session: CarSession, own: Press, signal: AbortSignal): Promise<boolean> {
		const { clock } = this.#options;
		let pending = pendingIn(session);
		if (!pending) return false;
		for (; pending; pending = pendingIn(session)) {
			if (pending.button !== own.button || pending.since < own.time) return false;
			const left = pending.since - own.time + STILL_PENDING - (clock.now() - own.now);
			if (!(left > 0)) return true;
			await session.changed("sensor.command_status", left, signal);
		}
		return true;
	}

	#session(vin: string, signal: AbortSignal): Promise<CarSession> {
		return CarSession.open(vin, { access: this.#access(), clock: this.#options.clock, signal });
	}

	#access(): SocketAccess {
		const { root, token, agents, sockets, timeout } = this.#options;
		const socketAt = (path: string) => {
			const url = new URL(`${root.href.replace(/\/$/, "")}/${path}`);
			url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
			return url;
		};
		return {
			url: socketAt("api/websocket"),
			// `http://supervisor/core` (developers.home-assistant.io, "App communication").
			elsewhere: root.pathname === "/" ? undefined : socketAt("websocket"),
			token,
			open: sockets(),
			agent: agents.for(root),
			peer: PEER,
			timeout: timeout * 1000,
		};
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
