import { BRANDS, type Brand } from "./families";

/**
 * The two kinds of client ids that exist for the brands' servers. Each fails on the other's host. Source: the concept
 * pages of the developer portal for documented clients, the brands' apps for the other kind.
 */
export interface ClientKind {
	/** Host of the API. */
	host: string;
	/** True when nobody gets in there without a client certificate. */
	certificate: boolean;
	/** What stands between two scopes. */
	separator: "," | " ";
	/** What it may ask for: whole scopes, or the beginnings of scopes. */
	scopes: readonly string[];
	/** What the field scope holds where nobody says otherwise; absent: only the contract knows. */
	scope?: string;
	/** True when the sign-in ends at the private address of the brand's app, false when at an address of the contract. */
	privateRedirect: boolean;
}

/** `partner`: registered at the developer portal, with documents and a contract. `app`: that of a brand's own app. */
export const CLIENT_KINDS = {
	partner: {
		host: "api-cert.groupe-psa.com",
		certificate: true,
		separator: ",",
		scopes: ["data:", "remote:"],
		privateRedirect: false,
	},
	app: {
		host: "api.groupe-psa.com",
		certificate: false,
		separator: " ",
		scopes: ["openid", "profile"],
		scope: "openid profile",
		privateRedirect: true,
	},
} as const satisfies Record<string, ClientKind>;

/** What an account says of its client. */
export interface ClientChoice {
	/** Root of the API. */
	root: URL;
	brand: Brand;
	/** True when the account's TLS configuration holds a client certificate. */
	certificate: boolean;
	/** As it will be sent, where the sign-in sends one. */
	scope?: string | undefined;
	/** Where the sign-in ends, where there is one in a browser. */
	redirectUri?: string | undefined;
}

/**
 * What can't go together in an account, one sentence for each, the most telling first; empty where nothing is wrong, and
 * for every host that is not one of the brands' two.
 */
export function clashesOf(choice: ClientChoice): string[] {
	const { host } = choice.root;
	const kind: ClientKind | undefined = Object.values(CLIENT_KINDS).find((each) => each.host === host);
	if (kind === undefined) return [];
	const scopes = (choice.scope ?? "").split(/[\s,]+/).filter((scope) => scope !== "");
	const asks = (of: ClientKind) => scopes.some((scope) => of.scopes.some((beginning) => scope.startsWith(beginning)));
	const { partner, app } = CLIENT_KINDS;
	const asksAsPartner = asks(partner);
	const scheme = choice.redirectUri?.split(":", 1)[0]?.toLowerCase();
	const brandOfScheme = Object.entries(BRANDS).find(([, brand]) => brand.scheme === scheme)?.[0];
	const sentences: (string | false)[] = [
		kind.certificate &&
			!choice.certificate &&
			`${host} lets nobody in without a client certificate. Choose a TLS configuration with the certificate and key of your contract; a client id without certificate belongs to ${app.host}.`,
		!kind.certificate &&
			asksAsPartner &&
			`The scope asks for what only a client of the developer portal may have (${partner.scopes.join("…, ")}…), and such a client is not known at ${host}. Enter the root address at ${partner.host} and choose a TLS configuration with your certificate, or empty the field scope.`,
		kind.certificate &&
			scopes.length > 0 &&
			!asksAsPartner &&
			asks(app) &&
			`The scope "${app.scope}" is that of the brands' own apps, which are not known at ${host}. Enter the scopes of your contract in the field scope, separated by commas.`,
		asksAsPartner &&
			(choice.scope ?? "").split(",").some((scope) => /\s/.test(scope.trim())) &&
			"The scopes of the developer portal are separated by commas, not by blanks. Correct the field scope.",
		!asksAsPartner &&
			asks(app) &&
			scopes.length > 1 &&
			choice.scope?.includes(",") === true &&
			`The scopes of the brands' apps are separated by blanks: ${app.scope}. Correct the field scope.`,
		brandOfScheme !== undefined &&
			(kind.certificate || asksAsPartner) &&
			`The redirect address ${scheme}:// belongs to a brand's own app. Enter the one that your client is registered with in the field redirect URL.`,
		brandOfScheme !== undefined &&
			brandOfScheme !== choice.brand &&
			`The redirect address ${scheme}:// belongs to the app of ${brandOfScheme}, and the account's brand is ${choice.brand}. Choose the brand that the client belongs to, or empty the field redirect URL.`,
	];
	return sentences.filter((sentence) => sentence !== false);
}
