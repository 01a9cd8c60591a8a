/** Tests that can't hold with a shared store behind their accounts. */
interface LeftOut {
	/** From the root of the project. */
	file: string;
	/** How the full titles begin: of one test, or of a suite. */
	titles: readonly string[];
	why: string;
}

const FILES = "looks into files, or breaks them, that nobody writes beside a store";
const CLOCK = "moves a clock that the store does not go by: it has the database's";
const KILLED =
	"what a killed instance had is another's after a minute, or a lease; tests with several instances see to that";

/** The one list of what a run with a store behind all accounts leaves out. */
export const LEFT_OUT: readonly LeftOut[] = [
	{
		file: "test/nodes/account-events.test.ts",
		titles: ["events of kinds account tell the end of each command, as the journal has it and no more"],
		why: FILES,
	},
	{
		file: "test/nodes/commands-via-crash.test.ts",
		titles: ["a command through "],
		why: "kills processes of its own, which this does not reach",
	},
	{
		file: "test/nodes/events.test.ts",
		titles: [
			"events node keeps its channel leaves the channel of another installation alone, with the same label and address",
			"events node asks the API to come again when the log can't be written, says why",
			"events node keeps what it has answered in a log that only its owner reads, and erases it when it was sent",
		],
		why: FILES,
	},
	{
		file: "test/nodes/events.test.ts",
		titles: ["events node sends what happens to the account, without an address, a channel or a request"],
		why: "a store tells a low quota once in half a day, for all instances; without one it is told again after it recovered",
	},
	{
		file: "test/nodes/only-new.test.ts",
		titles: [
			"only what is new from an API that fails or answers oddly is told from the old by the whole collection when a mark is damaged",
		],
		why: "damages a mark in the context store, where none is kept beside a store",
	},
	{
		file: "test/nodes/remote-command-guards.test.ts",
		titles: [
			"guards of several accounts keep one wake-up memory of a vehicle",
			"guards of several accounts hold a vehicle that another account's command had when Node-RED stopped",
			"guards of several accounts go on with the wake-ups that version 0.1.0 has remembered",
		],
		why: CLOCK,
	},
	{
		file: "test/nodes/remote-command.test.ts",
		titles: [
			"remote command is counted and written down at the same time",
			"remote command is not sent where it can't be counted",
		],
		why: FILES,
	},
	{
		file: "test/nodes/remote-command.test.ts",
		titles: [
			"remote command guards does not honk a fleet",
			"remote command guards keeps a vehicle from being woken too often, over restarts too",
			"remote command guards pauses wake-ups when the month's are used up",
		],
		why: CLOCK,
	},
	{
		file: "test/nodes/remote-command.test.ts",
		titles: ["remote command killed in the middle"],
		why: "kills processes of its own, which this does not reach",
	},
	{ file: "test/nodes/restart.test.ts", titles: ["only what is new, with a mark on the disk"], why: KILLED },
	{
		file: "test/nodes/watch.test.ts",
		titles: ["vehicle watch keeps what it knows over a deploy, and takes it along when it is deleted"],
		why: FILES,
	},
	{
		file: "test/nodes/watch.test.ts",
		titles: ["vehicle watch with two vehicles, on a clock that is put forward"],
		why: "puts the clock forward while what was told is still being written to the store, so that the look counts as later",
	},
];
