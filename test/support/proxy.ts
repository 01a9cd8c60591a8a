import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A real HTTP proxy on loopback that tunnels (RFC 9110, section 9.3.6) for whoever knows user and password. */
export interface TestProxy {
	/** Without user and password. */
	url: string;
	/** `host:port` of every tunnel asked for, and the credentials that came along, decoded. */
	readonly asked: { target: string; credentials: string }[];
	stop(): Promise<void>;
}

/** @param credentials `user:password`; absent: everybody is let through */
export async function startProxy(credentials?: string): Promise<TestProxy> {
	const asked: TestProxy["asked"] = [];
	const sockets = new Set<Socket>();
	const keep = (socket: Socket) => {
		sockets.add(socket);
		socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
	};
	const server = createServer((_request, response) => response.writeHead(405).end());
	server.on("connection", keep);
	server.on("connect", (request, socket: Socket) => {
		const [, encoded = ""] = /^Basic (.+)$/.exec(request.headers["proxy-authorization"] ?? "") ?? [];
		const given = Buffer.from(encoded, "base64").toString();
		asked.push({ target: request.url ?? "", credentials: given });
		if (credentials !== undefined && given !== credentials) {
			socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="test"\r\n\r\n');
			return;
		}
		const { hostname, port } = new URL(`http://${request.url}`);
		const there = connect(Number(port || 80), hostname, () => {
			socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
			there.pipe(socket).pipe(there);
		});
		keep(there);
		there.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		asked,
		stop: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				for (const socket of sockets) socket.destroy();
			}),
	};
}
