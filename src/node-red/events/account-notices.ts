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
