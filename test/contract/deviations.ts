import assert from "node:assert/strict";
import type { ErrorObject } from "ajv";
import type { FamilyId } from "../../demo";
import { deviations } from "../../demo/deviations";

/** Fails for what differs from the document, unless the demo's table says so. */
export function assertFits(family: FamilyId, errors: readonly ErrorObject[]): void {
	const unexpected = errors
		.map(textOf)
		.filter((text) => !deviations.some(({ families, error }) => families.includes(family) && error?.test(text)));
	assert.deepEqual([...new Set(unexpected)].slice(0, 10), []);
}

function textOf({ instancePath, message, keyword, data }: ErrorObject): string {
	const text = `${instancePath.replace(/\d+/g, "*")} ${message}`;
	return keyword === "format" ? `${text}: ${data}` : text;
}
