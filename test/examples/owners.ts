/**
 * What an owner runs at home, beside a Node-RED with the demo: what it is asked for, the demo's cars do, by commands of
 * its own to the demo API. So the account that asks sees nothing of a command but what an owner's account would.
 */
import { families } from "../../demo/families";
import { credentialsOf } from "../../demo/requests/credentials";
import { get, type Reached, send } from "../demo/client";
import type { NodeRed } from "../e2e/node-red";
import { HA_TOKEN, HomeAssistant } from "../support/home-assistant";
import { PsaCarController } from "../support/psa-car-controller";

/** What the demo API is asked for each command, in the words of its user family. */
const ORDERS: Readonly<Record<string, object>> = {
	lock: { door: { state: "Locked" } },
	horn: { horn: { state: "Activated" } },
	lights: { lights: { on: true } },
	wakeup: { wakeUp: { action: "WakeUp" } },
	"climate-start": { preconditioning: { airConditioning: { immediate: true } } },
	"climate-stop": { preconditioning: { airConditioning: { immediate: false } } },
	"charge-start": { charging: { immediate: true } },
	"charge-stop": { charging: { immediate: false } },
};
const BUTTONS: Readonly<Record<string, string>> = {
	doors_lock: "lock",
	horn: "horn",
	lights: "lights",
	wakeup: "wakeup",
	preconditioning_start: "climate-start",
	preconditioning_stop: "climate-stop",
	charge_start: "charge-start",
	charge_stop: "charge-stop",
};
const PATHS: readonly (readonly [pattern: RegExp, command: string])[] = [
	[/^lock_door\/\w+\/1$/, "lock"],
	[/^lights\//, "lights"],
	[/^wakeup\//, "wakeup"],
	[/^preconditioning\/\w+\/1$/, "climate-start"],
	[/^preconditioning\/\w+\/0$/, "climate-stop"],
	[/^charge_now\/\w+\/1$/, "charge-start"],
	[/^charge_now\/\w+\/0$/, "charge-stop"],
];

/** One of the ways, with a stand-in that the demo's cars obey. */
export interface Owner {
	/** What the account of an example needs for it. */
	readonly account: object;
	/** Everything that it was asked to send, in order: `charge-stop VIN`. */
	readonly asked: readonly string[];
	/** Resolves when the cars have done all that they were asked so far. */
	settled(): Promise<unknown>;
	/** Refuses what comes next. */
	refuse(): void;
	stop(): Promise<void>;
}

/** @param nodeRed that of the flows, preloaded with `demo-address.cjs` and `clock.cjs` */
export type StartOwner = (nodeRed: NodeRed, vins: readonly string[], now: () => number) => Promise<Owner>;

export const OWNERS: Readonly<Record<"home-assistant" | "psa-car-controller", StartOwner>> = {
	async "home-assistant"(nodeRed, vins, now) {
		const home = await HomeAssistant.start();
		home.now = now;
		for (const vin of vins) home.addCar(vin);
		const done: Promise<unknown>[] = [];
		home.onPress = async (vin, key) => {
			home.status(vin, key, "900");
			home.status(vin, key, "903");
			const doing = obey(nodeRed, vin, commandOf(BUTTONS[key], key));
			done.push(doing);
			home.status(vin, key, (await doing) ? "0" : "500");
		};
		const named = (id: string) => {
			const { unique_id: unique = "" } = home.registry.find((entry) => entry.entity_id === id) ?? {};
			return `${commandOf(BUTTONS[unique.slice(18)], id)} ${unique.slice(0, 17)}`;
		};
		return {
			account: {
				commandsVia: "home-assistant",
				commandsUrl: home.url,
				credentials: { commandsToken: HA_TOKEN },
			},
			get asked() {
				return home.asked.map(named);
			},
			settled: () => Promise.all(done),
			refuse: () => home.faults.push("400 pending"),
			stop: () => home.stop(),
		};
	},
	async "psa-car-controller"(nodeRed, vins) {
		const controller = await PsaCarController.start();
		for (const vin of vins) controller.addCar(vin);
		const named = (path: string) => commandOf(PATHS.find(([pattern]) => pattern.test(path))?.[1], path);
		const done: Promise<unknown>[] = [];
		controller.onCommand = (path) => {
			// It answers before the car has done anything.
			done.push(obey(nodeRed, path.split("/")[1] ?? "", named(path)));
		};
		return {
			account: { commandsVia: "psa-car-controller", commandsUrl: controller.url },
			get asked() {
				return controller.commands.map((path) => `${named(path)} ${path.split("/")[1]}`);
			},
			settled: () => Promise.all(done),
			refuse: () => controller.faults.push("error"),
			stop: () => controller.stop(),
		};
	},
};

function commandOf(command: string | undefined, asked: string): string {
	if (command === undefined) throw new Error(`no example asks for ${asked}`);
	return command;
}

interface Page {
	_embedded: Record<string, { id: string; vin: string }[]>;
}
interface Remote {
	status: string;
	_links: { remote: { href: string } };
}

/** Has a car of the demo do something. Resolves at its end: true where it was done. */
async function obey(nodeRed: NodeRed, vin: string, command: string): Promise<boolean> {
	const { origin } = (await nodeRed.tell({ ask: "demo" })) as { origin: string };
	const demo: Reached = { baseUrl: (family) => origin + families[family].root, credentials: credentialsOf };
	const first = async (path: string, is: (each: { vin: string }) => boolean = () => true) => {
		const { _embedded } = (await get(demo, "user-v4", path)).body as Page;
		const found = Object.values(_embedded).flat().find(is);
		if (!found) throw new Error(`nothing at ${path}`);
		return found.id;
	};
	const vehicle = await first("/user/vehicles?pageSize=50", (each) => each.vin === vin);
	const remotes = `/user/vehicles/${vehicle}/callbacks/${await first("/user/callbacks")}/remotes`;
	const { status, body } = await send(demo, "user-v4", "POST", remotes, { label: "at home", ...ORDERS[command] });
	if (status !== 202) throw new Error(`${command}: ${status} ${JSON.stringify(body)}`);
	const { href } = (body as Remote)._links.remote;
	for (;;) {
		const { status } = (await get(demo, "user-v4", href)).body as Remote;
		if (/^(Success|AlreadyDone)$/.test(status)) return true;
		if (status === "Failed") return false;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}
