/** A request that the simulated API refuses. Each family words it in its own body. */
export class ApiFailure extends Error {
	readonly status: number;
	/** `gateway`: refused before the API saw it. `no data`: the vehicle is known, but has nothing to tell. */
	readonly kind: "api" | "gateway" | "no data";

	constructor(status: number, message: string, kind: "api" | "gateway" | "no data" = "api") {
		super(message);
		this.status = status;
		this.kind = kind;
	}
}
