// The image's HEALTHCHECK: ends with 0 when this Node-RED answers. It asks whether it lives, not whether the API or a store
// is in reach: a restart would help neither.
const { readSecretFiles } = require("./secrets");

const env = process.env;
// As the settings do it: where Node-RED listens may stand in a file, too.
readSecretFiles(env);
const path = env.PROBE_PATH || "/health";

fetch(`http://127.0.0.1:${env.PORT || 1880}${path}`, { signal: AbortSignal.timeout(5_000) }).then(
	({ status }) => {
		process.exitCode = status === 200 ? 0 : 1;
	},
	() => {
		process.exitCode = 1;
	},
);
