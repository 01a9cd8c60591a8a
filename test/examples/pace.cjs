// Loaded into a Node-RED before anything else: its commands wait for nothing longer than a part of the usual time that a
// test names. It is the whole of it until then.
const { join } = require("node:path");

const { systemClock } = require(join(__dirname, "../../dist/src/commands/clock.js"));
const { sleep } = systemClock;
let part = 1;
systemClock.sleep = (milliseconds, signal) => sleep(milliseconds * part, signal);
process.on("message", (message) => {
	if (typeof message?.part !== "number") return;
	part = message.part;
	process.send({ part });
});
