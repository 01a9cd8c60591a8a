import { assertDocument } from "../../api/connected-car";
import { orNone } from "../../api/none";
import { type VehicleRef, vehicleRefOf } from "../../api/vehicles";
import { StellantisError } from "../../error";
import { countOf, embeddedItems } from "../../hal/document";
import { isUntrusted } from "../../transport/http";
import type { Claim } from "../../transport/limiter";
import { isLoopback } from "../../transport/loopback";
import type { AccountConnection } from "../account/connection";
import type { Connected } from "../account/open";
import { checkWay, type WayCheck } from "./way-check";

/** What a test tries, in this order. */
export const STEPS = ["settings", "reachable", "certificate", "signed-in", "vehicles"] as const;
/** The quota is told at the end, where the server tells it. */
type Step = (typeof STEPS)[number] | "quota";

/** A sentence of the form's own catalog, with the values it speaks of. */
type Saying =
	| { says: "complete" | "trusted" | "local" | "plain" | "unchecked" | "accepted" | "demo" | "none" }
	| { says: "answers" | "there"; host: string }
	| { says: "acceptedAs"; user: string }
	| { says: "vehicles"; count: number }
	| { says: "vehicle" | "noVehicle" | "sendsOnly" }
	| { says: "left"; remaining: number; limit: number };

/**
 * What has become of a step. `message` is a sentence of the runtime on what is wrong. A step may be told twice: the
 * sign-in is confirmed by the answer to the next one.
 */
export type Check =
	| WayCheck
	| { step: Step; state: "running" }
	| { step: Step; state: "open"; says: "ready" }
	| ({ step: Step; state: "works" | "unneeded" | "caution" } & Saying)
	| { step: Step; state: "fails"; message: string };

/**
 * Tries an account out, step by step, and stops at the first step without which the next make no sense.
 *
 * @param owner id of the account, whose turn in the queue this is
 * @param tell is told of each step when it begins and when it ends; no secret among it
 * @param signal ends the test
 * @throws an AbortError when aborted
 */
export async function checkAccount(
	connection: AccountConnection,
	owner: string,
	tell: (check: Check) => void,
	signal: AbortSignal,
): Promise<void> {
	const fails = (step: Step, { message }: StellantisError) =>
		tell({ step, state: "fails", message: connection.redact(message) });
	const attempt = async <T>(
		step: Step,
		work: () => Promise<T>,
		failed = (error: StellantisError) => fails(step, error),
	): Promise<T> => {
		tell({ step, state: "running" });
		try {
			return await work();
		} catch (error) {
			if (!(error instanceof StellantisError)) throw error;
			connection.recorder.failure(error, owner);
			failed(error);
			throw new Stopped();
		}
	};
	let opened: Connected | undefined;
	let own: VehicleRef[] | undefined;
	try {
		const connected = await attempt("settings", () => connection.connected());
		opened = connected;
		tell({ step: "settings", state: "works", says: "complete" });
		const claim: Claim = { priority: "editor", owner };
		const { host } = connected.client.root;

		const probe = () => connected.client.probe(claim, signal);
		await attempt("reachable", probe, (error) => {
			if (!isUntrusted(error)) return fails("reachable", error);
			tell({ step: "reachable", state: "works", says: "there", host });
			fails("certificate", error);
		});
		tell({ step: "reachable", state: "works", says: "answers", host });
		tell({ step: "certificate", ...certificateOf(connected) });

		await attempt(
			"signed-in",
			() => connected.auth.headers(signal),
			(error) => {
				if (error.code !== "ERR_SIGN_IN_NEEDED" || connected.commandsVia === undefined)
					return fails("signed-in", error);
				tell({ step: "signed-in", state: "caution", says: "sendsOnly" });
			},
		);
		const signIn = signInOf(connection, connected);
		tell({ step: "signed-in", ...(signIn.state === "works" ? { state: "open", says: "ready" } : signIn) });
		const seen = await attempt(
			"vehicles",
			() => vehiclesOf(connected, claim, signal),
			(error) => fails(isRefused(error) ? "signed-in" : "vehicles", error),
		);
		own = seen.vehicles;
		tell({ step: "signed-in", ...signIn });
		tell({ step: "vehicles", ...vehiclesSeen(seen.count) });
		tellQuota(connection, tell);
	} catch (error) {
		if (!(error instanceof Stopped)) throw error;
	}
	// What sends needs nothing of what reads.
	if (opened?.commandsVia !== undefined) await checkWay(connection, opened, own, tell, signal);
}

/** Ends the checks; what is wrong has been told. */
class Stopped extends Error {}

/** The vehicles of the first page, and how many there are. */
async function vehiclesOf({ car }: Connected, claim: Claim, signal: AbortSignal) {
	const route = car.route("vehicles");
	const reading = car.get(car.withQuery(car.address(route), car.standingQuery(route)), claim, signal);
	const counting = reading.then((answer) => {
		const document = assertDocument(answer);
		const items = embeddedItems(document, route.embedded) ?? [];
		const vehicles = items.map(vehicleRefOf).filter((ref) => ref !== undefined);
		return { count: countOf(document, "total") ?? items.length, vehicles };
	});
	return orNone(counting, { count: 0, vehicles: [] }, route);
}

type StepOutcome = { state: "works" | "unneeded" | "caution" } & Saying;

function certificateOf({ client, certificateUnchecked }: Connected): StepOutcome {
	const { protocol, hostname } = client.root;
	if (protocol !== "https:")
		return isLoopback(hostname) ? { state: "unneeded", says: "local" } : { state: "caution", says: "plain" };
	return certificateUnchecked ? { state: "caution", says: "unchecked" } : { state: "works", says: "trusted" };
}

/** How long the sign-in is good is a number of the account's state: a time for people is the browser's to write. */
function signInOf(connection: AccountConnection, { auth }: Connected): StepOutcome {
	if (connection.isDemo) return { state: "unneeded", says: "demo" };
	if (auth.secrets().length === 0) return { state: "unneeded", says: "none" };
	const { user } = auth.state();
	return user === undefined
		? { state: "works", says: "accepted" }
		: { state: "works", says: "acceptedAs", user: connection.redact(user) };
}

const isRefused = ({ code }: StellantisError) => code === "ERR_UNAUTHORIZED" || code === "ERR_SIGN_IN_NEEDED";

function vehiclesSeen(count: number): StepOutcome {
	if (count > 1) return { state: "works", says: "vehicles", count };
	return count === 1 ? { state: "works", says: "vehicle" } : { state: "caution", says: "noVehicle" };
}

function tellQuota({ rateLimit }: AccountConnection, tell: (check: Check) => void): void {
	const { remaining, limit } = rateLimit?.day ?? {};
	if (remaining === undefined || limit === undefined) return;
	tell({ step: "quota", state: remaining > 0 ? "works" : "caution", says: "left", remaining, limit });
}
