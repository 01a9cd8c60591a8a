/** Makes the suites that start a Node-RED take version 5, on a Node.js that it needs. */
process.env.E2E_NODE_RED ??= "5";
process.env.E2E_NODE ??= "24";
