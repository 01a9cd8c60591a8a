// @ts-check
/** Bodies of the monitors that most people want, written from a few fields of the monitor node's form. */
(() => {
	/** @typedef {Record<string, string>} Fields */

	/** What each template asks for, and what stands there at first. @type {Record<string, Fields>} */
	const TEMPLATES = {
		battery: { level: "20" },
		charging: { status: "" },
		zone: { transition: "Out", latitude: "48.8584", longitude: "2.2945", radius: "5" },
		time: { start: "22:00", end: "06:00", days: "Mon,Tue,Wed,Thu,Fri,Sat,Sun", timeZone: "Europe/Paris" },
		alert: {},
		doors: {},
	};

	/** @type {Record<string, (fields: Fields) => Record<string, object>>} triggers by name */
	const TRIGGERS = {
		battery: ({ level = "" }) => ({ battery: data("vehicle.energy.electric.level", "lowerThan", level) }),
		charging: ({ status = "" }) => ({
			charging: status
				? data("vehicle.energy.charging.status", "equalsTo", status)
				: data("vehicle.energy.charging.status", "onChange"),
		}),
		zone: ({ transition, latitude, longitude, radius }) => ({
			zone: {
				zone: {
					transition,
					place: {
						center: { latitude: Number(latitude), longitude: Number(longitude) },
						radius: Number(radius),
					},
				},
			},
		}),
		time: ({ start = "", end = "", days = "", timeZone }) => ({
			time: {
				time: {
					times: [
						{
							recurrence: "Daily",
							start: duration(minutes(start)),
							duration: duration((minutes(end) - minutes(start) + 24 * 60) % (24 * 60) || 24 * 60),
							occurence: { day: days.split(",").filter(Boolean) },
						},
					],
					timeZone,
				},
			},
		}),
		alert: () => ({ alert: data("vehicle.alert", "onChange") }),
		doors: () => ({
			locked: data("vehicle.doorsState.lockedState", "onChange"),
			opening: data("vehicle.doorsState.opening", "onChange"),
		}),
	};

	/** @param {string} name @param {string} op @param {string} [value] */
	const data = (name, op, value) => ({ data: { data: name, op, ...(value === undefined ? {} : { value: [value] }) } });

	/** Minutes after midnight. @param {string} clock such as 22:30 */
	function minutes(clock) {
		const [hour = "0", minute = "0"] = clock.split(":");
		return Number(hour) * 60 + Number(minute);
	}

	/** ISO 8601. @param {number} amount of minutes */
	function duration(amount) {
		const [hours, rest] = [Math.floor(amount / 60), amount % 60];
		return `PT${hours}H${rest ? `${rest}M` : ""}`;
	}

	/**
	 * The body of a monitor.
	 * @param {string} template
	 * @param {string} label
	 * @param {Fields} fields
	 */
	function build(template, label, fields) {
		const triggers = Object.entries(TRIGGERS[template]?.(fields) ?? {}).map(([name, trigger]) => ({
			name,
			...trigger,
		}));
		return { label, triggerParam: { triggers, boolExp: triggers.map(({ name }) => name).join(" | ") } };
	}

	Object.assign(window, { StellantisMonitors: { TEMPLATES, build } });
})();
