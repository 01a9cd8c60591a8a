import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { verifyJournal } from "../../src/commands/journal-check";
import { HA_TOKEN, HomeAssistant } from "../support/home-assistant";
import { PsaCarController } from "../support/psa-car-controller";
import { CommandApi, CommandFlow } from "./remote-command-support";

const VIN = "VR3UHZKXZLT000042";

/** What delivers commands, as these tests use it. */
interface Way {
	account: Record<string, unknown>;
	/** How many commands it was asked for. */
	asked(): number;
	/** The next command is taken, and nothing is answered. */
	silence(): void;
	/** The car does what it was told. */
	obey(): void;
	stop(): Promise<void>;
}

const WAYS: Record<string, () => Promise<Way>> = {
	"Home Assistant": async () => {
		const home = (await HomeAssistant.start()).addCar(VIN);
		return {
			account: { commandsVia: "home-assistant", commandsUrl: home.url },
			asked: () => home.asked.length,
			silence: () => void home.faults.push("silent"),
			obey: () => home.state(VIN, "binary_sensor.doors", "off"),
			stop: () => home.stop(),
		};
	},
	psa_car_controller: async () => {
		const home = await PsaCarController.start();
		const car = home.addCar(VIN);
		return {
			account: { commandsVia: "psa-car-controller", commandsUrl: home.url },
			asked: () => home.commands.length,
			silence: () => void home.faults.push("silent"),
			obey: () => Object.assign(car, { locked: true, updatedAt: new Date().toISOString() }),
			stop: () => home.stop(),
		};
	},
};

for (const [title, start] of Object.entries(WAYS))
	describe(`a command through ${title} that Node-RED leaves in the middle`, function () {
		this.timeout(120_000);
		let api: CommandApi;
		let way: Way;
		let flow: CommandFlow;
		let child: ChildProcess | undefined;
		let isLoaded = false;
		beforeEach(async () => {
			api = await CommandApi.start();
			way = await start();
			flow = new CommandFlow();
			flow.credentials = { commandsToken: HA_TOKEN, accessToken: "" };
		});
		afterEach(async () => {
			await kill();
			if (isLoaded) await flow.stop();
			isLoaded = false;
			await Promise.all([api.stop(), way.stop()]);
			flow.remove();
		});

		const node = (timeout: number, command = "lock") => ({ vehicle: VIN, vehicleType: "str", timeout, command });
		const load = async (timeout: number, command?: string) => {
			isLoaded = true;
			await flow.load(api, node(timeout, command), way.account);
		};
		/** A Node-RED of its own sends the command. */
		const sendElsewhere = (timeout: number, command?: string) => {
			const more = { node: node(timeout, command), account: way.account, credentials: flow.credentials };
			child = fork(join(__dirname, "remote-command-child.ts"), [api.root, flow.userDir, "send", JSON.stringify(more)], {
				execArgv: ["--require", "tsx/cjs"],
				stdio: ["ignore", "ignore", "inherit", "ipc"],
			});
		};
		const kill = async () => {
			if (!child || child.exitCode !== null || child.signalCode !== null) return;
			const gone = once(child, "exit");
			child.kill("SIGKILL");
			await gone;
		};
		const until = async (look: () => boolean) => {
			while (!look()) await new Promise((resolve) => setTimeout(resolve, 20));
		};
		const journal = () =>
			readFileSync(join(flow.folder, "journal.jsonl"), "utf8")
				.trim()
				.split("\n")
				.map((line) => JSON.parse(line) as Record<string, unknown>);
		const theEnd = async () => {
			await until(() => journal().at(-1)?.event === "end");
			return journal().at(-1)?.outcome;
		};

		it("by kill -9, before the answer: it is followed by the state, and not sent again", async () => {
			way.silence();
			sendElsewhere(60);
			await until(() => way.asked() === 1);
			await kill();
			assert.equal(journal().at(-1)?.event, "intent");
			await new Promise((resolve) => setTimeout(resolve, 5));
			way.obey();
			await load(60);
			assert.equal(await theEnd(), "Success");
			assert.equal(way.asked(), 1);
			assert.deepEqual((await verifyJournal(flow.folder)).gaps, []);
		});

		it("by kill -9, and the car shows nothing until its time is up: it is unknown", async () => {
			way.silence();
			sendElsewhere(8);
			await until(() => way.asked() === 1);
			await kill();
			await load(8);
			assert.equal(await theEnd(), "unknown");
			assert.equal(way.asked(), 1);
		});

		it("by kill -9, where no state shows it: it is unknown at once, and the vehicle is free", async () => {
			way.silence();
			sendElsewhere(60, "lights");
			await until(() => way.asked() === 1);
			await kill();
			await load(60, "lights");
			assert.equal(await theEnd(), "unknown");
			flow.send();
			await until(() => flow.statuses.length === 1);
			assert.equal(way.asked(), 2);
		});

		it("by a deploy: it is followed by the state, and the vehicle is busy as long", async () => {
			await load(60);
			flow.send();
			await until(() => way.asked() === 1 && flow.statuses.length === 1);
			await flow.redeploy(api, { ...node(60), ifBusy: "refuse" }, way.account);
			flow.send();
			assert.equal((await flow.end()).error?.code, "ERR_COMMAND_BUSY");
			way.obey();
			assert.equal(await theEnd(), "Success");
			assert.equal(way.asked(), 1);
		});
	});
