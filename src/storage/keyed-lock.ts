const tails = new Map<string, Promise<unknown>>();

/** Runs `task` when every task begun earlier under this name, in this process, has ended. Passes its outcome on. */
export function locked<T>(name: string, task: () => Promise<T>): Promise<T> {
	const before = tails.get(name) ?? Promise.resolve();
	const run = before.then(task, task);
	const tail = run.catch(() => {}).finally(() => tails.get(name) === tail && tails.delete(name));
	tails.set(name, tail);
	return run;
}
