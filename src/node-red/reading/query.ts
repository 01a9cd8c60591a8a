import { hash } from "node:crypto";
import { canonical } from "../../api/canonical";
import type { Query } from "../../api/connected-car";
import { quote } from "../../api/time";
import { badInput } from "../../error";
import { isDocument } from "../../hal/document";
import type { LinkParameters } from "../../hal/link";
import type { Orders } from "../orders";

type Scalar = string | number | boolean;

const isScalar = (value: unknown): value is Scalar =>
	typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

/**
 * Reads `msg.query`.
 *
 * @throws ERR_BAD_INPUT for what can be no query parameters
 */
export function readQuery(value: unknown): Query {
	if (value === undefined || value === null) return {};
	if (!isDocument(value))
		throw badInput(
			`msg.query is ${quote(value)}; it must be an object of query parameters, such as {"distance": "10-"}.`,
		);
	const query: Query = {};
	for (const [name, given] of Object.entries(value)) {
		const each = given instanceof Date ? given.toISOString() : given;
		if (each === undefined || each === null) query[name] = null;
		else if (isScalar(each)) query[name] = each;
		else if (Array.isArray(each) && each.every(isScalar)) query[name] = each;
		else
			throw badInput(
				`msg.query.${name} is ${quote(each)}; it must be text, a number, true or false, or a list of these.`,
			);
	}
	return query;
}

/** The parameters that an address has already. */
export function queryOf({ searchParams }: URL): Query {
	return Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]));
}

/** What tells one `msg.query` from another, short enough to be kept; undefined where the message has none. */
export function queryKey(value: unknown): string | undefined {
	const query = readQuery(value);
	return Object.keys(query).length === 0 ? undefined : hash("sha256", canonical(query), "base64url").slice(0, 12);
}

/**
 * Values for templates: those of `msg.params`, else those that led to the reading which goes on, because a message that
 * breaks off leaves without them.
 *
 * @throws ERR_BAD_INPUT for what can fill no template
 */
export function parametersOf({ params, resume }: Orders): LinkParameters {
	return readParameters(params ?? (isDocument(resume) ? resume.params : undefined));
}

/** The same of one value. */
export function readParameters(value: unknown): LinkParameters {
	if (value === undefined || value === null) return {};
	if (!isDocument(value))
		throw badInput(`msg.params is ${quote(value)}; it must be an object of template values, such as {"cbid": "…"}.`);
	const parameters: LinkParameters = {};
	for (const [name, each] of Object.entries(value)) {
		if (!isScalar(each)) throw badInput(`msg.params.${name} is ${quote(each)}; it must be text or a number.`);
		parameters[name] = each;
	}
	return parameters;
}
