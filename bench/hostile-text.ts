/**
 * A megabyte of text that is made to keep a program busy, in every place that takes text from outside: how long it
 * blocks, beside what JSON.parse takes for the same text.
 */

import { hash, keyOf } from "../src/api/collection/item-key";
import { commandStatusOf } from "../src/api/commands/status";
import { ConnectedCar } from "../src/api/connected-car";
import { FAMILIES } from "../src/api/families";
import { listedMonitor } from "../src/api/monitors";
import { News } from "../src/api/news";
import { readNotification } from "../src/api/notifications";
import { summarizeStatus } from "../src/api/summaries/status";
import { summarizeTrip } from "../src/api/summaries/trip";
import { instantOf } from "../src/api/time";
import { vehicleCardOf } from "../src/api/vehicle-card";
import { vehicleRefOf } from "../src/api/vehicles";
import { JournalWriter } from "../src/commands/journal-writer";
import { carsIn, entityStateOf } from "../src/commands/via/home-assistant/entities";
import { readStatusText, statusWords } from "../src/commands/via/home-assistant/status-text";
import { summaryOf } from "../src/commands/via/psa-car-controller/state";
import { addressOf } from "../src/hal/pages";
import { readAccountSettings } from "../src/node-red/account/settings";
import { Replacer } from "../src/node-red/admin/diagnostics/replacer";
import { publicAddress, routePath } from "../src/node-red/events/address";
import { readParameters, readQuery } from "../src/node-red/reading/query";
import { readResume } from "../src/node-red/reading/resume";
import { plainText } from "../src/text";
import { proxyFor } from "../src/transport/agents";
import { parsePasted } from "../src/transport/auth/paste";
import { redact } from "../src/transport/redact";
import { explain, parseBody, rateLimitOf } from "../src/transport/response";
import { retryAfter } from "../src/transport/retry";
import type { Row } from "./report";

const SIZE = 1_000_000;
/** What a hostile text repeats: what patterns, parsers and cleaners have to look at twice. */
const BITES = [
	..."{ } { [ ( < / \\ \" ' = & ? # % . , : ; @ - _ 0 9 a A = é \u202e 😀".split(" "),
	" ",
	"\n",
	"\t",
	"{a",
	"{a,",
	"a-",
	"a.",
	"://",
	"a://b@",
	"eyJ-",
	'secret="',
	"authorization: ",
	"basic\t",
	"-----BEGIN PRIVATE KEY-----",
	"&code=",
	"%2",
	"%25",
	"P1",
	"PT1H",
	"1:",
	"1,",
	"<a ",
	"curl ",
	"..",
	"/../",
	"Mon, ",
	"_a",
];

const SECRETS = ["a-secret-of-the-account", "another/secret+with=signs"];
const ROOT = new URL("https://api.example/connectedcar/v4");
const car = new ConnectedCar({
	family: FAMILIES["user-v4"],
	client: { send: () => Promise.reject(new Error("nobody is asked")) },
	root: ROOT,
	variables: {},
});
const VIN = "VR3UPHNKSKT100001";
const BUTTON = "component.stellantis_vehicles.entity.button.";
const STATUS_WORDS = statusWords([{ [`${BUTTON}horn.name`]: "Horn" }]);
const units = FAMILIES["user-v4"].units;
const journal = new JournalWriter({
	account: "account",
	journal: { append: async () => {} } as unknown as ConstructorParameters<typeof JournalWriter>[0]["journal"],
	redact: (text) => redact(text, SECRETS),
	warn() {},
});
const order = { node: "n", vehicle: { id: "v" }, command: "horn", rule: "r", timeout: 1 };
const page = (links: object) => ({ document: { _links: links }, url: ROOT, answer: undefined });

/** Bodies as they come over the wire. Reading one is JSON.parse itself, which is what it is compared with. */
const BODIES: Record<string, { body: (text: string) => string; read: (body: Buffer) => unknown }> = {
	"server: message of an error": {
		body: (text) => JSON.stringify({ message: text }),
		read: (body) => explain({ body }, (said, most) => redact(said, SECRETS, most)),
	},
	"server: a body that is no JSON": {
		body: (text) => text,
		read: (body) => parseBody({ statusCode: 200, headers: {}, url: ROOT, body }),
	},
};

/** The places, each with what is done there with a text. What is refused is fine. */
const PLACES: Record<string, (text: string) => unknown> = {
	"server: next link": (text) => addressOf(page({ next: { href: text } }), "next"),
	"server: templated next link": (text) => addressOf(page({ next: { href: text, templated: true } }), "next"),
	"server: link of a vehicle": (text) =>
		car.addressOfVehicle(car.route("status"), { id: "v", _links: { status: { href: text } } }),
	"server: id of an item": (text) => hash(keyOf({ id: text }) ?? ""),
	"server: link of an item to its vehicle": (text) => hash(keyOf({ id: 1, _links: { vehicle: { href: text } } }) ?? ""),
	"server: a vehicle": (text) => {
		const vehicle = { id: text, vin: text, label: text, brand: text, model: text, _links: { self: { href: text } } };
		return [vehicleRefOf(vehicle), vehicleCardOf(vehicle)];
	},
	"server: a status": (text) =>
		summarizeStatus(
			{
				updatedAt: text,
				lastPosition: { properties: { createdAt: text, signalQuality: text } },
				energies: [
					{
						createdAt: text,
						type: "Electric",
						extension: { electric: { charging: { status: text, remainingTime: text, nextDelayedTime: text } } },
					},
				],
				environment: { air: { createdAt: text } },
				doorsState: { createdAt: text, lockedStates: [text], opening: [{ identifier: text, state: text }] },
			},
			units,
		),
	"server: a trip": (text) => summarizeTrip({ id: text, startedAt: text, stoppedAt: text, duration: text }),
	"server: an alert for onlyNew": (text) => new News(undefined).note({ id: text, type: text, startedAt: text }),
	"server: a monitor": (text) => listedMonitor({ id: text, label: text, status: text }),
	"server: state of a command": (text) => commandStatusOf({ type: text, failureCause: text, status: text }),
	"server: headers of limits": (text) =>
		[text.slice(0, 16_384)].map((said) => [
			retryAfter({ "retry-after": said, "x-ratelimit-reset": said }),
			rateLimitOf({ "x-ratelimit-limit-1": said, "x-ratelimit-reset": said }),
		]),
	"Home Assistant: entities, their states, a command's status": (text) => [
		carsIn([
			{ platform: "stellantis_vehicles", entity_id: text, unique_id: `${VIN}_${text}`, disabled_by: text },
			{ platform: "stellantis_vehicles", entity_id: `button.${text}`, unique_id: text },
		]),
		entityStateOf({ state: text, last_changed: text }),
		readStatusText(text, STATUS_WORDS),
	],
	"Home Assistant: translations": (text) => statusWords([{ [text]: text, [`${BUTTON}horn.name`]: text }]),
	"psa_car_controller: state of a car": (text) =>
		summaryOf({ [text]: text, updated_at: text, energy: [{ type: text, charging: { remaining_time: text } }] }),
	"Home Assistant, psa_car_controller: what a refusal says": (text) => plainText(text, 300),
	"message: path of a resource": (text) => car.addressOfPath(text, {}),
	"message: variable of a path": (text) => car.addressOfPath("/user/{id}", readParameters({ id: text })),
	"message: query": (text) => car.withQuery(ROOT, readQuery({ from: text })),
	"message: a time": (text) => instantOf(text, "from", 0),
	"message: resume": (text) =>
		readResume(
			{ version: 1, resource: "r", position: { address: text, way: text, skip: 0, handled: [text] } },
			text,
			ROOT,
			{ id: text, isOwn: true },
		),
	"message: actor of a command": (text) =>
		journal.intend("k", { ...order, actor: text, prepared: { args: { text } } } as never, "c"),
	"webhook: an event": (text) =>
		readNotification({ id: text, vin: text, date: text, type: text, vehicleId: text, values: [text] }),
	"webhook: link to a vehicle": (text) =>
		readNotification({ remoteActionId: text, _links: { vehicle: { href: text } }, attributes: [{ key: text }] }),
	...Object.fromEntries(
		["baseUrl", "country", "realm", "locale", "redirectUri", "timeout", "commands"].map((name) => [
			`form: ${name} of an account`,
			(text: string) => readAccountSettings({ server: "live", auth: "none", [name]: text }, {}),
		]),
	),
	"form: path and public address of events": (text) => [publicAddress(text), refused(() => routePath(text))],
	"form: what is pasted after a sign-in": (text) => parsePasted(text),
	"form: proxy and its exceptions": (text) =>
		proxyFor(ROOT, { url: text, noProxy: [text] } as Parameters<typeof proxyFor>[1]),
	"log: any sentence": (text) => redact(text, SECRETS),
	"file for a bug report": (text) => {
		const replacer = new Replacer();
		return [replacer.id("vehicle", text), replacer.address(text), replacer.host(text)];
	},
};

/** What it throws is an answer too. */
function refused(work: () => unknown): void {
	try {
		work();
	} catch {}
}

/** Milliseconds of the quickest of some tries: what the work takes when nothing else is going on. */
function quickest(tries: number, work: () => unknown): number {
	let best = Number.POSITIVE_INFINITY;
	for (let n = 0; n < tries; n++) {
		const began = performance.now();
		refused(work);
		best = Math.min(best, performance.now() - began);
	}
	return best;
}

/** For each place the text that blocks it longest, as a multiple of JSON.parse. */
export function hostileTexts(): Row[] {
	const texts = BITES.map((bite) => bite.repeat(Math.ceil(SIZE / Buffer.byteLength(bite))));
	const bases = texts.map((text) => parsing(JSON.stringify({ text })));
	const bodies = Object.entries(BODIES).map(([what, { body, read }]) =>
		worst(what, (place) => {
			const bytes = Buffer.from(body(texts[place] ?? ""));
			return { took: quickest(3, () => read(bytes)), base: quickest(5, () => JSON.parse(bytes.toString())) };
		}),
	);
	const places = Object.entries(PLACES).map(([what, work]) =>
		worst(what, (place) => ({ took: quickest(3, () => work(texts[place] ?? "")), base: bases[place] ?? 1 })),
	);
	return [...bodies, ...places];
}

function parsing(body: string): number {
	return quickest(5, () => JSON.parse(body));
}

function worst(what: string, measure: (place: number) => { took: number; base: number }): Row {
	let most = { value: 0, bite: "", took: 0 };
	for (const [place, bite] of BITES.entries()) {
		const { took, base } = measure(place);
		if (took / base > most.value) most = { value: took / base, bite, took };
	}
	const measured = `time beside JSON.parse, at worst for ${JSON.stringify(most.bite)} (${most.took.toFixed(1)} ms)`;
	return { what: `1 MB, ${what}`, measured: measured.replaceAll("|", "\\|"), value: most.value, goal: 3, unit: "" };
}
