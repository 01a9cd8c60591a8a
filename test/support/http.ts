import { createAgents, type TlsOptions } from "../../src/transport/agents";
import type { Http } from "../../src/transport/http";

/** How a test reaches servers on this machine, past any proxy. Its connections end with those servers. */
export function httpTo({ timeout = 5, tls }: { timeout?: number; tls?: TlsOptions } = {}): Http {
	return { agents: createAgents({ maxSockets: 8, env: {}, tls }), timeout };
}
