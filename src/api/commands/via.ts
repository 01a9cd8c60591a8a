/**
 * The third side of the table of commands: how what an owner runs at home is asked for each, and which state of the
 * vehicle shows that it was done.
 *
 * Sources: homeassistant-stellantis-vehicles (button.py, base.py, binary_sensor.py) and psa_car_controller
 * (web/view/api.py, psa/RemoteClient.py), as of 2026.
 */

import { z } from "zod";
import { badInput, StellantisError } from "../../error";
import { asked, checkArguments } from "./arguments";
import type { CommandId } from "./names";
import { VIA_TITLES, type Via } from "./via-names";

/** What a state of a vehicle must say; `path` is one of its summary. */
export type Confirmation = { path: string } & ({ is: string | boolean } | { isNot: string } | { isNewer: true });

/** A command as it is asked for there. */
export interface ViaCommand {
	/** What its arguments must be; absent where none are looked at. */
	schema?: z.ZodType<Record<string, unknown>>;
	/** Keys of the buttons that do it (Home Assistant), or paths (psa_car_controller, `{vin}` in them): all that it may take. */
	asks: readonly string[];
	/** The one of these for certain arguments; absent: the first. */
	choose?: (args: Record<string, unknown>) => string;
	/** The state that shows it; absent where none does. */
	confirmedBy?: (args: Record<string, unknown>) => Confirmation;
	/** When it is offered, as part of a sentence; absent: always. */
	offered?: string;
}

/** One way, as data. */
export interface ViaSpec {
	commands: Readonly<Partial<Record<CommandId, ViaCommand>>>;
	/** Why it can't do some, as part of a sentence. */
	lacks: Readonly<Partial<Record<CommandId, string>>>;
}

const LOCKED: Confirmation = { path: "doors.locked", is: true };
const UNLOCKED: Confirmation = { path: "doors.locked", is: false };
const WARM: Confirmation = { path: "climate.status", is: "Enabled" };
const NOT_WARM: Confirmation = { path: "climate.status", isNot: "Enabled" };
const CHARGING: Confirmation = { path: "charging.status", is: "InProgress" };
const NOT_CHARGING: Confirmation = { path: "charging.status", isNot: "InProgress" };
const NEWER: Confirmation = { path: "updatedAt", isNewer: true };

/** Arguments that the API takes and these ways don't: told by name, for a flow may bring them along. */
const refused = asked(z.undefined({ error: "left out: the temperature is as it is set in the vehicle" }), {
	refused: true,
}).optional();
const climate = z.strictObject({ temperature: refused });

const ask = (one: string, confirmedBy?: Confirmation, more: Partial<ViaCommand> = {}): ViaCommand => ({
	asks: [one],
	...(confirmedBy ? { confirmedBy: () => confirmedBy } : {}),
	...more,
});

const LIMITS = [80, 100];
const limitError = "80 or 100";
const limit = z
	.strictObject({
		limit: asked(
			z.preprocess(
				(value) => (value === "80" || value === "Partial" ? 80 : value === "100" || value === "Full" ? 100 : value),
				z.number({ error: limitError }).refine((value) => LIMITS.includes(value), { error: limitError }),
			),
			{ kind: "choice", values: LIMITS },
		),
		rate: asked(z.undefined({ error: "left out: only a limit can be set this way" }), { refused: true }).optional(),
	})
	.meta({ form: { fresh: { limit: 80 } } });

const PROGRAMS = "it has no weekly programs, and setting its start time would start or stop a charge";

/** By way. */
export const VIA_COMMANDS: Readonly<Record<Via, ViaSpec>> = {
	"home-assistant": {
		commands: {
			lock: ask("doors_lock", LOCKED),
			unlock: ask("doors_unlock", UNLOCKED),
			horn: ask("horn"),
			lights: ask("lights"),
			wakeup: ask("wakeup", NEWER),
			"climate-start": ask("preconditioning_start", WARM, {
				schema: climate,
				offered: "while the doors are locked and the battery is at 20 % or more, or charging",
			}),
			"climate-stop": ask("preconditioning_stop", NOT_WARM, {
				schema: climate,
				offered: "while the doors are locked and the battery is at 20 % or more, or charging",
			}),
			"charge-start": ask("charge_start", CHARGING, {
				offered: "while a plugged vehicle does not charge, is not full, and has a start time programmed",
			}),
			"charge-stop": ask("charge_stop", NOT_CHARGING, {
				offered: "while the vehicle charges and has a start time programmed",
			}),
			"charge-settings": {
				schema: limit,
				asks: ["charge_limit_on", "charge_limit_off"],
				choose: (args) => (args.limit === 80 ? "charge_limit_on" : "charge_limit_off"),
				confirmedBy: (args) => ({ path: "charging.limit", is: args.limit === 80 ? "Partial" : "Full" }),
			},
		},
		lacks: { "charge-programs": PROGRAMS },
	},
	"psa-car-controller": {
		commands: {
			lock: ask("lock_door/{vin}/1", LOCKED),
			unlock: ask("lock_door/{vin}/0", UNLOCKED),
			lights: ask("lights/{vin}/10"),
			wakeup: ask("wakeup/{vin}", NEWER),
			"climate-start": ask("preconditioning/{vin}/1", WARM, { schema: climate }),
			"climate-stop": ask("preconditioning/{vin}/0", NOT_WARM, { schema: climate }),
			"charge-start": ask("charge_now/{vin}/1", CHARGING),
			"charge-stop": ask("charge_now/{vin}/0", NOT_CHARGING),
		},
		lacks: { horn: "its horn is broken and always fails", "charge-programs": PROGRAMS },
	},
};

/**
 * A command of a way, its arguments checked.
 *
 * @throws ERR_NOT_SUPPORTED, ERR_BAD_INPUT
 */
export function viaCommand(via: Via, command: CommandId, given: unknown) {
	const { commands, lacks } = VIA_COMMANDS[via];
	const title = VIA_TITLES[via];
	const spec = commands[command];
	if (!spec) {
		const why = lacks[command];
		throw new StellantisError(
			"ERR_NOT_SUPPORTED",
			`${title} can't do ${command}${why === undefined ? "" : `: ${why}`}. The account sends its commands that way; it can do ${Object.keys(commands).join(", ")}.`,
		);
	}
	const args = spec.schema ? checkArguments(spec.schema, given, command) : {};
	const one = spec.choose?.(args) ?? spec.asks[0];
	if (one === undefined) throw badInput(`${title} has nothing to ask for ${command}.`);
	return { spec, args, ask: one, confirmedBy: spec.confirmedBy?.(args) };
}
