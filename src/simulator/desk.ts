/**
 * What users have set up at the API: return channels, monitors and commands sent. One desk a family, kept in memory
 * and meant to be changed; it starts with one of each, so that every list has something to show.
 */
import { type FamilyId, families, remoteTypes } from "./families";
import { hex } from "./random";
import type { Json } from "./wording";

export type RunStatus = "Running" | "Paused" | "Failed";

export interface Channel {
	id: string;
	/** The body it was created with. */
	subscribe: Json;
	status: RunStatus;
	createdAt: number;
	updatedAt: number;
}

export interface Monitor {
	id: string;
	/** user-v4 and accounts-v1 hang a monitor below a channel. */
	channelId?: string;
	/** The vehicles it watches. */
	vehicleIds: string[];
	/** It watches all vehicles. */
	everyVehicle?: boolean;
	/** The body it was created with. */
	monitor: Json;
	status: RunStatus;
	createdAt: number;
	updatedAt: number;
}

export interface RemoteAction {
	id: string;
	vehicleId: string;
	channelId: string;
	type: string;
	/** The body it was sent with. */
	remote: Json;
	status: string;
	failureCause?: string;
	createdAt: number;
	updatedAt: number;
}

export interface Desk {
	channels: Map<string, Channel>;
	monitors: Map<string, Monitor>;
	remotes: Map<string, RemoteAction>;
}

/** A desk with one running channel, one monitor and one command that went well. */
export function openDesk(family: FamilyId, seed: number, vehicleId: string, now: number): Desk {
	const { channels } = families[family];
	const kind = channels.key === "channels" ? "channel" : "callback";
	const fleet = family === "fleet-v3";
	const webhook = { target: "https://flows.example/stellantis/events", name: "demo" };
	const times = { createdAt: now, updatedAt: now };
	const channel: Channel = {
		id: hex(16, seed, 1, family.length),
		subscribe: {
			label: "demo",
			[kind]: { webhook },
			...(fleet ? { remoteTypes: [...remoteTypes], retryPolicy: { policy: "None" } } : { type: ["Monitor", "Remote"] }),
		},
		status: "Running",
		...times,
	};
	const monitor: Monitor = {
		id: hex(16, seed, 2, family.length),
		...(fleet ? {} : { channelId: channel.id }),
		vehicleIds: [vehicleId],
		monitor: {
			label: "battery low",
			...(fleet ? { subscribeParam: { callback: { webhook }, retryPolicy: { policy: "None" } } } : {}),
			triggerParam: {
				triggers: [{ name: "low", data: { data: "vehicle.energy.electric.level", op: "lowerThan", value: ["20"] } }],
				boolExp: "low",
			},
		},
		status: "Running",
		...times,
	};
	const lights = { lights: family === "accounts-v1" ? { state: "Activated" } : { on: true } };
	const remote: RemoteAction = {
		id: hex(16, seed, 3, family.length),
		vehicleId,
		channelId: channel.id,
		type: "Lights",
		remote: { label: "demo", ...(family === "accounts-v1" ? { action: lights } : lights) },
		status: "Success",
		...times,
	};
	return {
		channels: new Map([[channel.id, channel]]),
		monitors: new Map([[monitor.id, monitor]]),
		remotes: new Map([[remote.id, remote]]),
	};
}
