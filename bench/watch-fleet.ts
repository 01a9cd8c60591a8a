/**
 * A fleet of fleet-v3 on a clock that the bench sets: 5 % of the vehicles drive at any time, each for an hour. A process
 * of its own, so that its work does not count as ours. Prints its port; `GET /clock/<epoch ms>` sets the clock.
 */
import { createServer } from "node:http";
import { HOUR, isDriving, lastChange, odometerOf } from "./watch-plan";

const VEHICLES = Number(process.argv[2] ?? 10_000);
const ROOT = "/connectedcar/v3/fleets/f1";
const PAGE = 60;
const LIMIT = 100_000;
let now = 0;
let calls = 0;
let day = 0;

function vehicle(index: number) {
	const id = index.toString(16).padStart(32, "0");
	return { id, vin: `VF3BENCH${String(index).padStart(9, "0")}`, _links: { self: { href: `${ROOT}/vehicles/${id}` } } };
}

function status(index: number) {
	const driving = isDriving(index, now);
	const at = new Date(driving ? Math.floor(now / 60_000) * 60_000 : lastChange(index, now)).toISOString();
	const { id } = vehicle(index);
	const level = 30 + (index % 60);
	const electric = { createdAt: at, type: "Electric", level, autonomy: level * 4, residual: level * 500 };
	return {
		_links: { self: { href: `${ROOT}/vehicles/${id}/status` }, vehicle: { href: `${ROOT}/vehicles/${id}` } },
		createdAt: at,
		updatedAt: at,
		lastPosition: {
			type: "Feature",
			geometry: { type: "Point", coordinates: [2 + (index % 100) / 100, 48 + (driving ? 0.5 : 0), 50] },
			properties: { createdAt: at, heading: 90, signalQuality: 9, type: "Acquire" },
		},
		energies: [{ ...electric, extension: { electric: { charging: { plugged: false, status: "Disconnected" } } } }],
		odometer: { createdAt: at, mileage: odometerOf(index, now) },
		ignition: { createdAt: at, type: driving ? "StartUp" : "Stop" },
		kinetic: { createdAt: at, moving: driving, speed: driving ? 60 : 0 },
		doorsState: { createdAt: at, lockedStates: ["Unlocked"], opening: [{ identifier: "Driver", state: "Closed" }] },
		preconditioning: { airConditioning: { createdAt: at, status: "Disabled" } },
		privacy: { createdAt: at, state: "None" },
		battery: { createdAt: at, voltage: 90, current: 0 },
		service: { type: "Electric", updatedAt: at },
		environment: { air: { temp: 12, createdAt: at }, luminosity: { day: true } },
	};
}

const maintenance = (index: number) => ({
	daysBeforeMaintenance: 200,
	mileageBeforeMaintenance: 12_000,
	_links: { vehicle: { href: `${ROOT}/vehicles/${vehicle(index).id}` } },
});

const COLLECTIONS: Record<string, [key: string, item: (index: number) => object, count: number]> = {
	vehicles: ["vehicles", vehicle, VEHICLES],
	status: ["status", status, VEHICLES],
	maintenances: ["maintenances", maintenance, VEHICLES],
	trips: ["trips", vehicle, 0],
	alerts: ["alerts", vehicle, 0],
};

const server = createServer((request, response) => {
	const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
	if (url.pathname.startsWith("/clock/")) {
		now = Number(url.pathname.slice(7));
		response.end(String(calls));
		return;
	}
	if (Math.floor(now / (24 * HOUR)) !== day) {
		day = Math.floor(now / (24 * HOUR));
		calls = 0;
	}
	calls++;
	const name = url.pathname.slice(ROOT.length + 1);
	const [key, item, total] = COLLECTIONS[name] ?? [];
	response.setHeader("content-type", "application/hal+json");
	response.setHeader("x-ratelimit-limit-1", LIMIT);
	response.setHeader("x-ratelimit-remaining-1", Math.max(0, LIMIT - calls));
	if (key === undefined || item === undefined || total === undefined) {
		response.writeHead(404).end(JSON.stringify({ code: 40400, message: "Nothing here." }));
		return;
	}
	const from = Number(url.searchParams.get("pageToken") ?? 0);
	const to = Math.min(total, from + PAGE);
	const link = (start: number) => ({ href: `${url.pathname}?pageToken=${start}` });
	response.end(
		JSON.stringify({
			_links: { self: link(from), ...(to < total ? { next: link(to) } : {}) },
			total,
			totalPage: Math.ceil(total / PAGE),
			_embedded: { [key]: Array.from({ length: to - from }, (_, place) => item(from + place)) },
		}),
	);
});
server.listen(0, "127.0.0.1", () => {
	const address = server.address();
	process.send?.(typeof address === "object" ? address?.port : undefined);
});
process.on("disconnect", () => process.exit());
