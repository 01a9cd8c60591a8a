import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import sinon from "sinon";
import { GuardMemory } from "../../src/commands/guard-memory";
import { Journal } from "../../src/commands/journal";
import { verifyJournal } from "../../src/commands/journal-check";
import { CommandApi, CommandFlow, ManualClock, TOKEN } from "./remote-command-support";

/** Causes of `RemoteFailedEventStatus`. */
const CAUSES = [
	"AuthorizationError",
	"GeneralError",
	"VehicleError",
	"WrongCommand",
	"VehicleConnectionTimeout",
	"MissingRights",
	"NotPossibleDueToVehicleBatteryLevel",
	"NotPossibleDueToVehiclePrivacyLevel",
	"TooManyWakeUpsOverMonth",
	"TooManyRequestInShortTime",
	"SameActionInProgress",
	"NotPossibleDueToVehicleStolenState",
	"VehicleInUse",
	"TooManyRequestSent",
	"DoorsOpen",
	"VehicleErrorOrCidInside",
	"CidInside",
	"ExternalChargingSystemError",
	"VehicleChargingSystemError",
	"VehicleIsNotLocked",
	"CanceledByDriver",
	"SomethingNew",
];

/** What puts something on the disk. */
type Write = (...args: unknown[]) => Promise<void>;

describe("remote command", () => {
	let api: CommandApi;
	let flow: CommandFlow;
	let clock: ManualClock;
	beforeEach(async () => {
		api = await CommandApi.start();
		flow = new CommandFlow();
		clock = new ManualClock().install();
	});
	afterEach(async () => {
		await flow.stop();
		await api.stop();
		flow.remove();
		sinon.restore();
	});

	it("is followed by polls to its success, telling every change of status once", async () => {
		await flow.load(api);
		api.polls = [
			{ status: "WakingUpVehicle" },
			{ status: "WakingUpVehicle" },
			{ status: "SomethingNew" },
			{ status: "Success" },
		];
		flow.send({ keep: "me", actor: "gate" });
		const end = flow.end();
		for (const length of [1000, 2000, 3000, 5000]) await clock.pass(length);
		const result = await end;
		assert.deepEqual(result.payload, { command: "lock", id: "r1", status: "Success" });
		assert.deepEqual([result.topic, result.statusCode, result.keep], ["v1", 200, "me"]);
		assert.deepEqual(flow.statuses, ["Accepted", "WakingUpVehicle", "SomethingNew", "Success"]);
		assert.deepEqual(api.posted, [{ label: "lock", door: { state: "Locked" } }]);
		assert.deepEqual(
			(await flow.journal()).map(({ event, id, status, outcome }) => [event, id ?? status ?? outcome]),
			[
				["intent", undefined],
				["taken", "r1"],
				["status", "WakingUpVehicle"],
				["status", "SomethingNew"],
				["end", "Success"],
			],
		);
		const [intent] = await flow.journal();
		assert.deepEqual(
			[intent?.node, intent?.account, intent?.actor, intent?.vehicle, intent?.command, intent?.rule, intent?.channel],
			["command", "account1", "gate", "v1", "lock", "default", "cb1"],
		);
		assert.doesNotMatch(JSON.stringify(await flow.journal()), new RegExp(TOKEN));
		assert.deepEqual((await verifyJournal(flow.folder)).gaps, []);
	});

	for (const [what, body] of [
		[
			"by a link that is relative to where it was sent",
			{ remoteActionId: "r1", _links: { remote: { href: "remotes/r1" } } },
		],
		["by such a link alone", { _links: { remote: { href: "remotes/r1" } } }],
		["by its id where its link leads nobody knows where", { remoteActionId: "r1", _links: { remote: { href: "r1" } } }],
		["by an id that is a number", { remoteActionId: 1 }],
	] as const)
		it(`is followed ${what}`, async () => {
			await flow.load(api);
			api.post = [{ body }];
			flow.send();
			const end = flow.end();
			await clock.pass(1000);
			assert.equal(((await end).payload as { status?: string }).status, "Success");
		});

	it("counts what was done already as a result", async () => {
		await flow.load(api);
		api.polls = [{ status: "AlreadyDone" }];
		flow.send();
		const end = flow.end();
		await clock.pass(1000);
		assert.deepEqual((await end).payload, { command: "lock", id: "r1", status: "AlreadyDone" });
	});

	it("ends where the API accepts it, if nobody wants to wait longer", async () => {
		await flow.load(api, { wait: "accepted" });
		flow.send();
		assert.deepEqual((await flow.end()).payload, { command: "lock", id: "r1", status: "Accepted" });
	});

	for (const failureCause of CAUSES)
		it(`says why it failed: ${failureCause}`, async () => {
			await flow.load(api);
			api.polls = [{ status: "Failed", failureCause }];
			flow.send();
			const end = flow.end();
			await clock.pass(1000);
			const { payload, error } = await end;
			assert.deepEqual(payload, { command: "lock", id: "r1", status: "Failed", failureCause });
			assert.equal(error?.code, "ERR_COMMAND_FAILED");
			assert.match(error?.message ?? "", new RegExp(failureCause));
		});

	it("gives up after its timeout, with the last status", async () => {
		await flow.load(api, { timeout: "90" });
		api.polls = [{ status: "SentToVehicle" }];
		flow.send();
		const end = flow.end();
		await clock.pass(1000);
		await clock.pass(2000);
		await clock.pass(90_000);
		const { payload, error } = await end;
		assert.deepEqual(payload, { command: "lock", id: "r1", status: "SentToVehicle" });
		assert.equal(error?.code, "ERR_COMMAND_TIMEOUT");
		assert.equal((await flow.journal()).at(-1)?.outcome, "timeout");
	});

	it("asks again when a poll is lost or finds nothing yet", async () => {
		await flow.load(api);
		api.polls = [-1, 404, 500, { status: "Success" }];
		flow.send();
		const end = flow.end();
		for (const length of [1000, 2000, 3000, 5000]) await clock.pass(length);
		assert.deepEqual((await end).payload, { command: "lock", id: "r1", status: "Success" });
		assert.equal(api.posted.length, 1);
	});

	it("believes an event that comes before any poll, and nobody else's", async () => {
		await flow.load(api);
		api.polls = [404];
		flow.send();
		const end = flow.end();
		await clock.pass(1000);
		flow.hear({ remoteActionId: "r9", status: "Failed", failureCause: "DoorsOpen", type: "Done" });
		flow.hear({ remoteActionId: "r1", status: "SentToVehicle", type: "Pending" });
		flow.hear({ remoteActionId: "r1", status: "Success", type: "Done" });
		const result = await end;
		assert.deepEqual(result.payload, { command: "lock", id: "r1", status: "Success" });
		assert.equal(result.statusCode, undefined);
		assert.deepEqual(flow.statuses, ["Accepted", "SentToVehicle", "Success"]);
	});

	it("believes an event that says it is the last: a failure with a cause, else an end that nobody knows", async () => {
		await flow.load(api);
		api.polls = [404];
		for (const [status, failureCause, code, told] of [
			["Weird", "DoorsOpen", "ERR_COMMAND_FAILED", "Failed"],
			["Weird", undefined, "ERR_COMMAND_UNKNOWN", "Weird"],
		] as const) {
			flow.send();
			const end = flow.end();
			await api.posts(api.posted.length + 1);
			const remoteActionId = `r${api.posted.length}`;
			await clock.pass(1000);
			flow.hear({ remoteActionId, status: "SentToVehicle", type: "Done" });
			flow.hear({ remoteActionId, status: "Weird", type: "Pending" });
			flow.hear({ remoteActionId, status, failureCause, type: "Done" });
			const { error, payload } = await end;
			assert.equal(error?.code, code, error?.message);
			assert.deepEqual((payload as { status: string }).status, told);
			assert.equal("isEnd" in (payload as object), false);
		}
		assert.deepEqual(
			(await flow.journal()).flatMap(({ event, outcome }) => (event === "end" ? [outcome] : [])),
			["Failed", "unknown"],
		);
	});

	it("hears an event that overtakes the answer to the post", async () => {
		await flow.load(api);
		api.post = [{ before: () => flow.hear({ remoteActionId: "r1", status: "Success", type: "Done" }) }];
		api.polls = [404];
		flow.send();
		assert.deepEqual((await flow.end()).payload, { command: "lock", id: "r1", status: "Success" });
		assert.deepEqual(flow.statuses, ["Accepted", "Success"]);
	});

	it("is not sent again when the answer to the post is lost", async () => {
		await flow.load(api);
		api.post = [{ drop: true }];
		flow.send();
		const { error } = await flow.end();
		assert.equal(error?.code, "ERR_COMMAND_UNKNOWN");
		assert.match(error?.message ?? "", /v1.*nobody can tell/);
		assert.equal(api.posted.length, 1);
		assert.equal((await flow.journal()).at(-1)?.outcome, "unknown");
	});

	it("is unknown after a 5xx or an answer nobody can read, and refused after a 4xx", async () => {
		await flow.load(api, {}, { commandLimit: 100 });
		for (const [answer, code] of [
			[{ status: 502 }, "ERR_COMMAND_UNKNOWN"],
			[{ status: 202, body: [] }, "ERR_COMMAND_UNKNOWN"],
			[{ status: 400, body: {} }, "ERR_REJECTED"],
			[{ status: 501, body: {} }, "ERR_NOT_SUPPORTED"],
		] as const) {
			api.post = [answer];
			flow.send();
			assert.equal((await flow.end()).error?.code, code);
		}
		assert.equal(api.posted.length, 4);
	});

	it("is unknown where a good answer is an error's, and no progress", async () => {
		await flow.load(api);
		api.post = [{ status: 200, body: { code: 50000, uuid: "u", message: "Outage" } }];
		flow.send();
		const { error, apiError, statusCode } = await flow.end();
		assert.equal(error?.code, "ERR_COMMAND_UNKNOWN");
		assert.match(error?.message ?? "", /answered with an error in place of the command's id: it may have arrived/);
		assert.deepEqual([(apiError as { code: number }).code, statusCode], [50000, 200]);
		assert.deepEqual([flow.statuses, api.posted.length], [[], 1]);
		assert.equal((await flow.journal()).at(-1)?.outcome, "unknown");
	});

	it("is plainly not sent when nobody listens", async () => {
		const gone = await CommandApi.start();
		await flow.load(gone, { channel: "cb1" });
		await gone.stop();
		flow.send();
		assert.equal((await flow.end()).error?.code, "ERR_NETWORK");
		assert.equal((await flow.journal()).at(-1)?.outcome, "refused");
	});

	for (const late of ["guards.jsonl", "journal.jsonl"])
		it(`is counted and written down at the same time: ${late} is late`, async () => {
			await flow.load(api, { wait: "accepted" });
			const stub: sinon.SinonStub<unknown[], Promise<void>> = late === "guards.jsonl"
				? sinon.stub(GuardMemory.prototype as { save: Write }, "save")
				: sinon.stub(Journal.prototype as { append: Write }, "append");
			let write = () => {};
			const asked = new Promise<void>((resolve) => {
				stub.callThrough();
				stub.onFirstCall().callsFake(function (this: unknown, ...args) {
					resolve();
					return new Promise((done) => {
						write = () => done(stub.wrappedMethod.apply(this, args));
					});
				});
			});
			flow.send();
			await asked;
			const other = late === "guards.jsonl" ? "journal.jsonl" : "guards.jsonl";
			// the one does not wait for the other
			while (!existsSync(join(flow.folder, other))) await new Promise((resolve) => setImmediate(resolve));
			write();
			assert.equal((await flow.end()).error, undefined);
			assert.equal(api.posted.length, 1);
		});

	it("is not sent where it can't be counted, and the journal says so", async () => {
		await flow.load(api, { wait: "accepted", vehicle: "car", vehicleType: "msg" });
		flow.send({ car: "a" });
		await flow.end();
		rmSync(join(flow.folder, "guards.jsonl"));
		mkdirSync(join(flow.folder, "guards.jsonl"));
		flow.send({ car: "b" });
		const { error } = await flow.end();
		assert.equal(error?.code, "ERR_COMMAND_DISABLED");
		assert.match(error?.message ?? "", /was not sent to vehicle b,.* can't be written/);
		const entries = await flow.journal();
		const steps = entries.filter(({ key }) => key === entries.find(({ vehicle }) => vehicle === "b")?.key);
		assert.deepEqual(
			steps.map(({ event, outcome }) => [event, outcome]),
			[
				["intent", undefined],
				["end", "not sent"],
			],
		);
		assert.equal(api.posted.length, 1);
	});

	it("is not sent where the journal can't be written, and counts for nothing", async () => {
		await flow.load(api, { wait: "accepted", vehicle: "car", vehicleType: "msg" }, { commandLimit: 1 });
		mkdirSync(join(flow.folder, "journal.jsonl"), { recursive: true });
		flow.send({ car: "a" });
		assert.equal((await flow.end()).error?.code, "ERR_COMMAND_DISABLED");
		rmSync(join(flow.folder, "journal.jsonl"), { recursive: true });
		flow.send({ car: "b" });
		assert.equal((await flow.end()).error, undefined);
		assert.equal(api.posted.length, 1);
	});

	it("goes to a busy vehicle when it is free again, or is refused", async () => {
		await flow.load(api);
		api.polls = [{ status: "SentToVehicle" }, { status: "Success" }];
		flow.send({ first: true });
		await api.posts(1);
		flow.send({ second: true }, "other");
		const first = flow.end();
		await clock.pass(1000);
		await clock.pass(2000);
		assert.equal((await first).first, true);
		assert.equal(api.posted.length, 1);
		const second = flow.end();
		await clock.pass(1000);
		assert.equal((await second).second, true);
		assert.equal(api.posted.length, 2);
	});

	it("goes to another vehicle at once, however many wait for a busy one", async () => {
		await flow.load(api, { vehicle: "car", vehicleType: "msg" });
		api.polls = [{ status: "SentToVehicle" }];
		for (let count = 0; count < 1_100; count++) flow.send({ car: "v1" });
		await api.posts(1);
		flow.send({ car: "v2" });
		await api.posts(2);
		assert.deepEqual(
			api.requests.filter((request) => request.startsWith("POST")).map((request) => request.split("/")[3]),
			["v1", "v2"],
		);
	});

	it("refuses a busy vehicle across the nodes of an account, if told so", async () => {
		await flow.load(api, { ifBusy: "refuse" });
		flow.send();
		await api.posts(1);
		flow.send({}, "other");
		assert.equal((await flow.end()).error?.code, "ERR_COMMAND_BUSY");
	});

	it("has freed the vehicle when its progress tells its end", async () => {
		await flow.load(api, { ifBusy: "refuse" });
		flow.onProgress = ({ first, payload }) => {
			if (first && (payload as { status: string }).status === "Success") flow.send({}, "other");
		};
		flow.send({ first: true });
		await api.posts(1);
		await clock.pass(1000);
		await api.posts(2);
		assert.deepEqual(flow.errors, []);
	});

	it("asks which channel there is once a minute, and again after a command that was refused", async () => {
		await flow.load(api, { command: "lights", vehicle: "car", vehicleType: "msg", wait: "accepted" });
		const looks = () => api.requests.filter((request) => request === "GET /user/callbacks").length;
		const send = async (car: string) => {
			flow.send({ car });
			return (await flow.end()).error?.code;
		};
		assert.equal(await send("a"), undefined);
		assert.equal(await send("b"), undefined);
		assert.equal(looks(), 1);
		api.post = [{ status: 404 }];
		assert.equal(await send("c"), "ERR_NOT_FOUND");
		assert.equal(await send("d"), undefined);
		assert.equal(looks(), 2);
		clock.time += 61_000;
		assert.equal(await send("e"), undefined);
		assert.equal(looks(), 3);
	});

	describe("guards", () => {
		it("sends nothing the account does not allow, and asks nothing either", async () => {
			await flow.load(api, { command: "unlock" });
			flow.send();
			assert.equal((await flow.end()).error?.code, "ERR_COMMAND_DISABLED");
			assert.deepEqual(api.requests, []);
		});

		it("guards commands that messages choose", async () => {
			await flow.load(api, { command: "", commandType: "msg", wait: "accepted" }, { commands: ["unlock"] });
			flow.send({ command: "unlock" });
			assert.deepEqual((await flow.end()).payload, { command: "unlock", id: "r1", status: "Accepted" });
			flow.send({ command: "lock" });
			assert.equal((await flow.end()).error?.code, "ERR_COMMAND_DISABLED");
			flow.send({ command: "selfdestruct" });
			assert.equal((await flow.end()).error?.code, "ERR_BAD_INPUT");
			assert.equal((await flow.journal())[0]?.rule, "commands");
		});

		it("sends none where the list is empty", async () => {
			await flow.load(api, {}, { commands: [] });
			flow.send();
			assert.equal((await flow.end()).error?.code, "ERR_COMMAND_DISABLED");
		});

		it("does not honk a fleet", async () => {
			await flow.load(
				api,
				{ command: "horn", vehicle: "car", vehicleType: "msg", wait: "accepted" },
				{ commandLimit: 2 },
			);
			const codes: unknown[] = [];
			for (const car of ["a", "b", "c"]) {
				flow.send({ car });
				codes.push((await flow.end()).error?.code);
			}
			assert.deepEqual(codes, [undefined, undefined, "ERR_COMMAND_LIMIT"]);
			assert.equal(flow.errors[0]?.retryAfter, 60);
			clock.time += 61_000;
			flow.send({ car: "c" });
			assert.equal((await flow.end()).error, undefined);
		});

		it("keeps a vehicle from being woken too often, over restarts too", async () => {
			await flow.load(api, { command: "wakeup", wait: "accepted", ifBusy: "refuse" });
			flow.send();
			await flow.end();
			await clock.pass(1000);
			while ((await flow.journal()).at(-1)?.event !== "end") await new Promise((resolve) => setImmediate(resolve));
			await flow.redeploy(api, { command: "wakeup", wait: "accepted" });
			clock.time += 59 * 60_000;
			flow.send();
			const { error, retryAfter } = await flow.end();
			assert.equal(error?.code, "ERR_WAKEUP_TOO_SOON");
			assert.match(error?.message ?? "", /2026-03-10T13:00:00Z/);
			assert.equal(retryAfter, 59);
			assert.equal(api.posted.length, 1);
		});

		it("does not wake a vehicle whose 12 V battery is low", async () => {
			await flow.load(api, { command: "wakeup" });
			api.status = { battery: { voltage: 59, createdAt: "2026-03-10T11:00:00Z" } };
			flow.send();
			const { error } = await flow.end();
			assert.equal(error?.code, "ERR_WAKEUP_TOO_SOON");
			assert.match(error?.message ?? "", /59 %/);
			assert.equal(api.posted.length, 0);
		});

		it("pauses wake-ups when the month's are used up, and says until when", async () => {
			await flow.load(api, { command: "wakeup" }, { wakeupInterval: 0 });
			api.polls = [{ status: "Failed", failureCause: "TooManyWakeUpsOverMonth" }];
			flow.send();
			const end = flow.end();
			await clock.pass(1000);
			assert.match((await end).error?.message ?? "", /2026-04-01/);
			flow.send();
			const { error } = await flow.end();
			assert.equal(error?.code, "ERR_WAKEUP_TOO_SOON");
			assert.match(error?.message ?? "", /2026-04-01T00:00:00Z/);
		});

		it("does not send what the vehicle can't do, and asks for that once", async () => {
			await flow.load(api, { command: "horn" });
			api.capability = {
				id: "v1",
				_embedded: { extension: { onboardCapabilities: { remote: { horn: { supported: false } } } } },
			};
			for (let n = 0; n < 2; n++) {
				flow.send();
				const { error } = await flow.end();
				assert.equal(error?.code, "ERR_NOT_SUPPORTED");
				assert.match(error?.message ?? "", /v1 can't do horn/);
			}
			assert.deepEqual(api.requests, ["GET /user/vehicles/v1"]);
		});

		it("says how to get a channel when there is none", async () => {
			await flow.load(api);
			api.channels = [];
			flow.send();
			assert.equal((await flow.end()).error?.code, "ERR_NO_CHANNEL");
			assert.equal(api.posted.length, 0);
		});
	});

	it("keeps the vehicle's other programs", async () => {
		await flow.load(api, {
			command: "climate-programs",
			args: { programs: [{ slot: 2, enabled: true }] },
			wait: "accepted",
		});
		const program = (slot: number, start: string) => ({
			slot,
			start,
			enabled: false,
			recurrence: "Daily",
			occurence: null,
		});
		api.status = {
			preconditionning: { airConditioning: { programs: [program(1, "PT6H"), program(2, "PT7H")] } },
		};
		flow.send();
		await flow.end();
		const common = { recurrence: "Daily", occurence: { day: [] }, actionsType: "Set" };
		assert.deepEqual(api.posted[0]?.preconditioning, {
			airConditioning: {
				programs: [
					{ slot: 1, start: "PT6H", enabled: false, ...common },
					{ slot: 2, start: "PT7H", enabled: true, ...common },
				],
			},
		});
	});

	it("is followed on after a redeploy in the middle, without messages, and the journal learns the end", async () => {
		await flow.load(api);
		api.polls = [{ status: "SentToVehicle" }, { status: "Success" }];
		flow.send();
		await clock.pass(1000);
		while (!flow.statuses.includes("SentToVehicle")) await new Promise((resolve) => setImmediate(resolve));
		await flow.redeploy(api);
		await clock.pass(1000);
		while ((await flow.journal()).at(-1)?.event !== "end") await new Promise((resolve) => setImmediate(resolve));
		assert.equal((await flow.journal()).at(-1)?.outcome, "Success");
		assert.deepEqual(flow.errors, []);
		assert.equal(api.posted.length, 1);
	});

	it("is told as unknown where a deploy takes away the account that its message chose, and not before its sending as that", async () => {
		const chosen = { name: "Smith", byMessage: true };
		await flow.load(api, {}, {}, chosen);
		api.polls = [{ status: "SentToVehicle" }];
		flow.send({ account: "Smith" });
		await clock.pass(1000);
		while (!flow.statuses.includes("SentToVehicle")) await new Promise((resolve) => setImmediate(resolve));
		flow.send({ account: "Smith" }, "other");
		const ended = flow.end();
		await flow.redeploy(api, {}, {}, undefined, "nodes");
		await ended;
		while (flow.errors.length < 2) await flow.end();
		const [waiting, sent] = flow.errors.sort((one, two) =>
			String(two.error?.code).localeCompare(String(one.error?.code)),
		);
		assert.equal(sent?.error?.code, "ERR_COMMAND_UNKNOWN");
		assert.deepEqual(sent?.payload, { command: "lock", id: "r1", status: "SentToVehicle" });
		assert.equal(waiting?.error?.code, "ERR_NO_ACCOUNT");
		assert.equal(api.posted.length, 1);
	});

	describe("killed in the middle", function () {
		this.timeout(120_000);
		let child: ChildProcess | undefined;
		const start = (work: "send" | "rest") => {
			sinon.restore();
			child = fork(join(__dirname, "remote-command-child.ts"), [api.root, flow.userDir, work], {
				execArgv: ["--require", "tsx/cjs"],
				stdio: ["ignore", "ignore", "inherit", "ipc"],
			});
		};
		const kill = async () => {
			if (!child || child.exitCode !== null || child.signalCode !== null) return;
			const gone = once(child, "exit");
			child.kill("SIGKILL");
			await gone;
		};
		const theEnd = async () => {
			while ((await flow.journal()).at(-1)?.event !== "end") await new Promise((resolve) => setTimeout(resolve, 50));
			return (await flow.journal()).at(-1)?.outcome;
		};
		beforeEach(() => flow.load(api));
		afterEach(kill);

		it("is followed on when its id is known, and not sent again", async () => {
			api.polls = [{ status: "SentToVehicle" }];
			start("send");
			while (!api.requests.some((request) => request.endsWith("/remotes/r1"))) await api.next();
			await kill();
			assert.notEqual((await flow.journal()).at(-1)?.event, "end");
			api.polls = [{ status: "Success" }];
			start("rest");
			assert.equal(await theEnd(), "Success");
			assert.equal(api.posted.length, 1);
			assert.deepEqual((await verifyJournal(flow.folder)).gaps, []);
		});

		it("is unknown when the API has forgotten it, and the vehicle does not wait for it", async () => {
			api.polls = [{ status: "SentToVehicle" }];
			start("send");
			while (!api.requests.some((request) => request.endsWith("/remotes/r1"))) await api.next();
			await kill();
			api.polls = [404];
			start("rest");
			assert.equal(await theEnd(), "unknown");
			assert.equal(api.posted.length, 1);
		});

		it("is unknown when nobody heard the answer, and not sent again", async () => {
			api.post = [{ hold: true }];
			start("send");
			await api.posts(1);
			await kill();
			assert.deepEqual(
				(await flow.journal()).map(({ event }) => event),
				["intent"],
			);
			start("rest");
			assert.equal(await theEnd(), "unknown");
			assert.equal(api.posted.length, 1);
		});
	});
});
