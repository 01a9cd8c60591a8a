/**
 * When a monitor has something to tell: a pure function of its body, of what it saw before and of the car now.
 * Source: `MonitorParameter` of the three documents (`DataTrigger`, `ZoneTrigger`, `TimeTrigger`).
 */
import { day, hour, minute } from "../base/time";
import { parseExpression } from "../requests/expression";
import { distance, type Place } from "../world/geography";

/** A monitor's body, as far as its triggers go; it was checked when it was registered. */
export interface MonitorBody {
	subscribeParam?: { refreshEvent?: number };
	extendedEventParam?: string[];
	triggerParam: { triggers: Trigger[]; boolExp: string };
}

interface Trigger {
	name: string;
	data?: { data: string; op: string; value?: string[]; previous?: { op: string; value: string[] } };
	zone?: { transition: "In" | "Out"; place: { radius: number; center: { longitude: number; latitude: number } } };
	time?: { timeZone?: string; times: TimeEntry[] };
}

interface TimeEntry {
	recurrence?: "None" | "Daily";
	start: string;
	duration?: string;
	occurrence?: { day?: string[] };
	occurence?: { day?: string[] };
}

/** The car as a monitor sees it. */
export interface Sight {
	/** Epoch milliseconds. */
	time: number;
	/** Undefined when the owner keeps it private. */
	place: Place | undefined;
	/** What a data operand is now; most have one value, some none, alerts any number. */
	data(name: string): readonly string[];
}

/** What a monitor remembers of a car. */
export interface Memory {
	/** The expression held when it last looked. */
	held: boolean;
	/** When it last told something. */
	toldAt: number;
	triggers: Readonly<Record<string, TriggerMemory>>;
}

interface TriggerMemory {
	holds: boolean;
	/** The values seen last. */
	values: readonly string[];
	/** The values seen before they came to be what they are. */
	previous: readonly string[];
	/** The car has been on the other side of the zone. */
	crossed: boolean;
}

export interface Look {
	memory: Memory;
	/** What is to be told; `triggers` are those that hold. */
	event?: { refresh: boolean; triggers: string[] };
}

/** Looks at a car once. */
export function look({ triggerParam, subscribeParam }: MonitorBody, memory: Memory | undefined, sight: Sight): Look {
	const { triggers, boolExp } = triggerParam;
	const seen = Object.fromEntries(triggers.map((each) => [each.name, test(each, memory?.triggers[each.name], sight)]));
	const held = parseExpression(boolExp, Object.keys(seen))((name) => seen[name]?.holds === true);
	// A change lasts no longer than a look: two in a row are two events.
	const changes = triggers.some(({ name, data }) => data?.op === "onChange" && seen[name]?.holds);
	const refresh = held && memory?.held === true && !changes;
	const { refreshEvent } = subscribeParam ?? {};
	const due = refreshEvent !== undefined && sight.time - (memory?.toldAt ?? 0) >= refreshEvent * 1000;
	const tells = held && (!refresh || due);
	return {
		memory: { held, toldAt: tells ? sight.time : (memory?.toldAt ?? 0), triggers: seen },
		...(tells ? { event: { refresh, triggers: Object.keys(seen).filter((name) => seen[name]?.holds) } } : {}),
	};
}

function test(trigger: Trigger, before: TriggerMemory | undefined, sight: Sight): TriggerMemory {
	const { data, zone, time } = trigger;
	const values = data ? sight.data(data.data) : [];
	const same = before !== undefined && before.values.join() === values.join();
	const seen: TriggerMemory = {
		holds: false,
		values,
		previous: same ? before.previous : (before?.values ?? []),
		crossed: before?.crossed ?? false,
	};
	if (data) return { ...seen, holds: testData(data, seen, before) };
	if (time) return { ...seen, holds: time.times.some((entry) => within(entry, sight.time, time.timeZone ?? "UTC")) };
	if (!zone || !sight.place) return seen;
	const { center, radius } = zone.place;
	const inside = distance([center.longitude, center.latitude], sight.place) <= radius;
	const there = inside === (zone.transition === "In");
	const crossed = seen.crossed || !there;
	return { ...seen, crossed, holds: there && crossed };
}

function testData(data: NonNullable<Trigger["data"]>, seen: TriggerMemory, before: TriggerMemory | undefined): boolean {
	const [wanted = ""] = data.value ?? [];
	const [first] = seen.values;
	const tests: Record<string, () => boolean> = {
		equalsTo: () => seen.values.some((value) => alike(value, wanted)),
		includedIn: () => seen.values.some((value) => data.value?.some((each) => alike(value, each))),
		greaterThan: () => first !== undefined && Number(first) > Number(wanted),
		lowerThan: () => first !== undefined && Number(first) < Number(wanted),
		onChange: () => before !== undefined && before.values.join() !== seen.values.join(),
	};
	if (!tests[data.op]?.()) return false;
	// What was before counts for the first time only, until the trigger lets go again.
	if (!data.previous || (before?.holds && data.op !== "onChange")) return true;
	return seen.previous.some((value) => data.previous?.value.some((each) => alike(value, each)));
}

function alike(value: string, wanted: string): boolean {
	return value.toLowerCase() === wanted.toLowerCase() || (value !== "" && Number(value) === Number(wanted));
}

const week = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Whether a moment lies in a window: once from a moment on, or daily by the clock of a time zone. */
function within({ recurrence, start, duration, ...entry }: TimeEntry, time: number, timeZone: string): boolean {
	const length = duration === undefined ? Number.POSITIVE_INFINITY : span(duration);
	if (recurrence !== "Daily") return time >= Date.parse(start) && time < Date.parse(start) + length;
	const parts = new Intl.DateTimeFormat("en-GB", {
		timeZone,
		weekday: "short",
		hour: "2-digit",
		minute: "2-digit",
		second: "2-digit",
		hourCycle: "h23",
	}).formatToParts(time);
	const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
	const clock = Number(part("hour")) * hour + Number(part("minute")) * minute + Number(part("second")) * 1000;
	const today = week.indexOf(part("weekday"));
	const days = (entry.occurrence ?? entry.occurence)?.day ?? week;
	// A window that opened yesterday may be open yet.
	return [0, 1].some((ago) => {
		const since = clock + ago * day - span(start);
		return since >= 0 && since < length && days.includes(week[(today - ago + 7) % 7] ?? "");
	});
}

/** Milliseconds of an ISO 8601 duration of days and less. */
function span(duration: string): number {
	const [, days, hours, minutes, seconds] =
		/^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration)?.map((text) => Number(text ?? 0)) ?? [];
	return (days ?? 0) * day + (hours ?? 0) * hour + (minutes ?? 0) * minute + (seconds ?? 0) * 1000;
}
