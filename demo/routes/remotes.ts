/** Sending commands (`POST .../remotes` of the documents). */
import { fleetLink } from "../answers/reader";
import { ApiFailure } from "../base/failure";
import type { Json } from "../base/json";
import type { DemoChannel } from "../desk/desk";
import type { Family } from "../families";
import { readAction } from "../requests/actions";
import { type Answer, type Call, type Route, vehicleOf } from "../route";
import { can } from "../world/ability";
import { channelOf, remotesPath, showRemote } from "./channels";

/** The route that takes commands. */
export function remoteRoutes(family: Family): Route[] {
	return [{ method: "POST", path: remotesPath(family), serve: send }];
}

function send(call: Call): Answer {
	const vehicle = vehicleOf(call, false);
	const channel = channelOf(call);
	const { type, ability, order } = readAction(call.family, call.body);
	if (ability && !can(vehicle, ability)) {
		throw new ApiFailure(501, "The vehicle doesn't support this remote action.", "not supported");
	}
	checkChannel(channel, type);
	const command = { vehicle, channelId: channel.id, type, order, remote: structuredClone(call.body as Json) };
	const action = call.remotes.accept(call.family, command);
	const { self, ...links } = showRemote(call, action)._links as Json;
	return {
		status: 202,
		body: {
			_links: { ...links, remote: self, ...fleetLink(call) },
			remoteActionId: action.id,
			type,
		},
	};
}

/** A channel that rests or is registered for something else takes no commands. */
function checkChannel({ status, subscribe }: DemoChannel, type: string): void {
	if (status !== "Running") throw new ApiFailure(409, "The channel is not running.");
	const { type: kinds, remoteTypes } = subscribe;
	const carries =
		(!Array.isArray(kinds) || kinds.includes("Remote")) && (!Array.isArray(remoteTypes) || remoteTypes.includes(type));
	if (!carries) throw new ApiFailure(400, `The channel is not registered for commands of the type ${type}.`);
}
