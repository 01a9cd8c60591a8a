import forge from "node-forge";

/** A certificate with its private key, both PEM. */
export interface Certificate {
	cert: string;
	key: string;
}

interface CertificateRequest {
	/** Common name of the subject. */
	name: string;
	/** DNS names and IPv4 addresses a server answers for. */
	hosts?: string[];
	/** Milliseconds from now at which it ends; negative for one that has ended. */
	lifetime?: number;
}

let serial = 0x10000000;

/** A certificate authority of the test's own. */
export class Authority {
	readonly #keys = forge.pki.rsa.generateKeyPair({ bits: 2048 });
	readonly #subject: forge.pki.CertificateField[];
	/** PEM of the authority's own certificate, to be trusted by the other side. */
	readonly cert: string;

	constructor(name = "Test authority") {
		this.#subject = [{ name: "commonName", value: name }];
		const certificate = blank(this.#keys.publicKey, this.#subject, this.#subject, 3_600_000);
		certificate.setExtensions([
			{ name: "basicConstraints", cA: true, critical: true },
			{ name: "subjectKeyIdentifier" },
		]);
		certificate.sign(this.#keys.privateKey, forge.md.sha256.create());
		this.cert = forge.pki.certificateToPem(certificate);
	}

	/** A certificate for a server (with `hosts`) or a client. */
	issue({ name, hosts = [], lifetime = 3_600_000 }: CertificateRequest): Certificate {
		const keys = forge.pki.rsa.generateKeyPair({ bits: 2048 });
		const subject = [{ name: "commonName", value: name }];
		const certificate = blank(keys.publicKey, subject, this.#subject, lifetime);
		certificate.setExtensions([
			{ name: "basicConstraints", cA: false },
			{ name: "extKeyUsage", serverAuth: hosts.length > 0, clientAuth: hosts.length === 0 },
			...(hosts.length === 0 ? [] : [{ name: "subjectAltName", altNames: hosts.map(altName) }]),
		]);
		certificate.sign(this.#keys.privateKey, forge.md.sha256.create());
		return { cert: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(keys.privateKey) };
	}
}

function blank(
	publicKey: forge.pki.rsa.PublicKey,
	subject: forge.pki.CertificateField[],
	issuer: forge.pki.CertificateField[],
	lifetime: number,
): forge.pki.Certificate {
	const certificate = forge.pki.createCertificate();
	certificate.publicKey = publicKey;
	certificate.serialNumber = (serial++).toString(16);
	const end = Date.now() + lifetime;
	certificate.validity.notBefore = new Date(Math.min(Date.now(), end) - 3_600_000);
	certificate.validity.notAfter = new Date(end);
	certificate.setSubject(subject);
	certificate.setIssuer(issuer);
	return certificate;
}

function altName(host: string): { type: number; value?: string; ip?: string } {
	return /^\d+(\.\d+){3}$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host };
}
