import { vehicleRefOf } from "../../api/vehicles";
import { badInput, isAbort, StellantisError } from "../../error";
import { isRecord } from "../../json";
import { keyIn, keyOf, newSweepId, type Returned, readLeases } from "../../sweep/lease";
import type { RunningSweep, SweepRecords, SweepSubject } from "../../sweep/records";
import * as machine from "../../sweep/sweep";
import { accountOfMessage } from "../account/choice";
import { type AccountConnection, accountOf } from "../account/connection";
import { runningAccounts } from "../account/running";
import type { Badge } from "../badge";
import { flowsStateOf } from "../flows-state";
import { type Message, Sequence } from "../messages";
import type { Attendance, AttendanceHost, NodeInput, Target } from "../node-input";
import { SHARED } from "../properties";
import { planOf, startOf } from "../reading/plan";
import { readQuery } from "../reading/query";
import { locateNamed } from "../reading/target";
import { numberValue, text } from "../values";
import { beginningOf, type Handed, listPage, type NewPage, readAgain } from "./listing";
import { Returns } from "./returns";
import { keptOf, MOST } from "./starter";

/** What the node gives its sweeps. */
export interface Host extends AttendanceHost {
	/** Where sweeps are kept. @throws ERR_NO_ACCOUNT, ERR_BAD_INPUT */
	records(): SweepRecords;
	/** Forgets for good what this machine keeps of the node's sweeps. */
	forget(): Promise<void>;
}

/** Milliseconds between two looks for sweeps that another instance has started. */
const LOOK = 1_000;
/** Milliseconds between two looks while another instance lists the page that we wait for. */
const SOON = 50;
/** Milliseconds until work that has failed is tried again. */
const AGAIN = 10_000;
/** Least time (ms) between two signs that a listing goes on. */
const LEAST_SAYING = 200;
/** Longest sleep (ms): a timer takes no more than 24 days. */
const LONGEST = 3_600_000;

/** A sweep that we work on. */
type Piece = Pick<RunningSweep, "key" | "subject"> & { id: string };

/** The sweeps of one node: starts them, works on those of all instances, and notes what comes back. */
export class SharedSweeps implements Attendance {
	readonly #host: Host;
	readonly #returns: Returns;
	/** Messages that started sweeps here, by the sweep's id. */
	readonly #starters = new Map<string, Message>();
	/** Sweeps whose first page is being listed for the message that starts them. */
	readonly #starting = new Set<string>();
	readonly #closing = new AbortController();
	/** Sweeps that this instance has worked on, and that were not over when it looked last. */
	readonly #known = new Set<string>();
	readonly #loop: Promise<void>;
	/** Sweeps that are about to be there: a reset must find them, too. */
	readonly #beginning = new Set<Promise<unknown>>();
	/** What a reset still has to do, before another sweep may start. */
	#resetting: Promise<void> = Promise.resolve();
	#wake: () => void = () => {};
	#isAwake = false;
	/** What was said of work that fails, so that it is said once, until all goes well again. */
	readonly #said = new Set<string>();
	#failures = 0;

	constructor(host: Host) {
		this.#host = host;
		this.#returns = new Returns(
			host.node.id,
			(key, sweep, returned) => this.#note(key, sweep, returned),
			(error) => this.#fail(error),
		);
		this.#loop = this.#work();
	}

	/**
	 * True for a message that brings a lease back, or that comes from this node itself or from a message of a sweep: it
	 * starts nothing, and Node-RED must not hear that it is done, for a complete node would send it again.
	 */
	takes(msg: Message): boolean {
		const { node } = this.#host;
		if (Object.hasOwn(msg, "lease")) {
			this.#returns.add(readLeases(msg.lease, msg.error !== undefined && msg.error !== null, node.id));
			return true;
		}
		const isOwn = ({ source }: { source?: unknown }) => isRecord(source) && source.id === node.id;
		if (isOwn(Object(msg.complete)) || isOwn(Object(msg.error))) return true;
		// A flow has taken the lease off, and sent it back all the same.
		return isRecord(msg.parts) && keyIn(msg.parts.id, node.id) !== undefined;
	}

	/**
	 * Starts a sweep, and lists its first page; or shows why there is none now.
	 *
	 * @throws ERR_BAD_INPUT; what reading the first page throws, after which there is no sweep
	 */
	async act(input: NodeInput): Promise<void> {
		const { config, orders, msg, account, signal } = input;
		if (orders.resume !== undefined)
			throw badInput("A shared sweep goes on by itself: it takes no msg.resume. Remove it, or switch sharing off.");
		const target = await locateNamed(input);
		const plan = await planOf(input, target);
		if (plan.mode === "array")
			throw badInput(
				'A shared sweep sends an item or a page in a message: "output" can\'t be "array". Choose another.',
			);
		const milliseconds = (name: "leaseTime" | "minInterval") =>
			1000 * numberValue(config[name], name, SHARED[name].range, SHARED[name].value);
		const start = startOf(input, target, plan, undefined);
		if (Object.values(readQuery(orders.query)).some((value) => account.holdsSecret(String(value))))
			throw badInput(
				"msg.query holds a secret of the account, and a shared sweep keeps its query where others can read it. Leave it out: the account sends its credentials by itself.",
			);
		const first = beginningOf(start, input, target);
		const subject = {
			node: input.node.id,
			account: await this.#nameOf(account),
			chosen: account === this.#ownAccount ? null : (text(msg.account) ?? null),
			start: first.address,
		};
		const key = keyOf(subject.node, subject.account, subject.start);
		const records = this.#host.records();
		const order = {
			id: newSweepId(key),
			instance: records.instance,
			leaseTime: milliseconds("leaseTime"),
			minInterval: milliseconds("minInterval"),
			maxItems: Number.isFinite(plan.maxItems) ? plan.maxItems : null,
		};
		await this.#resetting;
		// A reset that came behind this message means it, too.
		signal.throwIfAborted();
		const starter = keptOf(msg, (text) => account.redact(text, MOST));
		this.#starting.add(order.id);
		try {
			const beginning = records.change<machine.Sweep | machine.Refusal>(key, (former, moment) => {
				const result = machine.begin(former, order, moment);
				if (machine.isRefusal(result)) return { result };
				return { result, sweep: result, anew: { subject, starter }, next: first };
			});
			this.#beginning.add(beginning);
			const begun = await beginning.finally(() => this.#beginning.delete(beginning));
			if (machine.isRefusal(begun)) return this.#refuse(begun, input.badge);
			const piece = { key, subject, id: order.id };
			this.#starters.set(piece.id, msg);
			this.#known.add(piece.id);
			const ticket = begun.lister as machine.Turn;
			const room = order.maxItems ?? Number.MAX_SAFE_INTEGER;
			const listing = listPage(input, target, first, room, true);
			const page = await this.#while(listing, piece, ticket, begun.leaseTime).catch(async (error: unknown) => {
				this.#starters.delete(piece.id);
				// Of a list that can't be read at all there is no sweep, and the next message may start one.
				await this.#change(piece, (sweep) =>
					isAbort(error, input.signal) ? machine.listingLeft(sweep, ticket) : machine.withdraw(sweep),
				);
				throw error;
			});
			await this.#take(input, piece, ticket, page);
		} finally {
			this.#starting.delete(order.id);
			this.#wakeUp();
		}
	}

	/** Ends the node's sweeps, at every instance. */
	reset(): void {
		this.#returns.clear();
		this.#starters.clear();
		this.#resetting = Promise.allSettled(this.#beginning)
			.then(() => this.#withdraw())
			.catch((error: unknown) => this.#fail(error))
			.finally(() => this.#wakeUp());
	}

	async close(isRemoved: boolean): Promise<void> {
		this.#closing.abort();
		this.#wakeUp();
		await this.#returns.close();
		await this.#loop;
		// Of what a store holds others may have the node still.
		if (isRemoved) await this.#host.forget().catch((error: unknown) => this.#host.node.warn(String(error)));
	}

	get #ownAccount(): AccountConnection {
		const { RED, config } = this.#host;
		return accountOf(RED, config.account);
	}

	async #withdraw(): Promise<void> {
		const records = this.#host.records();
		// In a store others have sweeps of a node of the same id, with accounts of their own.
		for (const { key, subject, sweep } of await records.running(this.#host.node.id))
			if (records.isLocal || (await this.#isOurs(subject, subject.chosen).catch(() => false))) {
				await this.#change({ key, subject, id: sweep.id }, machine.withdraw);
				this.#known.delete(sweep.id);
			}
	}

	/**
	 * True where a message of a sweep is worked on with the account that the sweep belongs to.
	 *
	 * @param wanted `msg.account`
	 * @throws ERR_NO_ACCOUNT
	 */
	async #isOurs({ account }: SweepSubject, wanted: unknown): Promise<boolean> {
		const { RED, config } = this.#host;
		return (await this.#nameOf(accountOfMessage(RED, config.account, wanted).account)) === account;
	}

	/** True where an account runs here that is called as the start has called it. */
	#isKnown({ chosen }: SweepSubject): boolean {
		return (
			chosen === null || [...runningAccounts(this.#host.RED)].some(({ id, name }) => id === chosen || name === chosen)
		);
	}

	/** Under which an account is known to all that take part. @throws ERR_BAD_INPUT where that is another customer's */
	async #nameOf(account: AccountConnection): Promise<string> {
		const { shared } = this.#ownAccount;
		return shared ? account.nameIn(shared.store) : account.id;
	}

	#refuse(refusal: machine.Refusal, badge: Badge): void {
		if (refusal.why === "running") badge.progress(badge.texts.text("badge.sweep.running"));
		else badge.warning(badge.texts.text("badge.sweep.tooSoon", { time: badge.texts.clock(refusal.until) }));
	}

	/** Works until the node closes. */
	async #work(): Promise<void> {
		const { signal } = this.#closing;
		while (!signal.aborted) {
			const before = this.#failures;
			const pause = await this.#tryTo(async () => {
				await flowsStateOf(this.#host.RED).whenRunning(signal);
				return this.#round();
			});
			if (before === this.#failures) this.#isWell();
			await this.#sleep(pause);
		}
	}

	/** Does what there is to do. @returns milliseconds until the next look */
	async #round(): Promise<number> {
		const records = this.#host.records();
		// As they are before it is looked: a message may start another meanwhile.
		const known = [...this.#known];
		const running = await records.running(this.#host.node.id);
		const ids = new Set(running.map(({ sweep }) => sweep.id));
		for (const id of known) if (!ids.has(id) && this.#known.has(id)) this.#isOver(id);
		let pause = records.isLocal ? LONGEST : LOOK;
		for (const { key, subject, sweep } of running) {
			if (this.#starting.has(sweep.id)) continue;
			const piece = { key, subject, id: sweep.id };
			// Another customer's, of whom this instance knows nothing: it must not hear of them either.
			if (!records.isLocal && !this.#isKnown(subject)) continue;
			const work = async () => {
				const msg = await this.#baseOf(piece);
				if (await this.#isOurs(subject, msg.account)) return this.#attend(piece, msg);
				// The node, or the name, has another account now, and nobody else has the sweep.
				if (records.isLocal) await this.#change(piece, machine.withdraw);
				return pause;
			};
			pause = Math.min(pause, await this.#tryTo(work));
		}
		return pause;
	}

	/** Tells what goes wrong; it must not keep other sweeps waiting. @returns milliseconds until the next look */
	async #tryTo(work: () => Promise<number>): Promise<number> {
		try {
			return await work();
		} catch (error) {
			// What a reset has broken off is looked at anew, and what a deploy has by who comes next.
			if (isAbort(error)) return SOON;
			this.#fail(error);
			return AGAIN;
		}
	}

	/** Works on a sweep as long as there is something to do. @returns milliseconds until the next look */
	async #attend(piece: Piece, msg: Message): Promise<number> {
		const { instance } = this.#host.records();
		let pause = 0;
		await this.#host.asMessage(this.#host.RED.util.cloneMessage(msg), async (input) => {
			// Accounts come and go meanwhile: the next look sees to it.
			if ((await this.#nameOf(input.account)) !== piece.subject.account) {
				pause = SOON;
				return;
			}
			const target = await locateNamed(input);
			for (;;) {
				await this.#resetting;
				// A reset that has come since, or a node that closes.
				input.signal.throwIfAborted();
				if (!flowsStateOf(this.#host.RED).isRunning) return;
				const { work, now } = await this.#host.records().change(piece.key, (sweep, moment) => {
					if (sweep?.id !== piece.id) return { result: { work: { kind: "over" } as machine.Work, now: moment.now } };
					const work = machine.claim(sweep, instance, moment);
					const isIdle = work.kind === "wait" || work.kind === "over";
					return { result: { work, now: moment.now }, ...(isIdle ? {} : { sweep }) };
				});
				if (work.kind === "over") return;
				if (work.kind === "wait") {
					pause = work.isSoon ? SOON : Math.max(SOON, work.until - now);
					return;
				}
				this.#known.add(piece.id);
				if (work.kind === "complete") return this.#complete(input, piece, work.completion);
				if (work.kind === "list") await this.#list(input, target, piece, work);
				else await this.#handOutAgain(input, target, piece, work);
			}
		});
		return pause;
	}

	async #list(input: NodeInput, target: Target, piece: Piece, work: machine.Work & { kind: "list" }): Promise<void> {
		const { ticket, page: number, room, leaseTime } = work;
		let page: NewPage;
		try {
			const next = await this.#host.records().next(piece.key);
			page = await this.#while(listPage(input, target, next, room, number === 1), piece, ticket, leaseTime);
		} catch (error) {
			if (isAbort(error, input.signal)) {
				await this.#change(piece, (sweep) => machine.listingLeft(sweep, ticket));
				throw error;
			}
			const retryAfter = 1000 * ((error instanceof StellantisError && error.retryAfter) || 0);
			const told = await this.#change(piece, (sweep, moment) => {
				const isFirst = sweep.listFailures === 0;
				return machine.listingFailed(sweep, ticket, retryAfter, moment) || isFirst;
			});
			if (told) this.#host.fail(error, input.msg);
			return;
		}
		await this.#take(input, piece, ticket, page);
	}

	/** Says now and then that a listing goes on, however slow the API is. */
	async #while<T>(listing: Promise<T>, piece: Piece, ticket: machine.Turn, leaseTime: number): Promise<T> {
		const say = () => {
			this.#change(piece, (sweep, moment) => machine.listingGoesOn(sweep, ticket, moment)).catch(() => {});
		};
		const saying = setInterval(say, Math.max(LEAST_SAYING, leaseTime / 3));
		try {
			return await listing;
		} finally {
			clearInterval(saying);
		}
	}

	/** Keeps a page that was listed, then sends it. */
	async #take(input: NodeInput, piece: Piece, ticket: machine.Turn, page: NewPage): Promise<void> {
		const { found, listed, next, handed } = page;
		type Taken = { number: number; pageCount: number | null } | undefined;
		const taken = await this.#host.records().change<Taken>(piece.key, (sweep, moment) => {
			if (sweep?.id !== piece.id) return { result: undefined };
			const number = machine.listed(sweep, ticket, found, moment);
			if (number === undefined) return { result: undefined, sweep };
			const { pageCount } = sweep;
			return { result: { number, pageCount }, sweep, next: next ?? null, page: { number, listed } };
		});
		if (taken) await this.#handOut(input, piece, { ...taken, attempt: 1 }, handed);
	}

	async #handOutAgain(
		input: NodeInput,
		target: Target,
		piece: Piece,
		{ page: number, places, attempt }: machine.Work & { kind: "hand-out" },
	): Promise<void> {
		try {
			const listed = await this.#host.records().page(piece.key, piece.id, number);
			if (!listed) return;
			const { handed, gone } = await readAgain(input, target, listed, places);
			const pageCount = await this.#change(piece, (sweep) => {
				machine.goneFrom(sweep, number, gone);
				return sweep.pageCount;
			});
			await this.#handOut(input, piece, { number, attempt, pageCount: pageCount ?? null }, handed);
		} catch (error) {
			if (isAbort(error, input.signal)) throw error;
			// The page waits for its lease to end, as if all of it had been lost.
			this.#host.fail(error, input.msg);
		}
	}

	/** Sends items of a page, as a sequence of their own. */
	async #handOut(
		input: NodeInput,
		{ id }: Piece,
		page: { number: number; attempt: number; pageCount: number | null },
		handed: readonly Handed[],
	): Promise<void> {
		const { RED, node } = this.#host;
		const { declaration, config, signal, vehicles, turn } = input;
		const [first] = handed;
		if (!first) return;
		const isPage = config.output === "page";
		const lease = { sweep: id, page: page.number };
		const sequence = new Sequence({
			RED,
			base: input.msg,
			mode: isPage ? "page" : "item",
			vehicle: null,
			vehicleOf: vehicleRefOf,
			summarize: declaration.summarize?.(input),
			companion: isPage ? undefined : "lease",
			continues: { id: `${id}.${page.number}.${page.attempt}`, index: 0, items: 0, pages: page.number - 1 },
			emit(msg) {
				signal.throwIfAborted();
				if (isPage) msg.lease = lease;
				node.send([msg, null]);
			},
		});
		sequence.startPage(page.pageCount ?? undefined);
		for (const { item, answer, place } of handed) {
			const other = turn();
			if (other) await other;
			if (declaration.itemIsVehicle) vehicles.learn(item);
			sequence.add(item, answer, { ...lease, item: place });
		}
		sequence.endPage(first.answer);
		sequence.end(true);
	}

	/** Sends the completion, and says then that it has left. */
	async #complete({ signal }: NodeInput, piece: Piece, completion: machine.Completion): Promise<void> {
		const { RED, node, badge } = this.#host;
		const base = this.#starters.get(piece.id) ?? (await this.#host.records().starter(piece.key));
		const msg: Message = RED.util.cloneMessage(withAccount(base, piece));
		msg.payload = completion;
		// Sent back to the input it starts nothing: a sweep that starts itself would never end.
		msg.lease = [];
		const { run } = flowsStateOf(RED);
		// Whoever has it when they run again tells it; after a reset nobody.
		if (run.aborted) return;
		signal.throwIfAborted();
		node.send([null, msg]);
		// Where flows have stopped since, it may have reached nobody, and is told again.
		const close = (sweep: machine.Sweep) => !run.aborted && machine.closed(sweep, this.#host.records().instance);
		await this.#change(piece, close);
		if (run.aborted) return;
		this.#starters.delete(piece.id);
		this.#known.delete(piece.id);
		const { texts } = badge;
		const parts = [texts.count(completion.items, "vehicles")];
		if (completion.failed > 0) parts.push(texts.text("badge.sweep.failed", { count: texts.number(completion.failed) }));
		if (completion.unacknowledged > 0)
			parts.push(texts.text("badge.sweep.unacknowledged", { count: texts.number(completion.unacknowledged) }));
		if (completion.complete) badge.success(parts.join(" · "));
		else badge.partial(parts.join(" · "));
	}

	/** Another instance has closed a sweep. */
	#isOver(id: string): void {
		this.#known.delete(id);
		this.#starters.delete(id);
		const { badge } = this.#host;
		badge.success(badge.texts.text("badge.done"));
	}

	/** Keeps what came back. */
	async #note(key: string, id: string, returned: Returned[]): Promise<void> {
		type Noted = { settled: number[]; pages: number; behind: number } | undefined;
		const noted = await this.#host.records().change<Noted>(key, (sweep, moment) => {
			if (sweep?.id !== id || sweep.state !== "open") return { result: undefined };
			const settled = machine.acknowledge(sweep, returned, moment);
			return { result: { settled, pages: sweep.pages, behind: machine.behind(sweep) }, sweep };
		});
		if (!noted) return;
		this.#show(noted.pages, noted.behind);
		if (noted.settled.length > 0) this.#wakeUp();
	}

	#show(pages: number, behind: number): void {
		const { badge } = this.#host;
		const { texts } = badge;
		badge.progress(() => `${texts.count(pages, "pages")} · ${texts.count(behind, "vehicles")}`);
	}

	/** The properties that messages of a sweep have beside their own: those of its start, where that was here. */
	async #baseOf(piece: Piece): Promise<Message> {
		const { key, id } = piece;
		const records = this.#host.records();
		const known = this.#starters.get(id) ?? (records.isLocal ? await records.starter(key) : undefined);
		return withAccount(known, piece);
	}

	/** Changes a sweep that is still the same. */
	#change<Result>(
		{ key, id }: Piece,
		change: (sweep: machine.Sweep, moment: machine.Moment) => Result,
	): Promise<Result | undefined> {
		return this.#host
			.records()
			.change<Result | undefined>(key, (sweep, moment) =>
				sweep?.id === id ? { result: change(sweep, moment), sweep } : { result: undefined },
			);
	}

	#fail(error: unknown): void {
		this.#failures++;
		const sentence = String(error);
		if (this.#said.has(sentence)) return;
		this.#said.add(sentence);
		this.#host.fail(error, {} as Message);
	}

	#isWell(): void {
		if (this.#said.size === 0) return;
		this.#said.clear();
		this.#host.badge.clear();
	}

	#wakeUp(): void {
		this.#isAwake = true;
		this.#wake();
	}

	/** Sleeps until it is woken, or so many milliseconds. */
	async #sleep(milliseconds: number): Promise<void> {
		if (!this.#isAwake)
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, Math.min(milliseconds, LONGEST)).unref();
				this.#wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		this.#isAwake = false;
		this.#wake = () => {};
	}
}

/** The message that started a sweep, as far as it is known; the account that it has chosen is known in any case. */
function withAccount(starter: unknown, { subject: { chosen } }: Piece): Message {
	return { ...Object(starter), ...(chosen === null ? {} : { account: chosen }) };
}
