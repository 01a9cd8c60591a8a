import type { Node } from "node-red";
import { type Batch, chooseWay, type Position, readCollection, type Way } from "../../api/collection";
import { meansNone } from "../../api/none";
import { type VehicleRef, vehicleOfItem, vehicleRefOf } from "../../api/vehicles";
import { isAbort } from "../../error";
import type { Fetch } from "../../hal/pages";
import { defined } from "../../json";
import type { ApiResponse } from "../../transport/client";
import type { BadgeTexts, Noun } from "../badge-texts";
import { type Companion, type Message, Sequence, type SequenceState, setAnswer, setVehicle } from "../messages";
import type { NodeInput, Target } from "../node-input";
import { type Plan, startOf } from "./plan";
import { type Resume, resumable } from "./resume";
import type { SentItems } from "./sent-items";

/** A page that is here already. */
export interface FirstPage {
	url: URL;
	answer: ApiResponse;
}

/** One reading of a collection: what arrives leaves as messages, and where to go on is known at any moment. */
export class Sweep {
	readonly #input: NodeInput;
	readonly #target: Target;
	readonly #plan: Plan;
	/** What the node has sent before, where it sends only what is new. */
	readonly #sent: SentItems | undefined;
	readonly #start: URL;
	readonly #way: Way;
	readonly #sequence: Sequence;
	readonly #keep: (item: unknown) => boolean;
	readonly #companion: Companion | undefined;
	#position: () => Position | undefined;
	#last: Batch<ApiResponse> | undefined;

	constructor(input: NodeInput, target: Target, plan: Plan, sent: SentItems | undefined) {
		const { car, config, declaration, RED, msg, emit } = input;
		const { route } = target;
		const start = startOf(input, target, plan, sent?.from);
		const natural = route?.orderBy && plan.order ? plan.order : car.family.defaultOrder;
		const way = chooseWay(plan.order, natural, plan.parallel > 1 && route?.indexRange === true);
		this.#input = input;
		this.#target = target;
		this.#plan = plan;
		this.#sent = sent;
		this.#start = start;
		this.#way = way;
		this.#keep = declaration.keep?.(config) ?? (() => true);
		this.#companion = declaration.companion?.(input, target);
		this.#sequence = new Sequence({
			RED,
			base: msg,
			mode: plan.mode,
			vehicle: target.vehicle,
			vehicleOf: vehicleOf(input),
			summarize: declaration.summarize?.(input),
			companion: this.#companion?.name,
			continues: plan.resume?.sequence,
			emit,
		});
		this.#position = () =>
			plan.resume?.position ?? { address: start.pathname + start.search, way, skip: 0, handled: [] };
	}

	/**
	 * Reads and sends until the collection or `maxItems` ends.
	 *
	 * @param first the first page, where it had to be fetched to know that this is a collection
	 */
	async run(first: FirstPage | undefined): Promise<void> {
		let complete: boolean;
		try {
			complete = await this.#read(first);
		} catch (error) {
			return this.#breakOff(error);
		}
		this.#sequence.end(true, this.#last?.answer);
		await this.#remember(complete);
		const where = complete ? undefined : this.#position();
		// `maxItems` has ended this sequence; what a resume brings is one of its own.
		const resume = where && this.#resumeAt(where, undefined);
		finish(this.#input, this.#target, { ...this.#counts(this.#last?.total), complete }, resume, this.#last?.answer);
	}

	/** @returns true when nothing is left, false when `maxItems` stopped it */
	async #read(first: FirstPage | undefined): Promise<boolean> {
		const { car, badge, declaration } = this.#input;
		const batches = readCollection<ApiResponse>({
			fetch: this.#fetch(first),
			start: this.#start,
			way: this.#way,
			embedded: this.#target.route?.embedded,
			resume: this.#plan.resume?.position,
			resolve: (address) => car.resolve(address),
			parallel: this.#plan.parallel,
			needed: () => this.#left(),
		});
		for await (const batch of batches) {
			this.#last = batch;
			const place = await this.#take(batch);
			await this.#remember(false);
			badge.progress(() => progressOf(batch, this.#sequence.state, declaration.noun, badge.texts));
			if (this.#left() <= 0) return batch.last && place >= batch.items.length;
		}
		return true;
	}

	/** Takes the items of a page. @returns how many are behind us, sent or not */
	async #take(batch: Batch<ApiResponse>): Promise<number> {
		const { turn, declaration, vehicles } = this.#input;
		const silent = this.#sent?.isSilent === true;
		const most = this.#left();
		let taken = 0;
		let place = 0;
		if (!silent) this.#position = () => batch.positionAfter(place);
		this.#sequence.startPage(batch.count);
		for (const item of batch.items) {
			if (!silent && taken >= most) break;
			if (!this.#keep(item)) this.#sent?.passOver(item);
			else if (this.#sent?.isNew(item) ?? true) {
				if (silent) this.#sent?.note(item);
				else {
					const brought = this.#companion && (await this.#companion.of(item));
					const other = turn();
					if (other) await other;
					const vehicle = declaration.itemIsVehicle ? vehicles.learn(item) : undefined;
					// What a flow does to its message must not change what is remembered of the item.
					this.#sequence.add(this.#sent ? structuredClone(item) : item, batch.answer, brought, vehicle);
					this.#sent?.leaving(item);
					taken++;
				}
			}
			place++;
		}
		this.#sequence.endPage(batch.answer);
		return place;
	}

	/** Everything that arrived leaves, and the message learns where to go on; but for a 404 that means: none. */
	async #breakOff(error: unknown): Promise<void> {
		const { signal, msg } = this.#input;
		let failure = error;
		if (!isAbort(error, signal) && !this.#last && !this.#plan.resume) {
			try {
				if (await isNone(this.#input, this.#target, error)) return this.#endEmpty();
			} catch (another) {
				failure = another;
			}
		}
		// An account that closes breaks off, too, and whoever waits for the message hears of it.
		if (!signal.aborted) this.#sequence.end(false);
		await this.#remember(false);
		const where = signal.aborted ? undefined : this.#position();
		if (where) msg.resume = this.#resumeAt(where, this.#sequence.state);
		throw failure;
	}

	async #endEmpty(): Promise<void> {
		const nothing: ApiResponse = { statusCode: 404, url: this.#target.url, body: undefined };
		this.#sequence.end(true, nothing);
		// Else a silent first run that has found nothing would come again, and swallow what there is by then.
		await this.#remember(true);
		finish(this.#input, this.#target, { ...this.#counts(0), complete: true }, undefined, nothing);
	}

	/** The page that told what this is need not be fetched again, unless the node asks for more than its bare address. */
	#fetch(first: FirstPage | undefined): Fetch<ApiResponse> {
		const { car, sweep, signal } = this.#input;
		const fetch = car.fetcher(sweep, signal);
		let here = first?.url.href === this.#start.href ? first.answer : undefined;
		return async (url) => {
			const answer = here;
			here = undefined;
			if (!answer) return fetch(url);
			return { document: answer.body, url: answer.url, statusCode: answer.statusCode, answer };
		};
	}

	/** What broke off and goes on is one sequence, and counts as one. */
	#left(): number {
		return this.#plan.maxItems - this.#sequence.state.items;
	}

	#counts(total: number | undefined) {
		return { ...this.#sequence.state, total };
	}

	#remember(all: boolean): Promise<void> | undefined {
		return this.#sent?.save(this.#sequence.held, all);
	}

	#resumeAt(position: Position, sequence: SequenceState | undefined): Resume {
		const { url, parameters = {} } = this.#target;
		const params = Object.keys(parameters).length > 0 ? parameters : undefined;
		return {
			version: 1,
			resource: this.#plan.resource,
			account: this.#input.account.id,
			position: resumable(position, url, this.#input.car.family.clientIdParameter),
			...defined({ query: this.#plan.query, params, sequence }),
		};
	}
}

/** Which vehicle an item belongs to, where several are read. */
export function vehicleOf({ car, vehicles, declaration }: NodeInput): (item: unknown) => VehicleRef | undefined {
	if (declaration.itemIsVehicle) return vehicleRefOf;
	return (item) => {
		const vehicle = vehicleOfItem(car, item);
		return vehicle && vehicles.completed(vehicle);
	};
}

/** True when a 404 only says that there are no items; false also for a vehicle that is found under another id now. */
async function isNone({ vehicles, single }: NodeInput, { route, vehicle }: Target, error: unknown): Promise<boolean> {
	const exists = async (ref: VehicleRef) => (await vehicles.lookAgain(ref, single, true))?.id === ref.id;
	return meansNone(error, route, vehicle ? () => exists(vehicle) : undefined);
}

function finish(
	input: NodeInput,
	target: Target,
	{ items, pages, total, complete }: SequenceState & { total: number | undefined; complete: boolean },
	resume: Resume | undefined,
	answer: ApiResponse | undefined,
): void {
	const { RED, msg, badge, declaration } = input;
	const done: Message = RED.util.cloneMessage(msg);
	done.payload = { items, pages, ...defined({ total }), complete };
	if (target.vehicle) setVehicle(done, target.vehicle);
	if (answer) setAnswer(done, answer);
	if (resume) done.resume = resume;
	input.complete(done);
	const { texts } = badge;
	const text = texts.count(items, declaration.noun ?? "items");
	const isSurprise = items === 0 && declaration.itemIsVehicle && !input.orders.query && !resume;
	if (isSurprise) sayWhy(input, target);
	if (isSurprise) badge.partial(`${text} · ${texts.text("badge.partial.none")}`);
	else if (complete) badge.success(text, target.vehicle);
	else badge.enough(text, target.vehicle);
}

/** Nodes whose log says why they have found nothing, which it need not say at every turn. */
const explained = new WeakSet<Node>();

function sayWhy({ node }: NodeInput, { route }: Target): void {
	if (route?.none === undefined || explained.has(node)) return;
	explained.add(node);
	node.warn(route.none);
}

function progressOf(
	{ index, count }: Batch<unknown>,
	{ items }: SequenceState,
	noun: Noun = "items",
	texts: BadgeTexts,
): string {
	const pages =
		count === undefined
			? texts.count(index, "pages")
			: texts.text("badge.pagesOf", { count: texts.number(index), pages: texts.count(count, "pages") });
	return `${pages} · ${texts.count(items, noun)}`;
}
