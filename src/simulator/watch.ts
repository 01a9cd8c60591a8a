/** Runs the monitors: looks at their cars every few seconds and tells what they have to tell. */
import type { Clockwork } from "./clockwork";
import type { Monitor } from "./desk";
import type { FamilyId } from "./families";
import type { Call } from "./route";
import { extensionsOf, shownValue, sightOf } from "./sights";
import { look, type Memory, type MonitorBody } from "./triggers";
import type { SimulatedVehicle } from "./vehicles";

export interface WatchOptions {
	clockwork: Clockwork;
	/** Milliseconds between two looks. */
	tick: number;
	/** A call that stands for the reader of a family's events. */
	callFor(family: FamilyId): Call;
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
		const { model } = this.#options.callFor("user-v4");
		for (const [family, { monitors }] of model.desks()) {
			const monitor = monitors.get(monitorId);
			if (!monitor) continue;
			if (!monitor.everyVehicle && !monitor.vehicleIds.includes(vehicle.id)) break;
			const call = this.#options.callFor(family);
			const sight = sightOf(call, vehicle);
			const own = dataOf(monitor).map((data) => [data, sight.data(data)] as const);
			const given = values && Object.entries(values).map(([data, value]) => [data, [value]] as const);
			this.#tell(call, monitor, vehicle, given ?? own, false);
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
		const { callFor } = this.#options;
		const { model } = callFor("user-v4");
		for (const [family, { monitors }] of model.desks()) {
			const call = callFor(family);
			for (const monitor of monitors.values()) {
				// Nobody hears of what can't be delivered: no need to look.
				const heard = monitor.status === "Running" && call.post.reaches(family, monitor.channelId ?? monitor.id);
				if (!heard) continue;
				for (const vehicle of watched(call, monitor)) this.#lookAt(call, monitor, vehicle);
			}
		}
	}

	#lookAt(call: Call, monitor: Monitor, vehicle: SimulatedVehicle): void {
		const memories = this.#memories.get(monitor) ?? new Map<string, { body: unknown; memory: Memory }>();
		this.#memories.set(monitor, memories);
		const known = memories.get(vehicle.id);
		const body = monitor.monitor as unknown as MonitorBody;
		const sight = sightOf(call, vehicle);
		// A monitor that was changed begins anew.
		const { memory, event } = look(body, known?.body === body ? known.memory : undefined, sight);
		memories.set(vehicle.id, { body, memory });
		if (!event) return;
		const holding = body.triggerParam.triggers.filter(({ name }) => event.triggers.includes(name));
		const values = holding.flatMap(({ data }) => (data ? [[data.data, sight.data(data.data)] as const] : []));
		this.#tell(call, monitor, vehicle, values, event.refresh);
	}

	#tell(
		call: Call,
		monitor: Monitor,
		vehicle: SimulatedVehicle,
		values: readonly (readonly [string, readonly string[]])[],
		refresh: boolean,
	): void {
		const { extendedEventParam = [] } = monitor.monitor as unknown as MonitorBody;
		call.post.monitor(call.family.id, monitor, vehicle, {
			time: call.model.now(),
			values: values.map(([data, literals]) => shownValue(call, vehicle, data, literals)),
			extensions: extensionsOf(call, vehicle, extendedEventParam),
			refresh,
		});
	}
}

function dataOf({ monitor }: Monitor): string[] {
	const { triggerParam } = monitor as unknown as MonitorBody;
	return triggerParam.triggers.flatMap(({ data }) => (data ? [data.data] : []));
}

/** Of a whole fleet, those cars that have a story: all others are too many, and nothing happens to them. */
function watched({ model }: Call, { vehicleIds, everyVehicle }: Monitor): SimulatedVehicle[] {
	const ids = new Set([...(everyVehicle ? model.storied().map(({ id }) => id) : []), ...vehicleIds]);
	return [...ids].flatMap((id) => {
		const vehicle = model.find("id", id);
		return vehicle?.hasData ? [vehicle] : [];
	});
}
