import { isDocument } from "../hal/document";
import { ownValue } from "../json";
import { plainText } from "../text";

/** Characters of a label in a sentence. */
const LONGEST = 40;

/** `brandCode` of accounts-v1; the document does not list them. */
const BRAND_CODES: Readonly<Record<string, string>> = {
	AP: "Peugeot",
	AC: "Citroën",
	DS: "DS",
	OP: "Opel",
	VX: "Vauxhall",
};

/** The names that a vehicle resource tells (`Vehicle` of the three documents, with the extension `branding`), as plain text. */
export interface VehicleNaming {
	/** The API's own. */
	label: string | undefined;
	brand: string | undefined;
	model: string | undefined;
}

/** What a vehicle resource says it is called, and of which kind it is. */
export function namingOf(resource: Record<string, unknown>): VehicleNaming {
	const { branding } = extensionOf(resource);
	const { label, brand } = isDocument(branding) ? branding : {};
	const code = plainText(resource.brandCode);
	const byCode = code === undefined ? undefined : (ownValue(BRAND_CODES, code) ?? code);
	return {
		label: plainText(resource.label) ?? plainText(label),
		brand: plainText(resource.brand) ?? plainText(brand) ?? byCode,
		model: plainText(label) ?? plainText(resource.model) ?? plainText(resource.familyCode),
	};
}

/** What people call a vehicle: the API's label, else brand and model; undefined where a resource tells neither. */
export function labelOf(resource: Record<string, unknown>): string | undefined {
	const { label, brand, model } = namingOf(resource);
	return label ?? (brand === undefined || model === undefined ? undefined : `${brand} ${model}`);
}

const NOTHING: Readonly<Record<string, unknown>> = {};

/** What a vehicle resource brings along. */
export function extensionOf({ _embedded, extension }: Record<string, unknown>): Readonly<Record<string, unknown>> {
	const embedded = isDocument(_embedded) ? _embedded.extension : undefined;
	if (isDocument(embedded)) return embedded;
	return isDocument(extension) ? extension : NOTHING;
}

/**
 * A vehicle as a sentence names it, by what people know it by: `Peugeot e-208 …0042`, the last four of its VIN behind its
 * label; else `vehicle …0042`; its id only where nothing else is known.
 */
export function vehicleName({ id, vin, label }: { id?: string; vin?: string; label?: string }): string {
	const said = plainText(label, LONGEST);
	const end = vin === undefined ? undefined : `…${vin.slice(-4)}`;
	if (said !== undefined) return end === undefined ? said : `${said} ${end}`;
	return `vehicle ${end ?? id ?? "without a name"}`;
}
