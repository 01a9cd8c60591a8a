/** Secrets by files, as Docker and Kubernetes mount them. */
const { readFileSync } = require("node:fs");

/**
 * For every variable `<NAME>_FILE` the content of that file becomes the variable `<NAME>`, without the line end that
 * editors leave behind. Flows read it as `${NAME}`, also in the fields for secrets.
 *
 * @param {NodeJS.ProcessEnv} env changed in place
 * @throws {Error} naming the variable whose file can't be read, or that is given twice
 */
function readSecretFiles(env) {
	for (const [variable, path] of Object.entries(env)) {
		const name = variable.endsWith("_FILE") ? variable.slice(0, -"_FILE".length) : "";
		// a variable such as NODE_RED_FLOW_FILE is the name of a file that Node-RED itself reads
		if (name === "" || !path || OTHERS.has(variable)) continue;
		if (env[name]) throw new Error(`Both ${name} and ${variable} are set. Set one of them.`);
		try {
			env[name] = readFileSync(path, "utf8").replace(/\r?\n$/, "");
		} catch (error) {
			throw new Error(`The file that ${variable} names can't be read (${error.code}).`);
		}
	}
}

/** Variables of that ending that name no secret. */
const OTHERS = new Set(["NODE_RED_FLOW_FILE", "SSL_CERT_FILE"]);

module.exports = { readSecretFiles };
