/** Who may ask: the credentials every simulated account uses, and the checks each family makes (RFC 6750, RFC 7617). */
import type { IncomingHttpHeaders } from "node:http";
import { ApiFailure } from "../base/failure";
import { type Family, type FamilyId, fleetId } from "../families";

export interface Credentials {
	clientId: string;
	accessToken?: string;
	username?: string;
	password?: string;
	fleetId?: string;
	realm?: string;
}

const realms = ["clientsB2CPeugeot", "clientsB2CCitroen", "clientsB2CDS", "clientsB2COpel", "clientsB2CVauxhall"];

const known: Readonly<Record<FamilyId, Credentials>> = {
	"user-v4": { clientId: "demo-client", accessToken: "demo-access-token", realm: "clientsB2CPeugeot" },
	"accounts-v1": { clientId: "demo-client", accessToken: "demo-access-token" },
	"fleet-v3": { clientId: "demo-client", username: "demo-user", password: "demo-password", fleetId },
};

/** What a client must send to be let in. */
export function credentialsOf(family: FamilyId): Credentials {
	return { ...known[family] };
}

/**
 * Lets a request in or not.
 * @throws ApiFailure 401 from the gateway for missing or wrong credentials, 403 where the realm is missing or unknown
 */
export function checkCredentials(family: Family, headers: IncomingHttpHeaders, query: URLSearchParams): void {
	const { clientId, accessToken, username, password, realm } = known[family.id];
	if (family.query.clientId && query.get("client_id") !== clientId) {
		throw new ApiFailure(401, "Invalid client id or secret.", "gateway");
	}
	const expected =
		accessToken === undefined
			? `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`
			: `Bearer ${accessToken}`;
	const scheme = /^(basic|bearer) +/i;
	const [got, wanted] = [headers.authorization ?? "", expected];
	const sameScheme = scheme.exec(got)?.[1]?.toLowerCase() === scheme.exec(wanted)?.[1]?.toLowerCase();
	if (!sameScheme || got.replace(scheme, "") !== wanted.replace(scheme, "")) {
		throw new ApiFailure(401, "This server could not verify that you are authorized to access the URL.", "gateway");
	}
	if (realm !== undefined && !realms.includes(String(headers["x-introspect-realm"]))) {
		throw new ApiFailure(403, "Access is denied: the realm is missing or unknown.");
	}
}
