/** The boolean expression of a monitor over the names of its triggers: `&`, `|`, `!` and brackets. */
import { ApiFailure } from "../base/failure";

/** Says whether the expression holds, given which triggers do. */
export type Expression = (holds: (name: string) => boolean) => boolean;

/**
 * Reads an expression; `!` binds closest, then `&`, then `|`.
 * @throws ApiFailure 400 for one that can't be read or names a trigger that isn't there
 */
export function parseExpression(text: string, names: readonly string[]): Expression {
	const tokens = text.match(/[&|!()]|[^\s&|!()]+/g) ?? [];
	let place = 0;
	const broken = () => new ApiFailure(400, "boolExp must join names of triggers with &, |, ! and brackets.");
	const either = (): Expression => {
		const parts = [every()];
		while (tokens[place] === "|" && ++place) parts.push(every());
		return (holds) => parts.some((part) => part(holds));
	};
	const every = (): Expression => {
		const parts = [single()];
		while (tokens[place] === "&" && ++place) parts.push(single());
		return (holds) => parts.every((part) => part(holds));
	};
	const single = (): Expression => {
		const token = tokens[place++];
		if (token === "!") {
			const part = single();
			return (holds) => !part(holds);
		}
		if (token === "(") {
			const part = either();
			if (tokens[place++] !== ")") throw broken();
			return part;
		}
		if (token === undefined || !names.includes(token)) throw broken();
		return (holds) => holds(token);
	};
	const whole = either();
	if (place < tokens.length) throw broken();
	return whole;
}
