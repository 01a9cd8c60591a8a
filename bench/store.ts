import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { OWNER, startPostgres } from "../test/support/postgres-server";
import { renewals } from "./renewals";
import { type Row, tableOf } from "./report";
import type { Task } from "./store-instance";

const PER_SECOND = 200;
const SECONDS = 10;
/** Milliseconds that an answer of the API takes. */
const ANSWER = 25;

/** What several Node-RED on one PostgreSQL share: three processes on this machine. */
export async function sharedStore(): Promise<Row[]> {
	const server = await startPostgres();
	const api = createServer((_request, response) => setTimeout(() => response.end("{}"), ANSWER));
	api.listen(0, "127.0.0.1");
	await once(api, "listening");
	const root = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
	const place = { host: "127.0.0.1", port: server.port, database: "postgres", schema: "bench", ...OWNER };
	const instances = await Promise.all([0, 1, 2].map(() => start(place)));
	try {
		const alone = [...(await horns(instances)), ...(await pace(instances)), ...(await cost(instances, root))];
		return [...alone, ...(await renewals(place, () => start(place)))];
	} finally {
		for (const instance of instances) instance.kill("SIGKILL");
		api.close();
		api.closeAllConnections();
		await server.stop();
	}
}

async function start(place: object): Promise<ChildProcess> {
	const child = fork(join(__dirname, "store-instance.ts"), [JSON.stringify(place)], {
		execArgv: ["--require", "tsx/cjs"],
	});
	await once(child, "message");
	return child;
}

async function ask<Result>(instance: ChildProcess, task: Task): Promise<Result> {
	const answered = once(instance, "message");
	instance.send(task);
	const [{ result }] = (await answered) as [{ result: Result }];
	return result;
}

async function horns(instances: ChildProcess[]): Promise<Row[]> {
	const sent = await Promise.all(
		instances.map((each, n) => ask<number>(each, { what: "horns", count: 5, first: 5 * n })),
	);
	const all = sent.reduce((sum, each) => sum + each, 0);
	return [
		{
			what: "15 horns asked at once on three Node-RED with a store, limit 5",
			measured: `${all} sent`,
			value: all,
			goal: 5,
			unit: "",
			atLeast: all < 5,
		},
	];
}

async function pace(instances: ChildProcess[]): Promise<Row[]> {
	const starts = (
		await Promise.all(
			instances.map((each) => ask<number[]>(each, { what: "pace", perSecond: PER_SECOND, seconds: SECONDS })),
		)
	)
		.flat()
		.sort((one, other) => one - other);
	const [first = 0] = starts;
	// The first second is that of coming together, the last is cut short.
	const counted = starts.filter((at) => at >= first + 1000 && at < first + (SECONDS - 1) * 1000);
	const used = counted.length / ((SECONDS - 2) * PER_SECOND);
	let worst = 0;
	for (let from = 0, to = 0; to < starts.length; to++) {
		while ((starts[to] ?? 0) - (starts[from] ?? 0) >= 1000) from++;
		worst = Math.max(worst, to - from + 1);
	}
	return [
		{
			what: `${PER_SECOND} requests a second shared by three Node-RED: how many are used`,
			measured: `${counted.length} in ${SECONDS - 2} s`,
			value: used,
			goal: 0.95,
			unit: "",
			atLeast: true,
		},
		{
			what: "the same: the most in any second, beside the cap",
			measured: `${worst} in a second`,
			value: worst / PER_SECOND,
			goal: 1.05,
			unit: "",
		},
	];
}

async function cost(instances: ChildProcess[], root: string): Promise<Row[]> {
	const [one] = instances;
	if (!one) return [];
	const alone = median(await ask<number[]>(one, { what: "cost", root, requests: 600, isShared: false }));
	const shared = median(await ask<number[]>(one, { what: "cost", root, requests: 600, isShared: true }));
	return [
		{
			what: "a request's time under load with a store, beside one without",
			measured: `${shared.toFixed(2)} ms, ${alone.toFixed(2)} ms`,
			value: shared / alone,
			goal: 1.05,
			unit: "",
		},
	];
}

function median(values: readonly number[]): number {
	return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

if (require.main === module)
	void sharedStore().then((rows) => {
		console.log(tableOf(rows));
		process.exit();
	});
