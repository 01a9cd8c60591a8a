/** A watch that a test kills: arguments are the API's root, its folder, our clock, and whether it dies of its first event. */
import { MINUTE, type Sent, TurnedClock, WatchBench } from "./support";

const [root = "", folder = "", now = "", fate] = process.argv.slice(2);

async function main(): Promise<void> {
	const config = { api: "user-v4", baseUrl: root, auth: "none" };
	const bench = new WatchBench(new TurnedClock(Number(now)), config, {}, undefined, folder);
	const sent: Sent[] = [];
	const watch = await bench.start("w", { events: ["plugged", "unplugged"] }, undefined, (message) => {
		if (message.event !== undefined && fate === "dies") process.kill(process.pid, "SIGKILL");
		sent.push(message);
	});
	await bench.turn(20 * MINUTE);
	await bench.shared.leave(watch.watcher, false);
	process.send?.(sent, () => process.exit());
}

void main();
