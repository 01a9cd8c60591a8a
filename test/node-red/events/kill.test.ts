import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DurableLog } from "../../../src/storage/durable-log";
import { PACKAGES, transpiled } from "../../support/transpiled";

/** `KILLS=500` tries longer; each takes its time, and the whole suite has ten minutes. */
const KILLS = Number(process.env.KILLS ?? 50);
/** Folders that are worked in at the same time. */
const RIGS = 2;
/** Most answers before a child is killed, and one in how many is killed while it starts. */
const [MOST_ANSWERS, STARTING] = [12, 5];

type Told = { port: number } | { sent: number } | { error: string };

/** One folder, and the children that work there one after the other. */
class Rig {
	readonly folder = mkdtempSync(join(tmpdir(), "kill-"));
	readonly answered = new Set<number>();
	readonly sent = new Map<number, number>();
	readonly errors: string[] = [];
	/** Events that were sent again although the cursor on the disk was behind them. */
	readonly needless: number[] = [];
	readonly #answers = new EventEmitter();
	#posted = 0;
	readonly #script: string;
	#spare: Promise<ChildProcess>;

	constructor(script: string) {
		this.#script = script;
		this.#spare = this.#fork();
	}

	async life(): Promise<void> {
		const child = await this.#spare;
		const mayComeAgain = new Set(await this.#behindTheCursor());
		const before = new Set(this.sent.keys());
		child.on("message", (told: Told) => {
			if ("port" in told) void this.#post(told.port);
			else if ("error" in told) this.errors.push(told.error);
			else {
				this.sent.set(told.sent, (this.sent.get(told.sent) ?? 0) + 1);
				if (before.has(told.sent) && !mayComeAgain.has(told.sent)) this.needless.push(told.sent);
			}
		});
		const first = once(child, "message");
		child.send("go");
		if (Math.random() * STARTING < 1) await pause(Math.random() * 20);
		else {
			await first;
			const enough = this.answered.size + Math.ceil(Math.random() * MOST_ANSWERS);
			while (this.answered.size < enough) await once(this.#answers, "answer");
			// Anywhere in what it does next.
			await pause(Math.random() * 10);
		}
		await end(child);
		this.#spare = this.#fork();
	}

	/** A last child that nobody kills before all that was answered has been sent. */
	async rest(): Promise<void> {
		const child = await this.#spare;
		const isDone = () => [...this.answered].every((number) => this.sent.has(number));
		child.on("message", (told: Told) => {
			if ("sent" in told) this.sent.set(told.sent, (this.sent.get(told.sent) ?? 0) + 1);
		});
		child.send("go");
		const patience = AbortSignal.timeout(30_000);
		while (!isDone() && !patience.aborted) await once(child, "message", { signal: patience }).catch(() => {});
		await end(child);
	}

	async remove(): Promise<void> {
		await end(await this.#spare);
		rmSync(this.folder, { recursive: true, force: true });
	}

	/** Posts event after event, and notes which were answered with 200, until nobody answers. */
	async #post(port: number): Promise<void> {
		const one = async () => {
			for (;;) {
				const number = this.#posted++;
				const event = { type: "Monitor", id: `${number}`, monitorEvent: {} };
				const answer = await fetch(`http://127.0.0.1:${port}/events/secret`, {
					method: "POST",
					headers: { "content-type": "application/json" },
					body: JSON.stringify(event),
				});
				if (answer.status !== 200) continue;
				this.answered.add(number);
				this.#answers.emit("answer");
			}
		};
		await Promise.allSettled([one(), one(), one(), one()]);
	}

	/** What the log on the disk says is not certainly sent. */
	async #behindTheCursor(): Promise<number[]> {
		const place = readdirSync(this.folder).includes("events-n.log.place.json")
			? JSON.parse(readFileSync(join(this.folder, "events-n.log.place.json"), "utf8"))
			: { file: 0, offset: 0 };
		const format = { encode: String, decode: (line: string) => line.slice(9) };
		const log = new DurableLog({ folder: this.folder, name: "events-n.log", format, fileBytes: 1e9 });
		const numbers: number[] = [];
		for (let from = place; ; ) {
			const lines = await log.read(from);
			for (const { entry = "", end: next } of lines) {
				const { text } = JSON.parse(entry) as { text: string };
				numbers.push(Number((JSON.parse(text) as { id: string }).id));
				from = next;
			}
			if (lines.length === 0) return numbers;
		}
	}

	/** A child that waits to be told to begin. */
	async #fork(): Promise<ChildProcess> {
		const child = fork(this.#script, [this.folder], { execArgv: [], env: PACKAGES });
		await once(child, "message");
		return child;
	}
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const gone = once(child, "exit");
	child.kill("SIGKILL");
	await gone;
}

describe("an events node that is killed again and again", () => {
	it("loses no event that it has answered, and repeats only what its cursor on the disk had not passed", async function () {
		// Seconds on a quiet machine; each start of a child takes its time on a busy one.
		this.timeout(180_000);
		const build = mkdtempSync(join(tmpdir(), "kill-child-"));
		const script = transpiled(join(__dirname, "kill-child.ts"), build);
		const rigs = Array.from({ length: RIGS }, () => new Rig(script));
		try {
			await Promise.all(
				rigs.map(async (rig) => {
					for (let n = 0; n < KILLS / RIGS; n++) await rig.life();
					await rig.rest();
				}),
			);
			for (const { answered, sent, errors, needless } of rigs) {
				const lost = [...answered].filter((number) => !sent.has(number));
				assert.deepEqual({ lost, errors, needless }, { lost: [], errors: [], needless: [] });
				assert.ok(answered.size > KILLS, `only ${answered.size} events were answered`);
			}
		} finally {
			await Promise.all(rigs.map((rig) => rig.remove()));
			rmSync(build, { recursive: true, force: true });
		}
	});
});
