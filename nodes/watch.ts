import type { NodeAPI } from "node-red";
import { registerWatchNode } from "../src/node-red/watch/watch-node";

/** Looks at vehicles by itself, as often as each deserves, and tells what has changed. */
export = (RED: NodeAPI): void => registerWatchNode(RED);
