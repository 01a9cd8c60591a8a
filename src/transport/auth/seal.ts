import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";

/** Length of the key that everything else is derived from, in bytes. */
export const KEY_BYTES = 32;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D) under a fresh random IV.
 * @param about what the text belongs to; {@link unseal} must be told the same
 * @returns IV, ciphertext and tag in Base64
 */
export function seal(key: Buffer, about: string, text: string): string {
	const iv = randomBytes(IV_BYTES);
	const cipher = createCipheriv("aes-256-gcm", derive(key, "seal"), iv, { authTagLength: TAG_BYTES });
	cipher.setAAD(Buffer.from(about));
	return Buffer.concat([iv, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

/** The text that {@link seal} was given; throws for another key, another `about`, or a single changed bit. */
export function unseal(key: Buffer, about: string, sealed: string): string {
	const bytes = Buffer.from(sealed, "base64");
	const iv = bytes.subarray(0, IV_BYTES);
	const decipher = createDecipheriv("aes-256-gcm", derive(key, "seal"), iv, { authTagLength: TAG_BYTES });
	decipher.setAAD(Buffer.from(about));
	decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
	return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString();
}

/** Tells two secrets apart without keeping them: HMAC-SHA-256 in Base64. */
export function fingerprint(key: Buffer, secret: string): string {
	return createHmac("sha256", derive(key, "fingerprint")).update(secret).digest("base64");
}

/** One key for each use (HKDF, RFC 5869). */
function derive(key: Buffer, use: string): Buffer {
	return Buffer.from(hkdfSync("sha256", key, "", `stellantis sign-in ${use}`, KEY_BYTES));
}
