import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { PoolOptions } from "./pool";

const LAST_PORT = 65_535;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where a store is and who asks, as command lines of PostgreSQL are told: `DATABASE_URL`, or `PGHOST`, `PGPORT`,
 * `PGDATABASE`, `PGUSER`, `PGPASSWORD`, `PGSSLMODE` and `PGSSLROOTCERT` (its manual, "Environment Variables"). A password
 * never stands among arguments, where everybody on the machine can read it.
 *
 * @throws an error with a sentence for people where that is not enough
 */
export function placeOfEnvironment(schema: string, env: Environment): PoolOptions {
	const url = env.DATABASE_URL === undefined ? undefined : parsed(env.DATABASE_URL);
	const {
		PGHOST: host = "localhost",
		PGPORT: port = "5432",
		PGDATABASE,
		PGUSER: user,
		PGPASSWORD: password = "",
	} = env;
	const place = url
		? {
				host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
				port: Number(url.port || "5432"),
				database: decodeURIComponent(url.pathname.slice(1)),
				user: decodeURIComponent(url.username),
				password: decodeURIComponent(url.password) || password,
			}
		: { host, port: Number(port), database: PGDATABASE ?? user, user, password };
	const { database, user: name } = place;
	if (!(Number.isInteger(place.port) && place.port > 0 && place.port <= LAST_PORT))
		throw new Error(`The port of the store must be a number from 1 to ${LAST_PORT}: see PGPORT, or DATABASE_URL.`);
	if (!database || !name)
		throw new Error(
			"Say which store: set PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD, or DATABASE_URL (postgres://user@host:5432/database).",
		);
	const mode = url?.searchParams.get("sslmode") ?? env.PGSSLMODE;
	const authority = url?.searchParams.get("sslrootcert") ?? env.PGSSLROOTCERT;
	return { ...place, database, user: name, schema, tls: tlsOf(mode, authority), userDir: process.cwd() };
}

function parsed(text: string): URL {
	try {
		const url = new URL(text);
		if (/^postgres(?:ql)?:$/.test(url.protocol)) return url;
	} catch {
		// As below; what is in it may be a password.
	}
	throw new Error("DATABASE_URL is no address of a PostgreSQL: it is written postgres://user@host:5432/database.");
}

/** Whoever asks for TLS gets it checked, but with `no-verify`. */
function tlsOf(mode: string | undefined, authority: string | undefined): ConnectionOptions | undefined {
	if (mode === "no-verify") return { rejectUnauthorized: false };
	const isAsked = mode === undefined ? authority !== undefined : /^(?:require|verify-)/.test(mode);
	if (!isAsked) return undefined;
	return authority === undefined ? {} : { ca: readFileSync(authority) };
}
