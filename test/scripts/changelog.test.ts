import assert from "node:assert/strict";
import { notesOf, released } from "../../scripts/changelog";

const CHANGELOG = `# Changelog

## [Unreleased]

### Added

- A wheel.

## [0.1.0] - 2026-11-23

- A car.
`;

describe("the changelog", () => {
	it("makes a version of what was not released, and begins anew above it", () => {
		const next = released(CHANGELOG, "0.2.0", "2026-12-01");
		assert.equal(notesOf(next, "0.2.0"), "### Added\n\n- A wheel.");
		assert.equal(notesOf(next, "0.1.0"), "- A car.");
		assert.match(next, /^## \[Unreleased\]\n\n## \[0\.2\.0\] - 2026-12-01\n\n### Added$/m);
	});

	it("refuses a release that brings nothing, and a version that it does not know", () => {
		const next = released(CHANGELOG, "0.2.0", "2026-12-01");
		assert.throws(() => released(next, "0.3.0", "2026-12-02"), /says nothing of Unreleased/);
		assert.throws(() => notesOf(CHANGELOG, "0.9.0"), /has no section 0\.9\.0/);
	});
});
