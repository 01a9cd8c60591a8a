import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";

/** Length of the key that everything else is derived from, in bytes. */
export const KEY_BYTES = 32;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The key of what an account shares in a store, made from what people type (scrypt, RFC 7914). */
export function sealingKey(typed: string, account: string): Promise<Buffer> {
	const salt = createHash("sha256").update(`stellantis sign-in ${account}`).digest();
	return promisify<string, Buffer, number, Buffer>(scrypt)(typed, salt, KEY_BYTES);
}

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
