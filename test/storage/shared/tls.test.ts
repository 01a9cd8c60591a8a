import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type ConnectionOptions, TLSSocket, type TLSSocketOptions } from "node:tls";
import { StorePool } from "../../../src/storage/shared/pool";
import { Authority } from "../../support/certificates";

describe("A store with TLS that can't be used", () => {
	const ours = new Authority();
	const other = new Authority("Another authority");
	const server = ours.issue({ name: "db", hosts: ["127.0.0.1"] });

	/** What is said of a server that answers a wish for TLS so (the protocol's manual, "SSL Session Encryption"). */
	const said = async (options: TLSSocketOptions | undefined, tls: ConnectionOptions) => {
		const sockets = new Set<Socket>();
		const listener = createServer((socket) => {
			sockets.add(socket);
			socket.on("error", () => {});
			socket.once("data", () => {
				socket.write(options ? "S" : "N");
				if (options) new TLSSocket(socket, { ...options, isServer: true }).on("error", () => socket.destroy());
			});
		}).listen(0, "127.0.0.1");
		await once(listener, "listening");
		const { port } = listener.address() as AddressInfo;
		const place = { host: "127.0.0.1", port, database: "d", schema: "s", user: "u", password: "p", tls };
		const pool = new StorePool(place);
		try {
			await pool.query("select 1");
		} catch (error) {
			const { code, message } = error as { code?: string; message: string };
			assert.equal(code, "ERR_STORE");
			return message;
		} finally {
			await pool.close();
			listener.close();
			// The driver leaves one open whose certificate can't be read.
			for (const socket of sockets) socket.destroy();
		}
		return assert.fail("it can be used");
	};

	it("is told apart from one that can't be reached, with what helps", async () => {
		const ca = ours.cert;
		const expired = ours.issue({ name: "db", hosts: ["127.0.0.1"], lifetime: -1_000 });
		const elsewhere = ours.issue({ name: "db", hosts: ["db.example"] });
		assert.match(await said(undefined, { ca }), /takes no TLS: .* choose no TLS configuration/);
		assert.match(await said(server, { ca: other.cert }), /is not trusted: choose a TLS configuration/);
		assert.match(await said(elsewhere, { ca }), /made for another host: name that one in place of 127\.0\.0\.1/);
		assert.match(await said(expired, { ca }), /has expired: renew it, or check this machine's clock/);
		const secure = /no TLS connection could be made: check certificate, key and CA/;
		assert.match(await said(server, { ca, cert: "no certificate", key: server.key }), secure);
	});
});
