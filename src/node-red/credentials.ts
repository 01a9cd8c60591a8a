/** One credential of a node. */
interface Credential {
	/** A `password` is never seen again in the editor. */
	type: "text" | "password";
	/** The ways to sign in (`auth`) that don't work without it. */
	neededBy?: readonly string[];
}

/** What nodes keep as credentials, by node type: never in a flow file. */
export const CREDENTIALS: Readonly<Record<string, Readonly<Record<string, Credential>>>> = {
	"stellantis-account": {
		clientId: { type: "text", neededBy: ["client-credentials", "authorization-code"] },
		username: { type: "text", neededBy: ["basic"] },
		clientSecret: { type: "password" },
		accessToken: { type: "password", neededBy: ["token"] },
		refreshToken: { type: "password" },
		password: { type: "password", neededBy: ["basic"] },
		secretHeaders: { type: "password" },
		commandsToken: { type: "password" },
	},
	"stellantis-store": { user: { type: "text" }, password: { type: "password" }, key: { type: "password" } },
	"stellantis-events": { secret: { type: "password" } },
};

/** Names of the credentials that an account needs to sign in its way. */
export function credentialsFor(auth: string): string[] {
	const all = Object.entries(CREDENTIALS["stellantis-account"] ?? {});
	return all.flatMap(([name, { neededBy }]) => (neededBy?.includes(auth) ? [name] : []));
}
