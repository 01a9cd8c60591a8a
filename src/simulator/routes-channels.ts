/** Reading return channels, monitors and commands (`/channels`, `/callbacks`, `/monitors`, `/remotes` of the documents). */
import { collection } from "./collection";
import { isHere } from "./deliver";
import type { Channel, Monitor, RemoteAction } from "./desk";
import { ApiFailure } from "./failure";
import { type Family, remoteTypes } from "./families";
import { oneOf } from "./filters";
import type { PageRule } from "./paging";

import { type Call, link, ok, type Route, vehicleOf, vehiclePath } from "./route";
import { webhookOf } from "./shapes";
import { iso, type Json } from "./wording";

/** Lists without paging: channels and monitors of accounts-v1. */
const onePage: PageRule = { max: 10_000, default: 10_000, indexRange: true, tokenStandsAlone: false };

/** Paths of monitors and commands below the root. */
export function deskPaths(family: Family): { monitors: string; remotes: string } {
	return {
		monitors: {
			"user-v4": `${family.vehicles}/{id}/callbacks/{channel}/monitors`,
			"accounts-v1": `${family.channels.path}/{channel}/monitors`,
			"fleet-v3": "/fleets/{fid}/monitors",
		}[family.id],
		remotes: `${family.vehicles}/{id}/${family.channels.key}/{channel}/remotes`,
	};
}

/** The routes of a family that show what was set up. */
export function channelRoutes(family: Family): Route[] {
	const { path, key } = family.channels;
	const rule = family.id === "accounts-v1" ? onePage : family.paging;
	const { monitors, remotes } = deskPaths(family);
	const routes = [
		...list(path, key, "channel", rule, allChannels, (each) => each.id, showChannel),
		...list(monitors, "monitors", "monitor", rule, allMonitors, (each) => each.id, showMonitor),
		...list(remotes, "remoteActions", "remote", family.paging, allRemotes, (each) => each.id, showRemote),
	];
	return family.id === "accounts-v1" ? [...routes, handles(`${monitors}/{monitor}/handles`, family.paging)] : routes;
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
		{ method: "GET", path, serve: (call) => collection(call, { key, rule, timed: false, items: all, show }) },
		{
			method: "GET",
			path: `${path}/{${name}}`,
			serve: (call) => {
				const found = all(call).find((item) => id(item) === call.params[name]);
				if (!found) throw new ApiFailure(404, `There is no such ${name}.`);
				return ok(show(call, found));
			},
		},
	];
}

function allChannels(call: Call): Channel[] {
	const fleet = call.family.id === "fleet-v3";
	const wanted = oneOf(call.query, "types", fleet ? remoteTypes : ["Remote", "Monitor"]);
	const types = (each: Channel) => each.subscribe[fleet ? "remoteTypes" : "type"];
	// A channel that names no types serves all.
	const all = [...call.model.desk(call.family.id).channels.values()].filter((each) => {
		const served = types(each);
		return !Array.isArray(served) || served.some((type) => wanted(String(type)));
	});
	// Those by which events arrive come first: many a client takes the first channel that runs.
	const arrives = (each: Channel) => Number(isHere(webhookOf(each.subscribe)?.target));
	return all.sort((one, other) => arrives(other) - arrives(one));
}

/** The channel a path names, or a 404. */
export function channelOf(call: Call): Channel {
	const channel = call.model.desk(call.family.id).channels.get(call.params.channel ?? "");
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
	const all = [...call.model.desk(call.family.id).monitors.values()];
	if (call.family.id === "fleet-v3") return all;
	const channel = channelOf(call);
	const vehicle = call.params.id === undefined ? undefined : vehicleOf(call, false);
	return all.filter((each) => each.channelId === channel.id && (!vehicle || each.vehicleIds.includes(vehicle.id)));
}

function allRemotes(call: Call): RemoteAction[] {
	const [vehicle, channel] = [vehicleOf(call, false), channelOf(call)];
	const all = [...call.model.desk(call.family.id).remotes.values()];
	return all.filter((each) => each.vehicleId === vehicle.id && each.channelId === channel.id);
}

/** Says where the demo calls nobody; a field that the real API doesn't have. */
function deliveryNote(subscription: unknown): Json {
	const target = webhookOf(subscription)?.target;
	if (isHere(target)) return {};
	return { demoNote: "The demo delivers events to addresses of this computer only: none leaves for this one." };
}

/** A channel as lists and details show it. */
export function showChannel(call: Call, channel: Channel): Json {
	const path = `${call.family.channels.path}/${channel.id}`;
	return {
		id: channel.id,
		subscribe: channel.subscribe,
		status: channel.status,
		...deliveryNote(channel.subscribe),
		createdAt: iso(channel.createdAt),
		updatedAt: iso(channel.updatedAt),
		_links: {
			self: link(call, path),
			...(call.family.id === "fleet-v3" ? { fleet: link(call, "/fleets/{fid}") } : {}),
			...(call.family.id === "accounts-v1" ? { monitors: link(call, `${path}/monitors`) } : {}),
		},
	};
}

/** A monitor as lists and details show it. */
export function showMonitor(call: Call, monitor: Monitor): Json {
	const { id, channelId, status } = monitor;
	const path = {
		"user-v4": `/user/vehicles/${call.params.id}/callbacks/${channelId}/monitors/${id}`,
		"accounts-v1": `/accounts/channels/${channelId}/monitors/${id}`,
		"fleet-v3": `/fleets/{fid}/monitors/${id}`,
	}[call.family.id];
	return {
		monitorId: id,
		monitor: monitor.monitor,
		...(call.family.id === "fleet-v3" ? deliveryNote(monitor.monitor.subscribeParam) : {}),
		// accounts-v1 wraps it.
		status: call.family.id === "accounts-v1" ? { status } : status,
		createdAt: iso(monitor.createdAt),
		updatedAt: iso(monitor.updatedAt),
		_links: { self: link(call, path) },
	};
}

/** A command as lists and details show it. */
export function showRemote(call: Call, action: RemoteAction): Json {
	const { path } = call.family.channels;
	const kind = call.family.id === "accounts-v1" ? "channel" : "callback";
	const remotes = `${vehiclePath(call, vehicleOf(call, false))}/${kind}s/${action.channelId}/remotes`;
	return {
		remoteActionId: action.id,
		type: action.type,
		remote: action.remote,
		status: action.status,
		...(action.failureCause === undefined ? {} : { failureCause: action.failureCause }),
		_links: { self: link(call, `${remotes}/${action.id}`), [kind]: link(call, `${path}/${action.channelId}`) },
	};
}

/** The vehicles of a monitor: two arrays under `_embedded`, of which paging cuts the first. */
function handles(path: string, rule: PageRule): Route {
	return {
		method: "GET",
		path,
		serve: (call) => {
			const monitor = monitorOf(call);
			const prefix = call.query.get("vinPrefix") ?? "";
			const watched = monitor.vehicleIds.filter((id) => call.model.find("id", id)?.vin.startsWith(prefix));
			const page = collection(call, {
				key: "vehicleIds",
				rule,
				timed: false,
				items: () => watched,
				show: (_, id) => id,
			});
			const body = page.body as { _embedded: Json };
			return ok({ ...body, _embedded: { ...body._embedded, groups: monitor.everyVehicle ? ["root"] : [] } });
		},
	};
}
