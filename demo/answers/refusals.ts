/** The body of a refusal, by who refuses: the gateway before the API, or the API of a family. */
import type { ApiFailure } from "../base/failure";
import type { Json } from "../base/json";
import type { Family, FamilyId } from "../families";

/** As the gateway words it. */
function gateway({ status, message }: ApiFailure): Json {
	const httpMessage = { 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests" }[status] ?? "Forbidden";
	return { httpCode: String(status), httpMessage, moreInformation: message };
}

type Refusal = (failure: ApiFailure, now: number) => Json;

const numbered: Refusal = ({ status, message, kind }, now) => ({
	code: status * 100 + (kind === "no data" ? 0 : 99),
	uuid: crypto.randomUUID(),
	message,
	timestamp: new Date(now).toISOString(),
});

const names: Record<number, string> = {
	400: "BadRequest",
	403: "Forbidden",
	404: "NotFound",
	405: "MethodNotAllowed",
	409: "Conflict",
	413: "PayloadTooLarge",
};

const named: Refusal = ({ status, message, kind }) => {
	const debug = crypto.randomUUID();
	if (kind === "no data") return { name: "DataNotFound", code: 1001, debug, message };
	if (kind === "not supported") return { name: "NotImplemented", code: "REMOTE_NOT_SUPPORTED", debug, message };
	return { name: names[status] ?? "InternalServerError", debug, message };
};

const refusals: Readonly<Record<FamilyId, Refusal>> = {
	"user-v4": numbered,
	"accounts-v1": named,
	"fleet-v3": numbered,
};

/** The body that says why a request was refused at `now`; without a family it never came to an API. */
export function refusal(family: Family | undefined, failure: ApiFailure, now: number): Json {
	return !family || failure.kind === "gateway" ? gateway(failure) : refusals[family.id](failure, now);
}
