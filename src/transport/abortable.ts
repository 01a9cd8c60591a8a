/** The outcome of shared work, or the signal's reason as soon as it aborts; the work itself goes on for the others. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
	if (signal === undefined) return work;
	return new Promise((resolve, reject) => {
		const abort = () => reject(signal.reason);
		if (signal.aborted) abort();
		else signal.addEventListener("abort", abort, { once: true });
		// Even when nobody waits any more: a failure that nobody takes would end the process.
		work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
	});
}
