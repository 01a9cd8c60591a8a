/** Setting things up: channels, monitors and what they watch are created, changed, paused and deleted. */
import { fleetLink } from "../answers/reader";
import { ApiFailure } from "../base/failure";
import type { Json } from "../base/json";
import { iso } from "../base/time";
import { type DemoChannel, isOver, type Monitor } from "../desk/desk";
import type { Family } from "../families";
import { readChannel, readHandles, readMonitor, readStatus } from "../requests/subscriptions";
import { type Answer, type Call, deskOf, type Route, vehicleOf } from "../route";
import { channelOf, monitorOf, showChannel, showMonitor } from "./channels";

/** The routes of a family that change what was set up. */
export function deskRoutes(family: Family): Route[] {
	const route = (method: string, path: string, serve: (call: Call) => Answer): Route => ({ method, path, serve });
	const { path } = family.channels;
	const { path: monitors, handles } = family.monitors;
	return [
		route("POST", path, createChannel),
		route("PUT", `${path}/{channel}`, updateChannel),
		route("PUT", `${path}/{channel}/status`, (call) => {
			const channel = channelOf(call);
			channel.status = readStatus(call.body);
			return channelAnswer(call, 202, touched(call, channel));
		}),
		route("DELETE", `${path}/{channel}`, deleteChannel),
		route("POST", monitors, createMonitor),
		route("PUT", `${monitors}/{monitor}`, (call) => {
			const monitor = monitorOf(call);
			monitor.monitor = readMonitor(call.family, call.body);
			return monitorAnswer(call, touched(call, monitor));
		}),
		route("PUT", `${monitors}/{monitor}/status`, (call) => {
			const monitor = monitorOf(call);
			monitor.status = readStatus(call.body);
			return monitorAnswer(call, touched(call, monitor));
		}),
		route("DELETE", `${monitors}/{monitor}`, (call) => {
			const { id } = monitorOf(call);
			deskOf(call).monitors.delete(id);
			call.post.drop(id);
			return { status: 204 };
		}),
		...(handles ? [route("PUT", `${monitors}/{monitor}/handles`, changeHandles)] : []),
	];
}

function touched<T extends { updatedAt: number }>(call: Call, item: T): T {
	item.updatedAt = call.model.now();
	return item;
}

function newItem(call: Call): { id: string; status: "Running"; createdAt: number; updatedAt: number } {
	const now = call.model.now();
	return { id: call.model.newId(), status: "Running", createdAt: now, updatedAt: now };
}

function createChannel(call: Call): Answer {
	const subscribe = readChannel(call.family, call.body);
	const { channels } = deskOf(call);
	const { most } = call.family.channels;
	if (most !== undefined && channels.size >= most) {
		throw new ApiFailure(409, `An account can have ${most} channels at most.`);
	}
	const channel: DemoChannel = { ...newItem(call), subscribe };
	channels.set(channel.id, channel);
	return channelAnswer(call, 200, channel);
}

function updateChannel(call: Call): Answer {
	const channel = channelOf(call);
	const subscribe = readChannel(call.family, call.body);
	const kind = ({ callback, channel: other }: Json) => Object.keys((callback ?? other ?? {}) as Json)[0];
	if (kind(subscribe) !== kind(channel.subscribe)) {
		throw new ApiFailure(400, "A channel stays what it was created as: webhook, websocket or pushnotif.");
	}
	channel.subscribe = subscribe;
	return channelAnswer(call, 202, touched(call, channel));
}

function deleteChannel(call: Call): Answer {
	const { id } = channelOf(call);
	const { channels, monitors, remotes } = deskOf(call);
	const attached = [...monitors.values()].filter((each) => each.channelId === id);
	// "A channel wouldn't be allowed to delete if its attached remotes are in pending state or monitors in running state."
	if (call.family.channels.keptWhileUsed) {
		const pending = [...remotes.values()].some((each) => each.channelId === id && !isOver(each.status));
		if (pending || attached.some((each) => each.status === "Running")) {
			throw new ApiFailure(409, "The channel has monitors that run or commands that are under way.");
		}
	}
	for (const monitor of attached) monitors.delete(monitor.id);
	channels.delete(id);
	call.post.drop(id);
	return { status: 204 };
}

/** `CallbackRef` and `ChannelRef`. */
function channelAnswer(call: Call, status: number, channel: DemoChannel): Answer {
	const { name, datedAnswers } = call.family.channels;
	const { self, fleet } = showChannel(call, channel)._links as Json;
	return {
		status,
		body: {
			_links: { [name]: self, ...(fleet ? { fleet } : {}) },
			[`${name}Id`]: channel.id,
			status: channel.status,
			...(datedAnswers ? { createdAt: iso(channel.createdAt), updatedAt: iso(channel.updatedAt) } : {}),
		},
	};
}

function createMonitor(call: Call): Answer {
	const { standAlone } = call.family.monitors;
	const channel = standAlone ? undefined : channelOf(call);
	const vehicle = call.params.id === undefined ? undefined : vehicleOf(call, false);
	const body = readMonitor(call.family, call.body);
	const types = channel?.subscribe.type;
	if (Array.isArray(types) && !types.includes("Monitor")) {
		throw new ApiFailure(400, "The channel is not registered for monitors.");
	}
	const monitor: Monitor = {
		...newItem(call),
		...(channel ? { channelId: channel.id } : {}),
		// Where the path names no vehicle, handles will say what is watched.
		vehicleIds: vehicle ? [vehicle.id] : [],
		...(standAlone ? { everyVehicle: true } : {}),
		monitor: body,
	};
	deskOf(call).monitors.set(monitor.id, monitor);
	return monitorAnswer(call, monitor);
}

/** `MonitorRef` and `MonitorUpdateRef`. */
function monitorAnswer(call: Call, monitor: Monitor): Answer {
	const { self } = showMonitor(call, monitor)._links as Json;
	return {
		status: 202,
		body: {
			_links: { monitor: self, ...fleetLink(call) },
			monitorId: monitor.id,
			status: monitor.status,
			createdAt: iso(monitor.createdAt),
			updatedAt: iso(monitor.updatedAt),
		},
	};
}

function changeHandles(call: Call): Answer {
	const monitor = monitorOf(call);
	const { action, vehicleIds, root } = readHandles(call.body);
	for (const id of vehicleIds) {
		if (!call.model.find("id", id)) throw new ApiFailure(400, `There is no vehicle ${id}.`);
	}
	const others = monitor.vehicleIds.filter((id) => !vehicleIds.includes(id));
	monitor.vehicleIds = action === "Add" ? [...others, ...vehicleIds] : others;
	if (root) monitor.everyVehicle = action === "Add";
	const { self } = showMonitor(call, touched(call, monitor))._links as Json;
	return {
		status: 202,
		body: {
			_links: { monitor: self },
			monitorId: monitor.id,
			handled: { vehicleIds, groups: root ? ["root"] : [] },
			updatedAt: iso(monitor.updatedAt),
		},
	};
}
