/**
 * The demo API: a real HTTP server on loopback that speaks all three families over one simulated fleet.
 * It stands alone: nothing of it knows the client. Imports point down this list:
 *
 *     server, routes/           requests come in, and each path is served
 *     route, collections/       what a route is; pages and filters of everything that is a list
 *     monitors/, events/        who watches the cars, and how webhooks hear of it
 *     desk/                     what users set up: channels, monitors, and commands on their way
 *     requests/, answers/       what is read of bodies and headers, and how a family writes what it tells
 *     world/                    the cars: what they are, do and suffer, and what they tell wrongly, whoever asks
 *     families, base/           the table of what tells the families apart; JSON, time, timers, refusals
 *     deviations                where answers differ from the published documents on purpose
 */
import { Clockwork, type Timers } from "./base/clockwork";
import type { RemoteAction } from "./desk/desk";
import { Desks } from "./desk/desks";
import { type CommandScript, Remotes } from "./desk/remotes";
import { PostOffice } from "./events/post";
import { type Family, type FamilyId, families } from "./families";
import { Watch } from "./monitors/watch";
import { type Credentials, credentialsOf } from "./requests/credentials";
import { router } from "./route";
import { routesOf } from "./routes";
import { listen, originOf, type SeenRequest, stop } from "./server";
import type { SimulatedAlert } from "./world/incidents";
import { Model } from "./world/model";
import type { SimulatedCharge, SimulatedTrip } from "./world/plan";
import type { Fact, Zone } from "./world/truth";
import type { SimulatedVehicle } from "./world/vehicles";

export type {
	CommandScript,
	Credentials,
	Fact,
	FamilyId,
	SeenRequest,
	SimulatedAlert,
	SimulatedCharge,
	SimulatedTrip,
	SimulatedVehicle,
	Timers,
	Zone,
};

/** How a demo API differs from the usual one. */
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
	/** Milliseconds between two statuses of a command; default 1000. */
	commandSteps?: number;
	/** Wake-ups of a vehicle in a month (UTC) before no more are done; default 100. */
	wakeUpsPerMonth?: number;
	/** Milliseconds between two looks of the monitors at their vehicles; default 5000. */
	monitorTick?: number;
	/** How things are done later; default Node's timers, which keep no process alive here. */
	timers?: Timers;
}

/** A demo API that runs, and the strings that tests pull. */
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
	/**
	 * Says what shall come of the next command to a vehicle, whatever family it comes by; several scripts are used in
	 * order. What a script leaves out happens as the vehicle's state has it. Throws for an unknown vehicle.
	 */
	scriptCommand(vehicleId: string, script: CommandScript): void;
	/**
	 * Makes a monitor tell something of a vehicle now. `values` are literals by data operand
	 * (`{"vehicle.energy.electric.level": "12"}`); default: the vehicle's own. Throws when it doesn't watch the vehicle.
	 */
	fireMonitor(vehicleId: string, monitorId: string, values?: Readonly<Record<string, string>>): void;
	/** Resolves when no webhook is on its way; repeats that wait for their time don't count. */
	settled(): Promise<void>;
	/** Pins what tests need of a vehicle; `undefined` lets it go again. Throws for an unknown vehicle. */
	changeVehicle(vehicleId: string, change: VehicleChange): void;
	/**
	 * What really happens to a vehicle from one moment on and before another (epoch milliseconds), in the past or to come:
	 * plugs, charging, drives, and the zones that are asked for, in order of time. It is the vehicle's own life: what
	 * commands and `changeVehicle` do to it is not in it. No route tells it. Throws for an unknown vehicle.
	 */
	truth(vehicleId: string, from: number, to: number, zones?: readonly Zone[]): Fact[];
	/** The last 1000 requests, oldest first, without secrets. */
	readonly requests: readonly SeenRequest[];
	/** Drops all connections and timers, breaks off webhooks and frees the port. */
	close(): Promise<void>;
}

/** What a test may pin of a vehicle. */
export interface VehicleChange {
	/** `Driver`, `Passenger`, `RearLeft`, `RearRight`, `Trunk` */
	openDoors?: string[] | undefined;
	locked?: boolean | undefined;
	/** Level of the battery to drive with, in %. */
	level?: number | undefined;
	/** Level of the 12 V battery, in %. */
	auxiliaryBattery?: number | undefined;
	/** True: no cable, whatever the vehicle's week has. */
	unplugged?: boolean | undefined;
}

const keptRequests = 1000;

/** Starts the demo API. Rejects when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
	const { seed = 1, now = Date.now, port = 0, vehicles = 0, latency = 0 } = options;
	const { commandSteps: step = 1000, wakeUpsPerMonth = 100, monitorTick: tick = 5000, timers } = options;
	const extra = Math.min(Math.max(0, Math.floor(vehicles)), 200_000);
	const model = new Model(seed, now, extra);
	const clockwork = new Clockwork(timers);
	const desks = new Desks(model);
	const post = new PostOffice(model, desks, clockwork);
	const told = (family: Family, action: RemoteAction) => post.remote(family, action);
	const remotes = new Remotes({ model, desks, clockwork, step, wakeUpsPerMonth, told });
	const routers = new Map(Object.values(families).map((family) => [family, router(routesOf(family))]));
	const requests: SeenRequest[] = [];
	const server = await listen({
		model,
		desks,
		remotes,
		post,
		port,
		latency,
		find: (family, method, path) => routers.get(family)?.(method, path),
		seen: (request) => {
			requests.push(request);
			if (requests.length > keptRequests) requests.shift();
		},
	});
	const origin = originOf(server);
	const watch = new Watch({
		clockwork,
		tick,
		desks,
		post,
		readerOf: (family) => ({ family, model, origin, params: {}, query: new URLSearchParams() }),
	});
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
		scriptCommand: (vehicleId, script) => remotes.script(model.known(vehicleId).id, script),
		fireMonitor: (vehicleId, monitorId, values) => watch.fire(model.known(vehicleId), monitorId, values),
		settled: () => post.settled(),
		truth: (vehicleId, from, to, zones) => model.truth(model.known(vehicleId), from, to, zones),
		changeVehicle: (vehicleId, change) => {
			const overrides = model.overrides(model.known(vehicleId).id);
			for (const [name, value] of Object.entries(change)) {
				if (value === undefined) delete overrides[name as keyof VehicleChange];
				else Object.assign(overrides, { [name]: value });
			}
		},
		close: () => {
			clockwork.stop();
			post.close();
			return stop(server);
		},
	};
}
