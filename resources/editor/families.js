// @ts-check
/** What forms know of the families. A test compares it with the runtime's own table, src/api/families.ts. */

/**
 * @typedef {object} Family
 * @property {string} baseUrl root of the API when the account's `baseUrl` is empty
 * @property {boolean} brandRealm the brand chooses the realm and the sign-in host
 * @property {number} pageSize the largest page
 * @property {number} telemetryPageSize the largest page of telemetry
 * @property {string[]} fleetResources what can be read of the whole fleet at once
 */

/** @type {Record<string, Family>} */
export const FAMILIES = {
	"user-v4": {
		baseUrl: "https://api.groupe-psa.com/connectedcar/v4",
		brandRealm: true,
		pageSize: 60,
		telemetryPageSize: 2000,
		fleetResources: [],
	},
	"accounts-v1": { baseUrl: "", brandRealm: false, pageSize: 500, telemetryPageSize: 500, fleetResources: [] },
	"fleet-v3": {
		baseUrl: "https://api-cert.groupe-psa.com/connectedcar/v3",
		brandRealm: false,
		pageSize: 60,
		telemetryPageSize: 2000,
		fleetResources: ["status", "trips", "alerts", "maintenance", "collisions"],
	},
};
