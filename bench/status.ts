/** What many messages to one status node cost: while they wait, and at the pace that the account allows. */
import { request } from "undici";
import { nodeRed, statusFlow } from "./contenders";
import type { Row } from "./report";

interface Flood {
	/** Heap (bytes) a waiting message takes. */
	bytes: number;
	/** Longest time (ms) for which the event loop stood still. */
	block: number;
	reset: { time: number; block: number };
	deploy: { time: number; block: number };
}

/** Messages that wait in a status node for a server that never answers. */
export async function waiting(root: string, count = 100_000): Promise<Row[]> {
	const ours = await nodeRed(statusFlow(root, { concurrency: 4 }));
	try {
		const { bytes, block, reset, deploy } = await ours.ask<Flood>({ kind: "flood", count });
		const what = `${count.toLocaleString("en")} messages wait`;
		const blocks = [
			["coming", block],
			["msg.reset", reset.block],
			["a deploy", deploy.block],
		] as const;
		return [
			...blocks.map(([name, value]) => ({ what, measured: `longest block, ${name}`, value, goal: 100, unit: " ms" })),
			{ what, measured: "until msg.reset has ended all", value: reset.time, goal: 1_000, unit: " ms" },
			{ what, measured: "a deploy of the node", value: deploy.time, goal: 1_000, unit: " ms" },
			{ what, measured: "heap a message, its own 0.5 kB included", value: bytes / 1024, goal: 2, unit: " kB" },
		];
	} finally {
		await ours.stop();
	}
}

/** The states of many vehicles, as fast as the server answers: how long other flows wait meanwhile. */
export async function sweepOfStates(root: string, count = 10_000): Promise<Row[]> {
	const ours = await nodeRed(statusFlow(root, { concurrency: 32 }));
	try {
		await ours.ask({ kind: "sweep", count: 500 });
		const { p99, max, time } = await ours.ask<{ p99: number; max: number; time: number }>({ kind: "sweep", count });
		const what = `${count.toLocaleString("en")} states, 32 at once`;
		const rate = Math.round((1000 * count) / time);
		return [
			{
				what,
				measured: `event loop, p99 delay (longest ${max.toFixed(0)} ms; ${rate} a second)`,
				...{ value: p99, goal: 25, unit: " ms" },
			},
		];
	} finally {
		await ours.stop();
	}
}

/** Most of the moments (ms, in order) that lie within one second. */
function mostInASecond(moments: readonly number[]): number {
	let most = 0;
	let first = 0;
	for (const [place, moment] of moments.entries()) {
		while ((moments[first] ?? 0) <= moment - 1000) first++;
		most = Math.max(most, place - first + 1);
	}
	return most;
}

/** How many of the allowed requests a second are used, and how many places of those at once. */
export async function pace(rootOf: (latency: number) => string): Promise<Row[]> {
	const rows: Row[] = [];
	for (const cap of [50, 200, 500]) {
		const moments = await startsOf(rootOf(0), { concurrency: 32, requestsPerSecond: cap }, 6 * cap);
		const rate = (1000 * (moments.length - 1)) / ((moments.at(-1) ?? 0) - (moments[0] ?? 0));
		const what = `requestsPerSecond ${cap}`;
		rows.push(
			{ what, measured: "share of the cap that is used", value: rate / cap, goal: 0.95, unit: "", atLeast: true },
			{ what, measured: "most requests in a second", value: mostInASecond(moments), goal: cap + 1, unit: "" },
		);
	}
	const latency = 30;
	const moments = await startsOf(rootOf(latency), { concurrency: 4 }, 800);
	const rate = (1000 * (moments.length - 1)) / ((moments.at(-1) ?? 0) - (moments[0] ?? 0));
	const bare = await bareRate(`${rootOf(latency)}/accounts/vehicles/1/telemetries/latest`, 4, 800);
	const ideal = (4 * 1000) / latency;
	rows.push({
		what: "4 requests at once, 30 ms each",
		measured: `beside 4 bare loops over undici (${rate.toFixed(1)}, ${bare.toFixed(1)} of ${ideal.toFixed(1)} a second)`,
		...{ value: rate / bare, goal: 0.95, unit: "", atLeast: true },
	});
	return rows;
}

/** Requests a second of loops that do nothing else: the bound that the server's latency sets on this machine. */
async function bareRate(address: string, loops: number, count: number): Promise<number> {
	let left = count;
	const ask = async () => {
		while (left-- > 0) await (await request(address)).body.json();
	};
	const all = () => Promise.all(Array.from({ length: loops }, ask));
	await all();
	left = count;
	const began = performance.now();
	await all();
	return (1000 * count) / (performance.now() - began);
}

async function startsOf(root: string, account: Parameters<typeof statusFlow>[1], count: number): Promise<number[]> {
	const ours = await nodeRed(statusFlow(root, account));
	try {
		await ours.ask<number[]>({ kind: "starts", count: 50 });
		return await ours.ask<number[]>({ kind: "starts", count });
	} finally {
		await ours.stop();
	}
}
