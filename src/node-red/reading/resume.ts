import { type Position, readPosition } from "../../api/collection";
import { quote } from "../../api/time";
import { badInput } from "../../error";
import { isDocument } from "../../hal/document";
import type { SequenceState } from "../messages";

/** Where a broken-off collection goes on: `msg.resume`. Plain JSON, without secrets. */
export interface Resume {
	version: 1;
	/** Family and path of the collection; a resume is good for no other. */
	resource: string;
	position: Position;
	/** The broken-off sequence that goes on; absent after `maxItems`, which has closed it. */
	sequence?: SequenceState;
}

/**
 * Reads `msg.resume`.
 *
 * @param resource the collection the message asks for
 * @throws ERR_BAD_INPUT for anything but a resume of this very collection
 */
export function readResume(value: unknown, resource: string): Resume {
	if (!isDocument(value) || value.version !== 1 || typeof value.resource !== "string")
		throw badInput(
			`msg.resume is ${quote(value)}, which this node did not make. Feed back what came with the error, unchanged, or remove it.`,
		);
	if (value.resource !== resource)
		throw badInput(
			`msg.resume belongs to ${quote(value.resource)}, but this message asks for ${quote(resource)}. Remove it, or ask for the same.`,
		);
	const position = readPosition(value.position);
	const sequence = readSequence(value.sequence);
	return { version: 1, resource, position, ...(sequence ? { sequence } : {}) };
}

function readSequence(value: unknown): SequenceState | undefined {
	if (value === undefined) return undefined;
	if (isDocument(value) && typeof value.id === "string" && value.id !== "") {
		const { id, index, items, pages } = value;
		if ([index, items, pages].every((count) => Number.isSafeInteger(count) && (count as number) >= 0))
			return { id, index: index as number, items: items as number, pages: pages as number };
	}
	throw badInput("msg.resume is damaged. Feed back what came with the error, unchanged, or remove it.");
}
