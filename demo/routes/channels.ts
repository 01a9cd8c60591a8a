/** Reading return channels, monitors and commands (`/channels`, `/callbacks`, `/monitors`, `/remotes` of the documents). */
import { fleetLink, link, vehiclePath } from "../answers/reader";
import { ApiFailure } from "../base/failure";
import type { Json } from "../base/json";
import { iso } from "../base/time";
import { collection } from "../collections/collection";
import { oneOf } from "../collections/filters";
import { type DemoChannel, type Monitor, type RemoteAction, webhookOf } from "../desk/desk";
import { isHere } from "../events/deliver";
import type { Family, PageRule } from "../families";
import { type Answer, type Call, deskOf, get, ok, type Route, vehicleOf } from "../route";

/** Path of the commands that were sent to a vehicle by a channel. */
export function remotesPath({ vehicles, channels }: Family): string {
	return `${vehicles}/{id}/${channels.name}s/{channel}/remotes`;
}

/** The routes of a family that show what was set up. */
export function channelRoutes(family: Family): Route[] {
	const { channels, monitors, paging } = family;
	const all = `${channels.name}s`;
	return [
		...list(channels.path, all, "channel", paging.desk, allChannels, (each) => each.id, showChannel),
		...list(monitors.path, "monitors", "monitor", paging.desk, allMonitors, (each) => each.id, showMonitor),
		...list(remotesPath(family), "remoteActions", "remote", paging.usual, allRemotes, (each) => each.id, showRemote),
		...(monitors.handles ? [get(`${monitors.path}/{monitor}/handles`, handles)] : []),
	];
}

function list<T>(
	path: string,
	key: string,
	name: string,
	rule: PageRule,
	all: (call: Call) => T[],
	id: (item: T) => string,
	show: (call: Call, item: T) => Json,
): Route[] {
	return [
		get(path, (call) => collection(call, { key, rule, timed: false, items: all, show })),
		get(`${path}/{${name}}`, (call) => {
			const found = all(call).find((item) => id(item) === call.params[name]);
			if (!found) throw new ApiFailure(404, `There is no such ${name}.`);
			return ok(show(call, found));
		}),
	];
}

function allChannels(call: Call): DemoChannel[] {
	const { types, typesKey } = call.family.channels;
	const wanted = oneOf(call.query, "types", types);
	// A channel that names no types serves all.
	const all = [...deskOf(call).channels.values()].filter((each) => {
		const served = each.subscribe[typesKey];
		return !Array.isArray(served) || served.some((type) => wanted(String(type)));
	});
	// Those by which events arrive come first: many a client takes the first channel that runs.
	const arrives = (each: DemoChannel) => Number(isHere(webhookOf(each.subscribe)?.target));
	return all.sort((one, other) => arrives(other) - arrives(one));
}

/** The channel a path names, or a 404. */
export function channelOf(call: Call): DemoChannel {
	const channel = deskOf(call).channels.get(call.params.channel ?? "");
	if (!channel) throw new ApiFailure(404, "There is no such channel.");
	return channel;
}

/** The monitor a path names, or a 404. */
export function monitorOf(call: Call): Monitor {
	const monitor = allMonitors(call).find((each) => each.id === call.params.monitor);
	if (!monitor) throw new ApiFailure(404, "There is no such monitor.");
	return monitor;
}

function allMonitors(call: Call): Monitor[] {
	const all = [...deskOf(call).monitors.values()];
	if (call.family.monitors.standAlone) return all;
	const channel = channelOf(call);
	const vehicle = call.params.id === undefined ? undefined : vehicleOf(call, false);
	return all.filter((each) => each.channelId === channel.id && (!vehicle || each.vehicleIds.includes(vehicle.id)));
}

function allRemotes(call: Call): RemoteAction[] {
	const [vehicle, channel] = [vehicleOf(call, false), channelOf(call)];
	const all = [...deskOf(call).remotes.values()];
	return all.filter((each) => each.vehicleId === vehicle.id && each.channelId === channel.id);
}

/** Says where the demo calls nobody; a field that the real API doesn't have. */
function deliveryNote(subscription: unknown): Json {
	const target = webhookOf(subscription)?.target;
	if (isHere(target)) return {};
	return { demoNote: "The demo delivers events to addresses of this computer only: none leaves for this one." };
}

/** A channel as lists and details show it. */
export function showChannel(call: Call, channel: DemoChannel): Json {
	const { channels, monitors } = call.family;
	const path = `${channels.path}/${channel.id}`;
	return {
		id: channel.id,
		subscribe: channel.subscribe,
		status: channel.status,
		...deliveryNote(channel.subscribe),
		createdAt: iso(channel.createdAt),
		updatedAt: iso(channel.updatedAt),
		_links: {
			self: link(call, path),
			...fleetLink(call),
			...(monitors.handles ? { monitors: link(call, monitors.path.replace("{channel}", channel.id)) } : {}),
		},
	};
}

/** A monitor as lists and details show it. */
export function showMonitor(call: Call, monitor: Monitor): Json {
	const { id, channelId = "", status } = monitor;
	const { path, standAlone, wrappedStatus } = call.family.monitors;
	const filled = path.replace("{id}", call.params.id ?? "").replace("{channel}", channelId);
	return {
		monitorId: id,
		monitor: monitor.monitor,
		...(standAlone ? deliveryNote(monitor.monitor.subscribeParam) : {}),
		status: wrappedStatus ? { status } : status,
		createdAt: iso(monitor.createdAt),
		updatedAt: iso(monitor.updatedAt),
		_links: { self: link(call, `${filled}/${id}`) },
	};
}

/** A command as lists and details show it. */
export function showRemote(call: Call, action: RemoteAction): Json {
	const { name, path } = call.family.channels;
	const remotes = `${vehiclePath(call, vehicleOf(call, false))}/${name}s/${action.channelId}/remotes`;
	return {
		remoteActionId: action.id,
		type: action.type,
		remote: action.remote,
		status: action.status,
		...(action.failureCause === undefined ? {} : { failureCause: action.failureCause }),
		_links: { self: link(call, `${remotes}/${action.id}`), [name]: link(call, `${path}/${action.channelId}`) },
	};
}

/** The vehicles of a monitor: two arrays under `_embedded`, of which paging cuts the first. */
function handles(call: Call): Answer {
	const monitor = monitorOf(call);
	const prefix = call.query.get("vinPrefix") ?? "";
	const watched = monitor.vehicleIds.filter((id) => call.model.find("id", id)?.vin.startsWith(prefix));
	const page = collection(call, {
		key: "vehicleIds",
		rule: call.family.paging.usual,
		timed: false,
		mayBeEmpty: true,
		items: () => watched,
		show: (_, id) => id,
	});
	const body = page.body as { _embedded: Json };
	return ok({ ...body, _embedded: { ...body._embedded, groups: monitor.everyVehicle ? ["root"] : [] } });
}
