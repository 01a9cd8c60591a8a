import { counts, type Step } from "./step";

const RUNS = "Enabled";

/** Climate that is started and ends, for whatever reason. */
export function watchClimate(step: Step): void {
	const { before, next, reading, telling } = step;
	if (reading.climateAt !== null) next.climateAt = reading.climateAt;
	if (reading.climate === null) return;
	next.climate = reading.climate;
	const runs = reading.climate === RUNS;
	if (runs === (before.climate === RUNS) || !counts(step, before.climate)) return;
	const payload = { status: reading.climate, failureCause: reading.failureCause };
	telling.tell(runs ? "climate-started" : "climate-ended", payload, { at: reading.climateAt });
}
