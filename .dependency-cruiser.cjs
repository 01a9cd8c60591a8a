/**
 * The floors of the house, from the top: a file may import what lies below it, never what lies above.
 * The demo API stands beside them and knows none.
 */
const FLOORS = [
	"^nodes/",
	"^src/(node-red|bin)/",
	"^src/(commands|watch|sweep)/",
	"^src/api/",
	"^src/transport/",
	"^src/storage/",
	"^src/hal/",
	"^src/[^/]+\\.ts$",
];

module.exports = {
	forbidden: [
		...FLOORS.slice(1).map((floor, index) => ({
			name: `up-from-${floor}`,
			severity: "error",
			from: { path: floor },
			to: { path: FLOORS.slice(0, index + 1).join("|") },
		})),
		{
			name: "no-circles",
			severity: "error",
			from: {},
			to: { circular: true },
		},
		{
			name: "only-accounts-start-the-demo",
			comment: "The demo API is loaded by the one file that starts it, so that no live account carries it.",
			severity: "error",
			from: { path: "^(nodes|src)/", pathNot: "^src/node-red/account/demo\\.ts$" },
			to: { path: "^demo/", dependencyTypesNot: ["type-only"] },
		},
		{
			name: "the-demo-stands-alone",
			severity: "error",
			from: { path: "^demo/" },
			to: { path: "^(nodes|src|resources)/" },
		},
		{
			name: "storage-knows-no-network",
			severity: "error",
			from: { path: "^src/storage/" },
			to: { path: "^src/transport/" },
		},
		{
			name: "nothing-published-needs-a-dev-dependency",
			severity: "error",
			from: { path: "^(nodes|src|demo)/" },
			to: {
				dependencyTypes: ["npm-dev"],
				dependencyTypesNot: ["type-only", "npm-peer"],
				pathNot: "node_modules/@types/",
			},
		},
	],
	options: {
		doNotFollow: { path: "node_modules" },
		tsPreCompilationDeps: true,
		tsConfig: { fileName: "tsconfig.json" },
		enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
	},
};
