import type { Confirmation } from "../../api/commands/via";
import type { CommandClock } from "../clock";
import type { Outcomes, ToldStatus } from "../delivery";
import { isConfirmed, isContradicted } from "./confirmation";
import type { Visit } from "./way";

/** Milliseconds before each look at the vehicle's state: a car takes some seconds, a sleeping one two minutes. */
const LOOKS = [3_000, 5_000, 7_000, 10_000, 15_000, 20_000];
/** Milliseconds before the looks at a command that is said to be done; after them that counts. */
const LAST_LOOKS = [2_000, 5_000, 8_000];

/** A command that was asked for, and how its end shows. */
export interface Followed {
	visit: Pick<Visit, "listen" | "close">;
	/** Absent where no state shows it. */
	confirmedBy: Confirmation | undefined;
	/** The state before it was sent. */
	before: unknown;
	/** When it was sent, epoch milliseconds by the clock of whoever tells the state. */
	since: number;
	/** Reads the state. */
	look(signal: AbortSignal): Promise<unknown>;
	clock: CommandClock;
}

/**
 * Tells of a command by what is told of it, and by the state of the vehicle: `Success` when that is what was asked, or
 * when the command is said to be done and no newer state contradicts within 15 s.
 */
export function outcomesOf({ visit, confirmedBy, before, since, look, clock }: Followed): Outcomes {
	const success: ToldStatus = { status: "Success" };
	const settle = async (confirmation: Confirmation, signal: AbortSignal): Promise<ToldStatus | undefined> => {
		let contradicted = false;
		for (const pause of LAST_LOOKS) {
			await clock.sleep(pause, signal);
			const now = await look(signal).catch(() => undefined);
			if (isConfirmed(confirmation, now, before, since)) return success;
			// A look that tells nothing takes nothing back.
			contradicted ||= isContradicted(confirmation, now, before, since);
		}
		return contradicted ? undefined : success;
	};
	return {
		intervals: LOOKS,
		poll: async (signal) =>
			confirmedBy && isConfirmed(confirmedBy, await look(signal), before, since) ? success : undefined,
		listen(onStatus) {
			const stop = new AbortController();
			let isSettling = false;
			const stopListening = visit.listen((told) => {
				if (told !== "done") return onStatus(told);
				if (!confirmedBy) return onStatus(success);
				if (isSettling) return;
				isSettling = true;
				settle(confirmedBy, stop.signal).then(
					(status) => status && onStatus(status),
					// It has come to its end another way.
					() => {},
				);
			});
			return () => {
				stop.abort();
				stopListening();
			};
		},
		close: () => visit.close(),
	};
}
