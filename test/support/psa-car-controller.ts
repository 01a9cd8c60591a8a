/** A stand-in for psa_car_controller: its routes, which let everybody in, and the ways in which they fail. */
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the next command does instead of working. */
export type CommandFault =
	| "lost"
	| "unheard"
	| "silent"
	| "500"
	| "504"
	| "error"
	| "rate limit"
	| "redirect"
	| "page"
	| "429";

/** A car as it has it. */
export interface ControllerCar {
	vin: string;
	locked: boolean;
	climate: "Enabled" | "Disabled";
	charging: "InProgress" | "Stopped";
	/** Health of the 12 V battery, %; absent: not told. */
	auxiliaryBattery?: number;
	/** RFC 3339. */
	updatedAt: string;
}

export class PsaCarController {
	/** Paths of all requests, and of the commands among them, below the base path. */
	readonly requests: string[] = [];
	readonly commands: string[] = [];
	readonly cars: ControllerCar[] = [];
	base = "";
	faults: CommandFault[] = [];
	/** It fails at everything. */
	isDown = false;
	/** Whether it lists its cars. */
	lists = true;
	/** Told of each command that it hands on. */
	onCommand: (path: string) => unknown = () => undefined;
	/** The API behind it can't be asked. */
	isBlind = false;
	readonly #happened = new EventEmitter().setMaxListeners(0);
	readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

	#port = 0;

	static async start(): Promise<PsaCarController> {
		const controller = new PsaCarController();
		await new Promise<void>((resolve) => controller.#server.listen(0, "127.0.0.1", resolve));
		controller.#port = (controller.#server.address() as AddressInfo).port;
		return controller;
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port}${this.base}`;
	}

	addCar(vin: string, more: Partial<ControllerCar> = {}): ControllerCar {
		const car: ControllerCar = {
			vin,
			locked: false,
			climate: "Disabled",
			charging: "Stopped",
			updatedAt: "2026-03-10T11:00:00Z",
			...more,
		};
		this.cars.push(car);
		return car;
	}

	/** Resolves when so many commands have come. */
	async commanded(count: number): Promise<void> {
		while (this.commands.length < count) await once(this.#happened, "command");
	}

	stop(): Promise<void> {
		return new Promise((resolve) => {
			this.#server.close(() => resolve());
			this.#server.closeAllConnections();
		});
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		request.resume();
		const url = new URL(request.url ?? "/", "http://x");
		const path = url.pathname.slice(this.base.length + 1);
		this.requests.push(path);
		const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
			const isPage = typeof body === "string";
			response.writeHead(status, { "content-type": isPage ? "text/html" : "application/json", ...headers });
			response.end(isPage ? body : JSON.stringify(body));
		};
		const failed = () => send(500, "<!doctype html><title>500 Internal Server Error</title>");
		if (!url.pathname.startsWith(`${this.base}/`) || request.method !== "GET")
			return send(404, "<!doctype html><title>404 Not Found</title>");
		if (this.isDown) return failed();
		const [name, vin] = path.split("/");
		if (name === "get_vehicles")
			return send(200, this.lists ? this.cars.map((car) => ({ vin: car.vin, label: "e-208" })) : []);
		if (name === "get_vehicleinfo") {
			const car = this.cars.find((each) => each.vin === vin);
			return car && !this.isBlind ? send(200, stateOf(car)) : failed();
		}
		if (!/^(wakeup|lock_door|preconditioning|charge_now|lights|horn)$/.test(name ?? ""))
			return send(404, "<!doctype html><title>404 Not Found</title>");
		this.commands.push(path);
		const fault = this.faults.shift();
		if (fault === "redirect") send(302, "", { location: `${this.url}/elsewhere` });
		else if (fault === "unheard") request.socket.destroy();
		else if (name === "horn") failed();
		else if (fault === "429") send(429, "<html>slow down</html>", { "retry-after": "20" });
		else if (fault === "error") send(200, { error: "Remote control is not set up" });
		else if (fault === "rate limit") send(200, { error: "Wakeup rate limit exceeded" });
		else {
			await this.onCommand(path);
			if (fault === "lost") request.socket.destroy();
			else if (fault === "500") failed();
			else if (fault === "504") send(504, "<html>a proxy's page</html>");
			else if (fault === "page") send(200, "<html>please sign in</html>");
			else if (fault !== "silent") send(200, name === "lights" ? null : true);
		}
		this.#happened.emit("command");
	}
}

/** As Python writes it. */
const pythonTime = (time: string) => time.replace("T", " ").replace(/Z$/, "+00:00");

function stateOf({ locked, climate, charging, auxiliaryBattery, updatedAt }: ControllerCar): object {
	const time = pythonTime(updatedAt);
	return {
		updated_at: time,
		created_at: null,
		doors_state: { created_at: time, locked_states: [locked ? "Locked" : "Unlocked"], opening: [] },
		preconditionning: { air_conditioning: { status: climate, updated_at: time, programs: null } },
		energy: [
			{
				type: "Electric",
				level: 60,
				autonomy: 200,
				updated_at: time,
				charging: { plugged: true, status: charging, charging_mode: "Slow", next_delayed_time: "PT22H5M" },
			},
		],
		battery: auxiliaryBattery === undefined ? null : { voltage: auxiliaryBattery, current: null },
		ignition: { type: "Stop" },
	};
}
