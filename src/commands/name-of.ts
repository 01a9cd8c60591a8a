/** What the system calls an error, such as ENOSPC; its text may hold paths. */
export function nameOf(error: unknown): string {
	const code = error instanceof Error && "code" in error ? error.code : undefined;
	return typeof code === "string" ? code : error instanceof Error ? error.name : "unknown error";
}
