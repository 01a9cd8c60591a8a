import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import got from "got";
import {
	type AuthorizationCodeOptions,
	authorizationCodeAuth,
	fileTokenStore,
	gotFetch,
} from "../../../src/transport/auth";
import { PlainTokenServer } from "../../support/oauth-server";

export const CLIENT = { clientId: "0b1c-client", clientSecret: "plain-client-s3cret" };

/** A clock that tests set; both hands move together unless told otherwise. */
export class TestClock {
	wall = Date.UTC(2026, 0, 1);
	tick = 5_000;

	now = () => this.wall;
	ticks = () => this.tick;

	pass(seconds: number): void {
		this.wall += seconds * 1000;
		this.tick += seconds * 1000;
	}
}

/** A token server, a directory for stored sign-ins, and a clock, fresh for each test. */
export function setUp() {
	const context = { server: new PlainTokenServer(), directory: "", clock: new TestClock() };
	beforeEach(async () => {
		context.server = await new PlainTokenServer().start();
		context.directory = mkdtempSync(join(tmpdir(), "stellantis-auth-"));
		context.clock = new TestClock();
	});
	afterEach(async () => {
		await context.server.stop();
		rmSync(context.directory, { recursive: true, force: true });
	});
	const options = (): AuthorizationCodeOptions => ({
		...CLIENT,
		tokenUrl: `${context.server.url}/token`,
		authorizeUrl: `${context.server.url}/authorize?service=login`,
		revokeUrl: `${context.server.url}/revoke`,
		tokenQuery: { realm: "clientsB2COpel" },
		fetch: gotFetch(got.extend({ timeout: { request: 5_000 } })),
		store: fileTokenStore(context.directory, "a1"),
		clock: context.clock,
	});
	return {
		context,
		options,
		/** The account's sign-in, as it is after every start of Node-RED. */
		open: (changes: Partial<AuthorizationCodeOptions> = {}) => authorizationCodeAuth({ ...options(), ...changes }),
		/** A sign-in that was finished in a browser before. */
		async signedIn(changes: Partial<AuthorizationCodeOptions> = {}) {
			const auth = authorizationCodeAuth({ ...options(), ...changes });
			const { state } = await auth.startSignIn({ redirectUri: "app://oauth2redirect/fr" });
			await auth.finishSignIn(`app://oauth2redirect/fr?code=first-code&state=${state}`);
			return auth;
		},
	};
}

/** Everything of an error that could reach a message, a log or a dump. */
export function shown(error: unknown): string {
	return `${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)} ${String(error)}`;
}

export async function failureOf(work: Promise<unknown>): Promise<Error & { code: string; retryAfter?: number }> {
	return work.then(
		() => {
			throw new Error("It should have failed");
		},
		(error) => error,
	);
}
