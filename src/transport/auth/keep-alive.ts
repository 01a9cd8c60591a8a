/**
 * Looks again and again, each time after as many milliseconds as the last look has answered. It keeps no process alive,
 * and ends with the signal.
 * @param first milliseconds until the first look
 * @param look must not throw
 */
export function lookAgain(first: number, look: () => Promise<number>, signal: AbortSignal): void {
	let timer: NodeJS.Timeout | undefined;
	const after = (delay: number) => {
		if (signal.aborted) return;
		timer = setTimeout(async () => after(await look()), delay);
		timer.unref();
	};
	signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
	after(first);
}
