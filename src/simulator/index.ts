/**
 * The demo API: a real HTTP server on loopback that speaks all three families over one simulated fleet.
 * It stands alone: nothing of it knows the client.
 */
import { type Credentials, credentialsOf } from "./credentials";
import { type FamilyId, families } from "./families";
import type { SimulatedAlert } from "./incidents";
import { Model } from "./model";
import type { SimulatedTrip } from "./plan";
import { router } from "./route";
import { routesOf } from "./routes";
import { listen, originOf, type SeenRequest, stop } from "./server";
import type { SimulatedVehicle } from "./vehicles";

export type { Credentials, FamilyId, SeenRequest, SimulatedAlert, SimulatedTrip, SimulatedVehicle };

export interface SimulatorOptions {
	/** Another seed, other cars and histories; default 1. */
	seed?: number;
	/** Clock in epoch milliseconds; default the real one. */
	now?: () => number;
	/** Default 0: any that is free. */
	port?: number;
	/** Plain vehicles beyond the dozen, made as they are asked for, up to 200000; default 0. */
	vehicles?: number;
	/** Milliseconds every answer is held back; default 0. */
	latency?: number;
}

export interface Simulator {
	/** `http://127.0.0.1:PORT` */
	readonly origin: string;
	/** Root of a family's API, without a slash at the end. */
	baseUrl(family: FamilyId): string;
	/** What a client must send to be let in. */
	credentials(family: FamilyId): Credentials;
	/** All vehicles; with many of them, look at it once. */
	readonly vehicles: readonly SimulatedVehicle[];
	/** Adds a trip that has just ended, or as given (epoch milliseconds, km). Throws for an unknown vehicle. */
	addTrip(vehicleId: string, trip?: Partial<SimulatedTrip>): SimulatedTrip;
	/** Adds an alert that has just begun, or as given. Throws for an unknown vehicle. */
	addAlert(vehicleId: string, alert?: Partial<SimulatedAlert>): SimulatedAlert;
	/** Ends an alert now. Throws for one that isn't there. */
	endAlert(vehicleId: string, alertId: string): void;
	/** The last 1000 requests, oldest first, without secrets. */
	readonly requests: readonly SeenRequest[];
	/** Drops all connections and frees the port. */
	close(): Promise<void>;
}

const keptRequests = 1000;

/** Starts the demo API. Rejects when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
	const { seed = 1, now = Date.now, port = 0, vehicles = 0, latency = 0 } = options;
	const extra = Math.min(Math.max(0, Math.floor(vehicles)), 200_000);
	const model = new Model(seed, now, extra);
	const routers = {
		"user-v4": router(routesOf("user-v4")),
		"accounts-v1": router(routesOf("accounts-v1")),
		"fleet-v3": router(routesOf("fleet-v3")),
	};
	const requests: SeenRequest[] = [];
	const server = await listen({
		model,
		port,
		latency,
		find: (family, method, path) => routers[family](method, path),
		seen: (request) => {
			requests.push(request);
			if (requests.length > keptRequests) requests.shift();
		},
	});
	const origin = originOf(server);
	let all: readonly SimulatedVehicle[] | undefined;
	return {
		origin,
		baseUrl: (family) => origin + families[family].root,
		credentials: credentialsOf,
		get vehicles() {
			all ??= model.vehicles().slice(0, model.vehicleCount);
			return all;
		},
		addTrip: (vehicleId, trip) => model.addTrip(vehicleId, trip),
		addAlert: (vehicleId, alert) => model.addAlert(vehicleId, alert),
		endAlert: (vehicleId, alertId) => model.endAlert(vehicleId, alertId),
		requests,
		close: () => stop(server),
	};
}
