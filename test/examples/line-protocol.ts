/**
 * Reads InfluxDB's line protocol as strictly as a server does, for the numbers that our example writes.
 * Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
 */
import assert from "node:assert/strict";

export interface Point {
	measurement: string;
	tags: Record<string, string>;
	fields: Record<string, number>;
	/** As written, in the precision of the request. */
	time: number;
}

export function parseLines(lines: string): Point[] {
	return lines.split("\n").map(parseLine);
}

function parseLine(line: string): Point {
	const [key = "", fieldSet = "", time = "", ...rest] = split(line, " ");
	assert.equal(rest.length, 0, `no further space in ${line}`);
	assert.match(time, /^\d{10}$/, line);
	const [measurement = "", ...tags] = split(key, ",");
	assert.match(measurement, /^\w+$/, line);
	const fields = pairs(split(fieldSet, ","), line).map(([name, value]): [string, number] => {
		assert.match(value, /^-?\d+(\.\d+)?(e[+-]?\d+)?$/, line);
		return [name, Number(value)];
	});
	assert.ok(fields.length > 0, line);
	return {
		measurement,
		tags: Object.fromEntries(pairs(tags, line)),
		fields: Object.fromEntries(fields),
		time: Number(time),
	};
}

/** Splits at a sign that no backslash stands before. */
function split(text: string, sign: string): string[] {
	const parts = text.split(new RegExp(`(?<!\\\\)${sign}`));
	for (const part of parts) assert.notEqual(part, "", `nothing empty in ${text}`);
	return parts;
}

function pairs(written: string[], line: string): [string, string][] {
	return written.map((each) => {
		const [name = "", value = "", ...rest] = split(each, "=");
		assert.ok(name !== "" && value !== "" && rest.length === 0, `${each} in ${line}`);
		return [name, value.replace(/\\([,= ])/g, "$1")];
	});
}
