// SPDX-License-Identifier: MIT
import { createHash, generateKeyPairSync, sign, type webcrypto } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { concatenate } from "../../../se050/bytes.js";
import { encodeTlv } from "../../../se050/tlv.js";
import type { AttestationFile } from "../../../tools/se050/attest.js";
import { verifyAttestation } from "../../../tools/se050/verify-attestation.js";
import { loadX509 } from "../../../tools/se050-sim/factory/x509.js";
import { bytes, hex } from "../se050/chip.js";

/** An attestation key of our own, for a chip whose UID its certificate names or not. */
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const object = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "der", type: "spki" });
const point = new Uint8Array(object.subarray(-65));
const ownPoint = hex(new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-65)));
const uid = "0400500194B58D02EAB29B046AA26A701B90";
const freshness = "00".repeat(16);

function attested7(part = ""): AttestationFile {
	const data = `410410000001 ${part} 4504F0000012 460121 4710${freshness}`.replaceAll(" ", "");
	const command = bytes(`802200000000${(data.length / 2).toString(16).padStart(2, "0")}${data}`);
	const tlvs = concatenate(
		encodeTlv(0x41, point),
		encodeTlv(0x42, bytes(uid)),
		encodeTlv(0x43, bytes("10000001 29 01 0000 00000000 0000 02 00000001")),
		encodeTlv(0x44, Uint8Array.of(0, 32)),
		encodeTlv(0x4f, new Uint8Array(12)),
	);
	const signature = sign("sha256", concatenate(createHash("sha256").update(command).digest(), tlvs), privateKey);
	return {
		format: "se050-attestation",
		version: 1,
		reads: [{ command: hex(command), response: hex(concatenate(tlvs, encodeTlv(0x52, signature))) }],
		attestationKey: ownPoint,
	};
}

const subject = `CN=Attest-${uid}`;

interface Issued {
	pem: string;
	keys: webcrypto.CryptoKeyPair;
}

/** A certificate by an issuer, or by itself; of the attestation key unless it is a CA. */
async function issue({
	name = subject,
	issuer,
	isCa = false,
	notAfter = new Date("2049-01-01"),
}: {
	name?: string;
	issuer?: Issued & { name: string };
	isCa?: boolean;
	notAfter?: Date;
}): Promise<Issued> {
	const { BasicConstraintsExtension, X509CertificateGenerator } = await loadX509();
	const { webcrypto: crypto } = await import("node:crypto");
	const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
	const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
	const own = await crypto.subtle.importKey(
		"spki",
		publicKey.export({ format: "der", type: "spki" }),
		algorithm,
		true,
		["verify"],
	);
	const certificate = await X509CertificateGenerator.create({
		serialNumber: "01",
		subject: name,
		issuer: issuer?.name ?? name,
		notBefore: new Date("2020-01-01"),
		notAfter,
		publicKey: isCa || !issuer ? keys.publicKey : own,
		signingKey: issuer?.keys.privateKey ?? keys.privateKey,
		signingAlgorithm: algorithm,
		extensions: [new BasicConstraintsExtension(isCa, undefined, true)],
	});
	return { pem: certificate.toString("pem"), keys };
}

const verdict = (file: AttestationFile, authorities?: string) => {
	const { lines, right } = verifyAttestation(file, {
		freshness: bytes(freshness),
		...(authorities !== undefined && { authorities }),
	});
	return { said: lines.join("\n"), right };
};

const attestation = suite("verify-attestation");
const root = { name: "CN=Root", ...(await issue({ name: "CN=Root", isCa: true })) };

attestation("a certificate that names the chip and ends in a given root is right", async () => {
	const { said, right } = verdict({ ...attested7(), certificate: (await issue({ issuer: root })).pem }, root.pem);
	assert.ok(right, said);
	assert.not.match(said, /Note:/);
});

attestation("one of another chip is refused", async () => {
	const { said, right } = verdict(
		{ ...attested7(), certificate: (await issue({ name: "CN=Attest-0400", issuer: root })).pem },
		root.pem,
	);
	assert.not(right);
	assert.match(said, /is of CN=Attest-0400, which is not chip/);
});

attestation("one that is over is refused, and one by an issuer that is no CA", async () => {
	const over = verdict(
		{ ...attested7(), certificate: (await issue({ issuer: root, notAfter: new Date("2021-01-01") })).pem },
		root.pem,
	);
	assert.not(over.right);
	assert.match(over.said, /is valid from .* only/);
	const noCa = { name: "CN=Leaf", ...(await issue({ name: "CN=Leaf" })) };
	assert.match(
		verdict({ ...attested7(), certificate: (await issue({ issuer: noCa })).pem }, root.pem + noCa.pem).said,
		/none of the given CAs has issued/,
	);
});

attestation("without a certificate the signature is checked by the key that the chip showed, and that is said", () => {
	const { said, right } = verdict(attested7());
	assert.ok(right);
	assert.match(said, /Note: There is no certificate/);
	assert.not(verdict({ ...attested7(), attestationKey: hex(point) }).right);
});

attestation("a read of a part is not taken for the whole", () => {
	for (const part of ["42020001", "43020010", "440100"]) {
		const { said, right } = verdict(attested7(part));
		assert.not(right);
		assert.match(said, /not those of one whole object/);
	}
});

attestation.run();
