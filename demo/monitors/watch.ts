/** Runs the monitors: looks at their cars every few seconds and tells what they have to tell. */
import type { Reader } from "../answers/reader";
import type { Clockwork } from "../base/clockwork";
import type { Monitor } from "../desk/desk";
import type { Desks } from "../desk/desks";
import type { PostOffice } from "../events/post";
import type { Family } from "../families";
import type { SimulatedVehicle } from "../world/vehicles";
import { extensionsOf, shownValue, sightOf } from "./sights";
import { look, type Memory, type MonitorBody } from "./triggers";

export interface WatchOptions {
	clockwork: Clockwork;
	desks: Desks;
	/** Where events leave. */
	post: PostOffice;
	/** Milliseconds between two looks. */
	tick: number;
	/** Who reads a family's events. */
	readerOf(family: Family): Reader;
}

export class Watch {
	readonly #options: WatchOptions;
	readonly #memories = new WeakMap<Monitor, Map<string, { body: unknown; memory: Memory }>>();

	constructor(options: WatchOptions) {
		this.#options = options;
		this.#later();
	}

	/**
	 * Makes a monitor tell something now, whatever the car is like.
	 * @param values literals by data operand; default: the car's own for the monitor's triggers
	 * @throws Error for a vehicle that the monitor doesn't watch
	 */
	fire(vehicle: SimulatedVehicle, monitorId: string, values?: Readonly<Record<string, string>>): void {
		const { desks, readerOf } = this.#options;
		for (const [family, { monitors }] of desks.opened()) {
			const monitor = monitors.get(monitorId);
			if (!monitor) continue;
			if (!monitor.everyVehicle && !monitor.vehicleIds.includes(vehicle.id)) break;
			const reader = readerOf(family);
			const sight = sightOf(reader, vehicle);
			const own = dataOf(monitor).map((data) => [data, sight.data(data)] as const);
			const given = values && Object.entries(values).map(([data, value]) => [data, [value]] as const);
			this.#tell(reader, monitor, vehicle, given ?? own, false);
			return;
		}
		throw new Error(`There is no monitor ${monitorId} that watches vehicle ${vehicle.id}.`);
	}

	#later(): void {
		this.#options.clockwork.after(this.#options.tick, () => {
			this.#lookAtAll();
			this.#later();
		});
	}

	#lookAtAll(): void {
		const { desks, post, readerOf } = this.#options;
		for (const [family, { monitors }] of desks.opened()) {
			const reader = readerOf(family);
			for (const monitor of monitors.values()) {
				// Nobody hears of what can't be delivered: no need to look.
				const heard = monitor.status === "Running" && post.reaches(family, monitor.channelId ?? monitor.id);
				if (!heard) continue;
				for (const vehicle of watched(reader, monitor)) this.#lookAt(reader, monitor, vehicle);
			}
		}
	}

	#lookAt(reader: Reader, monitor: Monitor, vehicle: SimulatedVehicle): void {
		const memories = this.#memories.get(monitor) ?? new Map<string, { body: unknown; memory: Memory }>();
		this.#memories.set(monitor, memories);
		const known = memories.get(vehicle.id);
		const body = monitor.monitor as unknown as MonitorBody;
		const sight = sightOf(reader, vehicle);
		// A monitor that was changed begins anew.
		const { memory, event } = look(body, known?.body === body ? known.memory : undefined, sight);
		memories.set(vehicle.id, { body, memory });
		if (!event) return;
		const holding = body.triggerParam.triggers.filter(({ name }) => event.triggers.includes(name));
		const values = holding.flatMap(({ data }) => (data ? [[data.data, sight.data(data.data)] as const] : []));
		this.#tell(reader, monitor, vehicle, values, event.refresh);
	}

	#tell(
		reader: Reader,
		monitor: Monitor,
		vehicle: SimulatedVehicle,
		values: readonly (readonly [string, readonly string[]])[],
		refresh: boolean,
	): void {
		const { extendedEventParam = [] } = monitor.monitor as unknown as MonitorBody;
		this.#options.post.monitor(reader.family, monitor, vehicle, {
			time: reader.model.now(),
			values: values.map(([data, literals]) => shownValue(reader, vehicle, data, literals)),
			extensions: extensionsOf(reader, vehicle, extendedEventParam),
			refresh,
		});
	}
}

function dataOf({ monitor }: Monitor): string[] {
	const { triggerParam } = monitor as unknown as MonitorBody;
	return triggerParam.triggers.flatMap(({ data }) => (data ? [data.data] : []));
}

/** Of a whole fleet, those cars that have a story: all others are too many, and nothing happens to them. */
function watched({ model }: Reader, { vehicleIds, everyVehicle }: Monitor): SimulatedVehicle[] {
	const ids = new Set([...(everyVehicle ? model.storied().map(({ id }) => id) : []), ...vehicleIds]);
	return [...ids].flatMap((id) => {
		const vehicle = model.find("id", id);
		return vehicle?.hasData ? [vehicle] : [];
	});
}
