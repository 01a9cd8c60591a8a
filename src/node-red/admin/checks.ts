import { assertDocument } from "../../api/connected-car";
import { StellantisError } from "../../error";
import { countOf, embeddedItems } from "../../hal/document";
import type { SignInState } from "../../transport/auth/index";
import { isUntrusted } from "../../transport/http";
import type { Claim } from "../../transport/limiter";
import { isLoopback } from "../../transport/loopback";
import type { AccountConnection, Connected } from "../account";
import { counted } from "../counted";

/** One thing that works or doesn't, in words. */
export interface Check {
	name: string;
	ok: boolean;
	message: string;
}

/** Tries an account out, step by step, and stops at the first step without which the next make no sense. */
export async function checkAccount(connection: AccountConnection, owner: string): Promise<Check[]> {
	const { signal } = connection;
	const checks: Check[] = [];
	const note = (name: string, ok: boolean, message: string) =>
		checks.push({ name, ok, message: connection.redact(message) });
	const attempt = <T>(work: Promise<T>, failed: (error: StellantisError) => void) =>
		attempted(work, (error) => {
			connection.recorder.failure(error, owner);
			failed(error);
		});
	try {
		const connected = await attempt(connection.connected(), (error) => note("settings", false, error.message));
		const claim: Claim = { priority: "editor", owner };
		const { host } = connected.client.root;

		await attempt(connected.client.probe(claim, signal), (error) => {
			const untrusted = isUntrusted(error);
			note("reachable", untrusted, untrusted ? `${host} is there.` : error.message);
			if (untrusted) note("certificate", false, error.message);
		});
		note("reachable", true, `${host} answers.`);
		note("certificate", ...certificateOf(connected));

		await attempt(connected.auth.headers(signal), (error) => note("signed in", false, error.message));
		const seen = await attempt(countVehicles(connected, claim, signal), (error) => {
			const refused = error.code === "ERR_UNAUTHORIZED" || error.code === "ERR_SIGN_IN_NEEDED";
			note("signed in", !refused, refused ? error.message : describe(connected.auth.state()));
			if (!refused) note("vehicles", false, error.message);
		});
		note("signed in", true, describe(connected.auth.state()));
		note(
			"vehicles",
			seen > 0,
			seen > 0 ? `${counted(seen, "vehicles")} seen.` : "The account has no vehicle. Is it the right account?",
		);
	} catch (error) {
		if (!(error instanceof Stopped)) throw error;
	}
	return checks;
}

/** Ends the checks; what is wrong has been noted. */
class Stopped extends Error {}

async function attempted<T>(work: Promise<T>, failed: (error: StellantisError) => void): Promise<T> {
	try {
		return await work;
	} catch (error) {
		if (!(error instanceof StellantisError)) throw error;
		failed(error);
		throw new Stopped();
	}
}

async function countVehicles({ car }: Connected, claim: Claim, signal: AbortSignal): Promise<number> {
	const route = car.route("vehicles");
	const answer = await car.get(car.withQuery(car.address(route), car.standingQuery(route)), claim, signal);
	const document = assertDocument(answer);
	return countOf(document, "total") ?? embeddedItems(document, route.embedded)?.length ?? 0;
}

function certificateOf({ client, certificateUnchecked }: Connected): [boolean, string] {
	const { protocol, hostname } = client.root;
	if (protocol !== "https:") {
		return isLoopback(hostname)
			? [true, "Not needed: nothing leaves this machine."]
			: [false, "The connection is not encrypted: everybody on the way can read the credentials. Use https://."];
	}
	return certificateUnchecked
		? [false, "Not checked, because the account's TLS configuration says so."]
		: [true, "The server's certificate is trusted."];
}

/** How long the sign-in is good is a number of the account's state: a time for people is the browser's to write. */
function describe({ user }: SignInState): string {
	return `The credentials are accepted${user === undefined ? "" : ` (${user})`}.`;
}
