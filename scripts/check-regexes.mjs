// Finds every regular expression in what is shipped and asks recheck whether a hostile text could make it slow: all
// must take linear time. What recheck can't decide fails, and so does an expression that is put together at run time,
// because nobody can ask about it beforehand.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import ts from "typescript";

// The checker in JavaScript: the same everywhere, without a Java or a binary for the machine.
process.env.RECHECK_BACKEND = "pure";
const { checkSync } = await import("recheck");

/** What is shipped, and what scripts in it end with; texts of help hold none. */
const FOLDERS = ["src", "nodes", "demo", "resources"];
const SCRIPTS = /^(?!locales).*\.(ts|js|html)$/;
/** Methods that make a regular expression of a text they are given. */
const MAKES_ONE = new Set(["match", "matchAll", "search"]);
/** The checker that proves; the other one guesses attacks, and finding none proves nothing. Milliseconds for each. */
const CHECK = { checker: "automaton", timeout: 30_000 };

/** The scripts of a form, each at the line where it stands. */
function scriptsOf(html) {
	const scripts = [];
	for (let at = html.indexOf("<script"); at >= 0; at = html.indexOf("<script", at)) {
		const start = html.indexOf(">", at) + 1;
		const end = html.indexOf("</script>", start);
		const isScript = !html.slice(at, start).includes("text/html");
		const before = html.slice(0, start).split("\n").length - 1;
		if (isScript) scripts.push("\n".repeat(before) + html.slice(start, end));
		at = end;
	}
	return scripts;
}

/** Every regular expression of a script; without a source where it is made at run time. */
function* expressionsOf(file, script) {
	const tree = ts.createSourceFile(file, script, ts.ScriptTarget.Latest, true);
	const found = [];
	const visit = (node) => {
		const where = () => `${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
		if (ts.isRegularExpressionLiteral(node)) {
			const end = node.text.lastIndexOf("/");
			found.push({ where: where(), source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
		} else if (makesOne(node)) found.push({ where: where() });
		ts.forEachChild(node, visit);
	};
	visit(tree);
	yield* found;
}

function makesOne(node) {
	if (ts.isIdentifier(node) && node.text === "RegExp") return !isTypeOnly(node.parent);
	if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
	const [text] = node.arguments;
	return (
		MAKES_ONE.has(node.expression.name.text) &&
		text !== undefined &&
		(ts.isStringLiteralLike(text) || ts.isTemplateExpression(text))
	);
}

/** `RegExp` as a type, and behind `instanceof`, makes nothing. */
function isTypeOnly(parent) {
	return (
		ts.isTypeReferenceNode(parent) ||
		(ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword)
	);
}

function complaintAbout({ source, flags }) {
	if (source === undefined) return "is made at run time; write it as a literal, or do without";
	const { status, complexity, error } = checkSync(source, flags, CHECK);
	if (status === "safe") return undefined;
	return status === "vulnerable"
		? `takes ${complexity.summary} time: /${source}/${flags}`
		: `can't be decided (${error?.kind}): /${source}/${flags}`;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const { positionals } = parseArgs({ allowPositionals: true });
const shipped = FOLDERS.flatMap((folder) =>
	readdirSync(join(root, folder), { recursive: true })
		.filter((name) => SCRIPTS.test(name))
		.map((name) => join(folder, name)),
);
const files = positionals.length > 0 ? positionals : shipped.sort();
const answers = new Map();
let count = 0;
let failed = 0;
for (const file of files) {
	const text = readFileSync(resolve(root, file), "utf8");
	for (const script of file.endsWith(".html") ? scriptsOf(text) : [text])
		for (const expression of expressionsOf(file, script)) {
			count++;
			const key = `${expression.flags} ${expression.source}`;
			if (!answers.has(key)) answers.set(key, complaintAbout(expression));
			const complaint = answers.get(key);
			if (complaint === undefined) continue;
			failed++;
			console.error(`${expression.where} ${complaint}`);
		}
}
console.log(`${count} regular expressions in ${files.length} files; ${failed} could be slow or can't be judged.`);
process.exitCode = failed === 0 && count > 0 ? 0 : 1;
