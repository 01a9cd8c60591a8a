import { allItems } from "../../../api/all-items";
import { isRunning, listChannels, pickChannel } from "../../../api/channels";
import { lackingCommands } from "../../../api/commands/capability";
import { COMMANDS, type CommandId } from "../../../api/commands/names";
import { FAMILY_COMMANDS } from "../../../api/commands/table";
import { VIA_COMMANDS } from "../../../api/commands/via";
import type { Via } from "../../../api/commands/via-names";
import { isSegment } from "../../../api/connected-car";
import type { Route } from "../../../api/families";
import { type ListedMonitor, listedMonitor } from "../../../api/monitors";
import { isVin, type VehicleRef } from "../../../api/vehicles";
import { StellantisError } from "../../../error";
import { linkOf, relationsOf } from "../../../hal/document";
import { requiredVariables } from "../../../hal/link";
import { defined } from "../../../json";
import { plainText } from "../../../text";
import { abortable } from "../../../transport/abortable";
import { needsChannel, needsVehicle } from "../../reading/target";
import { type Asking, MINUTE, MOMENT, parameter, shownText } from "./asking";
import { carsOfWay } from "./cars-of-way";
import { vehicleAsked } from "./vehicles";

/** Entries of a list in a form. */
const MOST = 200;
/** Links that lead to no resource of their own. */
const NO_RESOURCE = new Set(["self", "curies", "first", "prev", "next", "last"]);
/** Routes of what stands above the vehicles, by family. */
const ROOTS = ["user", "fleet"];

/** What the form gets of a link; JSON leaves out what is undefined, here and below. */
interface ShownLink {
	rel: string;
	title: string | undefined;
	templated: true | undefined;
}

/** The links of a vehicle; without one, those of the user or the fleet that the account belongs to. */
export async function lookUpLinks(asking: Asking): Promise<{ links: ShownLink[] }> {
	const { memory, signal, connected } = asking;
	const vehicle = await vehicleAsked(asking);
	const { routes } = connected.car.family;
	const names = vehicle ? ["vehicle"] : ROOTS.filter((name) => Object.hasOwn(routes, name));
	const links = await memory.once(`links ${vehicle?.id ?? ""}`, MINUTE, signal, async (signal) => {
		const documents = names.map((name) => read(asking, connected.car.route(name), vehicle, signal));
		return (await Promise.all(documents)).flatMap((document) => linksOf(document));
	});
	// The form sends a relation as it is: one that can't be shown as it is, is of no use.
	const shown = links.filter(({ rel }) => shownText(asking, rel) === rel);
	return { links: shown.map((link) => ({ ...link, title: shownText(asking, link.title) })) };
}

function linksOf(document: unknown): ShownLink[] {
	const relations = relationsOf(document).filter(
		(rel) => !NO_RESOURCE.has(rel.toLowerCase()) && plainText(rel) === rel,
	);
	return relations.slice(0, MOST).flatMap((rel): ShownLink[] => {
		const link = linkOf(document, rel);
		if (!link) return [];
		const templated = link.templated === true || requiredVariables(link.href).length > 0;
		return [{ rel, title: link.title, templated: templated || undefined }];
	});
}

/** The commands that a vehicle is known to lack: those its family has not, and those its capabilities deny. */
export async function lookUpCommands(asking: Asking): Promise<{ commands: Partial<Record<CommandId, false>> }> {
	const { memory, signal, connected } = asking;
	if (connected.commandsVia !== undefined) return lookUpCommandsOfWay(asking, connected.commandsVia);
	const { family } = connected.car;
	const vehicle = await vehicleAsked(asking);
	const lacking = vehicle
		? await memory.once(`commands ${vehicle.id}`, MINUTE, signal, async (signal) =>
				lackingCommands(FAMILY_COMMANDS[family.id], await capabilities(asking, vehicle, signal)),
			)
		: lackingCommands(FAMILY_COMMANDS[family.id], undefined);
	return { commands: Object.fromEntries(lacking.map((command) => [command, false])) };
}

/** The same of what delivers the account's commands beside the API: those that it can't do, at all or for that car. */
async function lookUpCommandsOfWay(asking: Asking, via: Via): Promise<{ commands: Partial<Record<CommandId, false>> }> {
	const asked = parameter(asking, "vehicle");
	const vin = asked !== undefined && !isVin(asked) ? (await vehicleAsked(asking))?.vin : asked;
	const car = (await carsOfWay(asking)).find((each) => each.vin === vin?.toUpperCase());
	const can = car?.commands ?? COMMANDS.filter((command) => VIA_COMMANDS[via].commands[command]);
	const lacking = COMMANDS.filter((command) => !can.includes(command));
	return { commands: Object.fromEntries(lacking.map((command) => [command, false])) };
}

/** Undefined where the API knows the vehicle but not what it can do. */
async function capabilities(asking: Asking, vehicle: VehicleRef, signal: AbortSignal): Promise<unknown> {
	try {
		return await read(asking, asking.connected.car.route("capability"), vehicle, signal);
	} catch (error) {
		if (error instanceof StellantisError && error.code === "ERR_NOT_SUPPORTED") return undefined;
		throw error;
	}
}

interface ShownChannel {
	id: string;
	label: string | undefined;
	status: string | undefined;
	running: boolean;
}

/** The account's return channels. Where they deliver is nobody's business: the address ends in a secret. */
export async function lookUpChannels(asking: Asking): Promise<{ channels: ShownChannel[] }> {
	const { memory, signal, connected, claim } = asking;
	const channels = await memory.once("channels", MOMENT, signal, async (signal) => {
		const all = await listChannels(connected.car, claim, signal, MOST);
		const usable = all.filter(({ id }) => isSegment(id));
		return usable.map((channel): ShownChannel => {
			const { id, label, status } = channel;
			return { id, label, status, running: isRunning(channel) };
		});
	});
	return { channels: channels.map((channel) => ({ ...channel, ...labelled(asking, channel) })) };
}

/**
 * The monitors of a vehicle and channel, as far as the family hangs them below those; without a vehicle or channel those
 * of the account's only vehicle and its first running channel, as the monitor node has it.
 *
 * @throws ERR_NO_VEHICLE, ERR_NO_CHANNEL where one is needed and there is none
 */
export async function lookUpMonitors(asking: Asking): Promise<{ monitors: ListedMonitor[] }> {
	const { memory, signal, connected, claim } = asking;
	const { car, vehicles } = connected;
	const route = car.route("monitors");
	const vehicle = needsVehicle(route.path)
		? ((await vehicleAsked(asking)) ?? (await abortable(vehicles.find(undefined, claim), signal)))
		: undefined;
	const given = needsChannel(route.path) ? parameter(asking, "channel") : undefined;
	const monitors = await memory.once(`monitors ${vehicle?.id} ${given}`, MOMENT, signal, async (signal) => {
		const channel = needsChannel(route.path)
			? (given ?? (await pickChannel(car, claim, signal, { purpose: "monitor" })).id)
			: undefined;
		const variables = { ...(vehicle ? { id: vehicle.id } : {}), ...defined({ cbid: channel }) };
		const listed: ListedMonitor[] = [];
		let seen = 0;
		for await (const item of allItems(car, { route, variables, claim, signal, needed: MOST })) {
			const monitor = listedMonitor(item);
			if (monitor && isSegment(monitor.id)) listed.push(monitor);
			if (++seen >= MOST) break;
		}
		return listed;
	});
	return { monitors: monitors.map((monitor) => ({ id: monitor.id, ...labelled(asking, monitor) })) };
}

function labelled(asking: Asking, { label, status }: { label: string | undefined; status: string | undefined }) {
	return { label: shownText(asking, label), status: shownText(asking, status) };
}

/** A resource of a vehicle, or of what stands above the vehicles. @throws what reading it throws */
export async function read(
	{ connected: { car }, claim }: Asking,
	route: Route,
	vehicle: VehicleRef | undefined,
	signal: AbortSignal,
): Promise<unknown> {
	const address = vehicle ? car.addressOfVehicle(route, vehicle) : car.address(route);
	return (await car.get(car.withQuery(address, car.standingQuery(route)), claim, signal)).body;
}
