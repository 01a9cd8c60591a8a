/**
 * What users have set up at the API: return channels, monitors and commands sent. One desk a family, kept in memory
 * and meant to be changed; it starts with one of each, so that every list has something to show.
 */
import { isObject, type Json } from "../base/json";

export type RunStatus = "Running" | "Paused" | "Failed";

export interface DemoChannel {
	id: string;
	/** The body it was created with. */
	subscribe: Json;
	status: RunStatus;
	createdAt: number;
	updatedAt: number;
}

export interface Monitor {
	id: string;
	/** The channel it hangs below; absent for one that stands alone. */
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
	channels: Map<string, DemoChannel>;
	monitors: Map<string, Monitor>;
	remotes: Map<string, RemoteAction>;
}

/** Whether a command with this status has come to its end. */
export function isOver(status: string): boolean {
	return status === "Success" || status === "AlreadyDone" || status === "Failed";
}

/** The webhook of a channel or of a monitor that stands alone; undefined for channels of another kind. */
export function webhookOf(subscription: unknown): Json | undefined {
	if (!isObject(subscription)) return undefined;
	const holder = subscription.callback ?? subscription.channel;
	return isObject(holder) && isObject(holder.webhook) ? holder.webhook : undefined;
}
