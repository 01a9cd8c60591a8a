import type { Response } from "express";

/** Milliseconds after which an empty line is sent: proxies cut off what is silent for a minute. */
const HEARTBEAT = 15_000;

/** One line of an answer of several. */
export function line(value: object): string {
	return `${JSON.stringify(value)}\n`;
}

/**
 * Makes an answer of several lines, each a JSON value that is sent at once. The first one ends the time in which the
 * answer could still become an error with a status of its own.
 *
 * @returns sends a line; does nothing when nobody listens any more
 */
export function linesTo(response: Response): (value: object) => void {
	return (value) => {
		if (response.closed) return;
		if (!response.headersSent) begin(response);
		response.write(line(value));
		flush(response);
	};
}

function begin(response: Response): void {
	response.status(200).set({
		"content-type": "application/x-ndjson; charset=utf-8",
		// Compression and proxies that collect an answer would keep the lines back.
		"cache-control": "no-store, no-transform",
		"x-accel-buffering": "no",
	});
	const heartbeat = setInterval(() => {
		response.write("\n");
		flush(response);
	}, HEARTBEAT);
	response.once("close", () => clearInterval(heartbeat));
	response.once("finish", () => clearInterval(heartbeat));
}

/** Node-RED's `httpAdminMiddleware` may hold a compression, which adds this. */
function flush(response: Response & { flush?: () => void }): void {
	response.flush?.();
}
