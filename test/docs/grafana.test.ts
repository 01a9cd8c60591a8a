import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import client from "prom-client";
import { registryOf } from "../../src/node-red/operations/metrics";

interface Panel {
	title: string;
	gridPos: { x: number; y: number; w: number; h: number };
	targets: { expr: string }[];
}

const FOLDER = join(__dirname, "../../docs");
/** What Grafana puts in place of its variables. */
const filled = (expr: string) => expr.replaceAll("$__rate_interval", "5m").replaceAll("$job", "node-red");

describe("the dashboard for Grafana", () => {
	const { panels } = JSON.parse(readFileSync(join(FOLDER, "grafana.json"), "utf8")) as { panels: Panel[] };
	const { reference } = { reference: readFileSync(join(FOLDER, "reference.md"), "utf8") };
	const registry = registryOf({ events: new EventEmitter() }, client);
	/** Every name that a query can ask for, of each metric. */
	const names = new Map(
		registry.getMetricsAsArray().map((metric) => {
			const { name, type } = metric as unknown as { name: string; type: string };
			return [name, type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => name + end) : [name]];
		}),
	);

	for (const { title, targets } of panels)
		it(`asks in "${title}" for what is exported, in Prometheus' own language`, () => {
			for (const { expr } of targets) {
				const query = filled(expr);
				parser.parse(query).iterate({
					enter(node) {
						assert.ok(!node.type.isError, `${query} at ${node.from}`);
						if (node.name !== "Identifier") return;
						const name = query.slice(node.from, node.to);
						if (name.startsWith("stellantis_")) assert.ok([...names.values()].flat().includes(name), name);
					},
				});
			}
		});

	it("shows every metric there is", () => {
		const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n");
		for (const [name, all] of names)
			assert.ok(
				all.some((each) => asked.includes(each)),
				name,
			);
	});

	it("counts as failed what no flow gets as a result", async () => {
		const { expr = "" } = panels.find(({ title }) => title.startsWith("Commands that failed"))?.targets[0] ?? {};
		const [, done = ""] = /end!~"([^"]+)"/.exec(expr) ?? [];
		const { values = [] } = (await registry.getSingleMetric("stellantis_commands_total")?.get()) ?? {};
		const ends = new Set(values.map(({ labels }) => String(labels.end)));
		assert.deepEqual(
			[...ends].filter((end) => new RegExp(`^(?:${done})$`).test(end)),
			["Success", "AlreadyDone", "Accepted"],
		);
	});

	it("has no two panels in one place", () => {
		for (const [index, one] of panels.entries())
			for (const other of panels.slice(index + 1)) {
				const { gridPos: a } = one;
				const { gridPos: b } = other;
				const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
				assert.ok(apart, `${one.title}, ${other.title}`);
			}
	});

	it("is of metrics that the reference tells, which tells no others", () => {
		const told = new Set(
			[...reference.matchAll(/^\| .*$/gm)].flatMap(([row]) => row.match(/`(stellantis_\w+)`/g) ?? []),
		);
		assert.deepEqual([...told].map((name) => name.slice(1, -1)).sort(), [...names.keys()].sort());
	});
});
