import { randomUUID } from "node:crypto";
import type { Node } from "node-red";
import type { AccountConnection } from "../account/connection";
import type { AccountNotice } from "../account/notices";
import type { FlowsState } from "../flows-state";

/**
 * Sends what happens to an account, one message each, once flows run.
 *
 * @param onSent told after each
 * @param signal ends it
 */
export function sendAccountNotices(
	node: Pick<Node, "id" | "send">,
	account: AccountConnection,
	flows: FlowsState,
	onSent: () => void,
	signal: AbortSignal,
): void {
	if (signal.aborted) return;
	const send = async (notice: AccountNotice, date: string) => {
		await flows.whenRunning(signal).catch(() => {});
		// Nobody behind this node would hear it.
		if (signal.aborted) return account.notices.again(notice);
		if (!(await isOurs(node, account, notice))) return;
		const { what, message, until = null, command } = notice;
		const event = { kind: "account", id: randomUUID(), date };
		node.send({ payload: { what, message, until, ...(command ? { command } : {}) }, event } as never);
		onSent();
	};
	const stop = account.notices.hear((notice) => {
		send(notice, new Date().toISOString()).catch(() => {});
	});
	signal.addEventListener("abort", stop, { once: true });
}

/**
 * What a notice is about, and for how many minutes the next one of the same content is the same one, whichever instance
 * it comes up in: each of them finds out in its own time, at the latest at its hourly look.
 */
const SUBJECTS: Readonly<Record<Exclude<AccountNotice["what"], "command">, { subject: string; minutes: number }>> = {
	"sign-in-lost": { subject: "sign-in", minutes: 90 },
	"sign-in-back": { subject: "sign-in", minutes: 90 },
	"sign-in-ends": { subject: "sign-in-ends", minutes: 3 * 24 * 60 },
	"quota-low": { subject: "quota", minutes: 12 * 60 },
	"channel-lost": { subject: "channel", minutes: 90 },
};
/** How far apart (ms) instances may reckon the same moment. */
const SAME_MOMENT = 30 * 60_000;

/** True for the one of several instances that tells a notice; the end of a command is known where it was followed. */
async function isOurs(
	{ id }: Pick<Node, "id">,
	{ shared }: AccountConnection,
	notice: AccountNotice,
): Promise<boolean> {
	const { what, until } = notice;
	if (!shared || what === "command") return true;
	const { subject, minutes } = SUBJECTS[what];
	const moment = until === undefined ? 0 : Date.parse(until);
	try {
		const rows = await shared.query(
			(table) => `insert into ${table("value")} as value (scope, key, data) values ($1, $2, $3)
				on conflict (scope, key) do update set data = excluded.data, rev = value.rev + 1, changed = clock_timestamp()
				where value.data::jsonb->>'what' is distinct from $4 or abs((value.data::jsonb->>'moment')::float8 - $5) > $6
				or value.changed < clock_timestamp() - $7 * interval '1 minute' returning 1`,
			[
				...[`notices ${shared.name}`, `${id} ${subject}`, JSON.stringify({ what, moment })],
				...[what, moment, SAME_MOMENT, minutes],
			],
		);
		return rows.length > 0;
	} catch {
		// Rather twice than never.
		return true;
	}
}
