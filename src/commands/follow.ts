import { type CommandStatus, isEnd, isFinal } from "../api/commands/status";
import type { CommandClock } from "./clock";

/** Where a command's status comes from, and who is told of it. */
export interface FollowOptions<Status extends CommandStatus> {
	/** Asks the API; undefined when it says nothing. May throw: a lost poll is simply asked again. */
	poll(signal: AbortSignal): Promise<Status | undefined>;
	/** Passes on what events tell of the command, until the returned function is called. */
	listen(onStatus: (status: Status) => void): () => void;
	/** Told of every change. */
	onStatus(status: Status): void;
	/** Milliseconds after which nobody waits any longer. */
	timeout: number;
	clock: CommandClock;
	signal: AbortSignal;
	/** Milliseconds before each question; the last one holds on. */
	intervals?: readonly number[] | undefined;
	/** The status it has already. */
	current?: string;
}

/** Milliseconds before each poll; the last one holds on. A car takes a few seconds, a sleeping one a minute. */
const INTERVALS = [1_000, 2_000, 3_000, 5_000, 8_000, 10_000];

/**
 * Follows a command to its end, by polls and by events, whichever knows more first.
 *
 * @returns the final status, or undefined when the time is over
 * @throws an AbortError
 */
export async function follow<Status extends CommandStatus>(
	options: FollowOptions<Status>,
): Promise<Status | undefined> {
	const { poll, listen, onStatus, clock, timeout, intervals = INTERVALS } = options;
	options.signal.throwIfAborted();
	const stop = new AbortController();
	const signal = AbortSignal.any([options.signal, stop.signal]);
	let current = options.current;
	let isOver = current !== undefined && isFinal(current);
	let news = 0;
	let finish: (status: Status) => void = () => {};
	const end = new Promise<Status>((resolve) => {
		finish = resolve;
	});
	const note = (status: Status) => {
		if (stop.signal.aborted || isOver) return;
		isOver = isEnd(status);
		if (status.status !== current) {
			current = status.status;
			news++;
			onStatus(status);
		}
		if (isOver) finish(status);
	};
	const pollOn = async (): Promise<never> => {
		for (let count = 0; ; count++) {
			await clock.sleep(intervals[Math.min(count, intervals.length - 1)] ?? 10_000, signal);
			const before = news;
			const status = await poll(signal).catch(() => undefined);
			// While the answer was on its way an event told something newer.
			if (status && (news === before || isEnd(status))) note(status);
		}
	};
	const timeUp = async () => {
		await clock.sleep(timeout, signal);
		return undefined;
	};
	const stopListening = listen(note);
	try {
		return await Promise.race([end, pollOn(), timeUp()]);
	} finally {
		stop.abort();
		stopListening();
	}
}
