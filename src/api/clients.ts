/**
 * The kinds of clients that sign owners in to user-v4: each works with a server, scopes and a redirect address of its own,
 * and fails on the other's server. Source: "Scopes" of user-v4.openapi.yaml (4.17.2), and clients that work.
 */
export interface ClientKind {
	/** Root of the API. */
	baseUrl: string;
	scope: string;
	/** True where the server asks for a client certificate. */
	certificate: boolean;
	/** True where the browser comes back to us; else to an address with a scheme of the app's own. */
	comesBack: boolean;
}

export const CLIENTS = {
	/** Registered in the developer portal, as the documents describe it. */
	partner: {
		baseUrl: "https://api-cert.groupe-psa.com/connectedcar/v4",
		scope:
			"data:telemetry,data:position,data:trip,data:alert,data:collision,remote:door:write,remote:preconditioning:write,remote:horn:write,remote:charging:write,remote:lights:write,remote:wakeup:write,remote:navigation:write",
		certificate: true,
		comesBack: true,
	},
	/** Of one of the brands' apps. */
	app: {
		baseUrl: "https://api.groupe-psa.com/connectedcar/v4",
		scope: "openid profile",
		certificate: false,
		comesBack: false,
	},
} as const satisfies Record<string, ClientKind>;

/** Scopes of the documents, which only their server knows. */
export const DOCUMENTED_SCOPE = /(^|[\s,])(data|remote):/;
