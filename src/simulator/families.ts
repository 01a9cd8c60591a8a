/** What tells the three API families apart, as data (API overview: "The API, as facts"; OpenAPI documents of each). */
import type { PageRule } from "./paging";

/** The three published ages of the API. */
export type FamilyId = "user-v4" | "accounts-v1" | "fleet-v3";

export interface Family {
	readonly id: FamilyId;
	/** Path of the API's root. */
	readonly root: string;
	/** Path of the vehicles under the root; `{fid}` stands for the fleet. */
	readonly vehicles: string;
	/** What a return channel is called: path, template variable and `_embedded` key. */
	readonly channels: { path: string; variable: string; key: string };
	readonly paging: PageRule;
	readonly telemetryPaging: PageRule;
	/** Of a trip's path. */
	readonly wayPointPaging: PageRule;
	/** Only accounts-v1 can be asked for an order; the others answer oldest first. */
	readonly orderBy: boolean;
	/** Links of items as paths on the same host; paging links are always absolute. */
	readonly relativeLinks: boolean;
}

const sixty: PageRule = { max: 60, default: 60, indexRange: true, tokenStandsAlone: false };
const fiveHundred: PageRule = { max: 500, default: 100, indexRange: true, tokenStandsAlone: true };

export const families: Readonly<Record<FamilyId, Family>> = {
	"user-v4": {
		id: "user-v4",
		root: "/connectedcar/v4",
		vehicles: "/user/vehicles",
		channels: { path: "/user/callbacks", variable: "cbid", key: "callbacks" },
		paging: sixty,
		telemetryPaging: { ...sixty, max: 2000 },
		wayPointPaging: sixty,
		orderBy: false,
		relativeLinks: false,
	},
	"accounts-v1": {
		id: "accounts-v1",
		root: "/connectedcar/v1",
		vehicles: "/accounts/vehicles",
		channels: { path: "/accounts/channels", variable: "chId", key: "channels" },
		paging: fiveHundred,
		telemetryPaging: fiveHundred,
		wayPointPaging: fiveHundred,
		orderBy: true,
		relativeLinks: false,
	},
	"fleet-v3": {
		id: "fleet-v3",
		root: "/connectedcar/v3",
		vehicles: "/fleets/{fid}/vehicles",
		channels: { path: "/fleets/{fid}/remote/callbacks", variable: "cbid", key: "callbacks" },
		paging: sixty,
		telemetryPaging: { ...sixty, max: 2000 },
		wayPointPaging: { ...sixty, max: 2000 },
		orderBy: false,
		relativeLinks: true,
	},
};

/** The only fleet there is. */
export const fleetId = "demo-fleet";

/** `RemoteType` of fleet-v3, whose channels name the commands they carry. */
export const remoteTypes = [
	"ThermalPreconditioning",
	"ElectricBatteryChargingRequest",
	"Horn",
	"Doors",
	"Lights",
	"Immobilization",
	"Stolen",
	"WakeUp",
	"Navigation",
] as const;
