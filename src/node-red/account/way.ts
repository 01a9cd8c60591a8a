import { systemClock } from "../../commands/clock";
import { HomeAssistantWay } from "../../commands/via/home-assistant/way";
import { PsaCarControllerWay } from "../../commands/via/psa-car-controller/way";
import type { Way } from "../../commands/via/way";
import { createAgents, type ProxyOptions, type TlsOptions } from "../../transport/agents";
import { createHttp } from "../../transport/http";
import { isLoopback } from "../../transport/loopback";
import { webSockets } from "../../transport/websocket";
import { type AccountCredentials, bareToken } from "./credentials";
import type { AccountSettings } from "./settings";

/** Requests at once. */
const SOCKETS = 10;

/**
 * What delivers an account's commands beside the API.
 *
 * @param tls the account's own, for https addresses
 * @param proxy the account's own; a server at home is asked without it
 * @throws ERR_BAD_INPUT for certificates that can't be used
 */
export function wayOf(
	{ commandsVia, timeout }: Pick<AccountSettings, "commandsVia" | "timeout">,
	{ commandsToken = "" }: AccountCredentials,
	{ tls, proxy }: { tls: TlsOptions | undefined; proxy: ProxyOptions | undefined },
): Way | undefined {
	if (!commandsVia) return undefined;
	const { via, root } = commandsVia;
	const isNear = isAtHome(root.hostname);
	const agents = createAgents({
		tls,
		proxy: isNear ? undefined : proxy,
		maxSockets: SOCKETS,
		...(isNear ? { env: {} } : {}),
	});
	const http = createHttp({ agents, timeout });
	const token = bareToken(commandsToken);
	if (via === "psa-car-controller") return new PsaCarControllerWay({ root, token, http, agents });
	const needsAgent = (tls !== undefined && root.protocol === "https:") || (!isNear && proxy !== undefined);
	const sockets = () => webSockets(needsAgent);
	return new HomeAssistantWay({ root, token, http, agents, sockets, timeout, clock: systemClock });
}

/** True for a host that no proxy on the way to the internet can reach: names without a domain, and private addresses. */
function isAtHome(hostname: string): boolean {
	const host = hostname.toLowerCase();
	const isName = !host.includes(".") && !host.startsWith("[");
	const isPrivate = /^(10|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\./.test(host) || /^\[f[cde]/.test(host);
	return isName || isPrivate || isLoopback(host) || /\.(local|lan|home|internal|home\.arpa)$/.test(host);
}
