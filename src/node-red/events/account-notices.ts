import { randomUUID } from "node:crypto";
import type { Node } from "node-red";
import type { AccountConnection } from "../account/connection";
import type { AccountNotice } from "../account/notices";
import type { FlowsState } from "../flows-state";

/**
 * Sends what happens to an account, one message each, once flows run.
 *
 * @param onSent told after each
 * @returns ends it
 */
export function sendAccountNotices(
	node: Pick<Node, "send">,
	account: AccountConnection,
	flows: FlowsState,
	onSent: () => void,
): () => void {
	const closing = new AbortController();
	const send = async (notice: AccountNotice, date: string) => {
		await flows.whenRunning(closing.signal);
		if (closing.signal.aborted) return;
		if (!(await isOurs(account, notice))) return;
		const { what, message, until = null, command } = notice;
		const event = { kind: "account", id: randomUUID(), date };
		node.send({ payload: { what, message, until, ...(command ? { command } : {}) }, event } as never);
		onSent();
	};
	const stop = account.notices.hear((notice) => {
		send(notice, new Date().toISOString()).catch(() => {});
	});
	return () => {
		stop();
		closing.abort();
	};
}

/** Minutes within which a notice of one kind is the same one, whichever instance it came up in. */
const SAME = 10;

/** True for the one of several instances that tells a notice; the end of a command is known where it was followed. */
async function isOurs({ shared }: AccountConnection, { what }: AccountNotice): Promise<boolean> {
	if (!shared || what === "command") return true;
	try {
		const rows = await shared.query(
			(table) => `insert into ${table("value")} as value (scope, key, data) values ($1, $2, '0')
				on conflict (scope, key) do update set rev = value.rev + 1, changed = clock_timestamp()
				where value.changed < clock_timestamp() - interval '${SAME} minutes' returning 1`,
			[`notices ${shared.name}`, what],
		);
		return rows.length > 0;
	} catch {
		// Rather twice than never.
		return true;
	}
}
