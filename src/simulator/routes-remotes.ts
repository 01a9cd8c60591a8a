/** Sending commands (`POST .../remotes` of the documents). */
import { can } from "./ability";
import { readAction } from "./actions";
import type { Channel } from "./desk";
import { ApiFailure } from "./failure";
import type { Family } from "./families";
import { type Answer, type Call, link, type Route, vehicleOf } from "./route";
import { channelOf, deskPaths, showRemote } from "./routes-channels";
import type { Json } from "./wording";

/** The route that takes commands. */
export function remoteRoutes(family: Family): Route[] {
	return [{ method: "POST", path: deskPaths(family).remotes, serve: send }];
}

function send(call: Call): Answer {
	const vehicle = vehicleOf(call, false);
	const channel = channelOf(call);
	const { type, ability, order } = readAction(call.family.id, call.body);
	if (ability && !can(vehicle, ability)) {
		throw new ApiFailure(501, "The vehicle doesn't support this remote action.", "not supported");
	}
	checkChannel(channel, type);
	const command = { vehicle, channelId: channel.id, type, order, remote: structuredClone(call.body as Json) };
	const action = call.remotes.accept(call.family.id, command);
	const { self, ...links } = showRemote(call, action)._links as Json;
	return {
		status: 202,
		body: {
			_links: {
				...links,
				remote: self,
				...(call.family.id === "fleet-v3" ? { fleet: link(call, "/fleets/{fid}") } : {}),
			},
			remoteActionId: action.id,
			type,
		},
	};
}

/** A channel that rests or is registered for something else takes no commands. */
function checkChannel({ status, subscribe }: Channel, type: string): void {
	if (status !== "Running") throw new ApiFailure(409, "The channel is not running.");
	const { type: kinds, remoteTypes } = subscribe;
	const carries =
		(!Array.isArray(kinds) || kinds.includes("Remote")) && (!Array.isArray(remoteTypes) || remoteTypes.includes(type));
	if (!carries) throw new ApiFailure(400, `The channel is not registered for commands of the type ${type}.`);
}
