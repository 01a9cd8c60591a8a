import assert from "node:assert/strict";
import sinon from "sinon";
import type { StellantisError } from "../../src/error";
import { webSockets } from "../../src/transport/websocket";
import { ownWebSocket } from "../support/websockets";

describe("websockets", () => {
	afterEach(() => sinon.restore());
	const none = () => undefined;

	it("say what to install where neither this Node.js nor a package has any", () => {
		ownWebSocket(undefined);
		const { code, message } = errorFrom(() => webSockets(false, none));
		assert.equal(code, "ERR_NOT_SUPPORTED");
		assert.match(message, /"npm install ws" in Node-RED's user directory/);
	});

	it("are those of Node.js, where it has any and no certain connection is needed", () => {
		ownWebSocket(class {});
		assert.equal(typeof webSockets(false, none), "function");
		assert.match(errorFrom(() => webSockets(true, none)).message, /TLS configuration or proxy/);
	});
});

function errorFrom(work: () => unknown): StellantisError {
	try {
		work();
	} catch (error) {
		return error as StellantisError;
	}
	throw new Error("nothing was thrown");
}
