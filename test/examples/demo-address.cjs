// Loaded into a Node-RED before anything else: tells a test where its demo API is, so that somebody beside its accounts
// can send its cars commands.
const { join } = require("node:path");

const demo = require(join(__dirname, "../../dist/demo/index.js"));
const { startSimulator } = demo;
let running;
demo.startSimulator = (options) => {
	running = startSimulator(options);
	return running;
};
process.on("message", async (message) => {
	if (message?.ask === "demo") process.send({ origin: (await running)?.origin });
});
