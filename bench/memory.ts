/** How small a heap a sweep of a whole fleet gets along with, beside the smallest that the core flow needs. */
import { type Contender, coreFlow, type Job, nodeRed, ourFlow } from "./contenders";
import type { Row } from "./report";

/** Sizes of the old space (MB) that are tried, and how near (MB) the smallest is found. */
const SMALLEST = 32;
const LARGEST = 96;
const NEAR = 2;
const GOAL = 0.8;

/** @param job a fleet of some hundred thousand vehicles */
export async function memory(job: Job): Promise<Row[]> {
	const { root, pageSize } = job;
	const core = await smallest(() => coreFlow(), job, SMALLEST, LARGEST);
	const ours = await smallest(() => ourFlow(root, { parallel: 1, concurrency: 4, pageSize }), job, SMALLEST, LARGEST);
	return [
		{
			what: `${job.items.toLocaleString("en")} vehicles, the smallest heap that does`,
			measured: `beside core nodes (${ours}, ${core} MB of old space)`,
			...{ value: ours / core, goal: GOAL, unit: "" },
		},
	];
}

/** The smallest old space (MB) under which a flow reads everything, between one that may not do and one that should. */
async function smallest(flow: () => object[], job: Job, from: number, to: number): Promise<number> {
	if (to - from <= NEAR) return to;
	const middle = Math.round((from + to) / 2);
	return (await completes(flow(), job, middle)) ? smallest(flow, job, from, middle) : smallest(flow, job, middle, to);
}

/** True when a Node-RED with so large an old space (MB) reads everything; one that runs out of it ends. */
async function completes(flow: object[], job: Job, size: number): Promise<boolean> {
	let contender: Contender | undefined;
	try {
		contender = await nodeRed(flow, [`--max-old-space-size=${size}`]);
		await contender.run(job);
		return true;
	} catch {
		return false;
	} finally {
		await contender?.stop();
	}
}
