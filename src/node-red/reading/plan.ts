import type { Order } from "../../api/families";
import { instantOf, timeRange } from "../../api/time";
import { badInput, StellantisError } from "../../error";
import { defined } from "../../json";
import type { NodeInput, Target } from "../node-input";
import { COLLECTION, RANGE } from "../properties";
import { choice, numberValue, typedValue } from "../values";
import { queryKey, readQuery } from "./query";
import { type Resume, readResume } from "./resume";

/** Largest page any path takes; the limit where the table knows none. */
const LARGEST_PAGE = 2000;

/** What node and message ask of a collection, checked before any request. */
export interface Plan {
	mode: "item" | "page" | "array";
	maxItems: number;
	parallel: number;
	pageSize: number | undefined;
	order: Order | undefined;
	from: number | undefined;
	to: number | undefined;
	resume: Resume | undefined;
	/** What tells the message's own query from others, that of a broken-off reading where one goes on. */
	query: string | undefined;
	resource: string;
}

/**
 * Reads what node and message ask of a collection.
 *
 * @throws ERR_BAD_INPUT, ERR_NOT_SUPPORTED before any request
 */
export async function planOf(input: NodeInput, target: Target): Promise<Plan> {
	const { account, car, config, declaration, orders, msg, RED, node } = input;
	const { route } = target;
	if (target.shape === "single")
		throw badInput("msg.resume makes no sense here: this is one resource, which can't break off.");
	const now = Date.now();
	const time = async (name: "from" | "to") =>
		declaration.timed
			? instantOf(await typedValue(RED, node, msg, name, config[name], config[`${name}Type`]), name, now, name)
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
	const resume =
		orders.resume === undefined
			? undefined
			: readResume(orders.resume, resource, target.url, { id: account.id, isOwn: account.id === config.account });
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
		to: parallel > 1 && declaration.timed && route?.timestamps ? Math.max(from ?? 0, Math.min(to ?? now, now)) : to,
		resume,
		query: resume ? resume.query : queryKey(orders.query),
		resource,
	};
}

/** The address of the first page with everything that is asked of it. */
export function startOf(input: NodeInput, target: Target, plan: Plan, newsFrom: number | undefined): URL {
	const { url, route, written = {} } = target;
	const { car, config, declaration, orders } = input;
	const from = newsFrom === undefined ? plan.from : Math.max(newsFrom, plan.from ?? newsFrom);
	// An empty range would be an error; nothing can be new in it.
	const timestamps = timeRange(from, plan.to === undefined ? undefined : Math.max(plan.to, from ?? plan.to));
	const takesPageSize = !route || route.pageSize !== undefined;
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
		defined({ pageSize: route?.pageSize }),
		written,
		takesPageSize ? defined({ pageSize: plan.pageSize }) : {},
		timestamps !== undefined && (!route || route.timestamps) ? { timestamps } : {},
		route?.orderBy && plan.order ? { orderBy: plan.order } : {},
		filters,
		readQuery(orders.query),
	);
}
