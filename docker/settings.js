/** Node-RED's settings in a container: everything comes from the environment. docs/fleet.md lists the variables. */
const { timingSafeEqual, createHash } = require("node:crypto");
const { readSecretFiles } = require("./secrets");

const env = process.env;
readSecretFiles(env);

if (!env.NODE_RED_CREDENTIAL_SECRET)
	throw new Error(
		"NODE_RED_CREDENTIAL_SECRET is not set: without it the secrets of flows could not be read again. Set it, or NODE_RED_CREDENTIAL_SECRET_FILE.",
	);

const isOn = (name) => env[name] === "true";
const digest = (text) => createHash("sha256").update(text).digest();
const user = { username: env.ADMIN_USER || "admin", permissions: isOn("NODE_RED_READ_ONLY") ? "read" : "*" };

/** Who may open the editor: nobody without a password, since an open editor is a shell for everybody. */
const editor = env.ADMIN_PASSWORD
	? {
			httpAdminRoot: env.NODE_RED_ADMIN_ROOT || "/admin",
			adminAuth: {
				type: "credentials",
				users: async (name) => (name === user.username ? user : null),
				authenticate: async (name, password) =>
					name === user.username && timingSafeEqual(digest(password), digest(env.ADMIN_PASSWORD)) ? user : null,
			},
		}
	: { httpAdminRoot: false };

module.exports = {
	uiHost: "0.0.0.0",
	uiPort: Number(env.PORT || 1880),
	flowFile: env.NODE_RED_FLOW_FILE || "flows.json",
	readOnly: isOn("NODE_RED_READ_ONLY"),
	credentialSecret: env.NODE_RED_CREDENTIAL_SECRET,
	...editor,
	httpNodeRoot: "/",
	lang: env.NODE_RED_LANG || "en-US",
	// packages come with the image
	externalModules: { autoInstall: false, palette: { allowInstall: false, allowUpload: false } },
	diagnostics: { enabled: false },
	telemetry: { enabled: false, updateNotification: false },
	editorTheme: { tours: false, projects: { enabled: false } },
	logging: { console: { level: env.NODE_RED_LOG_LEVEL || "info", metrics: false, audit: isOn("NODE_RED_AUDIT") } },
	contextStorage: { default: { module: "memory" }, disk: { module: "localfilesystem" } },
	stellantis: {
		folder: env.STELLANTIS_FOLDER || "stellantis",
		health: { path: "/health" },
		...(env.METRICS_TOKEN ? { metrics: { path: "/metrics", token: env.METRICS_TOKEN } } : {}),
	},
};
