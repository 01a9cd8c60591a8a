import { counts, type Step } from "./step";

const OPEN = "None";

/** Privacy that is turned on (of the place alone or of all) and off. */
export function watchPrivacy(step: Step): void {
	const { before, next, reading, telling } = step;
	const privacy = reading.privacy;
	if (privacy === null) return;
	next.privacy = privacy;
	const was = before.privacy !== null && before.privacy !== OPEN;
	const isOn = privacy !== OPEN;
	if (isOn !== was && counts(step, before.privacy)) telling.tell(isOn ? "privacy-on" : "privacy-off", { privacy });
}
