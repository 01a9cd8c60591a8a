import { StellantisError } from "../error";
import { isDocument } from "../hal/document";
import type { Claim } from "../transport/limiter";
import { allItems } from "./all-items";
import type { ConnectedCar } from "./connected-car";
import type { ChannelKinds } from "./families";
import { quote } from "./time";

/** A return channel (callback) as the API lists it. */
export interface Channel {
	id: string;
	/** `Running`, `Paused` or `Failed`; undefined when the API doesn't say. */
	status: string | undefined;
	label: string | undefined;
	/** Address of its webhook; undefined for channels of another kind, such as push notifications. */
	target: string | undefined;
	/** The body it was created with. */
	subscribe: Record<string, unknown>;
}

/** What a channel is wanted for. */
export interface ChannelWish {
	/** Name of the remote type, such as `Doors`; families whose channels don't tell remote types apart ignore it. */
	remoteType?: string | undefined;
	/** Default: `remote`. */
	purpose?: "monitor" | "remote";
}

/** A channel that shall be there. */
export interface ChannelOrder {
	label: string;
	/** Address of the webhook. */
	target: string;
	kinds: ChannelKinds;
	/** Says of a channel that is there whether it is this one, perhaps under an older label or address. */
	isOurs(channel: Channel): boolean;
	/** Looks at all channels before anything is changed; what it throws ends the matter. */
	look?(channels: readonly Channel[]): void;
}

/**
 * The channels of the account.
 *
 * @param most items that are looked at; default: all
 * @throws what reading a collection throws
 */
export async function listChannels(
	car: ConnectedCar,
	claim: Claim,
	signal?: AbortSignal,
	most = Number.POSITIVE_INFINITY,
): Promise<Channel[]> {
	const channels: Channel[] = [];
	let seen = 0;
	for await (const item of allItems(car, { route: car.route("callbacks"), claim, signal, needed: most })) {
		const channel = channelOf(car, item);
		if (channel) channels.push(channel);
		if (++seen >= most) break;
	}
	return channels;
}

function channelOf(car: ConnectedCar, item: unknown): Channel | undefined {
	const { name } = car.family.channels;
	if (!isDocument(item)) return undefined;
	const id = item.id ?? item[`${name}Id`];
	if (typeof id !== "string" || id === "") return undefined;
	const subscribe = isDocument(item.subscribe) ? item.subscribe : {};
	const holder = subscribe[name];
	const webhook = isDocument(holder) && isDocument(holder.webhook) ? holder.webhook : {};
	const label = subscribe.label ?? item.label;
	return {
		id,
		status: statusOf(item.status),
		label: typeof label === "string" ? label : undefined,
		target: typeof webhook.target === "string" ? webhook.target : undefined,
		subscribe,
	};
}

/** True for a channel that delivers, as far as the API tells. */
export function isRunning({ status }: Pick<Channel, "status">): boolean {
	return status === undefined || status === "Running";
}

/** A status is a word; in some answers it stands one level deeper. */
export function statusOf(value: unknown): string | undefined {
	const status = isDocument(value) ? value.status : value;
	return typeof status === "string" ? status : undefined;
}

/** The webhook of a channel as it was registered; undefined for channels of another kind. */
export function webhookOf(car: ConnectedCar, { subscribe }: Channel): Record<string, unknown> | undefined {
	const holder = subscribe[car.family.channels.name];
	return isDocument(holder) && isDocument(holder.webhook) ? holder.webhook : undefined;
}

/**
 * The body that registers a channel (`CallbackSubscribe` of user-v4, `ChannelSubscribe` of accounts-v1,
 * `RemoteCallbackSubscribe` of fleet-v3).
 */
export function subscriptionOf(
	car: ConnectedCar,
	{ label, target, kinds }: Pick<ChannelOrder, "label" | "target" | "kinds">,
): Record<string, unknown> {
	const { name, typesKey, carries, attributes, subscription } = car.family.channels;
	return {
		label,
		[typesKey]: [...carries[kinds]],
		...structuredClone(subscription),
		[name]: { webhook: { target, name: label, attributes: structuredClone(attributes) } },
	};
}

/**
 * Registers a channel.
 *
 * @param subscribe see {@link subscriptionOf}
 * @returns its id
 * @throws ERR_BAD_RESPONSE when the API doesn't tell the id; and what the API answers
 */
export async function createChannel(
	car: ConnectedCar,
	subscribe: Record<string, unknown>,
	claim: Claim,
	signal?: AbortSignal,
): Promise<string> {
	const answer = await car.send("POST", car.address(car.route("callbacks")), subscribe, claim, signal);
	const { name } = car.family.channels;
	const body = isDocument(answer.body) ? answer.body : {};
	const id = body[`${name}Id`] ?? body.id;
	if (typeof id === "string" && id !== "") return id;
	throw new StellantisError("ERR_BAD_RESPONSE", `The API registered a ${name} but did not tell its id.`, {
		statusCode: answer.statusCode,
	});
}

/** Registers a channel anew under its id: the whole body, as {@link subscriptionOf} makes it. */
export async function updateChannel(
	car: ConnectedCar,
	id: string,
	subscribe: Record<string, unknown>,
	claim: Claim,
	signal?: AbortSignal,
): Promise<void> {
	await car.send("PUT", car.address(car.route("callback"), { cbid: id }), subscribe, claim, signal);
}

/** Lets a channel rest or run; a resting one delivers nothing. */
export async function updateStatus(
	car: ConnectedCar,
	id: string,
	status: "Running" | "Paused",
	claim: Claim,
	signal?: AbortSignal,
): Promise<void> {
	const path = `${car.route("callback").path}/status`;
	await car.send("PUT", car.address({ path }, { cbid: id }), { status }, claim, signal);
}

/** Deletes a channel; one that is gone already is no error. */
export async function deleteChannel(car: ConnectedCar, id: string, claim: Claim, signal?: AbortSignal): Promise<void> {
	try {
		await car.send("DELETE", car.address(car.route("callback"), { cbid: id }), undefined, claim, signal);
	} catch (error) {
		if (!(error instanceof StellantisError) || error.code !== "ERR_NOT_FOUND") throw error;
	}
}

/**
 * The account's first running channel that carries what is wanted.
 *
 * @throws ERR_NO_CHANNEL that says how to get one; and what reading the list throws
 */
export async function pickChannel(
	car: ConnectedCar,
	claim: Claim,
	signal?: AbortSignal,
	wish: ChannelWish = {},
): Promise<Channel> {
	const channels = await listChannels(car, claim, signal);
	const covering = channels.filter((channel) => covers(car, channel, wish));
	const running = covering.find(isRunning);
	if (running) return running;
	const { name } = car.family.channels;
	const found = covering[0]
		? `Its ${name} ${quote(covering[0].label ?? covering[0].id)} is ${covering[0].status}. Deploy the vehicle events node that keeps it, which sets it running`
		: channels.length > 0
			? `None of its ${name}s carries ${wish.remoteType ?? wish.purpose ?? "remote"} events. Add a vehicle events node of this account`
			: "Add a vehicle events node of this account and deploy: it registers one";
	throw new StellantisError(
		"ERR_NO_CHANNEL",
		`The account has no running ${name}, which the API demands for commands and monitors. ${found}. Without a public address, enter any https address of your own as its public URL: no events will arrive, but commands work and are followed by asking.`,
	);
}

function covers(car: ConnectedCar, { subscribe }: Channel, { remoteType, purpose = "remote" }: ChannelWish): boolean {
	const { typesKey, carries } = car.family.channels;
	const listed = subscribe[typesKey];
	if (!Array.isArray(listed)) return true;
	const words = carries[purpose];
	const wanted = remoteType !== undefined && words.includes(remoteType) ? [remoteType] : words;
	return wanted.some((word) => listed.includes(word));
}

/**
 * Sees to it that one channel is there as ordered, and only one: found, updated, set running, or created; what is ours
 * beside it is deleted.
 *
 * @returns its id
 * @throws ERR_REJECTED naming the channels in the way when the account may have no more; and what the API answers
 */
export async function keepChannel(
	car: ConnectedCar,
	order: ChannelOrder,
	claim: Claim,
	signal?: AbortSignal,
): Promise<string> {
	const wanted = subscriptionOf(car, order);
	const all = await listChannels(car, claim, signal);
	order.look?.(all);
	const [kept, ...others] = all
		.filter(order.isOurs)
		.sort((a, b) => Number(b.target === order.target) - Number(a.target === order.target));
	for (const { id } of others)
		await deleteChannel(car, id, claim, signal).catch((error: unknown) => {
			// A channel with running monitors may not be deleted; the next time will do.
			if (!isRefusal(error)) throw error;
		});
	if (!kept) {
		refuseBeyondLimit(car, all);
		return createChannel(car, wanted, claim, signal).catch((error: unknown) => {
			throw (isRefusal(error) || isForbidden(error)) && all.length > 0 ? crowded(car, all, error) : error;
		});
	}
	if (!isAsWanted(car, kept, order, wanted)) {
		try {
			await updateChannel(car, kept.id, wanted, claim, signal);
		} catch (error) {
			if (!isRefusal(error)) throw error;
			// Whatever keeps it from being changed, a new one will do.
			await deleteChannel(car, kept.id, claim, signal);
			return createChannel(car, wanted, claim, signal);
		}
	}
	if (!isRunning(kept)) await updateStatus(car, kept.id, "Running", claim, signal);
	return kept.id;
}

/** Makes a channel ours, whoever has made it: as ordered, and running. */
export async function takeOverChannel(
	car: ConnectedCar,
	channel: Channel,
	order: ChannelOrder,
	claim: Claim,
	signal?: AbortSignal,
): Promise<void> {
	await updateChannel(car, channel.id, subscriptionOf(car, order), claim, signal);
	if (!isRunning(channel)) await updateStatus(car, channel.id, "Running", claim, signal);
}

function isAsWanted(car: ConnectedCar, kept: Channel, order: ChannelOrder, wanted: Record<string, unknown>): boolean {
	const { typesKey } = car.family.channels;
	const [listed, types] = [kept.subscribe[typesKey], wanted[typesKey] as string[]];
	const sameTypes = Array.isArray(listed) && listed.length === types.length && types.every((t) => listed.includes(t));
	return kept.target === order.target && kept.label === order.label && sameTypes;
}

function isRefusal(error: unknown): error is StellantisError {
	return (
		error instanceof StellantisError && ["ERR_REJECTED", "ERR_NOT_SUPPORTED", "ERR_NOT_FOUND"].includes(error.code)
	);
}

/** Some servers call a limit that is reached so, too. */
function isForbidden(error: unknown): error is StellantisError {
	return error instanceof StellantisError && error.code === "ERR_FORBIDDEN";
}

/** What helps where the account may have no more channels. */
const WAY_OUT =
	"Delete one that is no longer needed where it was made. If this node shall have one of them, give it that one's label and press the button in the form of the vehicle events node that takes it over; installations that shall share one get the same secret in that form.";

function refuseBeyondLimit(car: ConnectedCar, channels: readonly Channel[]): void {
	const { limit, name } = car.family.channels;
	if (limit === undefined || channels.length < limit) return;
	throw new StellantisError(
		"ERR_REJECTED",
		`The account has ${channels.length} ${name}s already, and the API allows ${limit}: ${labelsOf(channels)}. ${WAY_OUT}`,
	);
}

/** The refusal of a new channel by an API whose limit is not known, with what may be the reason. */
function crowded(car: ConnectedCar, channels: readonly Channel[], refusal: StellantisError): StellantisError {
	const { name } = car.family.channels;
	const { message, statusCode, apiError } = refusal;
	return new StellantisError(
		refusal.code,
		`${message} The account has ${name}s already, perhaps as many as the API allows: ${labelsOf(channels)}. ${WAY_OUT}`,
		{ statusCode, apiError, cause: refusal },
	);
}

function labelsOf(channels: readonly Channel[]): string {
	return channels
		.slice(0, 10)
		.map(({ label, id }) => quote(label ?? id))
		.join(", ");
}
