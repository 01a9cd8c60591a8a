/** Renews a stored sign-in and dies by SIGKILL at the moment named on the command line. Run by crash.test.ts. */
import fs from "node:fs/promises";
import got from "got";
import { authorizationCodeAuth, fileTokenStore, gotFetch } from "../../../src/transport/auth";

const [directory = "", tokenUrl = "", moment = ""] = process.argv.slice(2);
const die = () => process.kill(process.pid, "SIGKILL");

const { open, rename } = fs;
fs.open = async (path, flags, mode) => {
	const isNewFile = flags === "wx";
	if (isNewFile && moment === "before the file") die();
	const handle = await open(path, flags, mode);
	if (isNewFile && moment === "empty file") die();
	const { writeFile, sync } = handle;
	handle.writeFile = async (data, options) => {
		if (moment === "half a file") {
			await writeFile.call(handle, String(data).slice(0, 50), options);
			die();
		}
		await writeFile.call(handle, data, options);
	};
	handle.sync = async () => {
		if (isNewFile && moment === "before the sync") die();
		if (!isNewFile && moment === "before the directory's sync") die();
		await sync.call(handle);
	};
	return handle;
};
fs.rename = async (from, to) => {
	if (moment === "before the rename") die();
	await rename(from, to);
	if (moment === "after the rename") die();
};

const auth = authorizationCodeAuth({
	tokenUrl,
	clientId: "client",
	fetch: gotFetch(got),
	store: fileTokenStore(directory, "a1"),
});
void auth.headers().then(die);
