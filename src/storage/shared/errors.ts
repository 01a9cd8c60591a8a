import { StellantisError } from "../../error";
import { ownValue } from "../../json";
import { errorName } from "../storage-error";

/** The shared store can't be used. The sentence says why and what helps. */
export function storeError(sentence: string, cause?: unknown): StellantisError {
	return new StellantisError("ERR_STORE", sentence, { cause });
}

/** Where a store is, for sentences: no user, no password. */
export interface StorePlace {
	host: string;
	port: number;
	database: string;
	schema: string;
}

/** What helps, by PostgreSQL's own codes (its manual, appendix A). */
const REMEDIES: Readonly<Record<string, (place: StorePlace) => string>> = {
	"28P01": () => "its user or password is wrong: enter both anew in the store's form",
	"28000": () => "it does not let this user in: check the user, and the server's pg_hba.conf",
	"3D000": ({ database }) => `it has no database ${database}: create it, or name another`,
	"42501": ({ schema }) =>
		`this user lacks a right in the schema ${schema}: let its owner start once, and grant what docs/reference.md lists`,
	"42P01": ({ schema }) =>
		`a table is missing in the schema ${schema}: let its owner start once, or name another schema`,
	"25006": () => "it is read-only: name the primary server, or wait until one is",
	"53100": () => "its disk is full: make room there",
	"53300": () => "it has no connection left: raise its limit, or put a pooler before it",
	"57014": () => "it took too long over a statement: it has too much to do, or something holds its tables",
	"57P01": () => "it is being shut down: wait until it is back",
	"57P03": () => "it is starting or stopping: wait until it is ready",
	ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) =>
		`its certificate is made for another host: name that one in place of ${host}, or in the TLS configuration`,
	CERT_HAS_EXPIRED: () => "its certificate has expired: renew it, or check this machine's clock",
};

/** What TLS says of the certificate of the server, and of the rest, which lies in the configuration of one of both. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_|^CERT_/;
const NO_TLS = /TLS|SSL|^EPROTO$/;
/** What the driver says, without a code, where the server answers that it has none. */
const KNOWS_NO_TLS = /does not support SSL/;

/** The codes of which another try is of no use until somebody has done something. */
const LASTING = new Set(["28P01", "28000", "3D000", "42501", "42P01"]);

/** What a driver's error means for people; its own text may quote what is stored. */
export function storeErrorOf(error: unknown, place: StorePlace): StellantisError {
	if (error instanceof StellantisError) return error;
	const name = errorName(error);
	const remedy = ownValue(REMEDIES, name)?.(place) ?? remedyOf(name, error);
	return storeError(`The store at ${place.host}:${place.port} can't be used (${name}): ${remedy}.`, error);
}

function remedyOf(name: string, error: unknown): string {
	if (OF_A_STATEMENT.test(name)) return "it refused a statement: look into its log";
	if (UNTRUSTED.test(name)) return "its certificate is not trusted: choose a TLS configuration with its authority";
	if (NO_TLS.test(name))
		return "no TLS connection could be made: check certificate, key and CA in the TLS configuration, and those of the server";
	if (error instanceof Error && KNOWS_NO_TLS.test(error.message))
		return "it takes no TLS: switch that on in the server, or choose no TLS configuration";
	return "it can't be reached: check its address, the network and whether it runs";
}

/** True where the user lacks a right. */
export function isNoRight(error: unknown): boolean {
	return nameOf(error) === "42501";
}

/** True where the store could not be written to, and can still be read: it is read-only, or its disk is full. */
export function isReadable(error: unknown): boolean {
	return ["25006", "53100"].includes(nameOf(error));
}

/** True where a statement was undone because another was first: no serialization, or a deadlock. */
export function isConflict(error: unknown): boolean {
	return ["40001", "40P01"].includes(nameOf(error));
}

function nameOf(error: unknown): string {
	return error instanceof StellantisError ? errorName(StellantisError.causeOf(error)) : "";
}

/** PostgreSQL's codes, but those of connection, resources, operator and system. */
const OF_A_STATEMENT = /^(?:0[0-79A-Z]|[1-4][0-9A-Z]|5[0245]|F0|HV|P0)[0-9A-Z]{3}$/;

/** True for an error that tells of the server or the way to it, and not of the one statement. */
export function isAway(error: unknown): boolean {
	const name = errorName(error);
	return LASTING.has(name) || name === "25006" || !OF_A_STATEMENT.test(name);
}
