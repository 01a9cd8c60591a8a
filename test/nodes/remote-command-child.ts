/** A Node-RED that a test may kill: arguments are the API's root, the user directory, and whether it sends a command. */
import { CommandFlow } from "./remote-command-support";

const [root = "", userDir = "", work] = process.argv.slice(2);
const flow = new CommandFlow(userDir);
process.once("disconnect", () => process.exit());
void flow.load({ root }).then(() => {
	if (work === "send") flow.send();
});
