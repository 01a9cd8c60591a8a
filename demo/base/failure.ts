/** A request that the simulated API refuses. Each family words it in its own body. */
export class ApiFailure extends Error {
	readonly status: number;
	/**
	 * `gateway`: refused before the API saw it. `no data`: what was asked for is known, but there is nothing to tell.
	 * `not supported`: it can't do what a command asks.
	 */
	readonly kind: "api" | "gateway" | "no data" | "not supported";

	constructor(status: number, message: string, kind: ApiFailure["kind"] = "api") {
		super(message);
		this.status = status;
		this.kind = kind;
	}
}
