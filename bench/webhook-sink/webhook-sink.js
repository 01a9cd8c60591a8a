// Counts the messages of the storm inside Node-RED, and tells the benchmark when it asks.
module.exports = (RED) => {
	const ids = new Set();
	let messages = 0;
	RED.nodes.registerType("webhook-sink", function (config) {
		RED.nodes.createNode(this, config);
		this.on("input", (msg, _send, done) => {
			messages++;
			ids.add(msg.event.id);
			done();
		});
	});
	process.on("message", () => {
		const { user, system } = process.cpuUsage();
		process.send({ messages, different: ids.size, cpu: (user + system) / 1000 });
	});
};
