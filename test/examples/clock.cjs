// Loaded into a Node-RED before anything else: its clock begins at a moment that a test names, and goes on from there.
// The demo's cars drive and charge by the clock, so that a test at any hour finds them where it needs them.
const Real = Date;
let ahead = 0;
const now = () => Real.now() + ahead;

globalThis.Date = new Proxy(Real, {
	construct: (_, values) => (values.length > 0 ? new Real(...values) : new Real(now())),
	apply: () => new Real(now()).toString(),
	get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});
process.on("message", (message) => {
	if (typeof message?.clock !== "string") return;
	ahead = Real.parse(message.clock) - Real.now();
	process.send({ clock: message.clock });
});
// The test may leave first.
process.on("disconnect", () => {});
