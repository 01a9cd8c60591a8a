import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { RequestHandler } from "express";
import type { NodeAPI } from "node-red";
import type * as PromClient from "prom-client";
import type { Gauge, Registry } from "prom-client";
import { COMMANDS } from "../../api/commands/names";
import { commanded, looked, received, requested, stored } from "../../telemetry";
import { plainText } from "../../text";
import type { AccountConnection } from "../account/connection";
import { runningAccounts } from "../account/running";
import { isBearer, type MetricsSettings } from "./settings";

type Client = typeof PromClient;

/** Upper bounds (s) of the histogram of answers: an API answers in tenths of a second, a store in thousandths. */
const ANSWERS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const STORE_ANSWERS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** What is there from the beginning, at 0: of what begins with its first event, no rate ever tells that one. */
const KINDS = ["monitor", "remote"];
const ENDS = ["Success", "AlreadyDone", "Accepted", "Failed", "refused", "not sent", "timeout", "unknown"];
const OPERATIONS = ["query", "transaction"];

/**
 * The route that tells in OpenMetrics what this Node-RED does, to whoever has the token; undefined, with a sentence in
 * the log, without the package `prom-client`.
 */
export function metricsRoute(RED: NodeAPI, { token }: MetricsSettings): RequestHandler | undefined {
	// Beside this package, or where people install packages for Node-RED.
	const client = clientFrom([__filename, join(RED.settings.userDir ?? ".", "package.json")]);
	if (!client) {
		RED.log.error(
			'stellantis.metrics in settings.js needs the package prom-client in version 15, which is not installed: run "npm install prom-client@15" in Node-RED\'s user directory and restart it. There are no metrics until then.',
		);
		return undefined;
	}
	const registry = registryOf(RED, client);
	const digest = (text: string) => createHash("sha256").update(text).digest();
	return async (request, response, next) => {
		response.set("cache-control", "no-store");
		if (!isBearer(request.get("authorization"), token, digest)) {
			response.set("www-authenticate", 'Bearer realm="metrics"').sendStatus(401);
			return;
		}
		try {
			response.set("content-type", registry.contentType).end(await registry.metrics());
		} catch (error) {
			next(error);
		}
	};
}

/**
 * The package `prom-client` as these files find it, the first that does; undefined where none does. One that knows no
 * OpenMetrics (before 15), as another package may have brought along, is none.
 */
export function clientFrom(files: readonly string[]): Client | undefined {
	for (const from of files)
		try {
			const client = createRequire(from)("prom-client") as Client;
			if (client.Registry.OPENMETRICS_CONTENT_TYPE !== undefined) return client;
		} catch (error) {
			if ((error as { code?: unknown }).code !== "MODULE_NOT_FOUND") throw error;
		}
	return undefined;
}

/** What is counted from now on, and what is looked at when somebody asks. */
export function registryOf(RED: Pick<NodeAPI, "events">, client: Client): Registry {
	const { Counter, Histogram, Registry } = client;
	const registry = new Registry();
	registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
	const registers = [registry];
	const requests = new Counter({
		name: "stellantis_requests_total",
		help: "Requests to the API, by route and by HTTP status or error code.",
		labelNames: ["route", "code"],
		registers,
	});
	const seconds = new Histogram({
		name: "stellantis_request_seconds",
		help: "Time until the whole answer of the API was there, or the failure.",
		labelNames: ["route"],
		buckets: ANSWERS,
		registers,
	});
	requested.hear(({ route, code, seconds: time }) => {
		requests.inc({ route, code });
		seconds.observe({ route }, time);
	});
	const events = new Counter({
		name: "stellantis_events_total",
		help: "Events that notifications of the API brought, without repeats.",
		labelNames: ["kind"],
		registers,
	});
	const repeats = new Counter({
		name: "stellantis_event_repeats_total",
		help: "Events that the API sent again, which were dropped.",
		registers,
	});
	for (const kind of KINDS) events.inc({ kind }, 0);
	received.hear(({ kind, isRepeat }) => (isRepeat ? repeats.inc() : events.inc({ kind })));
	const commands = new Counter({
		name: "stellantis_commands_total",
		help: "Remote commands that came to an end, by that end.",
		labelNames: ["command", "end"],
		registers,
	});
	for (const command of COMMANDS) for (const end of ENDS) commands.inc({ command, end }, 0);
	commanded.hear(({ command, end }) => commands.inc({ command, end }));
	const looks = new Counter({
		name: "stellantis_watch_looks_total",
		help: "Requests of watch nodes.",
		registers,
	});
	looked.hear(() => looks.inc());
	const store = new Histogram({
		name: "stellantis_store_seconds",
		help: "Time that a shared store took.",
		labelNames: ["operation", "failed"],
		buckets: STORE_ANSWERS,
		registers,
	});
	for (const operation of OPERATIONS) for (const failed of ["false", "true"]) store.zero({ operation, failed });
	stored.hear(({ operation, isFailed, seconds: time }) => store.observe({ operation, failed: String(isFailed) }, time));
	accountGauges(RED, client, registers);
	return registry;
}

/** Numbers of each account that was used, by its name. */
function accountGauges(RED: Pick<NodeAPI, "events">, { Gauge }: Client, registers: Registry[]): void {
	const numbers: Record<string, [help: string, of: (account: AccountConnection) => number | undefined]> = {
		stellantis_quota_remaining: [
			"Requests of the day's quota that are left.",
			({ rateLimit }) => rateLimit?.day?.remaining,
		],
		stellantis_quota_limit: ["Requests of the day's quota.", ({ rateLimit }) => rateLimit?.day?.limit],
		stellantis_messages_waiting: ["Messages that nodes have not done yet.", ({ underWay }) => underWay],
		stellantis_requests_waiting: ["Requests that wait for their turn.", ({ requestsWaiting }) => requestsWaiting],
		stellantis_signed_in: [
			"1 for an account with a usable sign-in, else 0.",
			({ signInState }) => signInState && Number(signInState.signedIn),
		],
	};
	for (const [name, [help, of]] of Object.entries(numbers))
		new Gauge({
			name,
			help,
			labelNames: ["account"],
			registers,
			collect() {
				fill(this, RED, of);
			},
		});
	new Gauge({
		name: "stellantis_sign_in_valid_until_seconds",
		help: "When the sign-in ends that only a person can make last longer, or else the access token that is renewed by itself; Unix time.",
		labelNames: ["account", "renewed"],
		registers,
		collect() {
			fill(this, RED, ({ signInState: { endsAt, expiresAt } = {} }) => inSeconds(endsAt ?? expiresAt), {
				renewed: ({ signInState }) => String(signInState?.endsAt === undefined),
			});
		},
	});
	new Gauge({
		name: "stellantis_accounts",
		help: "Accounts that run.",
		registers,
		collect() {
			this.set(runningAccounts(RED).size);
		},
	});
}

function fill(
	gauge: Gauge,
	RED: Pick<NodeAPI, "events">,
	of: (account: AccountConnection) => number | undefined,
	labels: Record<string, (account: AccountConnection) => string> = {},
): void {
	gauge.reset();
	for (const [account, name] of labelled(RED)) {
		if (!account.isUsed) continue;
		const value = of(account);
		if (value === undefined) continue;
		const more = Object.fromEntries(Object.entries(labels).map(([label, read]) => [label, read(account)]));
		gauge.set({ account: name, ...more }, value);
	}
}

/**
 * What each account is called in a label, no two the same. Those of one name are numbered by their ids, used or not, so
 * that a series is of the same account as long as the same accounts are there.
 */
function labelled(RED: Pick<NodeAPI, "events">): Map<AccountConnection, string> {
	const accounts = [...runningAccounts(RED)].sort((one, two) => (one.id < two.id ? -1 : Number(one.id > two.id)));
	const plain = accounts.map((account) => labelOf(account));
	const taken = new Set(plain);
	const counts = new Map<string, number>();
	return new Map(
		accounts.map((account, index) => {
			const name = plain[index] ?? "";
			let count = (counts.get(name) ?? 0) + 1;
			const label = () => (count === 1 ? name : `${name} (${count})`);
			while (count > 1 && taken.has(label())) count++;
			counts.set(name, count);
			taken.add(label());
			return [account, label()];
		}),
	);
}

const inSeconds = (milliseconds: number | undefined) => (milliseconds === undefined ? undefined : milliseconds / 1000);

/**
 * A vehicle identification number (ISO 3779), whatever stands beside it but a letter or digit: nobody's vehicle shows in a
 * label, also where an account is named so.
 */
const VIN = /(?<![A-Z0-9])[A-HJ-NPR-Z0-9]{17}(?![A-Z0-9])/gi;

function labelOf({ name }: AccountConnection): string {
	return plainText(name?.replace(VIN, "…"), 60) ?? "unnamed";
}
