import assert from "node:assert/strict";
import { listChannels, pickChannel, subscriptionOf } from "../../src/api/channels";
import { ConnectedCar } from "../../src/api/connected-car";
import { type ChannelKinds, FAMILIES, type FamilyId } from "../../src/api/families";
import { StellantisError } from "../../src/error";
import { documentsPresent, openDocument } from "../contract/openapi";

const claim = { priority: "single", owner: "test" } as const;
const SCHEMAS = {
	"user-v4": "CallbackSubscribe",
	"accounts-v1": "ChannelSubscribe",
	"fleet-v3": "RemoteCallbackSubscribe",
} as const;

/** An API whose list of channels is what a test says. */
function carWith(family: FamilyId, items: unknown[]): ConnectedCar {
	const { name } = FAMILIES[family].channels;
	return new ConnectedCar({
		family: FAMILIES[family],
		root: new URL("https://host/api"),
		variables: { fid: "f1" },
		client: {
			send: async ({ url }) => ({ statusCode: 200, url, body: { _embedded: { [`${name}s`]: items } } }),
		},
	});
}

const channel = (id: string, types: unknown, status = "Running") => ({
	id,
	status,
	subscribe: { label: id, type: types, remoteTypes: types },
});

describe("channels", () => {
	for (const [id, schema] of Object.entries(SCHEMAS) as [FamilyId, string][]) {
		it(`are registered as the document of ${id} wants it`, function () {
			if (!documentsPresent) {
				console.log("      the API documents are not beside the project: nothing to compare with");
				this.skip();
			}
			const document = openDocument(id);
			for (const kinds of ["both", "monitor", "remote"] satisfies ChannelKinds[]) {
				const order = { label: "kitchen", target: "https://home.example/stellantis/events/secret", kinds };
				assert.deepEqual(document.checkSchema(schema, subscriptionOf(carWith(id, []), order)), [], kinds);
			}
		});
	}

	it("are read whatever of them is missing", async () => {
		const items = [
			{ id: "a" },
			null,
			{ subscribe: {} },
			{ callbackId: "b", status: { status: "Paused" }, subscribe: 7 },
		];
		const found = await listChannels(carWith("user-v4", items), claim);
		assert.deepEqual(
			found.map(({ id, status, target }) => ({ id, status, target })),
			[
				{ id: "a", status: undefined, target: undefined },
				{ id: "b", status: "Paused", target: undefined },
			],
		);
	});

	const picks: [string, FamilyId, unknown[], object, string][] = [
		["the first that runs", "user-v4", [channel("a", ["Remote"], "Paused"), channel("b", ["Remote"])], {}, "b"],
		[
			"one for commands",
			"user-v4",
			[channel("a", ["Monitor"]), channel("b", ["Remote"])],
			{ remoteType: "Doors" },
			"b",
		],
		[
			"one for monitors",
			"accounts-v1",
			[channel("a", ["Remote"]), channel("b", ["Monitor"])],
			{ purpose: "monitor" },
			"b",
		],
		["one that names no types", "user-v4", [{ id: "a", status: "Running", subscribe: {} }], {}, "a"],
		["one for the type", "fleet-v3", [channel("a", ["Horn"]), channel("b", ["Doors"])], { remoteType: "Doors" }, "b"],
		["any for a type newer than the table", "fleet-v3", [channel("a", ["Horn"])], { remoteType: "Newer" }, "a"],
	];
	for (const [name, family, items, wish, id] of picks)
		it(`are picked: ${name} (${family})`, async () => {
			assert.equal((await pickChannel(carWith(family, items), claim, undefined, wish)).id, id);
		});

	const misses: [string, unknown[], RegExp][] = [
		["none at all", [], /no running callback.*vehicle events node.*Without a public address/],
		["none of the type", [channel("a", ["Horn"])], /None of its callbacks carries Doors events/],
		["only a paused one", [channel("a", ["Doors"], "Paused")], /Its callback "a" is Paused/],
	];
	for (const [name, items, sentence] of misses)
		it(`are missed in words that say how to get one: ${name}`, async () => {
			await assert.rejects(
				pickChannel(carWith("fleet-v3", items), claim, undefined, { remoteType: "Doors" }),
				(error) => error instanceof StellantisError && error.code === "ERR_NO_CHANNEL" && sentence.test(error.message),
			);
		});
});
