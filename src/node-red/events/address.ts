import { isIP } from "node:net";
import { quote } from "../../api/time";
import { badInput } from "../../error";
import { withoutEndSlashes } from "../../text";
import type { Key } from "../badge-texts";
import { text } from "../values";

/** Something that keeps events out: a few words for the badge, by their key, and a sentence for the log. */
export interface Obstacle {
	badge: Key;
	sentence: string;
}

/** Where the API shall deliver, as far as anybody can tell. */
export interface PublicAddress {
	/** How the world reaches Node-RED's HTTP root, without a slash at the end; undefined where nothing can be used. */
	base: string | undefined;
	obstacles: Obstacle[];
}

/** The parts of Node-RED's settings that decide over webhooks. */
export interface HttpSettings {
	httpNodeRoot?: unknown;
	httpNodeAuth?: unknown;
}

/** Most characters of a path or an address. */
const LONGEST = 2_000;
/** Below Node-RED's HTTP root. */
export const DEFAULT_PATH = "stellantis/events";

/**
 * The route's path from the form, with one slash at its start and none at its end.
 *
 * @throws ERR_BAD_INPUT for what would be a pattern, or lead elsewhere
 */
export function routePath(value: unknown): string {
	const given = text(value);
	if (given !== undefined && given.length > LONGEST) throw badInput(`The path ${quote(given)} is too long.`);
	const path = withoutEndSlashes((given ?? DEFAULT_PATH).replace(/^\/+/, ""));
	const segments = path.split("/");
	if (segments.every((segment) => /^[\w.~-]+$/.test(segment) && !/^\.{1,2}$/.test(segment))) return `/${path}`;
	throw badInput(`The path is ${quote(value)}; it must be words with slashes between, such as ${DEFAULT_PATH}.`);
}

/** What in Node-RED's own settings keeps every webhook out. */
export function serverObstacles({ httpNodeRoot, httpNodeAuth }: HttpSettings): Obstacle[] {
	const obstacles: Obstacle[] = [];
	if (httpNodeRoot === false)
		obstacles.push({
			badge: "badge.events.noRoot",
			sentence:
				"Node-RED's HTTP root is switched off (httpNodeRoot: false in settings.js), so no event can come in. Give httpNodeRoot a path.",
		});
	if (httpNodeAuth)
		obstacles.push({
			badge: "badge.events.rootAuth",
			sentence:
				"Node-RED asks everybody who comes to its HTTP root for a password (httpNodeAuth in settings.js), and the API has none: events stay out. The node's own secret path guards its address; let that path pass, or take httpNodeAuth away.",
		});
	return obstacles;
}

/** Reads the form's public address, and says what is wrong with it. */
export function publicAddress(value: unknown): PublicAddress {
	const given = text(value);
	if (given === undefined)
		return refused(
			"badge.events.noUrl",
			"The API must be told where to send events: enter the public URL under which the world reaches Node-RED's HTTP root. A tunnel or a reverse proxy gives one; the help of this node says how.",
		);
	const url = given.length <= LONGEST && URL.canParse(given) ? new URL(given) : undefined;
	if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
		return refused(
			"badge.events.badUrl",
			"The public URL is no plain https:// address. Enter how the world reaches Node-RED's HTTP root, such as https://home.example, without user name, query or fragment.",
		);
	const base = withoutEndSlashes(url.href);
	const obstacles: Obstacle[] = [];
	if (isPrivate(url.hostname))
		obstacles.push({
			badge: "badge.events.privateUrl",
			sentence: `The public URL leads to ${url.hostname}, which only this machine or network can reach: the API can't. Enter the address of a tunnel or reverse proxy.`,
		});
	if (url.protocol === "http:")
		obstacles.push({
			badge: "badge.events.plainUrl",
			sentence:
				"The public URL starts with http://; the API delivers to https:// with a certificate of a known authority.",
		});
	return { base, obstacles };
}

function refused(badge: Key, sentence: string): PublicAddress {
	return { base: undefined, obstacles: [{ badge, sentence }] };
}

/** True for a host that only its own machine or network reaches (RFC 1918, 3927, 4193, 4291, 6761, 6762). */
function isPrivate(hostname: string): boolean {
	const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
	const version = isIP(host);
	if (version === 4) return /^(0|10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./.test(host);
	if (version === 6) return /^(::1?$|f[cd]|fe[89ab]|::ffff:)/.test(host);
	return !host.includes(".") || /\.(localhost|local|internal|lan|home\.arpa)$/.test(host);
}
