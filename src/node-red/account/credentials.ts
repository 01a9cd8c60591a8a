/** Credentials of an account node, as Node-RED decrypts them. */
export interface AccountCredentials {
	clientId?: string;
	username?: string;
	clientSecret?: string;
	accessToken?: string;
	refreshToken?: string;
	password?: string;
	/** JSON object: header name to value. */
	secretHeaders?: string;
	/** Of what delivers commands beside the API. */
	commandsToken?: string;
}

/** Every secret among the credentials, the values of secret headers one by one. */
export function secretsOfCredentials(credentials: AccountCredentials): string[] {
	const { clientSecret, accessToken, refreshToken, password, commandsToken, secretHeaders: text = "" } = credentials;
	let headers: string[];
	try {
		headers = Object.values(JSON.parse(text || "{}")).map(String);
	} catch {
		// Not JSON: the account says so when it connects; the whole text is still kept out of sight.
		headers = [text];
	}
	return [
		clientSecret,
		accessToken,
		refreshToken,
		password,
		commandsToken && bareToken(commandsToken),
		...headers,
	].filter((secret): secret is string => typeof secret === "string" && secret !== "");
}

/** A token as it is sent behind `Bearer`, which some copy with it. */
export function bareToken(token: string): string {
	return token.trim().replace(/^bearer\s+/i, "");
}
