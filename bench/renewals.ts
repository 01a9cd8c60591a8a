import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import type { Row } from "./report";
import type { Renewed, Task } from "./store-instance";

const RENEWALS = 1_000;
/** Of so many renewals one ends with the death of its process. */
const ONE_IN = 25;
/** Milliseconds after the server's decision within which it dies: before the answer, behind it, or behind the store. */
const WITHIN = 60;
/** Milliseconds that an answer of the server takes, at most. */
const ANSWER = 6;

/**
 * A sign-in that rotates, renewed by three instances of which one after the other is killed in it.
 *
 * @param start starts an instance
 */
export async function renewals(
	place: ClientConfig & { schema: string },
	start: () => Promise<ChildProcess>,
): Promise<Row[]> {
	const owner = new Client(place);
	await owner.connect();
	const instances = new Map<string, ChildProcess>();
	/** Who was given a token that it has not called stored yet. */
	const unstored = new Set<string>();
	let [valid, renewed, issued, lost, killed] = ["", 0, 0, 0, 0];
	const dying = new Set<Promise<unknown>>();

	const kill = async (name: string) => {
		const child = instances.get(name);
		if (!child) return;
		instances.delete(name);
		const gone = once(child, "exit");
		child.kill("SIGKILL");
		await gone;
		killed++;
		if (unstored.delete(name)) issued++;
		// The minute that the others would wait.
		await owner.query(`update "${place.schema}".instance set seen = seen - interval '1 hour' where id = $1`, [name]);
		await add();
	};
	const server = createServer((request, response) => {
		const { searchParams, pathname } = new URL(request.url ?? "/", "http://server");
		const name = searchParams.get("instance") ?? "";
		const isGood = pathname === "/sign-in" || searchParams.get("token") === valid;
		if (!isGood) return response.writeHead(400).end();
		valid = `refresh-${renewed}-${Math.random()}`;
		unstored.add(name);
		if (pathname === "/renew") renewed++;
		if (renewed % ONE_IN === 0 && pathname === "/renew") {
			const death = pause(Math.random() * WITHIN).then(() => kill(name));
			dying.add(death);
			void death.finally(() => dying.delete(death));
		}
		setTimeout(() => response.end(valid), Math.random() * ANSWER);
		return undefined;
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const task: Task = { what: "renew", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };

	const add = async () => {
		const child = await start();
		child.on("message", ({ instance, event }: Renewed) => {
			if (event === "began") instances.set(instance, child);
			if (event === "stored") unstored.delete(instance);
			if (event === "lost") lost++;
		});
		child.send(task);
	};
	const began = performance.now();
	try {
		await Promise.all([add(), add(), add()]);
		while (renewed < RENEWALS) await pause(20);
		await Promise.all(dying);
	} finally {
		for (const child of instances.values()) child.kill("SIGKILL");
		server.close();
		server.closeAllConnections();
		await owner.end();
	}
	const seconds = (performance.now() - began) / 1000;
	return [
		{
			what: `a rotating sign-in, renewed ${renewed.toLocaleString("en")} times by three Node-RED, ${killed} of them killed in it`,
			measured: `lost, beside what was issued and nobody could store (${seconds.toFixed(0)} s)`,
			value: lost,
			goal: issued,
			unit: "",
		},
	];
}
