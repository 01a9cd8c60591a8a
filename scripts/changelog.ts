/** The changelog as a release needs it. */

const UNRELEASED = "## [Unreleased]";

/**
 * What stands below the heading of a version, or of what is not released yet.
 *
 * @throws Error when there is no such heading, or nothing below it
 */
export function notesOf(changelog: string, version: string): string {
	const lines = changelog.split("\n");
	const start = lines.findIndex((line) => line.startsWith(`## [${version}]`));
	if (start < 0) throw new Error(`CHANGELOG.md has no section ${version}.`);
	const end = lines.findIndex((line, place) => place > start && line.startsWith("## ["));
	const notes = lines
		.slice(start + 1, end < 0 ? undefined : end)
		.join("\n")
		.trim();
	if (notes === "") throw new Error(`CHANGELOG.md says nothing of ${version}.`);
	return notes;
}

/**
 * The changelog in which what was not released yet is a version.
 *
 * @param date as `2026-11-23`
 * @throws Error when there is nothing to release
 */
export function released(changelog: string, version: string, date: string): string {
	notesOf(changelog, "Unreleased");
	return changelog.replace(UNRELEASED, `${UNRELEASED}\n\n## [${version}] - ${date}`);
}
