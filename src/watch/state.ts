import { z } from "zod";

/**
 * What is known of one vehicle: plain JSON, below 2 kB. Times are epoch milliseconds, by the server unless they are
 * called `seenAt`, `askedAt` or `changedAt`; distances km, levels %, energies kWh.
 */
const VERSION = 1;

const time = z.number();
const share = z.number().min(0).max(100).nullable();
const quantity = z.number().nullable();
const name = z.string().max(40).nullable();
const yesOrNo = z.boolean().nullable();
const spot = z.object({ latitude: z.number(), longitude: z.number(), at: time.nullable() }).nullable();

/** A charge that goes on, or that ended so lately that it may resume. */
const charge = z.object({
	session: z.string().max(40),
	startedAt: time.nullable(),
	startLevel: share,
	startRange: quantity,
	startResidual: quantity,
	level: share,
	range: quantity,
	residual: quantity,
	/** The state in which level and residual were seen last, up to which the cost is counted. */
	levelAt: time,
	residualAt: time,
	/** Money: price times points of level, and price times kWh, so far; null once a part had no price. */
	byLevel: quantity,
	byResidual: quantity,
	odometer: quantity,
	/** When it ended, as far as that is known; absent while it goes on. */
	ended: z.object({ at: time.nullable(), seen: time, paid: z.boolean() }).optional(),
});

/** Where a drive began, as it was seen. */
const drive = z.object({
	since: time,
	startedAt: time.nullable(),
	odometer: quantity,
	spot,
	level: share,
	residual: quantity,
});

/** A drive that is over, of which no trip was told yet. */
const pending = drive.extend({
	endedAt: time.nullable(),
	/** The state that showed its end. */
	until: time,
	stopOdometer: quantity,
	stopSpot: spot,
	stopLevel: share,
	stopResidual: quantity,
	/** km of the trips that were found for it. */
	found: quantity,
	/** True for one that nobody saw: it may be part of a longer one. */
	unseen: z.boolean(),
	seenAt: time,
	asked: z.number().int().min(0),
});

const threshold = z.object({ threshold: z.number(), told: z.boolean() }).nullable();

export const MOST_PENDING = 2;
export const MOST_PAID = 5;
export const MOST_ALERTS = 12;

const knownSchema = z.object({
	version: z.literal(VERSION),
	updatedAt: time,
	/** The latest that our clock has shown when a state came. */
	seenAt: time,
	/** When anything last changed that people do to a car. */
	changedAt: time,
	stale: z.boolean(),
	batteryAt: time.nullable(),
	level: share,
	range: quantity,
	capacity: quantity,
	residual: quantity,
	levelAt: time,
	chargingAt: time.nullable(),
	plugged: yesOrNo,
	status: name,
	endsAt: time.nullable(),
	nextStart: z.number().int().nullable(),
	charge: charge.nullable(),
	/** The last charge of the cable that is plugged in. */
	session: z.string().max(40).nullable(),
	/** kWh in the battery and money of the last charges that have a cost. */
	paid: z.array(z.tuple([z.number(), z.number()])).max(MOST_PAID),
	driving: yesOrNo,
	drive: drive.nullable(),
	odometer: quantity,
	odometerAt: time,
	pending: z.array(pending).max(MOST_PENDING),
	/** End of the last trip that was told. */
	trippedAt: time.nullable(),
	spot,
	/** Keys of zones, four characters each, one after the other. */
	inside: z.string().max(400),
	outside: z.string().max(400),
	doorsAt: time.nullable(),
	locked: yesOrNo,
	open: z.array(z.string().max(40)).max(10).nullable(),
	climateAt: time.nullable(),
	climate: name,
	privacy: name,
	low: threshold,
	high: threshold,
	alerts: z
		// `upTo`: when the youngest alert that was seen started; null until they could be had.
		// `oldest`: when the first of those that are active began; absent where there is none.
		.object({
			askedAt: time,
			active: z.array(z.string().max(10)).max(MOST_ALERTS),
			upTo: time.nullable(),
			oldest: time.optional(),
		})
		.nullable(),
	maintenance: z.object({ askedAt: time, due: z.boolean().nullable() }).nullable(),
	/** The state that showed the cable which is plugged in; absent where that is not known. */
	pluggedAt: time.optional(),
	/** The odometer at the end of the last trip that the API told; absent where that is not known. */
	trippedTo: z.number().optional(),
});

export type Known = z.infer<typeof knownSchema>;
export type Charge = z.infer<typeof charge>;
export type Drive = z.infer<typeof drive>;
export type PendingTrip = z.infer<typeof pending>;

/**
 * What is known as {@link saveKnown} gave it. Undefined for anything else, and for what another version wrote: such a
 * vehicle is looked at as if for the first time.
 */
export function loadKnown(saved: unknown): Known | undefined {
	return knownSchema.safeParse(named(knownSchema, saved)).data;
}

/** What is known as JSON, objects as rows in the schema's order: their names would take more room than what they hold. */
export function saveKnown(known: Known): unknown {
	return nameless(knownSchema, known);
}

function nameless(schema: z.core.$ZodType, value: unknown): unknown {
	if (value === null || value === undefined) return null;
	if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return nameless(schema.unwrap(), value);
	if (schema instanceof z.ZodArray) return (value as unknown[]).map((one) => nameless(schema.element, one));
	if (!(schema instanceof z.ZodObject)) return value;
	return Object.entries(schema.shape).map(([name, field]) => nameless(field, (value as Record<string, unknown>)[name]));
}

function named(schema: z.core.$ZodType, value: unknown): unknown {
	if (schema instanceof z.ZodOptional) return value === null ? undefined : named(schema.unwrap(), value);
	if (schema instanceof z.ZodNullable) return value === null ? null : named(schema.unwrap(), value);
	if (!Array.isArray(value)) return value;
	if (schema instanceof z.ZodArray) return value.map((one) => named(schema.element, one));
	if (!(schema instanceof z.ZodObject)) return value;
	const fields = Object.entries(schema.shape).map(([name, field], index) => [name, named(field, value[index])]);
	return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
}

/** What is known before the first state. */
export function blank(updatedAt: number, now: number): Known {
	return {
		version: VERSION,
		updatedAt,
		seenAt: now,
		changedAt: Math.min(updatedAt, now),
		stale: false,
		batteryAt: null,
		level: null,
		range: null,
		capacity: null,
		residual: null,
		levelAt: updatedAt,
		chargingAt: null,
		plugged: null,
		status: null,
		endsAt: null,
		nextStart: null,
		charge: null,
		session: null,
		paid: [],
		driving: null,
		drive: null,
		odometer: null,
		odometerAt: updatedAt,
		pending: [],
		trippedAt: null,
		spot: null,
		inside: "",
		outside: "",
		doorsAt: null,
		locked: null,
		open: null,
		climateAt: null,
		climate: null,
		privacy: null,
		low: null,
		high: null,
		alerts: null,
		maintenance: null,
	};
}

/** Rounded so that it takes no more room than it is worth. */
export function brief(value: number, digits = 4): number {
	return Number(value.toFixed(digits));
}
