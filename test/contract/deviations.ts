import assert from "node:assert/strict";
import type { ErrorObject } from "ajv";
import type { FamilyId } from "../../demo";

/** Where an answer differs from its document on purpose. */
const deviations: readonly { family: FamilyId; error: RegExp; reason: string }[] = [
	{
		family: "user-v4",
		error: /^\/energy must be object/,
		reason: "real answers carry a list under `energy`, as under `energies`",
	},
	{
		family: "user-v4",
		error: /^\/preconditionning\/.*\/occurence must be object/,
		reason: "real answers have `occurence: null`",
	},
	...(["user-v4", "accounts-v1", "fleet-v3"] as const).map((family) => ({
		family,
		error: /triggers\/\*\/name must match pattern/,
		reason: "the document's pattern has quotation marks in it, which no name of its own examples has",
	})),
	{
		family: "accounts-v1",
		error: /(location|[pP]osition|positions\/\*) must have required property 'createdAt'/,
		reason: "the document demands the time beside `properties` and defines it inside them, where all families have it",
	},
	{
		family: "accounts-v1",
		error: /doorsState must have required property '(identifier|state)'/,
		reason: "the document demands of the doors together what it defines for each of them",
	},
];

/** Fails for what differs from the document, unless on purpose. */
export function assertFits(family: FamilyId, errors: readonly ErrorObject[]): void {
	const texts = errors.map((error) => `${error.instancePath.replace(/\d+/g, "*")} ${error.message}`);
	const unexpected = texts.filter(
		(text) => !deviations.some((known) => known.family === family && known.error.test(text)),
	);
	assert.deepEqual([...new Set(unexpected)].slice(0, 10), []);
}
