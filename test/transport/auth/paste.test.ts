import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePasted } from "../../../src/transport/auth";

const CODE = "u8-Kq.7_x~Z";
const STATE = "st4te-of_this";
const ADDRESS = `app://oauth2redirect/fr?code=${CODE}&state=${STATE}`;

describe("what a person pastes after signing in", () => {
	const both = { code: CODE, state: STATE };
	const texts: [string, string, { code: string; state?: string }][] = [
		["the address of a private scheme", ADDRESS, both],
		["the address with blanks around", `\n  ${ADDRESS} \r\n`, both],
		["a scheme without slashes", `com.example.app:/cb?state=${STATE}&code=${CODE}`, both],
		["a scheme without a path", `mymap://?code=${CODE}&state=${STATE}`, both],
		["a web address", `https://host.example/stellantis/callback?code=${CODE}&state=${STATE}&iss=x`, both],
		["the answer in a fragment", `https://host.example/#state=${STATE}&code=${CODE}`, both],
		["an encoded code", `app://cb?code=a%2Fb%2Bc%3D&state=${STATE}`, { code: "a/b+c=", state: STATE }],
		["a code with a bare plus", `app://cb?code=a+b/c==&state=${STATE}`, { code: "a+b/c==", state: STATE }],
		["an address without state", `app://cb?code=${CODE}`, { code: CODE }],
		["the bare code", CODE, { code: CODE }],
		["the bare code, encoded", "abc%2Fdef%3D", { code: "abc/def=" }],
		["a UUID as code", "0f8fad5b-d9cb-469f-a165-70867728950e", { code: "0f8fad5b-d9cb-469f-a165-70867728950e" }],
		["only the query", `?code=${CODE}&state=${STATE}`, both],
		["only the parameters", `code=${CODE}&state=${STATE}`, both],
		["a header line", `Location: ${ADDRESS}`, both],
		["a console message", `Failed to launch '${ADDRESS}' because the scheme does not have a registered handler.`, both],
		["HTML", `<a href="${ADDRESS.replace("&", "&amp;")}">`, both],
		["an address inside another", `https://sso.example/go?url=${encodeURIComponent(ADDRESS)}&lang=fr`, both],
		["cURL (bash)", `curl '${ADDRESS}' \\\n  -H 'User-Agent: Mozilla/5.0' \\\n  --compressed`, both],
		[
			"cURL (bash) with ANSI quotes",
			`curl $'app://cb?code=\\u0021x&state=${STATE}' -H $'x: it\\'s'`,
			{ code: "!x", state: STATE },
		],
		["cURL with double quotes", `curl "${ADDRESS}" -H "a: \\"b\\""`, both],
		["cURL without quotes", `curl ${ADDRESS.replace("&", "\\&")}`, both],
		["cURL (cmd)", `curl ^"${ADDRESS.replace("&", "^&")}^" ^\r\n  -H ^"accept: */*^" ^\r\n  --compressed`, both],
		[
			"cURL (cmd) with an encoded code",
			`curl ^"app://cb?code=a^%^2Fb^&state=${STATE}^"`,
			{ code: "a/b", state: STATE },
		],
		[
			"cURL (old cmd)",
			`curl "app://cb?code=a"%"2Fb&state=${STATE}" -H "x: y" --compressed`,
			{ code: "a/b", state: STATE },
		],
		["cURL with the address as referer", `curl 'https://x.example/' -H 'Referer: ${ADDRESS}'`, both],
		["cURL with the code as data", `curl 'https://x.example/' --data-raw 'code=${CODE}&state=${STATE}'`, both],
		[
			"all requests as cURL",
			`curl 'https://idp.example/authorize?response_type=code&code_challenge=c&state=${STATE}' ;\ncurl 'https://a.example/?code=fr&state=x' ;\ncurl '${ADDRESS}'`,
			both,
		],
	];
	for (const [what, text, expected] of texts) {
		it(`finds the code in ${what}`, () => assert.deepEqual(parsePasted(text, STATE), expected));
	}

	const refused: [string, string, RegExp][] = [
		["nothing", " \n", /Nothing was pasted/],
		["a sentence", "I could not find the code", /no code in what was pasted/],
		["a short word", "hm", /no code in what was pasted/],
		[
			"the sign-in page's address",
			`https://idp.example/authorize?response_type=code&state=${STATE}&code_challenge=x`,
			/sign-in page itself/,
		],
		["an address without query", "https://idp.example/", /no code in what was pasted/],
		["an empty code", `app://cb?code=&state=${STATE}`, /no code in what was pasted/],
		["cURL without a code", "curl 'https://idp.example/'", /no code in what was pasted/],
		["the answer of another sign-in", ADDRESS.replace(STATE, "other"), /another sign-in/],
	];
	for (const [what, text, sentence] of refused) {
		it(`says what to paste instead of ${what}, in words that fit whatever it was`, () => {
			assert.throws(() => parsePasted(text, STATE), { code: "ERR_BAD_INPUT", message: sentence });
			assert.throws(() => parsePasted(text, STATE), { message: /Paste the/ });
			assert.throws(
				() => parsePasted(text, STATE),
				({ message }) => !/pasted (address|text)|field/.test(message),
			);
		});
	}

	const UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";
	const APP = "mymap://oauth2redirect/fr";
	const app = { redirectUri: APP, codeLength: UUID.length };
	const pages: [string, string, RegExp][] = [
		["the log-in page", "https://id-dcr.example/login?code=abcdef", /log-in page/],
		["the log-in page with our state", `https://id-dcr.example/login?code=${UUID}&state=${STATE}`, /log-in page/],
		["the page behind it", `https://idpcvs.example/am/OAuthProxy.jsp?code=${UUID}`, /OAuthProxy\.jsp/],
		["the consent page", `https://id-dcr.example/consent?code=${UUID}&x=1`, /asks for your consent/],
		[
			"the error page",
			"https://id-dcr.example/x/OPErrorPage.php?code=403042",
			/error page.*OPErrorPage\.php.*number of an error/,
		],
		["the error page, cut", "…/OPErrorPage.php?code=403042", /error page/],
		["the error page as cURL", "curl 'https://id-dcr.example/OPErrorPage.php?code=403042' -H 'a: b'", /error page/],
		["the error page in a fragment", "https://id-dcr.example/OPErrorPage.php#code=403042", /error page/],
	];
	for (const [what, text, sentence] of pages)
		it(`refuses ${what} by name, and says what to paste`, () => {
			for (const [state, expected] of [[undefined], [STATE], [STATE, app]] as const)
				assert.throws(() => parsePasted(text, state, expected), { code: "ERR_BAD_INPUT", message: sentence });
			assert.throws(() => parsePasted(text, STATE, app), {
				message: /Paste the address that begins with mymap:\/\/.*minute or two/,
			});
		});

	it("takes the app's own address out of all that the browser passed", () => {
		const way = [
			...pages.map(([, text]) => text),
			`https://shop.example/?code=${UUID.replace("0", "1")}`,
			`${APP}?code=${UUID}`,
			`https://id-dcr.example/login?code=zzz&goto=${encodeURIComponent("https://x.example/?code=yyy")}`,
		];
		for (const text of [way.join("\n"), way.toReversed().join("\n")])
			assert.deepEqual(parsePasted(text, STATE, app), { code: UUID });
	});

	it("takes an address on a scheme that is no web address before any other", () => {
		const text = `https://shop.example/?code=other ${ADDRESS.replace(`&state=${STATE}`, "")}`;
		assert.equal(parsePasted(text).code, CODE);
	});

	it("takes a page with such a name where it is the redirect address itself", () => {
		const redirectUri = "https://host.example/login";
		assert.equal(parsePasted(`${redirectUri}?code=${CODE}`, undefined, { redirectUri }).code, CODE);
	});

	for (const [what, text] of [
		["a code that lost its end", `${APP}?code=${UUID.slice(0, 30)}&state=${STATE}`],
		["a bare code that lost its end", UUID.slice(0, 30)],
		["the number of an error", "403042"],
		["a code of a page nobody knows", "https://id-dcr.example/next?code=abcdef"],
	] as const)
		it(`refuses ${what}, where all codes are of one length`, () => {
			assert.throws(() => parsePasted(text, STATE, app), {
				code: "ERR_BAD_INPUT",
				message: /has 36 characters.*has (30|6)\b.*Paste the address that begins with mymap/,
			});
		});

	it("says that the access was refused at the page", () => {
		const text = `app://cb?error=access_denied&error_description=Nope&state=${STATE}`;
		assert.throws(() => parsePasted(text, STATE), { code: "ERR_SIGN_IN_NEEDED", message: /agree/ });
	});

	it("fails in no other way, whatever is pasted", () => {
		const piece = fc.constantFrom(
			"curl ",
			"'",
			'"',
			"^",
			"\\",
			"$'",
			"code=",
			"?",
			"&",
			"#",
			"%",
			"state=",
			"://",
			" ",
			"\n",
			"\\u00",
		);
		fc.assert(
			fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
				try {
					assert.notEqual(parsePasted(pieces.join(""), STATE).code, "");
				} catch (error) {
					assert.ok(error instanceof Error && "code" in error);
					assert.match(String(error.code), /^ERR_(BAD_INPUT|SIGN_IN_NEEDED)$/);
				}
			}),
		);
	});

	it("finds every code that a server may make, in the address and as cURL", () => {
		const code = fc.string({
			unit: fc.integer({ min: 0x21, max: 0x7e }).map((unit) => String.fromCharCode(unit)),
			minLength: 1,
		});
		fc.assert(
			fc.property(code, (made) => {
				const address = `app://cb?${new URLSearchParams({ code: made, state: STATE })}`;
				for (const text of [address, `curl '${address}'`]) assert.equal(parsePasted(text, STATE).code, made);
			}),
		);
	});
});
