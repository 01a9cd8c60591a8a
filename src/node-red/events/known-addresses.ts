import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Express } from "express";
import type { NodeAPI } from "node-red";
import { folderOf } from "../folder";
import { DEFAULT_PATH } from "./address";
import { type Address, awaitAddresses, digestOfSecret, knowAddress, type OpenAddress } from "./route";

/** The addresses of each events node of a runtime, by the name of its files and then by path and digest. */
const addressesOf = new WeakMap<Express, Map<string, Map<string, OpenAddress>>>();

/**
 * Makes the addresses known that events nodes have had before this Node-RED started: it listens before its flows run,
 * and a 404 would tell the API that nobody is there. Where nothing is kept, as in a container without a lasting folder,
 * any address may be one whose secret comes from the environment. Loaded with the package, so it parses by hand instead
 * of by schema.
 *
 * @param settled resolves when the nodes have told their addresses
 */
export function knowKeptAddresses(RED: NodeAPI, settled: Promise<unknown>): void {
	if ((RED.settings as { httpNodeRoot?: unknown }).httpNodeRoot === false) return;
	const folder = folderOf(RED);
	for (const file of namesIn(folder)) {
		const [, name] = /^(events-[\w-]{1,64})\.json$/.exec(file) ?? [];
		if (name === undefined) continue;
		for (const address of addressesIn(join(folder, file))) knownAddress(RED.httpNode, name, address);
	}
	if (knownNames(RED.httpNode).length === 0) void settled.then(awaitAddresses(RED.httpNode, `/${DEFAULT_PATH}`));
}

/** An address of an events node, made known where it isn't. */
export function knownAddress(app: Express, name: string, address: Address): OpenAddress {
	const nodes = addressesOf.get(app) ?? new Map<string, Map<string, OpenAddress>>();
	addressesOf.set(app, nodes);
	const own = nodes.get(name) ?? new Map<string, OpenAddress>();
	nodes.set(name, own);
	const key = keyOf(address);
	const known = own.get(key) ?? knowAddress(app, address);
	own.set(key, known);
	return known;
}

/** Makes all addresses of an events node unknown, but for those to keep. */
export function forgetAddresses(app: Express, name: string, keep: readonly Address[] = []): void {
	const own = addressesOf.get(app)?.get(name);
	const kept = new Set(keep.map(keyOf));
	for (const [key, address] of own ?? []) {
		if (kept.has(key)) continue;
		address.forget();
		own?.delete(key);
	}
}

/** Names of the files of events nodes whose addresses are known. */
export function knownNames(app: Express): string[] {
	return [...(addressesOf.get(app)?.keys() ?? [])];
}

function keyOf({ path, digest }: Address): string {
	return `${digest} ${path}`;
}

function namesIn(folder: string): string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

function addressesIn(path: string): Address[] {
	try {
		const { addresses, secret } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
		if (Array.isArray(addresses)) return addresses.filter(isAddress);
		// Version 0.1.0 kept the secret only.
		return typeof secret === "string" ? [{ path: `/${DEFAULT_PATH}`, digest: digestOfSecret(secret) }] : [];
	} catch {
		return [];
	}
}

function isAddress(value: unknown): value is Address {
	const { path, digest } = Object(value) as Partial<Record<string, unknown>>;
	return typeof path === "string" && /^(\/[\w.~-]+)+$/.test(path) && typeof digest === "string";
}
