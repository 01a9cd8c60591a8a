// Where every flow of the benchmark begins and ends, the same for all, and what measures the process they run in.
const { monitorEventLoopDelay, performance } = require("node:perf_hooks");
const { setTimeout: sleep } = require("node:timers/promises");

module.exports = (RED) => {
	let source;
	let run;

	RED.nodes.registerType("bench-source", function (config) {
		RED.nodes.createNode(this, config);
		source = this;
	});

	RED.nodes.registerType("bench-sink", function (config) {
		RED.nodes.createNode(this, config);
		this.on("input", (msg, _send, done) => {
			if (msg.error) process.send({ error: msg.error.message });
			else if (run && --run.left === 0) run.finish();
			done();
		});
	});

	async function measure({ items, url }) {
		const delay = monitorEventLoopDelay();
		delay.enable();
		const cpuBefore = process.cpuUsage();
		const began = performance.now();
		await new Promise((finish) => {
			run = { left: items, finish };
			source.send({ payload: "", url });
		});
		const time = performance.now() - began;
		const { user, system } = process.cpuUsage(cpuBefore);
		delay.disable();
		run = undefined;
		const rss = process.resourceUsage().maxRSS / 1024;
		// What the run has left behind, after everything that waits for its end is over.
		await sleep(200);
		global.gc();
		await sleep(50);
		global.gc();
		return {
			time,
			cpu: (user + system) / 1000,
			delay: { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
			heap: process.memoryUsage().heapUsed / 1024 / 1024,
			rss,
		};
	}

	const answer = (order) => measure(order).then((result) => process.send({ result }));
	process.on("message", answer);
	RED.events.on("runtime-event", ({ id, payload }) => {
		if (id === "runtime-state" && payload?.error) process.send({ error: payload.error });
	});
	RED.events.once("flows:started", () => process.send({ ready: true }));
};
