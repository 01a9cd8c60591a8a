import { isDocument } from "../hal/document";
import { defined } from "../json";
import { plainText } from "../text";
import { isLoopback } from "../transport/loopback";
import { isSegment } from "./connected-car";
import { extensionOf, namingOf } from "./vehicle-name";
import { vehicleRefOf } from "./vehicles";

/** By what a person knows a vehicle again; keys without a value are absent. Texts are text, never markup. */
export interface VehicleCard {
	id: string;
	vin?: string;
	/** What it is called. */
	label?: string;
	brand?: string;
	/** What kind of vehicle it is, where that is not its label already. */
	model?: string;
	/** Address of a picture, safe to be loaded by a browser. */
	picture?: string;
}

/** Characters of a picture that comes within its address. */
const LARGEST_PICTURE = 20_000;
/** Characters of any other address. */
const LONGEST_ADDRESS = 2_000;

/**
 * The card of a vehicle resource (`Vehicle` of the three documents), with the extensions `branding` and `pictures`
 * where it has them. Undefined for what has no usable id; anything else that is missing or odd is left out.
 */
export function vehicleCardOf(resource: unknown): VehicleCard | undefined {
	const ref = vehicleRefOf(resource);
	if (!ref || !isDocument(resource) || !isSegment(ref.id)) return undefined;
	const vin = plainText(ref.vin, 30);
	const { label, brand, model } = namingOf(resource);
	const picture = [extensionOf(resource).pictures, resource.pictures].flat().find(isSafePicture);
	return {
		id: ref.id,
		...defined({ vin, label, brand }),
		...(model === undefined || model === label ? {} : { model }),
		...defined({ picture }),
	};
}

/** True for an address that a page may put into an `img`: it is encrypted or stays on this machine, and logs nobody in. */
function isSafePicture(value: unknown): value is string {
	if (typeof value !== "string") return false;
	if (/^data:/i.test(value))
		return (
			value.length <= LARGEST_PICTURE &&
			/^data:image\/(png|jpeg|gif|webp|avif|svg\+xml)(;[\w=-]+)*,[\w!$&'()*+,;=:@/?.~%-]+$/.test(value)
		);
	if (value.length > LONGEST_ADDRESS || !URL.canParse(value)) return false;
	const { protocol, hostname, username, password } = new URL(value);
	if (username !== "" || password !== "") return false;
	return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}
