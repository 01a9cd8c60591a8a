/** Machines with other WebSockets than this one, until `sinon.restore()`. */
import Module from "node:module";
import sinon from "sinon";

/** Gives Node.js a WebSocket of its own, or takes it. */
export function ownWebSocket(own: unknown): void {
	if ("WebSocket" in globalThis) sinon.stub(globalThis, "WebSocket").value(own);
	else sinon.define(globalThis, "WebSocket", own);
}

/** Takes the package `ws` from whoever asks for it from now on. */
export function withoutPackage(): void {
	const loader = Module as unknown as { _load(request: string, ...more: unknown[]): unknown };
	const load = loader._load.bind(Module);
	sinon.stub(loader, "_load").callsFake((request, ...more) => {
		if (request === "ws") throw Object.assign(new Error("Cannot find module 'ws'"), { code: "MODULE_NOT_FOUND" });
		return load(request, ...more);
	});
}
