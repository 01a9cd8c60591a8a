/**
 * The actions of a command's body, by family: how they are written, what they are called and what they order.
 * Sources: schema `Remote` of user-v4.openapi.yaml, fleet-v3.openapi.yaml and accounts-v1.openapi.yaml.
 */
import { ApiFailure } from "../base/failure";
import { isObject, type Json } from "../base/json";
import { chargeRates, type Family, type FamilyId } from "../families";
import type { Ability } from "../world/ability";
import type { VehicleOrder } from "../world/orders";
import { anything, both, type Check, exactlyOne, flag, list, number, object, text, whole, word, words } from "./checks";
import { chargePrograms, chargeSchedule, climatePrograms } from "./programs";

interface Action {
	/** `RemoteType`; a part of it for actions with types of their own. */
	type: string | ((value: Json) => string);
	/** What the car must have; absent: every car does it. */
	ability?: Ability;
	check: Check;
	order(value: Json): VehicleOrder;
}

const signal = () => ({ do: "signal" }) as const;
const lock = (value: Json): VehicleOrder => ({ do: "lock", locked: value.state === "Locked" });
const state = (...allowed: string[]) => object({ state: word(...allowed) });
const switched = state("Activated", "Unactivated");
const immobilization: Action = {
	type: "Immobilization",
	check: object({ activate: flag }),
	order: (value) => ({ do: "immobilize", active: value.activate === true }),
};

/** RFC 7946, sections 3.1.2 and 3.2. */
const coordinates: Check = (value, name) => {
	list(anything, 2, 3)(value, name);
	const [longitude, latitude] = value as unknown[];
	number(-180, 180)(longitude, `${name}[0]`);
	number(-90, 90)(latitude, `${name}[1]`);
};
const point = object({ type: word("Point"), coordinates });

const flatClimate: Action = {
	type: "ThermalPreconditioning",
	ability: "preconditioning",
	check: object({ airConditioning: exactlyOne({ immediate: flag, programs: climatePrograms }) }),
	order: (value) => climateOrder(value.airConditioning as Json),
};

const flatCharging: Action = {
	type: "ElectricBatteryChargingRequest",
	ability: "charging",
	check: exactlyOne({
		immediate: flag,
		schedule: exactlyOne({ programs: chargeSchedule, nextDelayedTime: text() }),
		nextDelayedTime: text(),
		preferences: object({}, { level: text(/^Level[1-5]$/, "Level1 to Level5"), type: word("Partial", "Full") }),
	}),
	order: (value) => {
		const { immediate, preferences, schedule } = value as { immediate?: boolean; preferences?: Json; schedule?: Json };
		if (immediate !== undefined) return { do: "charge", on: immediate };
		if (preferences) {
			const { level, type } = preferences;
			return {
				do: "charge settings",
				...(level === undefined ? {} : { rate: Number(String(level).slice(-1)) }),
				...(type === undefined ? {} : { limit: type === "Full" ? 100 : 80 }),
			};
		}
		if (schedule?.programs) return { do: "charge programs", programs: schedule.programs as Json[], replace: true };
		const resumeAt = Date.parse(String(schedule?.nextDelayedTime ?? value.nextDelayedTime));
		if (Number.isNaN(resumeAt)) throw new ApiFailure(400, "nextDelayedTime must be an RFC 3339 date-time.");
		return { do: "charge", on: false, resumeAt };
	},
};

function climateOrder(air: Json): VehicleOrder {
	if (air.programs) return { do: "climate programs", programs: air.programs as Json[], replace: false };
	const settings = air.settings as Json | undefined;
	return { do: "climate", on: settings ? settings.state !== "Unactivated" : air.immediate === true };
}

const flat: Record<string, Action> = {
	preconditioning: flatClimate,
	charging: flatCharging,
	door: {
		type: "Doors",
		ability: "door",
		check: object({ state: word("Locked", "Unlocked") }, { forced: flag }),
		order: lock,
	},
	horn: { type: "Horn", ability: "horn", check: switched, order: signal },
	lights: { type: "Lights", ability: "lights", check: object({ on: flag }), order: signal },
	wakeUp: {
		type: "WakeUp",
		ability: "wakeup",
		check: object({ action: words("WakeUp") }),
		order: () => ({ do: "wake" }),
	},
	navigation: {
		type: "Navigation",
		ability: "navigation",
		check: object({ positions: list(point, 1, 10) }, { driverApproval: flag }),
		order: signal,
	},
};

const fleet: Record<string, Action> = {
	...flat,
	immobilization,
	stolen: {
		type: "Stolen",
		ability: "stolen",
		check: object({ stolen: flag }, { trackingPeriod: object({}), immobilization: object({ activate: flag }) }),
		order: (value) => ({ do: "stolen", stolen: value.stolen === true }),
	},
};

const accounts: Record<string, Action> = {
	locking: { type: "Locking", ability: "door", check: state("Locked", "Unlocked"), order: lock },
	horn: { type: "Horn", ability: "horn", check: switched, order: signal },
	lights: { type: "Lights", ability: "lights", check: switched, order: signal },
	wakeup: {
		type: "Wakeup",
		ability: "wakeup",
		check: object({ action: words("Wakeup") }),
		order: () => ({ do: "wake" }),
	},
	vehicleFinder: {
		type: "VehicleFinder",
		check: object({ action: words("GetPresentLocation") }),
		order: () => ({ do: "find" }),
	},
	preconditioning: {
		type: "Preconditioning",
		ability: "preconditioning",
		check: object({
			airConditioning: exactlyOne({
				immediate: flag,
				programs: climatePrograms,
				settings: object(
					{ temp: number(0, 50) },
					{ mode: word("Manual", "Auto"), state: word("Activated", "Unactivated") },
				),
			}),
		}),
		order: (value) => climateOrder(value.airConditioning as Json),
	},
	charging: {
		type: "Charging",
		ability: "charging",
		check: object({
			charge: exactlyOne({
				immediate: flag,
				programs: chargePrograms,
				settings: exactlyOne({ chargePreferenceRate: word(...chargeRates), chargeLimit: word("MedPlus", "High") }),
				deferred: anything,
			}),
		}),
		order: (value) => {
			const { immediate, programs, settings } = value.charge as Json;
			if (programs) return { do: "charge programs", programs: programs as Json[], replace: false };
			if (!isObject(settings)) return { do: "charge", on: immediate === true };
			const words: readonly unknown[] = chargeRates;
			const rate = words.indexOf(settings.chargePreferenceRate) + 1;
			const limit = settings.chargeLimit === "High" ? 100 : 80;
			return { do: "charge settings", ...(rate > 0 ? { rate } : { limit }) };
		},
	},
	navigation: {
		type: "Navigation",
		ability: "navigation",
		check: object({ positions: list(object({ type: word("Feature"), geometry: point }), 1) }),
		order: signal,
	},
	immobilization,
	stolen: {
		type: "Stolen",
		ability: "stolen",
		check: object({ state: flag }, { crankInhibit: object({ activate: flag }) }),
		order: (value) => ({ do: "stolen", stolen: value.state === true }),
	},
	tan: {
		type: (value) => (value.suppress ? "Tan.suppress" : "Tan.confirm"),
		ability: "tanSuppress",
		check: exactlyOne({
			suppress: both(object({ state: flag }, { duration: whole(0, 5) }), (value, name) => {
				const { state, duration } = value as Json;
				if (state === true) whole(0, 5)(duration, `${name}.duration`);
			}),
			confirm: object({ state: flag }),
		}),
		order: signal,
	},
	onboardPersonalData: {
		type: "OnboardPersonalData",
		check: object({ action: words("Delete") }),
		order: signal,
	},
};

const actions: Readonly<Record<FamilyId, Record<string, Action>>> = {
	"user-v4": flat,
	"fleet-v3": fleet,
	"accounts-v1": accounts,
};

/** What may stand beside an action that isn't wrapped. */
const beside = ["label", "attributes", "callbackAttributes"];

export interface ReadAction {
	type: string;
	ability?: Ability;
	order: VehicleOrder;
}

/**
 * Reads the one action of a command's body.
 * @throws ApiFailure 400 for a body that the document doesn't allow
 */
export function readAction(family: Family, body: unknown): ReadAction {
	object({}, { label: text(), attributes: list(object({})) })(body, "The body");
	const all = body as Json;
	const { wrapped } = family.commands;
	const action = wrapped
		? all.action
		: Object.fromEntries(Object.entries(all).filter(([key]) => !beside.includes(key)));
	const table = actions[family.id];
	const checks = Object.fromEntries(Object.entries(table).map(([name, { check }]) => [name, check]));
	exactlyOne(checks)(action, wrapped ? "action" : "The body without its label");
	const [[name, value] = ["", {}]] = Object.entries(action as Json);
	const found = table[name];
	if (!found) throw new ApiFailure(400, "The body has no action.");
	const { type, ability, order } = found;
	return {
		type: typeof type === "string" ? type : type(value as Json),
		...(ability ? { ability } : {}),
		order: order(value as Json),
	};
}
