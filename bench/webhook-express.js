// The least that a server with Express can do for a webhook: read it and answer. Tells the benchmark where it listens.
const express = require("express");

const app = express();
app.post("/events", express.json(), (_request, response) => response.status(200).end());
const server = app.listen(0, "127.0.0.1", () => process.send({ port: server.address().port }));
process.on("message", () => {
	const { user, system } = process.cpuUsage();
	process.send({ messages: 0, different: 0, cpu: (user + system) / 1000 });
});
