/** What nodes keep as credentials, by node type: never in a flow file, a `password` never seen again in the editor. */
export const CREDENTIALS: Readonly<Record<string, Readonly<Record<string, { type: "text" | "password" }>>>> = {
	"stellantis-account": {
		clientId: { type: "text" },
		username: { type: "text" },
		clientSecret: { type: "password" },
		accessToken: { type: "password" },
		refreshToken: { type: "password" },
		password: { type: "password" },
		secretHeaders: { type: "password" },
	},
	"stellantis-store": { user: { type: "text" }, password: { type: "password" }, key: { type: "password" } },
	"stellantis-events": { secret: { type: "password" } },
};
