import type { ChargingSummary } from "./charging";

/** The state of a vehicle in one shape and fixed units; null where the API says nothing. Times are RFC 3339. */
export interface StatusSummary {
	updatedAt: string | null;
	battery: BatterySummary;
	charging: ChargingSummary;
	fuel: FuelSummary;
	/** km */
	odometer: number | null;
	position: PositionSummary;
	doors: DoorsSummary;
	windows: WindowsSummary;
	climate: ClimateSummary;
	/** `Stop`, `StartUp`, `Start`. */
	ignition: string | null;
	moving: boolean | null;
	/** km/h */
	speed: number | null;
	/** °C */
	outsideTemperature: number | null;
	/** Health of the 12 V battery, %. */
	auxiliaryBattery: number | null;
	/** What the driver keeps to himself: `None`, `Geolocation`, `Full`. */
	privacy: string | null;
	/** `Active` (armed, not ringing), `Inactive`. */
	alarm: string | null;
	/** Days and km until the next maintenance, negative when overdue. */
	maintenance: { days: number | null; distance: number | null };
	/** Types of the active alerts. */
	alerts: string[];
	/**
	 * Paths of this summary, such as `battery.level`, whose values contradict each other or go back behind what was seen of
	 * the vehicle before. The values stay as they were sent.
	 */
	suspect: string[];
}

/** The traction battery: level, health and resistance in %, range in km, capacity and energy left in kWh. */
export interface BatterySummary {
	level: number | null;
	range: number | null;
	capacity: number | null;
	energy: number | null;
	health: number | null;
	resistance: number | null;
	updatedAt: string | null;
}

/** The tank: level in %, range in km. */
export interface FuelSummary {
	level: number | null;
	range: number | null;
	updatedAt: string | null;
}

/** Where a vehicle was last seen: degrees, metres, degrees from north. */
export interface PositionSummary {
	latitude: number | null;
	longitude: number | null;
	altitude: number | null;
	heading: number | null;
	updatedAt: string | null;
}

/** `locked` is true when all of the vehicle is; `open` names the doors, the bonnet and the boot where they stand open. */
export interface DoorsSummary {
	locked: boolean | null;
	open: string[];
	updatedAt: string | null;
}

/** `open` names the windows that stand open, and the roof; many cars say for ever that theirs does. */
export interface WindowsSummary {
	open: string[];
	updatedAt: string | null;
}

/** `status`: `Enabled`, `Disabled`, `Finished`, `Failure`. */
export interface ClimateSummary {
	status: string | null;
	failureCause: string | null;
	updatedAt: string | null;
}

/** A summary, with what it does not tell itself. */
export interface ReadStatus {
	summary: StatusSummary;
	/** When the API last touched each value (epoch ms), by its path in the summary. */
	times: ReadonlyMap<string, number>;
	/** True where the API tells an odometer of 0, which stands for none. */
	odometerIsZero: boolean;
}
