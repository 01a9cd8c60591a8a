/** What a scrape of the metrics costs the one thread that everybody's flows share. */
import { EventEmitter } from "node:events";
import client from "prom-client";
import type { AccountConnection } from "../src/node-red/account/connection";
import { runningAccounts } from "../src/node-red/account/running";
import { registryOf } from "../src/node-red/operations/metrics";
import { requested } from "../src/telemetry";
import type { Row } from "./report";

const ROUTES = ["status", "trips", "alerts", "vehicles", "position", "maintenance", "monitors", "remotes"];
const CODES = ["200", "401", "404", "429", "500", "ERR_NETWORK"];
const TURNS = 41;

/** Scrapes of so many accounts, each of which has told all that can be told of it. */
export async function scrape(accounts = 300): Promise<Row[]> {
	const events = new EventEmitter();
	const registry = registryOf({ events }, client);
	for (let index = 0; index < accounts; index++)
		runningAccounts({ events }).add({
			name: `Customer number ${index}`,
			isUsed: true,
			underWay: index,
			requestsWaiting: 0,
			signInState: { signedIn: true, expiresAt: 1_800_000_000_000 },
			rateLimit: { day: { limit: 1000, remaining: index } },
		} as unknown as AccountConnection);
	for (const route of ROUTES) for (const code of CODES) requested.tell(() => ({ route, code, seconds: 0.2 }));
	for (let turn = 0; turn < 20; turn++) await registry.metrics();
	const times: number[] = [];
	for (let turn = 0; turn < TURNS; turn++) {
		const begun = performance.now();
		await registry.metrics();
		times.push(performance.now() - begun);
	}
	const value = times.toSorted((a, b) => a - b)[Math.floor(TURNS / 2)] ?? Number.NaN;
	return [{ what: `a scrape of ${accounts} accounts`, measured: "median", value, goal: 5, unit: " ms" }];
}
