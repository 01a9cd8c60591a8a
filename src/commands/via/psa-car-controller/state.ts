import { summarizeStatus } from "../../../api/summaries/status";
import type { StatusSummary } from "../../../api/summaries/status-summary";
import { isRecord } from "../../../json";

/** Levels of an answer that are looked at. */
const DEEPEST = 10;
/** A time as Python writes it. */
const PYTHON_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d.*)$/;
const LONGEST_TIME = 40;
/** Most characters of a name; what is longer is none that the API has. */
const LONGEST_NAME = 100;

/**
 * The summary of what psa_car_controller has of a vehicle: the status of the API user-v4, its names in snake case and its
 * times as Python writes them. Undefined for what is none.
 */
export function summaryOf(body: unknown): StatusSummary | undefined {
	if (!isRecord(body)) return undefined;
	return summarizeStatus(inTheApisWords(body, 0), { speed: "km/h" });
}

function inTheApisWords(value: unknown, depth: number): unknown {
	if (depth > DEEPEST) return undefined;
	if (Array.isArray(value)) return value.map((each) => inTheApisWords(each, depth + 1));
	if (typeof value === "string") return value.length <= LONGEST_TIME ? value.replace(PYTHON_TIME, "$1T$2") : value;
	if (!isRecord(value)) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([name]) => name.length <= LONGEST_NAME)
			.map(([name, each]) => [
				name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
				inTheApisWords(each, depth + 1),
			]),
	);
}
