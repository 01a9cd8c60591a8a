import { type Channel, listChannels, pickChannel, webhookOf } from "../../api/channels";
import { assertDocument, isSegment } from "../../api/connected-car";
import { type MonitorBody, monitorBody, monitorIdOf } from "../../api/monitors";
import { quote } from "../../api/time";
import { type VehicleRef, vehicleRefOf } from "../../api/vehicles";
import { badInput, StellantisError } from "../../error";
import { isDocument, linkOf } from "../../hal/document";
import { withoutEndSlashes } from "../../text";
import type { ApiResponse } from "../../transport/client";
import type { Key } from "../badge-texts";
import { setAnswer, setVehicle } from "../messages";
import type { NodeInput } from "../node-input";
import { MONITOR } from "../properties";
import { readAsCollection } from "../reading/collection";
import { readQuery } from "../reading/query";
import { hasBegun } from "../reading/read";
import { givenVehicle, needsChannel, needsVehicle, vehicleValue } from "../reading/target";
import { choice, text, typedValue } from "../values";

/** Where an action leads: the address, and the one vehicle it is about as far as anybody can tell. */
interface MonitorTarget {
	url: URL;
	vehicle: VehicleRef | null | undefined;
}

/** Does what the monitor node is set to; once more where its vehicle was found under another id meanwhile. */
export async function actOnMonitors(input: NodeInput): Promise<void> {
	const { vehicles, single } = input;
	const before = vehicles.moves;
	try {
		await act(input);
	} catch (error) {
		if (!(error instanceof StellantisError) || error.code !== "ERR_NOT_FOUND") throw error;
		const vehicle = await vehicles.find(await vehicleValue(input), single).catch(() => undefined);
		if (vehicle && vehicles.hasVin(vehicle)) await vehicles.lookAgain(vehicle, single).catch(() => undefined);
		// A place in the list is good for the id before; what has left it would come twice.
		const goesOn = input.config.action === "list" && input.orders.resume !== undefined;
		if (vehicles.moves === before || goesOn || hasBegun(input)) throw error;
		delete input.msg.resume;
		await act(input);
	}
}

async function act(input: NodeInput): Promise<void> {
	const { badge, car, signal, single } = input;
	const action = choice(input.config.action, "action", MONITOR.action.choices);
	badge.progress("…");
	if (action === "list") return list(input);
	if (action === "create") return create(input);
	if (action === "vehicles") return vehicles(input);
	const draft = action === "update" ? await draftOf(input) : undefined;
	const place = await placeOfMonitor(input);
	if (action === "get") {
		const url = car.withQuery(place.url, readQuery(input.orders.query));
		const answer = await car.get(url, single, signal);
		assertDocument(answer);
		return answerWith(input, place, answer, "badge.done");
	}
	if (draft) {
		const answer = await car.send("PUT", place.url, await finished(input, draft), single, signal);
		return answerWith(input, place, answer, "badge.monitor.updated");
	}
	if (action === "delete")
		return answerWith(
			input,
			place,
			await car.send("DELETE", place.url, undefined, single, signal),
			"badge.monitor.deleted",
		);
	const [status, said] =
		action === "pause"
			? (["Paused", "badge.monitor.paused"] as const)
			: (["Running", "badge.monitor.running"] as const);
	const answer = await car.send("PUT", below(place.url, "status"), { status }, single, signal);
	return answerWith(input, place, answer, said);
}

async function list(input: NodeInput): Promise<void> {
	const { car, config } = input;
	const route = car.route("monitors");
	const channel = needsChannel(route.path) ? await givenChannel(input) : undefined;
	const vehicle = needsVehicle(route.path) ? await givenVehicle(input) : null;
	const url = car.address(route, variables(vehicle, channel));
	// A monitor is a small thing, and the account has few: all of them in one message.
	await readAsCollection(
		{ ...input, config: { ...config, output: "array" } },
		{ url, route, vehicle, shape: "collection" },
	);
}

async function create(input: NodeInput): Promise<void> {
	const { car, single, signal } = input;
	const draft = await draftOf(input);
	const route = car.route("monitors");
	const watched = Object.hasOwn(car.family.routes, "monitor-handles") ? await givenVehicles(input) : [];
	const vehicle = needsVehicle(route.path) ? await givenVehicle(input) : watched.length === 1 ? watched[0] : null;
	const channel = needsChannel(route.path) ? await givenChannel(input) : undefined;
	const place = { url: car.address(route, variables(vehicle, channel)), vehicle };
	const answer = await car.send("POST", place.url, await finished(input, draft), single, signal);
	if (watched.length > 0) await watch(input, answer, channel, watched);
	await answerWith(input, place, answer, "badge.monitor.created");
}

/** A monitor's body that was checked before anything is asked, and may still need an address for its events. */
interface Draft {
	value: unknown;
	body: MonitorBody;
	needsWebhook: boolean;
}

async function draftOf(input: NodeInput): Promise<Draft> {
	const { family } = input.car;
	const value = await bodyValue(input);
	const needsWebhook = family.channels.monitorsBringWebhook === true && !bringsWebhook(value);
	return { value, body: monitorBody(value, family, needsWebhook ? {} : undefined), needsWebhook };
}

/** Lends a monitor the webhook of the account's channel where it must bring one and has none. */
async function finished(input: NodeInput, { value, body, needsWebhook }: Draft): Promise<MonitorBody> {
	if (!needsWebhook) return body;
	return monitorBody(value, input.car.family, await webhook(input, await givenChannel(input)));
}

function bringsWebhook(value: unknown): boolean {
	return isDocument(value) && isDocument(value.subscribeParam) && isDocument(value.subscribeParam.callback);
}

/** Tells a new monitor which vehicles it watches; without any it would be of no use and is taken away again. */
async function watch(
	input: NodeInput,
	created: ApiResponse,
	channel: ChannelChoice | undefined,
	watched: readonly VehicleRef[],
): Promise<void> {
	const { car, single, signal } = input;
	const mid = monitorIdOf(created.body);
	if (mid === undefined)
		throw new StellantisError("ERR_BAD_RESPONSE", "The API created a monitor but did not tell its id.");
	const values = { ...variables(null, channel), mid };
	const handles = car.address(car.route("monitor-handles"), values);
	try {
		const body = { action: "Add", vehicleIds: watched.map(({ id }) => id) };
		await car.send("PUT", handles, body, single, signal);
	} catch (error) {
		await car.send("DELETE", car.address(car.route("monitor"), values), undefined, single).catch(() => {});
		throw error;
	}
}

/** Which vehicles a monitor watches; with an order `{action, vehicleIds}` in the body, changes them. */
async function vehicles(input: NodeInput): Promise<void> {
	const { car, single, signal, orders } = input;
	if (!Object.hasOwn(car.family.routes, "monitor-handles"))
		throw new StellantisError(
			"ERR_NOT_SUPPORTED",
			needsVehicle(car.route("monitors").path)
				? `A monitor of ${car.family.id} watches the one vehicle it was created for; there is no list of vehicles.`
				: `A monitor of ${car.family.id} watches the whole fleet; there is no list of vehicles.`,
		);
	const value = await bodyValue(input);
	const order = isDocument(value) && value.action !== undefined ? handleOrder(value) : undefined;
	const place = await placeOfMonitor(input);
	const url = below(place.url, "handles");
	const answer = order
		? await car.send("PUT", url, order, single, signal)
		: await car.get(car.withQuery(url, readQuery(orders.query)), single, signal);
	await answerWith(input, { ...place, vehicle: null }, answer, "badge.done");
}

/** @throws ERR_BAD_INPUT for what is no order (`HandleSetter` of accounts-v1) */
function handleOrder(value: Record<string, unknown>): Record<string, unknown> {
	const { action, vehicleIds, groups } = value;
	const isList = (list: unknown) =>
		Array.isArray(list) && list.length > 0 && list.every((id) => text(id) !== undefined);
	if (action !== "Add" && action !== "Remove")
		throw badInput(`The action on the monitor's vehicles is ${quote(action)}; it must be Add or Remove.`);
	if (!isList(vehicleIds) && !isList(groups))
		throw badInput(`The monitor's vehicleIds are ${quote(vehicleIds)}; give a list of vehicle ids.`);
	return value;
}

async function placeOfMonitor(input: NodeInput): Promise<MonitorTarget> {
	const { car, config, RED, node, msg } = input;
	const { monitor = "monitor", monitorType = "msg" } = config;
	const value = await typedValue(RED, node, msg, "monitor", monitor, monitorType);
	const route = car.route("monitor");
	// The API's own resource knows best where it is, unless it leaves that open.
	const url = car.addressBy(linkOf(value, "self"), route);
	if (url) {
		url.pathname = withoutEndSlashes(url.pathname);
		const values = car.variablesOf(route, url);
		// What it names is changed or deleted: a channel, say, must not pass for a monitor.
		if (!car.fits(route, url) || !Object.values(values).every(isSegment))
			throw badInput(
				`The monitor's link "self" leads to ${quote(url.pathname)}, where no monitor is; give its id, or a monitor as this node lists it.`,
			);
		const { id } = values;
		return { url, vehicle: id === undefined || !needsVehicle(route.path) ? undefined : { id } };
	}
	const mid = monitorIdOf(value);
	if (mid === undefined)
		throw badInput(`The monitor is ${quote(value)}; give its id, or a monitor as this node lists it.`);
	const vehicle = needsVehicle(route.path) ? await givenVehicle(input) : undefined;
	const channel = needsChannel(route.path) ? await givenChannel(input) : undefined;
	return { url: car.address(route, { ...variables(vehicle, channel), mid }), vehicle };
}

/** The vehicles a new monitor shall watch: one, or a list of them. */
async function givenVehicles(input: NodeInput): Promise<VehicleRef[]> {
	const value = await vehicleValue(input);
	if (!Array.isArray(value)) return [await givenVehicle(input)];
	return Promise.all(value.map((each) => input.vehicles.find(vehicleRefOf(each) ?? each, input.single)));
}

type ChannelChoice = Channel | { id: string };

async function givenChannel({ RED, node, msg, config, car, single, signal }: NodeInput): Promise<ChannelChoice> {
	const value = await typedValue(RED, node, msg, "channel", config.channel, config.channelType);
	const id = isDocument(value) ? (value.id ?? value.channelId ?? value.callbackId) : value;
	if (id === undefined || id === null || id === "") return pickChannel(car, single, signal, { purpose: "monitor" });
	const given = text(id);
	if (given === undefined) throw badInput(`The channel is ${quote(value)}; give its id.`);
	return { id: given };
}

/** Where a channel delivers. */
async function webhook(
	{ car, single, signal }: NodeInput,
	channel: ChannelChoice,
): Promise<Record<string, unknown> | undefined> {
	const known =
		"subscribe" in channel ? channel : (await listChannels(car, single, signal)).find(({ id }) => id === channel.id);
	return known && webhookOf(car, known);
}

async function bodyValue({ RED, node, msg, config }: NodeInput): Promise<unknown> {
	const type = choice(config.bodyType, "bodyType", MONITOR.bodyType.types);
	return typedValue(RED, node, msg, "body", config.body, type);
}

function variables(vehicle: { id: string } | null | undefined, channel: ChannelChoice | undefined) {
	return { ...(vehicle ? { id: vehicle.id } : {}), ...(channel ? { cbid: channel.id } : {}) };
}

function below(url: URL, segment: string): URL {
	const address = new URL(url);
	address.pathname = `${withoutEndSlashes(address.pathname)}/${segment}`;
	address.search = "";
	return address;
}

async function answerWith(input: NodeInput, place: MonitorTarget, answer: ApiResponse, said: Key): Promise<void> {
	const outgoing = input.RED.util.cloneMessage(input.msg);
	outgoing.payload = answer.body ?? null;
	if (place.vehicle !== undefined) setVehicle(outgoing, place.vehicle);
	setAnswer(outgoing, answer);
	input.emit(outgoing);
	const { badge } = input;
	badge.success(badge.texts.text(said));
}
