import { type Position, readPosition } from "../../api/collection";
import { quote } from "../../api/time";
import { badInput } from "../../error";
import { isDocument } from "../../hal/document";
import type { LinkParameters } from "../../hal/link";
import { defined } from "../../json";
import { redact } from "../../transport/redact";
import type { SequenceState } from "../messages";

/** Where a broken-off collection goes on: `msg.resume`. Plain JSON, without secrets. */
export interface Resume {
	version: 1;
	/** Family and path of the collection; a resume is good for no other. */
	resource: string;
	/** Id of the account node that it is good for; absent in one of version 0.1.0, which is good for the node's own. */
	account?: string;
	position: Position;
	/** What tells the query of the message that broke off from others; absent where it had none. */
	query?: string;
	/** Values of the templates that lead there; absent where there are none. */
	params?: LinkParameters;
	/** The broken-off sequence that goes on; absent after `maxItems`, which has closed it. */
	sequence?: SequenceState;
}

/** The account that a message is worked on with. */
export interface ResumeAccount {
	/** Of the account node. */
	id: string;
	/** True where it is the one that the node has chosen. */
	isOwn: boolean;
}

/**
 * Reads `msg.resume`.
 *
 * @param resource the collection the message asks for
 * @param collection its address
 * @param account the account of this message, and whether it is the node's own
 * @throws ERR_BAD_INPUT for anything but a resume of this very collection
 */
export function readResume(value: unknown, resource: string, collection: URL, account: ResumeAccount): Resume {
	if (!isDocument(value) || value.version !== 1 || typeof value.resource !== "string")
		throw badInput(
			`msg.resume is ${quote(value)}, which this node did not make. Feed back what came with the error, unchanged, or remove it.`,
		);
	if (value.resource !== resource)
		throw badInput(
			`msg.resume belongs to ${quote(value.resource)}, but this message asks for ${quote(resource)}. Remove it, or ask for the same.`,
		);
	const own = value.account === undefined ? account.isOwn : value.account === account.id;
	if (!own)
		throw badInput(
			"msg.resume belongs to another account than the one of this message. Remove it, or let msg.account name the same as before.",
		);
	const position = readPosition(value.position);
	for (const address of [position.address, position.before])
		if (address !== undefined && pathOf(address, collection) !== pathOf(collection.pathname, collection))
			throw badInput(
				`msg.resume leads to ${quote(pathOf(address, collection))}, away from the collection that it came from. Feed back what came with the error, unchanged, or remove it.`,
			);
	const sequence = readSequence(value.sequence);
	const query = typeof value.query === "string" ? value.query : undefined;
	return { version: 1, resource, account: account.id, position, ...defined({ query, sequence }) };
}

/**
 * A position as a resume may hold it: on the path of its collection, wherever the server's own links lead (a gateway
 * spells them as the server behind it does, say), and without the credentials that some servers repeat in their links.
 * Every request gets those anew.
 *
 * @param clientId parameter of the query that carries the client id
 */
export function resumable({ address, before, ...position }: Position, collection: URL, clientId: string): Position {
	const own = (each: string) => {
		const { searchParams, search } = new URL(each, collection);
		const secrets = [...searchParams.keys()].filter((name) => isSecret(name, clientId));
		for (const name of secrets) searchParams.delete(name);
		// An address that holds none stays as the server has spelled it.
		const query = secrets.length === 0 ? search : searchParams.size > 0 ? `?${searchParams}` : "";
		return collection.pathname + query;
	};
	return { ...position, address: own(address), ...(before === undefined ? {} : { before: own(before) }) };
}

function isSecret(name: string, clientId: string): boolean {
	return name.toLowerCase() === clientId.toLowerCase() || redact(`${name}=value`) !== `${name}=value`;
}

/** The path of an address below the API's origin, as a server gets it. */
function pathOf(address: string, collection: URL): string {
	return new URL(collection.origin + address).pathname;
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
