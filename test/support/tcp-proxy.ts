import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A wire on loopback that a test cuts, slows down, and mends. */
export class TcpProxy {
	/** Milliseconds by which everything is late. */
	delay = 0;
	/** True: connections stand, and nothing comes through. */
	hangs = false;
	/** Cuts the wire for good behind the next thing asked that holds this text, before the answer. */
	cutBehind: string | undefined;
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
				from.setNoDelay(true);
				from.on("data", (chunk: Buffer) => {
					if (this.hangs) return;
					if (from === socket && this.cutBehind !== undefined && chunk.includes(this.cutBehind)) {
						this.cutBehind = undefined;
						// The server gets it, and its answer nobody.
						there.write(chunk, () => this.cut());
						return;
					}
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
