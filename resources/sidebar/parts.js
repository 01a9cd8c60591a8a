// @ts-check
/** The parts of the sidebar. Whatever comes from a server is put in place as text, never as HTML. */
import { pictureOf } from "../editor/pictures.js";
import { saved } from "../editor/properties.js";
import { language, text as shared, textsOf } from "../editor/text.js";
import { WATCH } from "../generated/facts.js";
import { putStatus } from "../guidance/snippets.js";
import { keep } from "./rows.js";
import { age, clock, day, number } from "./times.js";

const text = textsOf("stellantis-sidebar");

/** Metres of a degree of latitude. */
const DEGREE = 111_320;

/** @param {string} name of a class of Font Awesome @param {string} [kind] */
const icon = (name, kind = "") => $('<i aria-hidden="true">').addClass(`fa fa-${name} ${kind}`);
/** @param {unknown[]} words */
const joined = (...words) => words.filter((word) => typeof word === "string" && word !== "").join(" · ");
/** A line of small words; none where there is nothing to say. @param {string} words @param {string} [kind] */
const small = (words, kind = "") => (words ? $("<small>").addClass(kind).text(words) : $());

/** What a word of the API is called, which may be one that nobody knows yet. @param {string} word @param {string} key its text */
function worded(word, key) {
	const said = /^[\w-]+$/.test(word) ? shared(key) : key;
	return said.endsWith(key) ? word : said;
}

/** What an account is called. @param {{ id: string, name?: string | undefined }} account */
function nameOf({ id, name }) {
	const node = RED.nodes.node(id);
	return node ? RED.utils.getNodeLabel(node, name ?? id) : (name ?? id);
}

/** Until when an account is signed in, or why not. @param {StellantisShownAccount} account */
function signIn({ isOpen, signedIn, expiresAt, endsAt, reason, error }) {
	if (!isOpen) return text("sidebar.account.idle");
	// the last error is shown too, and need not be read twice
	if (!signedIn) return reason && reason !== error?.message ? reason : shared("badge.account.signedOut");
	if (endsAt !== undefined) return shared("badge.account.signInEnds", { time: day(endsAt) });
	if (expiresAt !== undefined) return shared("badge.account.signedIn", { time: clock(expiresAt) });
	return "";
}

/** What is left of the day's requests. @param {StellantisShownAccount} account */
function quota({ rateLimit }) {
	const { limit, remaining } = rateLimit?.day ?? {};
	if (remaining === undefined) return "";
	const counted = (/** @type {number} */ count) => {
		const form = new Intl.PluralRules(language()).select(count) === "one" ? "one" : "other";
		return shared(`badge.count.requests.${form}`, { count: number(count) });
	};
	return limit === undefined
		? shared("badge.account.left", { remaining: counted(remaining) })
		: shared("badge.account.leftOf", { remaining: number(remaining), limit: counted(limit) });
}

/** @param {JQuery} into @param {StellantisOverview} overview */
export function accounts(into, { accounts }) {
	keep(into, accounts, {
		none: text("sidebar.none.accounts"),
		key: ({ id }) => id,
		draw(account) {
			const { id, isOpen, isDemo, signedIn, waiting, error } = account;
			const state = !isOpen ? "idle" : signedIn ? "good" : "bad";
			const name = nameOf(account);
			const demo = isDemo ? text("sidebar.account.demo") : "";
			const lines = $('<span class="stellantis-lines">').append(
				$("<b>").text(demo === name ? name : joined(name, demo)),
				small(joined(signIn(account), quota(account))),
				small(waiting ? text("sidebar.account.waiting", { count: number(waiting) }) : ""),
			);
			if (error) lines.append(failed(id, error));
			return $("<div>").append(icon("circle", `stellantis-state stellantis-${state}`), lines);
		},
	});
}

/** The last error, with the way to its node. @param {string} account @param {NonNullable<StellantisShownAccount["error"]>} error */
function failed(account, { time, message, node }) {
	const words = $("<small>").append(
		icon("exclamation-triangle", "stellantis-bad"),
		" ",
		$("<span>").text(joined(message, age(time))),
	);
	const source = node === account ? null : RED.nodes.node(node);
	if (!source) return words;
	const title = text("sidebar.account.show", { name: RED.utils.getNodeLabel(source, source.id) });
	return words.append(
		" ",
		$('<button type="button" class="stellantis-link">')
			.attr({ "data-focus": `error ${account}`, title, "aria-label": title })
			.append(icon("crosshairs"))
			.on("click", () => RED.view.reveal(node, true)),
	);
}

/** @param {JQuery} into @param {StellantisOverview} overview @param {boolean} isSearch */
export function vehicles(into, { vehicles, found, accounts }, isSearch) {
	const several = accounts.filter((account) => account.vehicles > 0).length > 1;
	const called = new Map(accounts.map((account) => [account.id, nameOf(account)]));
	const zones = zonesOf();
	keep(into, vehicles, {
		none: text(isSearch ? "sidebar.none.found" : "sidebar.none.vehicles"),
		more: found > vehicles.length ? text("sidebar.more", { count: number(found - vehicles.length) }) : "",
		key: ({ account, name }) => `${account} ${name}`,
		draw({ account, name, label, model, picture, state }) {
			const known = label ?? model ?? name;
			const lines = $('<span class="stellantis-lines">').append(
				$("<b>").text(known),
				small(joined(several ? called.get(account) : "")),
				small(joined(...energy(state))),
				small(joined(place(state, zones), state?.updatedAt ? age(Date.parse(state.updatedAt)) : "")),
			);
			const title = text("sidebar.vehicle.put", { name: known });
			return $('<button type="button" class="stellantis-vehicle">')
				.attr({ title, "data-focus": `vehicle ${account} ${name}` })
				.append(pictureOf(picture, "fa fa-car", ""), lines)
				.on("click", (event) => putStatus({ account, vehicle: name, name: known }, event.detail === 0));
		},
	});
}

/** Battery, tank and range of a vehicle, in words. @param {StellantisLatestState | undefined} state @returns {string[]} */
function energy(state) {
	if (!state) return [];
	const { battery, fuel, range, charging } = state;
	const words = [
		battery === null ? "" : text("sidebar.vehicle.battery", { level: number(battery) }),
		charging ? text("sidebar.vehicle.charging") : "",
		fuel === null ? "" : text("sidebar.vehicle.fuel", { level: number(fuel) }),
	];
	// of the battery where it has one
	words.splice(
		battery === null ? 3 : 2,
		0,
		range === null ? "" : text("sidebar.vehicle.range", { range: number(range) }),
	);
	// a number stays with its unit
	return words.map((word) => word.replaceAll(" ", "\u00a0"));
}

/** @typedef {{ name: string, latitude: number, longitude: number, radius: number }} Zone */

/** A number that may be text; none of a variable, or of what a hand has left empty. @param {unknown} value */
const amount = (value) => (/\d/.test(String(value)) ? Number(value) : Number.NaN);

/** The zones of all watches on the flows, the smallest first, as a watch names a place. @returns {Zone[]} */
function zonesOf() {
	const all = RED.nodes.filterNodes({ type: "stellantis-watch" }).flatMap((node) => {
		const { zones } = saved(node);
		return Array.isArray(zones) ? zones.filter((zone) => typeof zone?.name === "string") : [];
	});
	return all
		.map(({ name, latitude, longitude, radius = WATCH.freshZone.radius }) => ({
			name,
			latitude: amount(latitude),
			longitude: amount(longitude),
			radius: amount(radius),
		}))
		.sort((one, other) => one.radius - other.radius);
}

/** Where a vehicle is: the zone of a watch, else the coordinates. @param {StellantisLatestState | undefined} state @param {Zone[]} zones */
function place(state, zones) {
	const { latitude, longitude } = state ?? {};
	if (typeof latitude !== "number" || typeof longitude !== "number") return "";
	const inside = zones.find((zone) => {
		const north = (latitude - zone.latitude) * DEGREE;
		const east = (longitude - zone.longitude) * DEGREE * Math.cos((latitude * Math.PI) / 180);
		return Math.hypot(north, east) <= zone.radius;
	});
	// as maps take it, in every language
	return inside?.name ?? `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
}

/** How commands end by our own word. */
const ENDS = ["timeout", "unknown", "refused", "not-sent"];
const GOOD = ["Success", "AlreadyDone"];

/** @param {JQuery} into @param {StellantisOverview} overview */
export function commands(into, { commands }) {
	keep(into, commands, {
		none: text("sidebar.none.commands"),
		key: ({ account, since, vehicle, command }) => `${account} ${since} ${vehicle} ${command}`,
		draw({ command, vehicle, since, status, failureCause, isDone }) {
			const isGood = GOOD.includes(status);
			const end = status.replace(" ", "-");
			const said = ENDS.includes(end) ? text(`sidebar.command.${end}`) : worded(status, `badge.command.${status}`);
			const sign = !isDone
				? icon("spinner")
				: isGood
					? icon("check", "stellantis-good")
					: icon("times", "stellantis-bad");
			return $("<div>").append(
				sign.addClass("stellantis-state"),
				$('<span class="stellantis-lines">').append(
					$("<b>").text(joined(worded(command, `account.command.${command}`), vehicle)),
					small(joined(said, failureCause ? worded(failureCause, `badge.command.${failureCause}`) : "", moment(since))),
				),
			);
		},
	});
}

/** A clock time of today, else with its day. @param {number} time */
const moment = (time) => (new Date(time).toDateString() === new Date().toDateString() ? clock(time) : day(time));

/** @param {JQuery} into @param {StellantisOverview} overview */
export function requests(into, { requests }) {
	keep(into, requests, {
		none: text("sidebar.none.requests"),
		key: ({ account, time, method, route, duration }) => `${account} ${time} ${method} ${route} ${duration}`,
		draw({ time, purpose, method, route, vehicle, statusCode, error, duration }) {
			const isGood = statusCode !== undefined && statusCode < 400;
			const what = purpose === "sign-in" ? text("sidebar.request.signIn") : (route ?? text("sidebar.request.other"));
			return $("<div>").append(
				$("<code>")
					.addClass(isGood ? "" : "stellantis-bad")
					.text(String(statusCode ?? error ?? "")),
				$('<span class="stellantis-lines">').append(
					$("<span>").text(`${method} ${what}`),
					small(joined(vehicle, `${number(duration)} ms`, clock(time, true))),
				),
			);
		},
	});
}
