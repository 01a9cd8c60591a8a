import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { defined } from "../../json";
import { storeError } from "../../storage/shared/errors";
import type { SharedAccount } from "../../storage/shared/shared-account";
import { NOW } from "../../storage/shared/sql";
import { notHeardOf, type SharedStore } from "../../storage/shared/store";
import { fingerprint, seal, sealingKey, unseal } from "./seal";
import { NOBODY, recordShape, type SignInToStore, type TokenStore, UNREADABLE } from "./token-store";
import type { Tokens } from "./tokens";

/** Seconds without a sign of life after which a renewal that an instance has begun is another's. */
const GONE = 60;
/** Milliseconds before the end of a token from which on it is renewed: an instance that dies in it is taken over in time. */
const MARGIN = 120_000;
/** Milliseconds between two looks while another instance renews, and whether another has renewed or signed in. */
const AGAIN = 150;
const LOOK = 10_000;
/** Milliseconds after which nobody waits for another's renewal any longer: it is taken over long before. */
const LONGEST = 2 * GONE * 1000;
/** Most refresh tokens of forms that are remembered. */
const MOST_TYPED = 20;

/** What is sealed: the forms of the instances may hold a refresh token each, and none may be used twice. */
const sharedShape = recordShape.extend({ typed: z.array(z.string()) });
type SharedRecord = z.infer<typeof sharedShape>;

/** The row of a sign-in. */
interface Row {
	rev: number;
	sealed: string | null;
	key: string;
	now: number;
}

/**
 * What accounts of one name have in common in this process, where each would take another's claim for its own: one of
 * them renews at a time, and none before what the server has issued is stored.
 */
interface Turns {
	flight: Promise<unknown>;
	/** Stores what the server has issued and the store has not taken yet. */
	unsaved: (() => Promise<void>) | undefined;
	/** True where the store may still have a claim that nobody here makes use of: it was cut off then. */
	isLeft: boolean;
}

const turnsOf = new WeakMap<SharedStore, Map<string, Turns>>();

/** What this machine knows of the sign-in beside the store. */
export interface LocalSignIn {
	/** What enters a store that has none, and is kept as the store has it. */
	files: TokenStore;
	/** The refresh token in the account's form. */
	typed: string | undefined;
}

/** A sign-in that several Node-RED share. */
export interface SharedTokenStore extends TokenStore {
	/**
	 * Resolves when the sign-in is known.
	 *
	 * @throws ERR_STORE where it can't be read, or is sealed with another key
	 */
	known(): Promise<void>;
}

/**
 * Keeps the sign-in of an account in its store, sealed with a key that only its instances know. One of them renews at a
 * time; one that was not heard of for a minute is taken over.
 *
 * @param secret what the key is made from, see {@link sealingKey}
 * @param signal aborts when the account closes
 * @param now the clock by which tokens age, epoch milliseconds
 */
export function sharedTokenStore(
	account: SharedAccount,
	secret: string,
	local: LocalSignIn,
	signal: AbortSignal,
	now: () => number = Date.now,
): SharedTokenStore {
	const { store, name } = account;
	let deriving: Promise<Buffer> | undefined;
	const keyOf = () => {
		deriving ??= sealingKey(secret, name);
		return deriving;
	};
	/** Of the row that was read last; -1 before, 0 where there is none. */
	let rev = -1;
	let sealed: string | null | undefined;
	let record: SharedRecord | undefined;
	/** Why there is none. */
	let reason = NOBODY;
	let key: Buffer | undefined;
	let revision = 0;
	/** The revision of the claim that this instance has on the row. */
	let claimed: number | undefined;
	const turns = turnsAt(store, name);
	const typed = local.typed?.trim();

	/** Takes over what the row says. */
	const take = async (row: Row | undefined) => {
		key = await keyOf();
		if (row?.sealed && row.key !== fingerprint(key, name))
			throw storeError(
				"The shared sign-in is sealed with another key: enter the same key in the store of every Node-RED. It was left as it is.",
			);
		rev = row?.rev ?? 0;
		if (row?.sealed === sealed) return;
		sealed = row?.sealed;
		const offset = row ? row.now - Date.now() : 0;
		let found: SharedRecord | undefined;
		reason = NOBODY;
		try {
			if (row?.sealed) found = sharedShape.parse(JSON.parse(unseal(key, name, row.sealed)));
		} catch {
			// Nobody can read it any more: as with a damaged file, the next sign-in takes its place.
			reason = UNREADABLE;
		}
		const isGone = record !== undefined && !row?.sealed;
		record = found && { ...found, ...defined({ tokens: found.tokens && past(shifted(found.tokens, -offset), now()) }) };
		revision++;
		if (record) await local.files.write(localOf(record)).catch(() => {});
		else if (isGone) await local.files.remove().catch(() => {});
	};

	const knows = ({ typed }: SharedRecord, token = "") => key !== undefined && typed.includes(fingerprint(key, token));

	/** For the day on which the account has no store any more: a file of before would hold what is used up. */
	const localOf = (own: SharedRecord): SignInToStore => {
		const { tokens, issuedFor } = own;
		return { issuedFor, ...defined({ tokens }), ...(knows(own, typed) ? { typed } : {}) };
	};

	const columns = `rev::float8, sealed, key, ${NOW} as now`;
	const look = async () => {
		const [row] = await account.query<Row>(
			(table) => `select ${columns} from ${table("sign_in")} where account = $1`,
			[name],
		);
		await take(row);
		return row;
	};

	/** Makes the row of the sign-in where there is none. */
	const make = async (content: string | null) => {
		await account.query(
			(table) =>
				`insert into ${table("sign_in")} (account, rev, sealed, key) values ($1, 1, $2, $3) on conflict do nothing`,
			[name, content, fingerprint(await keyOf(), name)],
		);
	};

	/** The sign-in of this machine enters a store that has none. */
	const enter = async () => {
		if (await look()) return;
		const own = local.files.read(typed);
		if ("reason" in own) return;
		const { tokens, issuedFor, typedIsKnown } = own;
		if (!tokens && !typedIsKnown) return;
		await make(await sealedNow({ issuedFor, ...defined({ tokens }), ...(typedIsKnown ? { typed } : {}) }));
		await look();
	};
	let entering: Promise<void> | undefined;
	const known = () => {
		entering ??= enter().catch((error: unknown) => {
			entering = undefined;
			throw error;
		});
		return entering;
	};

	/** Times go in by the store's clock, which all instances share. */
	const sealedNow = async ({ tokens, issuedFor, typed }: SignInToStore): Promise<string> => {
		const [row] = await account.query<{ now: number }>(() => `select ${NOW} as now`);
		const offset = row ? row.now - Date.now() : 0;
		const own = await keyOf();
		const known = new Set(record?.typed);
		if (typed !== undefined) known.add(fingerprint(own, typed));
		const told: SharedRecord = {
			issuedFor,
			...defined({ tokens: tokens && shifted(tokens, offset) }),
			typed: [...known].slice(-MOST_TYPED),
		};
		return seal(own, name, JSON.stringify(told));
	};

	/** One instance at a time; one that is gone is taken over, once this one has heard of the others for as long. */
	const claim = async () => {
		await make(null);
		for (
			const end = performance.now() + LONGEST;
			;
			await wait(AGAIN * (0.75 + Math.random() / 2), undefined, { signal })
		) {
			const mayTakeOver = store.availableFor() > GONE * 1000;
			const [row] = await account
				.query<Row>(
					(
						table,
					) => `update ${table("sign_in")} sign_in set holder = $2, key = $3, begun = clock_timestamp(), rev = rev + 1
					where account = $1 and (key = $3 or sealed is null) and (holder is null or holder = $2 or ($4 and ${notHeardOf("sign_in.holder", table("instance"), GONE)}))
					returning ${columns}`,
					[name, store.instance, fingerprint(await keyOf(), name), mayTakeOver],
				)
				.catch((error: unknown) => {
					turns.isLeft = true;
					throw error;
				});
			if (row) {
				await take(row);
				claimed = row.rev;
				return;
			}
			await look();
			if (performance.now() > end) throw storeError("Another instance renews the shared sign-in and does not end.");
		}
	};

	const release = async () => {
		if (claimed === undefined || turns.unsaved) return;
		claimed = undefined;
		turns.isLeft = true;
		await letGo().catch(() => {});
	};

	/** In turn, while nobody here has a claim. */
	const letGo = async () => {
		await account.query(
			(table) => `update ${table("sign_in")} set holder = null where account = $1 and holder = $2`,
			[name, store.instance],
		);
		turns.isLeft = false;
	};

	/** Does what the store has not taken. */
	const catchUp = async () => {
		await turns.unsaved?.();
		if (turns.isLeft) await letGo();
	};

	const save = async (signIn: SignInToStore | undefined) => {
		const fresh = signIn ? await sealedNow(signIn) : null;
		const [row] = await account.query<Row>(
			(table) =>
				`update ${table("sign_in")} set sealed = $4, holder = null, rev = rev + 1 where account = $1 and holder = $2 and rev = $3 returning ${columns}`,
			[name, store.instance, claimed, fresh],
		);
		claimed = undefined;
		turns.unsaved = undefined;
		// Somebody has taken over meanwhile: what is there counts.
		if (row) await take(row);
		else await look();
	};

	const write = async (signIn: SignInToStore | undefined) => {
		try {
			await save(signIn);
		} catch (error) {
			// The claim holds, so nobody uses the refresh token that is spent; it is stored as soon as the store is back.
			turns.unsaved = () => save(signIn);
			throw error;
		}
	};

	const stopListening = store.onState((away) => {
		if (!away) void inTurn(catchUp).catch(() => {});
	});
	const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
		const run = turns.flight.then(task, task);
		turns.flight = run.catch(() => {});
		return run;
	};
	const timer = setInterval(() => {
		if (claimed === undefined && rev >= 0) void look().catch(() => {});
	}, LOOK).unref();
	signal.addEventListener(
		"abort",
		() => {
			clearInterval(timer);
			stopListening();
		},
		{ once: true },
	);

	return {
		known,
		margin: MARGIN,
		revision: () => revision,
		read(typed) {
			if (!record) return { reason };
			const { tokens, issuedFor } = record;
			const typedIsKnown = typed !== undefined && knows(record, typed);
			return { ...defined({ tokens }), issuedFor, typedIsKnown };
		},
		write,
		// Where forms hold refresh tokens these are used up, whoever signs out.
		remove: () => write(record && record.typed.length > 0 ? { issuedFor: record.issuedFor } : undefined),
		locked: (task) =>
			inTurn(async () => {
				await known();
				await turns.unsaved?.();
				await claim();
				try {
					return await task();
				} finally {
					await release();
				}
			}),
		async refresh() {
			const [row] = await account.query<Row>(
				(table) => `select ${columns} from ${table("sign_in")} where account = $1`,
				[name],
			);
			await take(row);
		},
	};
}

function turnsAt(store: SharedStore, name: string): Turns {
	const byName = turnsOf.get(store) ?? new Map<string, Turns>();
	turnsOf.set(store, byName);
	const turns = byName.get(name) ?? { flight: Promise.resolve(), unsaved: undefined, isLeft: false };
	byName.set(name, turns);
	return turns;
}

/** No tokens come from the future: where clocks are compared, the way there and back makes milliseconds of it. */
function past(tokens: Tokens, now: number): Tokens {
	return { ...tokens, receivedAt: Math.min(tokens.receivedAt, now) };
}

/** Tokens whose moments are told by another clock. */
function shifted(tokens: Tokens, offset: number): Tokens {
	return {
		...tokens,
		receivedAt: tokens.receivedAt + offset,
		...defined({ renewals: tokens.renewals?.map((time) => time + offset) }),
	};
}
