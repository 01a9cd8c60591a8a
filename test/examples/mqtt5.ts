/** A server on loopback that speaks just enough MQTT 5 to take what is published, and keeps each packet as it was sent. */
import { EventEmitter, once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from "mqtt-packet";

export class Mqtt5Server {
	readonly published: IPublishPacket[] = [];
	connected: IConnectPacket | undefined;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();
	readonly #happened = new EventEmitter();

	private constructor() {
		this.#server = createServer((socket) => this.#serve(socket));
	}

	/** @param port that of one which has stopped; by itself it takes a free one */
	static async start(port = 0): Promise<Mqtt5Server> {
		const server = new Mqtt5Server();
		server.#server.listen(port, "127.0.0.1");
		await once(server.#server, "listening");
		return server;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	/** The first packet that is as wanted, as soon as it was published. */
	async find(isWanted: (packet: IPublishPacket) => boolean): Promise<IPublishPacket> {
		for (;;) {
			const found = this.published.find(isWanted);
			if (found) return found;
			await once(this.#happened, "published", { signal: AbortSignal.timeout(20_000) });
		}
	}

	async stop(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		this.#server.close();
		await once(this.#server, "close");
	}

	#serve(socket: Socket): void {
		this.#sockets.add(socket);
		socket.on("close", () => this.#sockets.delete(socket)).on("error", () => socket.destroy());
		const incoming = parser({ protocolVersion: 5 });
		const answer = (packet: Packet) => socket.write(generate(packet, { protocolVersion: 5 }));
		incoming.on("error", () => socket.destroy());
		incoming.on("packet", (packet: Packet) => {
			if (packet.cmd === "connect") {
				this.connected = packet;
				// A client that speaks an older version is none of this test's.
				if (packet.protocolVersion !== 5) socket.destroy();
				else answer({ cmd: "connack", reasonCode: 0, sessionPresent: false, properties: { topicAliasMaximum: 0 } });
			} else if (packet.cmd === "pingreq") answer({ cmd: "pingresp" });
			else if (packet.cmd === "publish") {
				this.published.push(packet);
				if (packet.qos === 1) answer({ cmd: "puback", messageId: packet.messageId ?? 0, reasonCode: 0 });
				this.#happened.emit("published");
			}
		});
		socket.on("data", (chunk) => incoming.parse(chunk));
	}
}
