// Node-RED's test helper waits 300 ms for the flows of a deploy to start, which a busy machine doesn't always keep. Here
// they may take as long as the test that waits for them.
import { type EventEmitter, once } from "node:events";
import type { FlowNode } from "./runtime";

/** What is needed of the helper; it ships no types. */
interface TestHelper {
	_events: EventEmitter;
	_redNodes: { setFlows(flow: FlowNode[], credentials: object, type: string): Promise<unknown> };
	setFlows(flow: FlowNode[], type: string, credentials?: Record<string, unknown>): Promise<void>;
}

const helper: TestHelper = require("node-red-node-test-helper");

helper.setFlows = async (flow, type, credentials = {}) => {
	const started = once(helper._events, "flows:started");
	await helper._redNodes.setFlows(flow, credentials, type);
	await started;
};
