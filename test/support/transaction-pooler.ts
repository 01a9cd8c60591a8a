import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Client, type ClientConfig } from "pg";

/** A message of PostgreSQL's protocol: a type of one letter, and the whole of it. */
interface Message {
	type: string;
	bytes: Buffer;
}

/** A connection to the server, lent to one transaction after the other. */
interface Lane {
	socket: Socket;
	frames: Frames;
	/** Whoever has it; undefined while it is free. */
	guest: Guest | undefined;
}

/** A client of the pooler. */
interface Guest {
	socket: Socket;
	lane: Lane | undefined;
	/** What it has asked before a connection was free. */
	waiting: Buffer[];
}

/**
 * A pooler in transaction mode, as PgBouncer is one: each transaction of a client gets any of a few connections to the
 * server, from its first message to the next ReadyForQuery that says "idle" (the protocol's manual, "Message Formats").
 * What a client leaves in a session is another's: each connection has a search path that leads nowhere.
 */
export class TransactionPooler {
	readonly #lanes: Lane[] = [];
	readonly #guests = new Set<Guest>();
	readonly #last = new WeakMap<Guest, Lane>();
	readonly #server = createServer((socket) => this.#welcome(socket));
	readonly #target: ClientConfig;

	private constructor(target: ClientConfig) {
		this.#target = target;
	}

	/** @param target whom it asks, and as whom; who asks it is not looked at */
	static async to(target: ClientConfig, connections = 3): Promise<TransactionPooler> {
		const pooler = new TransactionPooler(target);
		for (let n = 0; n < connections; n++) await pooler.#openLane();
		pooler.#server.listen(0, "127.0.0.1");
		await once(pooler.#server, "listening");
		return pooler;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	async stop(): Promise<void> {
		this.#server.close();
		for (const { socket } of this.#guests) socket.destroy();
		for (const { socket } of this.#lanes) socket.destroy();
	}

	/** The driver signs in; from then on only bytes are passed on. */
	async #openLane(): Promise<void> {
		const client = new Client(this.#target);
		client.on("error", () => {});
		await client.connect();
		await client.query("set search_path = nowhere");
		const { stream: socket } = (client as unknown as { connection: { stream: Socket } }).connection;
		socket.removeAllListeners("data");
		socket.setNoDelay(true);
		const lane: Lane = { socket, frames: new Frames(), guest: undefined };
		socket.on("data", (chunk) => {
			for (const message of lane.frames.of(chunk)) this.#answered(lane, message);
		});
		this.#lanes.push(lane);
		this.#serveNext(lane);
	}

	#answered(lane: Lane, { type, bytes }: Message): void {
		const { guest } = lane;
		guest?.socket.write(bytes);
		// ReadyForQuery, idle: the transaction is over.
		if (type !== "Z" || bytes.toString("latin1", 5, 6) !== "I") return;
		if (guest) guest.lane = undefined;
		lane.guest = undefined;
		this.#serveNext(lane);
	}

	#serveNext(lane: Lane): void {
		const [next] = [...this.#guests].filter(({ waiting, lane }) => waiting.length > 0 && !lane);
		if (next) this.#lend(lane, next);
	}

	#lend(lane: Lane, guest: Guest): void {
		this.#last.set(guest, lane);
		lane.guest = guest;
		guest.lane = lane;
		for (const bytes of guest.waiting.splice(0)) lane.socket.write(bytes);
	}

	#welcome(socket: Socket): void {
		const guest: Guest = { socket, lane: undefined, waiting: [] };
		this.#guests.add(guest);
		const frames = new Frames(true);
		socket
			.setNoDelay(true)
			.on("error", () => socket.destroy())
			.on("close", () => this.#left(guest))
			.on("data", (chunk) => {
				for (const message of frames.of(chunk)) this.#asked(guest, message);
			});
	}

	#asked(guest: Guest, { type, bytes }: Message): void {
		if (type === "startup") guest.socket.write(WELCOME);
		else if (type === "X") guest.socket.end();
		else if (guest.lane) guest.lane.socket.write(bytes);
		else {
			guest.waiting.push(bytes);
			const free = this.#lanes.filter((lane) => !lane.guest);
			// The one that was not used last, so that nothing is found again by chance.
			const lane = free.find((each) => each !== this.#last.get(guest)) ?? free[0];
			if (lane) this.#lend(lane, guest);
		}
	}

	/** What it has begun is rolled back with its connection, and another one takes its place. */
	#left(guest: Guest): void {
		this.#guests.delete(guest);
		const { lane } = guest;
		if (!lane) return;
		this.#lanes.splice(this.#lanes.indexOf(lane), 1);
		lane.socket.destroy();
		if (this.#server.listening) void this.#openLane().catch(() => {});
	}
}

/** Cuts a stream into messages. */
class Frames {
	#rest: Buffer = Buffer.alloc(0);
	/** A client's first message has no type. */
	#isStartup: boolean;

	constructor(isClient = false) {
		this.#isStartup = isClient;
	}

	*of(chunk: Buffer): Generator<Message> {
		this.#rest = Buffer.concat([this.#rest, chunk]);
		for (;;) {
			const head = this.#isStartup ? 0 : 1;
			if (this.#rest.length < head + 4) return;
			const length = head + this.#rest.readInt32BE(head);
			if (this.#rest.length < length) return;
			const bytes = this.#rest.subarray(0, length);
			this.#rest = this.#rest.subarray(length);
			yield { type: this.#isStartup ? "startup" : bytes.toString("latin1", 0, 1), bytes };
			this.#isStartup = false;
		}
	}
}

function message(type: string, ...parts: Buffer[]): Buffer {
	const body = Buffer.concat(parts);
	const head = Buffer.alloc(5);
	head.write(type, "latin1");
	head.writeInt32BE(body.length + 4, 1);
	return Buffer.concat([head, body]);
}

/** AuthenticationOk, one parameter, a key that cancels nothing, ReadyForQuery. */
const WELCOME = Buffer.concat([
	message("R", Buffer.alloc(4)),
	message("S", Buffer.from("client_encoding\0UTF8\0")),
	message("K", Buffer.alloc(8)),
	message("Z", Buffer.from("I")),
]);
