import type { CommandId } from "../../api/commands/names";
import { type Confirmation, viaCommand } from "../../api/commands/via";
import { VIA_TITLES } from "../../api/commands/via-names";
import { vehicleName } from "../../api/vehicle-name";
import type { VehicleRef } from "../../api/vehicles";
import { StellantisError } from "../../error";
import { at } from "../../json";
import type { CommandClock } from "../clock";
import {
	type Delivery,
	type Handed,
	type Order,
	type Parcel,
	type PreparedCommand,
	type Resumption,
	UNSURE,
} from "../delivery";
import type { Unfinished } from "../unfinished";
import { batteryTooLow, ENOUGH_BATTERY } from "../wake-ups";
import { shows } from "./confirmation";
import { outcomesOf } from "./outcomes";
import type { OwnLooks } from "./own-looks";
import type { Visit, Way } from "./way";

/** Who delivers, and who tells of a vehicle beside that. */
export interface HomeDeliveryOptions {
	way: Way;
	/** What the account can read by itself. */
	own: OwnLooks;
	clock: CommandClock;
}

/**
 * Commands through what an owner runs at home. Asked once; what it says of a command counts, and so does the state of the
 * vehicle: that which the account reads by itself, or, where it can't, that which is known there.
 */
export class HomeDelivery implements Delivery {
	readonly #options: HomeDeliveryOptions;

	constructor(options: HomeDeliveryOptions) {
		this.#options = options;
	}

	prepare(command: CommandId, given: unknown): PreparedCommand {
		const { way, own } = this.#options;
		const { spec, args, ask, confirmedBy } = viaCommand(way.via, command, given);
		const wakes = command === "wakeup";
		return {
			args,
			wakes,
			identify: (vehicle, claim, signal) => own.identify(vehicle, claim, signal),
			ready: async (order, signal) => {
				const { node } = order;
				const vehicle = await own.identify(order.vehicle, { priority: "command", owner: node }, signal);
				const { vin } = vehicle;
				if (vin === undefined) throw withoutVin(vehicle, VIA_TITLES[way.via]);
				const visit = await way.visit({ vin, command, ask, offered: spec.offered }, signal);
				try {
					return await this.#parcel({ ...order, vehicle }, visit, { command, confirmedBy, wakes }, signal);
				} catch (error) {
					visit.close();
					throw error;
				}
			},
		};
	}

	resume(from: Unfinished, since: number, vehicle: VehicleRef, signal: AbortSignal): Resumption | undefined {
		const { way, own, clock } = this.#options;
		const { key, channel, command, args, vin } = from;
		const timeout = (since + from.timeout * 1000 - clock.now()) / 1000;
		const confirmedBy = confirmationOf(way, command, args);
		// Where no state shows it nobody will ever know, and the vehicle need not wait for that.
		if (channel !== way.via || vin === undefined || timeout <= 0 || !confirmedBy) return undefined;
		const look = async (until: AbortSignal) =>
			(await own.look(vehicle, { priority: "command", owner: key }, until)) ?? (await way.look(vin, until));
		const visit: Pick<Visit, "listen" | "close"> = { listen: () => () => {}, close: () => {} };
		const outcomes = async () => outcomesOf({ visit, confirmedBy, before: undefined, since, look, clock });
		signal.throwIfAborted();
		return { timeout, status: UNSURE, outcomes };
	}

	async #parcel(
		{ key, node, vehicle }: Order,
		visit: Visit,
		{ command, confirmedBy, wakes }: { command: CommandId; confirmedBy: Confirmation | undefined; wakes: boolean },
		signal: AbortSignal,
	): Promise<Parcel> {
		const { way, own, clock } = this.#options;
		const claim = { priority: "command", owner: node } as const;
		const asksOwn = confirmedBy !== undefined || wakes;
		const seen = asksOwn ? await own.look(vehicle, claim, signal) : undefined;
		const look = (until: AbortSignal) => (seen === undefined ? visit.look(until) : own.look(vehicle, claim, until));
		const before = seen ?? (confirmedBy ? await visit.look(signal).catch(() => undefined) : undefined);
		const level = at(before, "auxiliaryBattery");
		if (wakes && typeof level === "number" && level < ENOUGH_BATTERY) throw batteryTooLow(vehicleName(vehicle), level);
		signal.throwIfAborted();
		const isDone = (state: unknown) => confirmedBy !== undefined && shows(confirmedBy, state) === true;
		return {
			channel: way.via,
			drop: () => visit.close(),
			async send(written, until, onSent): Promise<Handed> {
				await written;
				if (way.isSparing && isDone(before)) return { id: key, status: "AlreadyDone" };
				const now = clock.now();
				const reply = await visit.send(until, onSent);
				if (!reply.sent) {
					const isRefused = reply.why.code === "ERR_REJECTED" && isDone(await look(until).catch(() => undefined));
					if (isRefused) return { id: key, status: "AlreadyDone" };
					throw reply.why;
				}
				const { isSure, answer } = reply;
				const status = isSure ? "Accepted" : UNSURE;
				if (!confirmedBy && !way.tellsEnd) {
					if (isSure) return { id: key, status, answer };
					throw nobodyTells(command, vehicle, VIA_TITLES[way.via]);
				}
				const since = seen === undefined ? (reply.at ?? now) : now;
				return { id: key, status, answer, outcomes: outcomesOf({ visit, confirmedBy, before, since, look, clock }) };
			},
		};
	}
}

/** The state that shows a command; undefined where none does, or where that depends on arguments nobody knows any more. */
function confirmationOf(way: Way, command: CommandId, args: unknown): Confirmation | undefined {
	try {
		return viaCommand(way.via, command, args).confirmedBy;
	} catch {
		return undefined;
	}
}

function withoutVin(vehicle: VehicleRef, title: string): StellantisError {
	return new StellantisError(
		"ERR_NO_VEHICLE",
		`${title} knows cars by their VIN, and that of ${vehicleName(vehicle)} is not known. Set msg.vehicle or the node's vehicle to a VIN.`,
	);
}

function nobodyTells(command: CommandId, vehicle: VehicleRef, title: string): StellantisError {
	return new StellantisError(
		"ERR_COMMAND_UNKNOWN",
		`The command ${command} was sent to ${vehicleName(vehicle)}, but the answer of ${title} was lost or tells nothing: it may have arrived, nobody can tell. It is not sent again.`,
	);
}
