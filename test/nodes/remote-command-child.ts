/**
 * A Node-RED that a test may kill: arguments are the API's root, the user directory, whether it sends a command, and as
 * JSON what the node, the account and its credentials have beside that.
 */
import { CommandFlow } from "./remote-command-support";

const [root = "", userDir = "", work, more = "{}"] = process.argv.slice(2);
const { node, account, credentials = {} } = JSON.parse(more);
const flow = new CommandFlow(userDir);
flow.credentials = credentials;
process.once("disconnect", () => process.exit());
void flow.load({ root }, node, account).then(() => {
	if (work === "send") flow.send();
});
