// Draws the first example flow as docs/example-flow.svg, the picture in the README.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const flow = JSON.parse(readFileSync(join(root, "examples", "01 - List and status.json"), "utf8"));
const nodes = flow.filter(({ x }) => x !== undefined);
const HEIGHT = 30;
const MARGIN = 20;

/** Colour and name, as the editor has them; ours are read from their forms' texts. */
const core = {
	inject: { fill: "#a6bbcf", label: "inject" },
	debug: { fill: "#87a980", label: "debug" },
	catch: { fill: "#e49191", label: "catch" },
	comment: { fill: "#ffffff", label: "comment" },
};

function looks({ type, name }) {
	if (core[type]) return { fill: core[type].fill, label: name || core[type].label };
	const file = type.replace("stellantis-", "");
	const texts = JSON.parse(readFileSync(join(root, "nodes", "locales", "en-US", `${file}.json`), "utf8"));
	return { fill: "#7fb0d6", label: name || texts[file].palette };
}

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const boxes = new Map(
	nodes.map((node) => {
		const { fill, label } = looks(node);
		const width = Math.max(100, 44 + label.length * 7);
		// The editor places a node by its middle.
		return [node.id, { node, fill, label, width, left: node.x - width / 2, right: node.x + width / 2, y: node.y }];
	}),
);
const all = [...boxes.values()];
const left = Math.min(...all.map((box) => box.left)) - MARGIN;
const top = Math.min(...all.map(({ y }) => y)) - HEIGHT / 2 - MARGIN;
const width = Math.max(...all.map((box) => box.right)) + MARGIN - left;
const height = Math.max(...all.map(({ y }) => y)) + HEIGHT / 2 + MARGIN - top;

/** Height of an output: one in the middle, several spread. */
const outputY = ({ node, y }, index) => y + (index - (node.wires.length - 1) / 2) * 13;
const wires = all.flatMap((from) =>
	from.node.wires.flatMap((targets, index) =>
		targets.map((id) => {
			const to = boxes.get(id);
			const start = outputY(from, index);
			const bend = Math.max(30, (to.left - from.right) * 0.75);
			const path = `M${from.right} ${start} C${from.right + bend} ${start} ${to.left - bend} ${to.y} ${to.left} ${to.y}`;
			return `<path d="${path}" fill="none" stroke="#999" stroke-width="3"/>`;
		}),
	),
);
const port = (x, y) => `<rect x="${x - 5}" y="${y - 5}" width="10" height="10" rx="3" fill="#d9d9d9" stroke="#999"/>`;
const inputs = new Set(all.flatMap(({ node }) => node.wires.flat()));
const drawn = all.map((box) => {
	const { node, fill, label, y } = box;
	const stroke = node.type === "comment" ? ' stroke-dasharray="5 3"' : "";
	return [
		`<rect x="${box.left}" y="${y - HEIGHT / 2}" width="${box.width}" height="${HEIGHT}" rx="5" fill="${fill}" stroke="#999"${stroke}/>`,
		`<text x="${node.x}" y="${y + 5}" text-anchor="middle">${escaped(label)}</text>`,
		...(inputs.has(node.id) ? [port(box.left, y)] : []),
		...node.wires.map((_, index) => port(box.right, outputY(box, index))),
	].join("\n");
});

writeFileSync(
	join(root, "docs", "example-flow.svg"),
	`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}" font-family="Helvetica, Arial, sans-serif" font-size="14" fill="#333">
<title>inject, vehicle list, vehicle status, debug</title>
<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="#fff"/>
${[...wires, ...drawn].join("\n")}
</svg>
`,
);
