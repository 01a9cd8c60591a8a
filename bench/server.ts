/**
 * The server all contenders ask: vehicles of accounts-v1 in pages that are rendered before anything is measured.
 * A process of its own, so that its work does not count as theirs. Prints its port.
 *
 * Addresses: `/<items>/<latency in ms>/connectedcar/v1/accounts/vehicles`
 */
import { createServer } from "node:http";

const PAGE = 100;
const RELATIONS = ["telemetries/latest", "telemetries", "trips", "alerts", "alarms", "collisions", "maintenance"];

const pages = new Map<string, Buffer>();

function vehicle(base: string, index: number): object {
	const self = `${base}/${(index + 1).toString(16).padStart(32, "0")}`;
	const names = RELATIONS.map((path) => (path === "telemetries/latest" ? "lastTelemetries" : path));
	return {
		_links: {
			self: { href: self },
			remotes: { href: `${self}/channels/{chId}/remotes`, templated: true },
			...Object.fromEntries(names.map((name, place) => [name, { href: `${self}/${RELATIONS[place]}` }])),
		},
		vin: `VF3BENCH${String(index).padStart(9, "0")}`,
		brandCode: "AP",
		familyCode: "SUV",
		motorization: index % 3 === 0 ? "Electric" : "Thermic",
		fuelType: index % 3 === 0 ? "E" : "G",
	};
}

/** The items from one index up to, not including, another, in pages of a size. */
function page(base: string, total: number, from: number, to: number, size: number): Buffer {
	const key = `${base} ${from} ${to}`;
	const known = pages.get(key);
	if (known) return known;
	const token = (start: number) => ({ href: `${base}?pageToken=${start}-${size}` });
	const end = Math.min(to, total);
	const body = Buffer.from(
		JSON.stringify({
			_links: {
				self: token(from),
				first: token(0),
				...(end < total ? { next: token(end) } : {}),
				...(from > 0 ? { prev: token(Math.max(0, from - size)) } : {}),
				last: token(Math.floor((total - 1) / size) * size),
			},
			total,
			totalPage: Math.ceil(total / size),
			currentPage: Math.floor(from / size) + 1,
			_embedded: { vehicles: Array.from({ length: Math.max(0, end - from) }, (_, n) => vehicle(base, from + n)) },
		}),
	);
	pages.set(key, body);
	return body;
}

/** The latest state of any vehicle. */
const STATUS = Buffer.from(
	JSON.stringify({
		_links: {},
		createdAt: "2026-05-04T08:00:00Z",
		updatedAt: "2026-05-04T08:00:00Z",
		energies: [{ createdAt: "2026-05-04T08:00:00Z", type: "Electric", level: 57, autonomy: 180 }],
	}),
);

const server = createServer((request, response) => {
	const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
	const [, items = "", latency = ""] = url.pathname.split("/");
	const total = Number(items);
	const base = url.origin + url.pathname;
	const range = /^(\d+)-(\d+)$/.exec(url.searchParams.get("indexRange") ?? "");
	const token = /^(\d+)-(\d+)$/.exec(url.searchParams.get("pageToken") ?? "");
	const from = Number(range?.[1] ?? token?.[1] ?? 0);
	const size = Number(token?.[2] ?? url.searchParams.get("pageSize") ?? PAGE);
	const isStatus = url.pathname.endsWith("/telemetries/latest");
	const body = isStatus ? STATUS : page(base, total, from, range ? Number(range[2]) + 1 : from + size, size);
	const answer = () => {
		response.writeHead(200, { "content-type": "application/hal+json", "content-length": body.length });
		response.end(body);
	};
	if (latency === "never") return;
	if (latency === "0") answer();
	else setTimeout(answer, Number(latency));
});

server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
	const address = server.address();
	process.send?.(typeof address === "object" ? address?.port : undefined);
});
process.on("disconnect", () => process.exit());
