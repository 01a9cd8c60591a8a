// Loaded into a Node-RED before anything else: the cars of its demo API answer a command in tenths of a second instead
// of seconds. Everything else about them stays as it is.
const { join } = require("node:path");

const simulator = require(join(__dirname, "../../dist/demo/index.js"));
const { startSimulator } = simulator;
simulator.startSimulator = (options) => startSimulator({ ...options, commandSteps: 100 });
