import type { EventEmitter } from "node:events";
import { systemClock } from "../../commands/clock";
import type { Delivery } from "../../commands/delivery";
import { HomeDelivery } from "../../commands/via/home";
import { OfficialDelivery } from "../../commands/via/official";
import { OwnLooks } from "../../commands/via/own-looks";
import type { Connected } from "./open";

/**
 * Who delivers the commands of an account.
 *
 * @param events emits "remote" with a `RemoteEvent`
 */
export function deliveryOf({ car, client, vehicles, states, ...connected }: Connected, events: EventEmitter): Delivery {
	const way = connected.way();
	if (!way) return new OfficialDelivery({ car, client, events, clock: systemClock });
	return new HomeDelivery({
		way,
		own: new OwnLooks({ car, vehicles, states, clock: systemClock }),
		clock: systemClock,
	});
}
