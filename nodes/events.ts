import type { NodeAPI } from "node-red";
import { registerEventsNode } from "../src/node-red/events/register";

/** Receives the notifications of monitors and commands. */
export = (RED: NodeAPI): void => registerEventsNode(RED);
