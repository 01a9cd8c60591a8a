/** The desks of all families, each opened when somebody first looks at it. */
import type { Json } from "../base/json";
import { type Family, type FamilyId, families } from "../families";
import type { Model } from "../world/model";
import { hex } from "../world/random";
import type { DemoChannel, Desk, Monitor, RemoteAction } from "./desk";

export class Desks {
	readonly #model: Model;
	readonly #opened = new Map<FamilyId, Desk>();

	constructor(model: Model) {
		this.#model = model;
	}

	/** Channels, monitors and commands of a family; change them in place. */
	of(family: Family): Desk {
		let desk = this.#opened.get(family.id);
		if (!desk) {
			desk = openDesk(family, this.#model);
			this.#opened.set(family.id, desk);
		}
		return desk;
	}

	/** The desks that anybody has looked at. */
	opened(): [Family, Desk][] {
		return [...this.#opened].map(([id, desk]) => [families[id], desk]);
	}
}

/** Bodies as clients of a family send them. */
interface Bodies {
	channel: Json;
	monitor: Json;
	remote: Json;
}

const webhook = { target: "https://flows.example/stellantis/events", name: "demo" };
const retryPolicy = { policy: "None" };
const batteryLow = {
	triggers: [{ name: "low", data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["20"] } }],
	boolExp: "low",
};

/** What was sent for the things that a desk starts with. */
const firstBodies: Readonly<Record<FamilyId, Bodies>> = {
	"user-v4": {
		channel: { label: "demo", callback: { webhook }, type: ["Monitor", "Remote"] },
		monitor: { label: "battery low", triggerParam: batteryLow },
		remote: { label: "demo", lights: { on: true } },
	},
	"accounts-v1": {
		channel: { label: "demo", channel: { webhook }, type: ["Monitor", "Remote"] },
		monitor: { label: "battery low", triggerParam: batteryLow },
		remote: { label: "demo", action: { lights: { state: "Activated" } } },
	},
	"fleet-v3": {
		channel: {
			label: "demo",
			callback: { webhook },
			remoteTypes: families["fleet-v3"].channels.types,
			retryPolicy,
		},
		monitor: {
			label: "battery low",
			subscribeParam: { callback: { webhook }, retryPolicy },
			triggerParam: batteryLow,
		},
		remote: { label: "demo", lights: { on: true } },
	},
};

/** A desk with one running channel, one monitor and one command that went well. */
function openDesk({ id, monitors }: Family, model: Model): Desk {
	const bodies = structuredClone(firstBodies[id]);
	const newId = (place: number) => hex(16, model.seed, place, id.length);
	const now = model.now();
	const times = { createdAt: now, updatedAt: now };
	const vehicleId = model.vehicle(0).id;
	const channel: DemoChannel = { id: newId(1), subscribe: bodies.channel, status: "Running", ...times };
	const monitor: Monitor = {
		id: newId(2),
		...(monitors.standAlone ? {} : { channelId: channel.id }),
		vehicleIds: [vehicleId],
		monitor: bodies.monitor,
		status: "Running",
		...times,
	};
	const remote: RemoteAction = {
		id: newId(3),
		vehicleId,
		channelId: channel.id,
		type: "Lights",
		remote: bodies.remote,
		status: "Success",
		...times,
	};
	return {
		channels: new Map([[channel.id, channel]]),
		monitors: new Map([[monitor.id, monitor]]),
		remotes: new Map([[remote.id, remote]]),
	};
}
