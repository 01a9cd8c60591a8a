import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A wire on loopback that a test cuts, slows down, and mends. */
export class TcpProxy {
	/** Milliseconds by which everything is late. */
	delay = 0;
	#isCut = false;
	readonly #sockets = new Set<Socket>();
	readonly #server;

	private constructor(target: number) {
		this.#server = createServer((socket) => {
			if (this.#isCut) return socket.destroy();
			const there = connect(target, "127.0.0.1");
			for (const [from, to] of [
				[socket, there],
				[there, socket],
			] as const) {
				this.#sockets.add(from);
				from
					.on("error", () => from.destroy())
					.on("close", () => {
						this.#sockets.delete(from);
						to.destroy();
					});
				from.on("data", (chunk) => {
					if (this.delay === 0) to.write(chunk);
					else setTimeout(() => to.writable && to.write(chunk), this.delay);
				});
			}
			return undefined;
		});
	}

	static async to(target: number): Promise<TcpProxy> {
		const proxy = new TcpProxy(target);
		proxy.#server.listen(0, "127.0.0.1");
		await once(proxy.#server, "listening");
		return proxy;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	/** Breaks every connection, and takes no other. */
	cut(): void {
		this.#isCut = true;
		for (const socket of this.#sockets) socket.destroy();
	}

	mend(): void {
		this.#isCut = false;
	}

	stop(): Promise<void> {
		this.cut();
		return new Promise((resolve) => this.#server.close(() => resolve()));
	}
}
