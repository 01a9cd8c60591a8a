import type { Node, NodeAPI } from "node-red";
import { badInput } from "../../error";
import type { ProxyOptions, TlsOptions } from "../../transport/agents";

/**
 * TLS settings of a core `tls-config` node, which reads and checks its files itself; undefined where none is chosen.
 *
 * @param whose what has chosen it, for the error's sentence
 * @throws ERR_BAD_INPUT for one that is missing or not valid
 */
export function tlsOf(RED: NodeAPI, id: unknown, whose = "account"): TlsOptions | undefined {
	if (!isChosen(id)) return undefined;
	const node = RED.nodes.getNode(id) as
		| (Node & { valid?: boolean; addTLSOptions?(options: TlsOptions): TlsOptions })
		| null;
	if (!node?.addTLSOptions || node.valid === false)
		throw badInput(
			`The ${whose}'s TLS configuration is missing or not valid. Open it and check its certificate, key and CA files.`,
		);
	return node.addTLSOptions({});
}

/**
 * Address and exceptions of a core `http proxy` node; undefined where none is chosen.
 *
 * @throws ERR_BAD_INPUT for one that is missing or has no usable address
 */
export function proxyOf(RED: NodeAPI, id: unknown): ProxyOptions | undefined {
	if (!isChosen(id)) return undefined;
	const node = RED.nodes.getNode(id) as
		| (Node<{ username?: string; password?: string }> & { url?: string; noproxy?: string[] })
		| null;
	if (!node?.url)
		throw badInput("The account's proxy configuration is missing or has no address. Open it and check its URL.");
	const address = node.url.includes("://") ? node.url : `http://${node.url}`;
	if (!URL.canParse(address)) throw badInput("The proxy's address is no http:// or https:// address.");
	const url = new URL(address);
	if (node.credentials?.username) {
		url.username = encodeURIComponent(node.credentials.username);
		url.password = encodeURIComponent(node.credentials.password ?? "");
	}
	return { url: url.href, noProxy: node.noproxy ?? [] };
}

/** The secrets of such a node; none where none is chosen. */
export function secretsOfNode(RED: NodeAPI, id: unknown): string[] {
	const node = isChosen(id) ? RED.nodes.getNode(id) : null;
	const { password, passphrase } = (node?.credentials ?? {}) as { password?: string; passphrase?: string };
	return [password, passphrase].filter((secret): secret is string => typeof secret === "string" && secret !== "");
}

function isChosen(id: unknown): id is string {
	return typeof id === "string" && id !== "";
}
