import fc from "fast-check";

const WORDS = [
	..."vehicle environment privacy _embedded extension energies energy type subType level autonomy electric fuel".split(
		" ",
	),
	..."battery charging load health capacity residual resistance plugged status remainingTime nextDelayedTime".split(
		" ",
	),
	..."chargingRate settings chargingSpeed chargingMode preconditioning preconditionning airConditioning".split(" "),
	..."failureCause doorsState lockedStates lockedState opening identifier state odometer mileage kinetic speed".split(
		" ",
	),
	..."moving air temp voltage alarm activation alerts active activeAlerts report reportDetails maintenance".split(" "),
	..."createdAt updatedAt lastPosition location geometry coordinates properties heading service propulsion".split(" "),
	..."daysBeforeMaintenance mileageBeforeMaintenance id startedAt stoppedAt duration distance stats total".split(" "),
	..."locations startPosition stopPosition energyConsumptions consumption startEnergies endEnergies done".split(" "),
	..."__proto__ constructor toString length hasOwnProperty".split(" "),
];

const scalar = fc.oneof(
	fc.constantFrom<unknown>(
		"Electric",
		"Fuel",
		"Locked",
		"Open",
		"InProgress",
		"PT5M",
		"2025-01-02T03:04:05Z",
		"255",
		-0,
	),
	fc.constantFrom<unknown>(
		0,
		255,
		-1,
		65535,
		Number.NaN,
		Number.POSITIVE_INFINITY,
		true,
		false,
		null,
		undefined,
		"",
		"NaN",
	),
	fc.double(),
	fc.string(),
);

/** What an API could answer at its worst: the words it knows, anywhere, with anything below them. */
export const anyAnswer: fc.Arbitrary<unknown> = fc.oneof(
	fc.anything(),
	fc.jsonValue(),
	fc.letrec<{ node: unknown }>((tie) => ({
		node: fc.oneof(
			{ maxDepth: 8, withCrossShrink: true },
			scalar,
			fc.array(tie("node"), { maxLength: 4 }),
			fc
				.array(fc.tuple(fc.oneof(fc.constantFrom(...WORDS), fc.string()), tie("node")), { maxLength: 8 })
				.map((pairs) => Object.fromEntries(pairs)),
		),
	})).node,
);

/** `value` with up to three places of it replaced by something else. */
export function damaged(value: unknown): fc.Arbitrary<unknown> {
	const paths = pathsOf(value, []);
	return fc
		.array(fc.tuple(fc.constantFrom(...paths), scalar), { minLength: 1, maxLength: 3 })
		.map((changes) => changes.reduce<unknown>((copy, [path, to]) => replaced(copy, path, to), value));
}

function pathsOf(value: unknown, path: string[]): string[][] {
	if (typeof value !== "object" || value === null) return [path];
	return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function replaced(value: unknown, [key, ...rest]: string[], to: unknown): unknown {
	if (key === undefined) return to;
	if (typeof value !== "object" || value === null) return value;
	const inner = replaced((value as Record<string, unknown>)[key], rest, to);
	return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
}

/** The keys of a summary at every depth, and of what kind each value is when it is one. */
export function shapeOf(summary: unknown): unknown {
	if (Array.isArray(summary)) return "list";
	if (typeof summary !== "object" || summary === null) return "value";
	return Object.fromEntries(Object.entries(summary).map(([key, value]) => [key, shapeOf(value)]));
}

/** True when nothing in a summary is NaN, infinite, undefined or -0: what a message as JSON would lose or change. */
export function isPlain(summary: unknown): boolean {
	if (typeof summary === "number") return Number.isFinite(summary) && !Object.is(summary, -0);
	if (typeof summary === "object" && summary !== null) return Object.values(summary).every(isPlain);
	return summary !== undefined;
}
