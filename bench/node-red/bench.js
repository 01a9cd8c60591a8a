// Where every flow of the benchmark begins and ends, the same for all, and what measures the process they run in.
const { monitorEventLoopDelay, performance } = require("node:perf_hooks");
const { subscribe, unsubscribe } = require("node:diagnostics_channel");
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
			if (run) run.latest = msg;
			if (msg.error && !run?.mayFail) process.send({ error: msg.error.message });
			else if (run && --run.left === 0) run.finish();
			done();
		});
	});

	/** The nearest moment without anything else to do. */
	const idle = () => new Promise(setImmediate);

	/** Milliseconds for which the event loop stood still at most while something was done. */
	async function longestBlock(work) {
		const delay = monitorEventLoopDelay({ resolution: 1 });
		delay.enable();
		const outcome = await work();
		await sleep(20);
		delay.disable();
		return { outcome, block: delay.max / 1e6 };
	}

	async function heap() {
		global.gc();
		await sleep(20);
		global.gc();
		return process.memoryUsage().heapUsed;
	}

	/** Sends messages, a few in each turn of the event loop. */
	async function send(count) {
		for (let sent = 0; sent < count; sent++) {
			source.send({ payload: sent });
			if (sent % 50 === 0) await idle();
		}
		await sleep(50);
	}

	/** Messages that wait for a server that never answers: what they cost, and what it costs to be rid of them. */
	async function flood({ count, admin }) {
		const before = await heap();
		const waiting = await longestBlock(() => send(count));
		const bytes = ((await heap()) - before) / count;
		const reset = await longestBlock(async () => {
			const began = performance.now();
			let left = count + 1;
			await new Promise((resolve) => {
				RED.hooks.add("onComplete.bench", () => {
					if (--left === 0) resolve();
				});
				source.send({ payload: "", reset: true });
			});
			RED.hooks.remove("*.bench");
			return performance.now() - began;
		});
		await send(count);
		const flows = await (await fetch(`${admin()}/flows`)).json();
		const body = JSON.stringify(flows.map((node) => (node.id === "status" ? { ...node, name: "changed" } : node)));
		const headers = { "content-type": "application/json", "node-red-deployment-type": "nodes" };
		const deploy = await longestBlock(async () => {
			const began = performance.now();
			const { status } = await fetch(`${admin()}/flows`, { method: "POST", headers, body });
			if (status >= 300) throw new Error(`the deploy was answered with ${status}`);
			return performance.now() - began;
		});
		return {
			bytes,
			block: waiting.block,
			reset: { time: reset.outcome, block: reset.block },
			deploy: { time: deploy.outcome, block: deploy.block },
		};
	}

	/** How long it takes to pass so many plain objects on (ms), and processor time. */
	async function pass({ items }) {
		const cpuBefore = process.cpuUsage();
		const began = performance.now();
		await new Promise((finish) => {
			run = { left: items, finish };
			for (let sent = 0; sent < items; sent++) source.send({ payload: { sent } });
		});
		run = undefined;
		const { user, system } = process.cpuUsage(cpuBefore);
		return { time: performance.now() - began, cpu: (user + system) / 1000 };
	}

	/** From the message to the POST on the wire, command by command, and what the disk asks for a sync meanwhile. */
	async function commands({ count }) {
		const waits = [];
		const syncs = [];
		const folder = RED.settings.userDir;
		const { open } = require("node:fs/promises");
		const file = await open(require("node:path").join(folder, "bench-sync"), "a");
		// The channel of the events node has to stand before the first command.
		await sleep(3_000);
		const ask = async (send, mayFail = false) => {
			await new Promise((finish) => {
				run = { left: 1, finish, mayFail };
				send();
			});
			return run.latest;
		};
		const { payload: all } = await ask(() => RED.nodes.getNode("list").receive({ payload: "" }));
		const vehicles = [];
		// Some cars of the demo obey no command.
		for (const vehicle of all) {
			const { error } = await ask(() => source.send({ payload: {}, vehicle }), true);
			if (!error) vehicles.push(vehicle);
		}
		for (let place = 0; place < count; place++) {
			let began = performance.now();
			await file.write("a line as the journal of commands has them, of some two hundred characters\n".repeat(3));
			await file.sync();
			syncs.push(performance.now() - began);
			let sent;
			const note = ({ request }) => {
				if (request.method === "POST" && request.path.includes("/remotes")) sent ??= performance.now();
			};
			subscribe("http.client.request.start", note);
			await ask(() => {
				began = performance.now();
				source.send({ payload: {}, vehicle: vehicles[place % vehicles.length] });
			});
			unsubscribe("http.client.request.start", note);
			if (sent === undefined) throw new Error("no command was sent");
			waits.push(sent - began);
		}
		run = undefined;
		await file.close();
		return { waits, syncs };
	}

	/** How the event loop fares while so many messages that came at once are worked on. */
	async function sweep({ count }) {
		const delay = monitorEventLoopDelay();
		const began = performance.now();
		delay.enable();
		await new Promise((finish) => {
			run = { left: count, finish };
			send(count);
		});
		delay.disable();
		run = undefined;
		return {
			time: performance.now() - began,
			p99: delay.percentile(99) / 1e6,
			max: delay.max / 1e6,
		};
	}

	/** When requests were on the wire (ms), for messages that all came at once. */
	async function starts({ count }) {
		const moments = [];
		const note = () => moments.push(performance.now());
		subscribe("http.client.request.start", note);
		await new Promise((finish) => {
			run = { left: count, finish };
			send(count);
		});
		run = undefined;
		unsubscribe("http.client.request.start", note);
		return moments;
	}

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

	const admin = () => `http://127.0.0.1:${RED.server.address().port}`;
	const orders = { collection: measure, commands, flood, pass, starts, sweep };
	process.on("message", ({ kind, ...order }) =>
		orders[kind]({ ...order, admin }).then(
			(result) => process.send({ result }),
			(error) => process.send({ error: error.message }),
		),
	);
	RED.events.on("runtime-event", ({ id, payload }) => {
		if (id === "runtime-state" && payload?.error) process.send({ error: payload.error });
	});
	RED.events.once("flows:started", () => process.send({ ready: true }));
};
