import { isRecord } from "../../json";
import type { Message } from "../messages";

/** Most characters that are kept of the message that started a sweep. */
const MOST = 64_000;
/** Names of what is nobody's business on a disk or in a database. */
const SECRET = /authorization|cookie|password|passwd|secret|token|api[-_]?key|credential/i;
/** What each message of a sweep has of its own. */
const REPLACED = new Set(["payload", "page", "vehicle", "topic", "statusCode", "rateLimit", "lease", "req", "res"]);

/**
 * What is kept of the message that starts a sweep, for the completion: its properties that are plain data, without
 * those that sound like a secret, and none that would make it large.
 *
 * @param redact takes the account's secrets out of a text
 */
export function keptOf(msg: Message, redact: (text: string) => string): Record<string, unknown> {
	const kept: Record<string, unknown> = {};
	let length = 0;
	for (const [name, value] of Object.entries(msg)) {
		if (REPLACED.has(name) || SECRET.test(name) || !isPlain(value)) continue;
		const text = redact(JSON.stringify(value));
		length += text.length;
		if (length > MOST) break;
		kept[name] = JSON.parse(text);
	}
	return kept;
}

/** Deepest nesting that is looked into. */
const DEEPEST = 20;

/** True for what JSON can hold and give back, without anything that sounds like a secret. */
function isPlain(value: unknown, depth = 0): boolean {
	if (value === null || typeof value === "string" || typeof value === "boolean") return true;
	if (typeof value === "number") return Number.isFinite(value);
	if (depth > DEEPEST) return false;
	if (Array.isArray(value)) return value.every((each) => isPlain(each, depth + 1));
	if (!isRecord(value)) return false;
	const kind: unknown = Object.getPrototypeOf(value);
	if (kind !== null && Object.getPrototypeOf(kind) !== null) return false;
	return Object.entries(value).every(([name, each]) => !SECRET.test(name) && isPlain(each, depth + 1));
}
