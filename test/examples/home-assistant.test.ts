import assert from "node:assert/strict";
import { Example, inFlows } from "./harness";
import { assertState, type Broker, type Entity, HomeAssistant, startBroker } from "./home-assistant";

/** Vehicles of the demo that have sent something; there is one more, of which nothing is known. */
const VEHICLES = 11;
/** Charges at home on a winter morning. */
const MOKKA = "Opel Mokka Electric";

inFlows("example 09, Home Assistant by MQTT", (flows) => {
	let broker: Broker;
	let assistant: HomeAssistant;
	beforeEach(async () => {
		broker = await startBroker();
		assistant = await HomeAssistant.start(broker.port);
	});
	afterEach(async () => {
		assert.deepEqual(assistant.complaints, []);
		await assistant.stop();
		await broker.stop();
	});

	const own = () => new Example("09").env({ MQTT_HOST: "127.0.0.1", MQTT_PORT: String(broker.port) });
	/** Deploys, and resolves when everything is announced and has a state. */
	async function deploy(example = own()): Promise<void> {
		await flows().deploy(example);
		await broker.listened("stellantis/+/set/+");
		await assistant.until(() => (devices().size >= VEHICLES ? true : undefined), "a device for each vehicle");
		for (const entity of assistant.entities.values()) if (hasState(entity)) await assistant.shows(entity, /^/);
	}
	const devices = () => new Set([...assistant.entities.values()].map(({ config }) => config.announcedBy));
	/** A button has none, the last command none yet. */
	const hasState = ({ platform, name }: Entity) => platform !== "button" && name !== "Last command";
	const mokka = (name: string) => assistant.entity(MOKKA, name);
	const lastCommand = (pattern: RegExp) => assistant.shows(mokka("Last command"), pattern);

	it("announces a device for each vehicle, with all that Home Assistant asks of it, and states that fit", async () => {
		await deploy();
		for (const entity of assistant.entities.values()) {
			assert.equal(assistant.availability(entity), "online");
			if (hasState(entity)) assertState(entity, assistant.state(entity) ?? "");
		}
		const platforms = [...assistant.entities.values()]
			.filter(({ device }) => device === MOKKA)
			.map((each) => each.platform);
		assert.deepEqual([...new Set(platforms)].sort(), [
			"binary_sensor",
			"button",
			"device_tracker",
			"lock",
			"sensor",
			"switch",
		]);
		assert.equal(assistant.state(mokka("Charging")), "ON");
		assert.equal(assistant.state(mokka("Plug")), "ON");
		assert.equal(assistant.state(mokka("Doors")), "LOCKED");
		assert.match(assistant.state(mokka("Battery")) ?? "", /^4\d\.\d$/);
		assert.match(assistant.state(mokka("Position")) ?? "", /"latitude":\d/);
		// a car with an engine only has no battery and no charge to show
		assert.throws(() => assistant.entity("Peugeot 208 PureTech", "Battery"));
		assert.match(assistant.state(assistant.entity("Peugeot 208 PureTech", "Range")) ?? "", /^\d+$/);
	});

	it("keeps announcements, states and availability on the broker, and says when it goes offline", async () => {
		await deploy();
		const { config } = mokka("Battery");
		for (const topic of [config.announcedBy, config.state_topic, config.availability_topic])
			assert.ok(await assistant.kept(String(topic)));
		await flows().deploy(new Example("11"));
		await assistant.until(() => (assistant.availability(mokka("Battery")) === "offline" ? true : undefined), "offline");
	});

	it("has every control do its work, and shows what the car says after it", async () => {
		await deploy();
		const steps: [string, string, RegExp, RegExp | undefined][] = [
			["Charge", "OFF", /^charge-stop: Success$/, /^OFF$/],
			["Charge", "ON", /^charge-start: Success$/, /^ON$/],
			["Climate", "ON", /^climate-start: Success$/, /^ON$/],
			["Climate", "OFF", /^climate-stop: Success$/, /^OFF$/],
			["Doors", "LOCK", /^lock: AlreadyDone$/, /^LOCKED$/],
			["Horn", "PRESS", /^horn: Success$/, undefined],
			["Lights", "PRESS", /^lights: Success$/, undefined],
			["Wake up", "PRESS", /^wakeup: Success$/, undefined],
		];
		for (const [name, payload, told, state] of steps) {
			await assistant.press(mokka(name), payload);
			await lastCommand(told);
			if (state) await assistant.shows(mokka(name), state);
		}
		assert.equal(assistant.state(mokka("Charging")), "ON");
		assert.equal(assistant.state(assistant.entity("Peugeot e-208", "Climate")), "OFF", "no other car did anything");
	});

	it("leaves a car locked whose account may not unlock it, and says why", async () => {
		await deploy();
		await assistant.press(mokka("Doors"), "UNLOCK");
		assert.match(await lastCommand(/unlock/), /does not send the command unlock/);
		assert.equal(assistant.state(mokka("Doors")), "LOCKED");
	});

	it("unlocks and locks when the account allows it", async () => {
		const example = own();
		const account = example.node("stellantis-account");
		account.commands = [...(account.commands as string[]), "unlock"];
		await deploy(example);
		await assistant.press(mokka("Doors"), "UNLOCK");
		// the car may be seen open before its command is over
		await lastCommand(/^unlock: Success$/);
		await assistant.shows(mokka("Doors"), /^UNLOCKED$/);
		await assistant.press(mokka("Doors"), "LOCK");
		await assistant.shows(mokka("Doors"), /^LOCKED$/);
		await lastCommand(/^lock: Success$/);
	});

	it("refuses what comes while the car is busy, and what it does not know", async () => {
		await deploy();
		await Promise.all([assistant.press(mokka("Charge"), "OFF"), assistant.press(mokka("Charge"), "ON")]);
		await lastCommand(/still busy/);
		await lastCommand(/^charge-(stop|start): /);
		await assistant.press(mokka("Charge"), "DESTROY");
		await assistant.press(mokka("Horn"), "PRESS");
		await lastCommand(/^horn: Success$/);
	});

	it("does not repeat a command that was left on the broker", async () => {
		await assistant.publish("stellantis/W0VZ45GBBN0000010/set/charge", "OFF", true);
		await deploy();
		await assistant.press(mokka("Horn"), "PRESS");
		await lastCommand(/^horn: Success$/);
		assert.equal(assistant.state(mokka("Charge")), "ON");
	});

	it("announces everything anew when Home Assistant has started, and else only what has changed", async () => {
		await deploy();
		const before = assistant.announced.length;
		await flows().press("every 5 minutes");
		await assistant.bear();
		await assistant.until(() => (assistant.announced.length >= before + VEHICLES ? true : undefined), "all anew");
		assert.equal(new Set(assistant.announced.slice(before)).size, assistant.announced.length - before, "each once");
	});

	it("shows without a broker what it would publish, and publishes it as soon as there is one", async () => {
		const { port } = broker;
		await assistant.stop();
		await broker.stop();
		await flows().deploy(own());
		await flows().debugged("published", 2 * VEHICLES);
		assert.doesNotMatch(JSON.stringify(flows().shown("error")), /mqtt|broker/i);
		broker = await startBroker(port);
		assistant = await HomeAssistant.start(port);
		await assistant.until(() => (devices().size >= VEHICLES ? true : undefined), "a device for each vehicle");
		assert.equal(assistant.availability(mokka("Battery")) ?? "online", "online");
	});
});
