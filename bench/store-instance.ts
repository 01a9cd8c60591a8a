/** One of several instances on a shared store, in a process of its own. Arguments: what it does, and the store's place. */
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SharedGuards } from "../src/commands/shared/guards";
import type { PoolOptions } from "../src/storage/shared/pool";
import { PostgresStore } from "../src/storage/shared/postgres-store";
import { SharedAccount } from "../src/storage/shared/shared-account";
import { fileTokenStore } from "../src/transport/auth";
import { sharedTokenStore } from "../src/transport/auth/shared-token-store";
import { Limiter } from "../src/transport/limiter";
import { SharedPace } from "../src/transport/shared-pace";

/** What an instance of the bench is asked to do. */
export type Task =
	| { what: "horns"; count: number; first: number }
	| { what: "pace"; perSecond: number; seconds: number }
	| { what: "cost"; root: string; requests: number; isShared: boolean }
	| { what: "renew"; url: string };

/** What an instance tells while it renews. */
export interface Renewed {
	instance: string;
	event: "began" | "stored" | "lost";
}

const place: PoolOptions = JSON.parse(process.argv[2] ?? "{}");
const store = new PostgresStore(place, "bench");
/** No Node-RED has left files there. */
const NOWHERE = join(tmpdir(), "stellantis-bench-nowhere");
const claim = { priority: "sweep", owner: "bench" } as const;

async function horns({ count, first }: Extract<Task, { what: "horns" }>): Promise<number> {
	const guards = new SharedGuards(new SharedAccount(store, "bench", "bench"), { folder: NOWHERE, node: "bench" });
	const limits = { commandLimit: 5, wakeupInterval: 60, wakeupsPerDay: 6 };
	const asked = Array.from({ length: count }, (_, n) =>
		guards.admit({ account: "bench", vehicle: { id: `v${first + n}` }, wakes: false, limits }),
	);
	return (await Promise.allSettled(asked)).filter(({ status }) => status === "fulfilled").length;
}

async function pace({ perSecond, seconds }: Extract<Task, { what: "pace" }>): Promise<number[]> {
	const limiter = new Limiter({
		concurrency: 50,
		requestsPerSecond: perSecond,
		shared: new SharedPace(store, "pace", perSecond),
	});
	const starts: number[] = [];
	const closing = AbortSignal.timeout(seconds * 1000);
	const worker = async () => {
		while (!closing.aborted)
			await limiter.run(claim, closing, async () => void starts.push(Date.now())).catch(() => {});
	};
	await Promise.all(Array.from({ length: 60 }, worker));
	limiter.close();
	return starts;
}

/** Milliseconds of each request, from asking for a turn to the answer. */
async function cost({ root, requests, isShared }: Extract<Task, { what: "cost" }>): Promise<number[]> {
	const limiter = new Limiter({
		concurrency: 8,
		requestsPerSecond: 1_000,
		...(isShared ? { shared: new SharedPace(store, "cost", 1_000) } : {}),
	});
	const times: number[] = [];
	let left = requests;
	const worker = async () => {
		while (left-- > 0) {
			const before = performance.now();
			await limiter.run(claim, undefined, () => get(root));
			times.push(performance.now() - before);
		}
	};
	await Promise.all(Array.from({ length: 8 }, worker));
	limiter.close();
	return times;
}

/** Renews the shared sign-in over and over; signs in where there is none, or the server does not know it any more. */
async function renew({ url }: Extract<Task, { what: "renew" }>): Promise<never> {
	const tell = (event: Renewed["event"]) => process.send?.({ instance: store.instance, event });
	// Else nobody would take over in the first minute.
	store.availableFor = () => Number.POSITIVE_INFINITY;
	const account = new SharedAccount(store, "renewals", "bench");
	const files = fileTokenStore(NOWHERE, "bench");
	const tokens = sharedTokenStore(
		account,
		"a key of the bench",
		{ files, typed: undefined },
		new AbortController().signal,
	);
	const ask = async (path: string, token = "") => {
		const response = await fetch(`${url}/${path}?${new URLSearchParams({ instance: store.instance, token })}`);
		return response.ok ? response.text() : undefined;
	};
	await tokens.known();
	tell("began");
	for (;;)
		await tokens.locked(async () => {
			const stored = tokens.read();
			const before = "tokens" in stored ? stored.tokens?.refreshToken : undefined;
			const renewed = before === undefined ? undefined : await ask("renew", before);
			if (before !== undefined && renewed === undefined) tell("lost");
			const refreshToken = renewed ?? (await ask("sign-in")) ?? "";
			await tokens.write({ issuedFor: "bench", tokens: { refreshToken, receivedAt: Date.now() } });
			tell("stored");
		});
}

function get(root: string): Promise<void> {
	return new Promise((resolve, reject) => {
		request(root, (response) => response.resume().once("end", resolve))
			.once("error", reject)
			.end();
	});
}

process.on("message", async (task: Task) => {
	if (task.what === "renew") return renew(task);
	const done = task.what === "horns" ? horns(task) : task.what === "pace" ? pace(task) : cost(task);
	process.send?.({ result: await done });
	return undefined;
});
process.once("disconnect", () => process.exit());
void store.ready().then(() => process.send?.({ ready: true }));
