/** What delivers commands beside the API. */
export const VIAS = ["home-assistant", "psa-car-controller"] as const;

/** One of them. */
export type Via = (typeof VIAS)[number];

/** Their names in sentences. */
export const VIA_TITLES: Readonly<Record<Via, string>> = {
	"home-assistant": "Home Assistant",
	"psa-car-controller": "psa_car_controller",
};
