import { timingSafeEqual } from "node:crypto";
import type { NodeAPI } from "node-red";
import { isRecord } from "../../json";
import { withoutEndSlashes } from "../../text";
import { text } from "../values";

/** A route below Node-RED's HTTP root. */
export interface HealthSettings {
	/** With one slash at its start. */
	path: string;
}

export interface MetricsSettings extends HealthSettings {
	token: string;
}

/** What `stellantis` in settings.js says of the two routes, and what of it can't be used. */
export interface OperationsSettings {
	health: HealthSettings | undefined;
	metrics: MetricsSettings | undefined;
	/** Sentences for the log. */
	problems: string[];
}

/** The object `stellantis` of settings.js; empty where there is none. */
export function packageSettings({ settings }: Pick<NodeAPI, "settings">): Record<string, unknown> {
	const { stellantis } = settings as unknown as { stellantis?: unknown };
	return isRecord(stellantis) ? stellantis : {};
}

/** Both routes are off unless they are given a path; metrics stay off without a token, and say so. */
export function operationsSettings(RED: Pick<NodeAPI, "settings">): OperationsSettings {
	const { health, metrics } = packageSettings(RED);
	const problems: string[] = [];
	const pathOf = (name: string, given: unknown): string | undefined => {
		const { path } = Object(given) as { path?: unknown };
		if (path === undefined || path === null || path === "" || path === false) return undefined;
		const words = typeof path === "string" ? withoutEndSlashes(path.slice(0, LONGEST)).split("/") : [];
		const segments = words[0] === "" ? words.slice(1) : words;
		if (segments.length > 0 && segments.every(isSegment)) return `/${segments.join("/")}`;
		problems.push(
			`stellantis.${name}.path in settings.js can't be used; it must be words with slashes between, such as "stellantis/${name}". The route stays off.`,
		);
		return undefined;
	};
	const healthPath = pathOf("health", health);
	const metricsPath = pathOf("metrics", metrics);
	const token = text((Object(metrics) as { token?: unknown }).token);
	if (metricsPath !== undefined && token === undefined)
		problems.push(
			"stellantis.metrics in settings.js has a path but no token, so the metrics stay off: give it a token, which whoever reads them sends as Authorization: Bearer <token>.",
		);
	const isSendable = token === undefined || SENDABLE.test(token);
	if (metricsPath !== undefined && !isSendable)
		problems.push(
			"The token of stellantis.metrics in settings.js can't stand in a header, so the metrics stay off: it must be of letters without accents, digits and signs, in one line.",
		);
	if (metricsPath !== undefined && metricsPath === healthPath)
		problems.push("stellantis.health and stellantis.metrics in settings.js have the same path; the metrics stay off.");
	const isOn = metricsPath !== undefined && token !== undefined && isSendable && metricsPath !== healthPath;
	return {
		health: healthPath === undefined ? undefined : { path: healthPath },
		metrics: isOn ? { path: metricsPath, token } : undefined,
		problems,
	};
}

/** What every client sends in a header as it is (RFC 9110, section 5.5). */
const SENDABLE = /^[ -~]+$/;
/** Most characters of a path. */
const LONGEST = 200;
/** No pattern, and no way up. */
const isSegment = (segment: string) => /^[\w.~-]+$/.test(segment) && !/^\.{1,2}$/.test(segment);

/**
 * True for the header `Authorization: Bearer <token>` (RFC 6750, section 2.1). However much of the token is right, it
 * takes the same time.
 *
 * @param digest makes texts of any length equally long
 */
export function isBearer(header: string | undefined, token: string, digest: (text: string) => Buffer): boolean {
	// A token may have blanks of its own.
	const [, scheme = "", given = ""] = /^(\S+) (.*)$/.exec(header ?? "") ?? [];
	const isRight = timingSafeEqual(digest(given), digest(token));
	return scheme.toLowerCase() === "bearer" && isRight;
}
