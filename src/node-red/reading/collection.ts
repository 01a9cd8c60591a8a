import type { Node } from "node-red";
import { type Batch, chooseWay, type Position, readCollection } from "../../api/collection";
import type { Order } from "../../api/families";
import { News } from "../../api/news";
import { meansNone } from "../../api/none";
import { instantOf, timeRange } from "../../api/time";
import { type VehicleRef, vehicleOfItem, vehicleRefOf } from "../../api/vehicles";
import { badInput, isAbort, StellantisError } from "../../error";
import type { ApiResponse } from "../../transport/client";
import type { BadgeTexts, Noun } from "../badge-texts";
import { type Message, Sequence, type SequenceState, setAnswer, setVehicle } from "../messages";
import type { NodeInput, Target } from "../node-input";
import { COLLECTION, NEWS, RANGE } from "../properties";
import { choice, flag, numberValue, typedValue } from "../values";
import { MarkStore } from "./mark-store";
import { readQuery } from "./query";
import { type Resume, readResume, resumable } from "./resume";

/** Largest page any path takes; the limit where the table knows none. */
const LARGEST_PAGE = 2000;

/** A page that is here already. */
interface FirstPage {
	url: URL;
	answer: ApiResponse;
}

/** What node and message ask of a collection, checked before any request. */
interface Plan {
	mode: "item" | "page" | "array";
	maxItems: number;
	parallel: number;
	pageSize: number | undefined;
	order: Order | undefined;
	from: number | undefined;
	to: number | undefined;
	resume: Resume | undefined;
	resource: string;
}

/**
 * Reads a collection and sends it in the node's output mode, followed by the completion message. When it breaks off,
 * everything that arrived was sent, and `msg.resume` says where to go on.
 *
 * @param first the first page, where it had to be fetched to know that this is a collection
 */
export async function readAsCollection(input: NodeInput, target: Target, first?: FirstPage): Promise<void> {
	const plan = await planOf(input, target);
	if (!flag(input.config.onlyNew) || !input.declaration.news) return sweep(input, target, plan, first, undefined);
	const marks = new MarkStore(input, target);
	// Two messages that meet would both find the same items new.
	return marks.exclusively(async () => {
		if (input.orders.forget) await marks.save(undefined);
		const news = new News(await marks.load());
		await sweep(input, target, { ...plan, order: "ascending" }, first, { news, marks });
	});
}

async function planOf(input: NodeInput, target: Target): Promise<Plan> {
	const { car, config, declaration, orders, msg, RED, node } = input;
	const { route } = target;
	if (target.shape === "single")
		throw badInput("msg.resume makes no sense here: this is one resource, which can't break off.");
	const now = Date.now();
	const time = async (name: "from" | "to") =>
		declaration.timed
			? instantOf(await typedValue(RED, node, msg, name, config[name], config[`${name}Type`]), name, now)
			: undefined;
	const parallel = numberValue(config.parallel, "parallel", COLLECTION.parallel.range, COLLECTION.parallel.value);
	const from = await time("from");
	const to = await time("to");
	timeRange(from, to);
	if ((from ?? to) !== undefined && route && !route.timestamps)
		throw new StellantisError(
			"ERR_NOT_SUPPORTED",
			`The API takes no time range for ${car.pathOf(target.url)}. Clear "from" and "to".`,
		);
	const resource = `${car.family.id} ${car.pathOf(target.url)}`;
	return {
		mode: choice(config.output, "output", COLLECTION.output.choices),
		maxItems: numberValue(config.maxItems, "maxItems", COLLECTION.maxItems.range, Number.POSITIVE_INFINITY),
		parallel,
		pageSize: numberValue(config.pageSize, "pageSize", { min: 1, max: route?.pageSize ?? LARGEST_PAGE }, undefined),
		order:
			declaration.timed && (!route || route.timestamps || route.orderBy)
				? choice(config.order, "order", RANGE.order.choices)
				: undefined,
		from,
		// Pages that are fetched at the same time need a collection that stands still.
		to: to ?? (parallel > 1 && declaration.timed && route?.timestamps ? now : undefined),
		resume: orders.resume === undefined ? undefined : readResume(orders.resume, resource, target.url),
		resource,
	};
}

/** The address of the first page with everything that is asked of it. */
function startOf(input: NodeInput, target: Target, plan: Plan, news: News | undefined): URL {
	const { url, route } = target;
	const { car, config, declaration, orders } = input;
	const from = news?.from === undefined ? plan.from : Math.max(news.from, plan.from ?? news.from);
	// An empty range would be an error; nothing can be new in it.
	const timestamps = timeRange(from, plan.to === undefined ? undefined : Math.max(plan.to, from ?? plan.to));
	const pageSize = plan.pageSize ?? route?.pageSize;
	const filters = declaration.filters?.(config, target) ?? {};
	for (const name of Object.keys(filters))
		if (route && !route.filters?.includes(name))
			throw new StellantisError(
				"ERR_NOT_SUPPORTED",
				`The API family ${car.family.id} can't filter by ${name} here. Clear that field of the node.`,
			);
	return car.withQuery(
		url,
		car.standingQuery(route),
		pageSize !== undefined && (!route || route.pageSize !== undefined) ? { pageSize } : {},
		timestamps !== undefined && (!route || route.timestamps) ? { timestamps } : {},
		route?.orderBy && plan.order ? { orderBy: plan.order } : {},
		filters,
		readQuery(orders.query),
	);
}

async function sweep(
	input: NodeInput,
	target: Target,
	plan: Plan,
	first: FirstPage | undefined,
	memory: { news: News; marks: MarkStore } | undefined,
): Promise<void> {
	const { car, config, declaration, RED, msg, badge, signal, emit, vehicles } = input;
	const { route } = target;
	const { resume } = plan;
	const start = startOf(input, target, plan, memory?.news);
	const natural = route?.orderBy && plan.order ? plan.order : car.family.defaultOrder;
	const way = chooseWay(plan.order, natural, plan.parallel > 1 && route?.indexRange === true);
	const silent = memory?.news.isFirst === true && choice(config.firstRun, "firstRun", NEWS.firstRun.choices) === "none";
	const keep = declaration.keep?.(config) ?? (() => true);
	const companion = declaration.companion?.(input);
	const sequence = new Sequence({
		RED,
		base: msg,
		mode: plan.mode,
		vehicle: target.vehicle,
		vehicleOf: vehicleOf(input),
		summarize: declaration.summarize?.(input),
		companion: companion?.name,
		continues: resume?.sequence,
		emit,
	});
	const before = sequence.state.items;
	const left = () => plan.maxItems - (sequence.state.items - before);
	const fetch = car.fetcher(input.sweep, signal);
	// The page that told what this is need not be fetched again, unless the node asks for more than its bare address.
	let here = first?.url.href === start.href ? first.answer : undefined;
	let position = (): Position | undefined =>
		resume?.position ?? { address: start.pathname + start.search, way, skip: 0, handled: [] };
	let last: Batch<ApiResponse> | undefined;
	let complete = true;
	const unmarked: unknown[] = [];

	try {
		const batches = readCollection<ApiResponse>({
			fetch: async (url) => {
				const answer = here;
				here = undefined;
				return answer ? { document: answer.body, url: answer.url, answer } : fetch(url);
			},
			start,
			way,
			embedded: route?.embedded,
			resume: resume?.position,
			resolve: (address) => car.resolve(address),
			parallel: plan.parallel,
			needed: left,
		});
		for await (const batch of batches) {
			last = batch;
			const most = left();
			let taken = 0;
			// Items of the batch that are behind us, taken or not.
			let place = 0;
			if (!silent) position = () => batch.positionAfter(place);
			sequence.startPage(batch.count);
			for (const item of batch.items) {
				if (!silent && taken >= most) break;
				if (keep(item) && (memory?.news.isNew(item) ?? true)) {
					if (silent) {
						memory?.news.note(item);
					} else {
						const brought = companion && (await companion.of(item));
						const turn = input.turn();
						if (turn) await turn;
						if (declaration.itemIsVehicle) vehicles.learn(item);
						// What a flow does to its message must not change what is remembered of the item.
						sequence.add(memory ? structuredClone(item) : item, batch.answer, brought);
						if (memory) unmarked.push(item);
						taken++;
					}
				}
				place++;
			}
			sequence.endPage(batch.answer);
			await remember(false);
			badge.progress(progressOf(batch, sequence.state, declaration.noun, badge.texts));
			if (left() <= 0) {
				complete = batch.last && place >= batch.items.length;
				break;
			}
		}
	} catch (error) {
		let failure = error;
		if (!isAbort(error, signal) && !last && !resume) {
			try {
				if (await isNone(input, target, error)) {
					const nothing: ApiResponse = { statusCode: 404, url: target.url, body: undefined };
					sequence.end(true, nothing);
					finish(input, target, { ...sequence.state, total: 0, complete: true }, undefined, nothing);
					return;
				}
			} catch (another) {
				failure = another;
			}
		}
		if (isAbort(failure, signal)) {
			await remember(false);
			throw failure;
		}
		sequence.end(false);
		await remember(false);
		const where = position();
		if (where) msg.resume = resumeOf(where, sequence.state);
		throw failure;
	}

	sequence.end(true, last?.answer);
	await remember(complete);
	const where = complete ? undefined : position();
	// `maxItems` has ended this sequence; what a resume brings is one of its own.
	finish(
		input,
		target,
		{ ...sequence.state, total: last?.total, complete },
		where && resumeOf(where, undefined),
		last?.answer,
	);

	function resumeOf(at: Position, state: SequenceState | undefined): Resume {
		return {
			version: 1,
			resource: plan.resource,
			position: resumable(at, target.url),
			...(state ? { sequence: state } : {}),
		};
	}

	/** Moves the mark past the items that have left the node. A first run without messages is remembered as a whole. */
	async function remember(all: boolean): Promise<void> {
		if (!memory || (silent && !all)) return;
		for (const item of unmarked.splice(0, unmarked.length - sequence.held)) memory.news.note(item);
		await memory.marks.save(memory.news.mark(all));
	}
}

/** Which vehicle an item belongs to, where several are read. */
function vehicleOf({ car, vehicles, declaration }: NodeInput): (item: unknown) => VehicleRef | undefined {
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
	done.payload = { items, pages, ...(total === undefined ? {} : { total }), complete };
	if (target.vehicle) setVehicle(done, target.vehicle);
	if (answer) setAnswer(done, answer);
	if (resume) done.resume = resume;
	input.complete(done);
	const { texts } = badge;
	const text = texts.count(items, declaration.noun ?? "items");
	const isSurprise = items === 0 && declaration.itemIsVehicle && !input.orders.query && !resume;
	if (isSurprise) sayWhy(input, target);
	if (isSurprise) badge.partial(`${text} · ${texts.text("badge.partial.none")}`);
	else if (complete) badge.success(text);
	else badge.partial(`${text} · ${texts.text("badge.partial.maxItems")}`);
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
