/** A number that a watch is set to: always above 0. */
export interface Amount {
	/** What a new node has; null: nothing. */
	usual: number | null;
	most: number;
	unit: string;
}

const interval = (usual: number) => ({ usual, most: 24 * 60, unit: "minutes" });
const percent = (usual: number) => ({ usual, most: 100, unit: "%" });

/** The numbers among the properties of a watch, by name. The runtime reads them by this table, and forms check them by it. */
export const AMOUNTS = {
	driving: interval(1),
	charging: interval(5),
	parked: interval(15),
	share: percent(50),
	low: percent(20),
	high: percent(80),
	efficiency: percent(90),
	capacity: { usual: null, most: 1000, unit: "kWh" },
	staleAfter: { usual: 24, most: 24 * 365, unit: "hours" },
} as const satisfies Record<string, Amount>;

/** What a zone has of which nothing was said: m. */
export const USUAL_RADIUS = 150;
/** m */
export const LARGEST_RADIUS = 1_000_000;
export const MOST_ZONES = 100;
/** Characters of a zone's name. */
export const LONGEST_NAME = 60;
/** Rows of a price. */
export const MOST_PRICES = 48;
/** Characters of a currency. */
export const LONGEST_CURRENCY = 10;
