// SPDX-License-Identifier: MIT
/** What is read without OpenSSL is what OpenSSL reads, and nothing that OpenSSL refuses is taken. */
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { p256 as nistP256 } from "@noble/curves/nist.js";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { seedByteLength, seededRandom } from "../../../modules/iot/random.js";
import { readUsualCertificate } from "../../../tools/lib/usual-certificate.js";
import { chipCertificate } from "../provision/chips.js";

const folder = mkdtempSync(join(tmpdir(), "usual-certificates-"));
test.after(() => rmSync(folder, { recursive: true }));

const uid = "04005001a1b2c3d4e5f60718293a4b5c6d7e";
const p256 = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const endEntity = [
	"basicConstraints=critical,CA:FALSE",
	"keyUsage=critical,digitalSignature",
	"subjectKeyIdentifier=hash",
];

/** A self-signed certificate with these extensions, DER. */
function openssl(extensions: readonly string[], options: readonly string[] = [], algorithm = p256): Buffer {
	const config = join(folder, "openssl.cnf");
	writeFileSync(config, "[req]\ndistinguished_name=dn\n[dn]\n");
	const args = [
		"req",
		"-x509",
		"-config",
		config,
		"-newkey",
		...algorithm,
		"-nodes",
		"-keyout",
		join(folder, "key.pem"),
	];
	const added = extensions.flatMap(extension => ["-addext", extension]);
	const usualOptions = { "-subj": `/C=NL/O=Maker/CN=${uid}`, "-set_serial": `0x${uid}01`, "-days": "2" };
	const subject = Object.entries(usualOptions).flatMap(option => (options.includes(option[0]) ? [] : option));
	const pem = execFileSync("openssl", [...args, ...subject, ...added, ...options], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "ignore"],
	});
	return new X509Certificate(pem).raw;
}

/** What OpenSSL reads of the same. */
function factsOfOpenSsl(der: Uint8Array) {
	const { validFrom, validTo, subject, serialNumber, publicKey, ca, raw } = new X509Certificate(der);
	return {
		facts: {
			notBefore: Date.parse(validFrom),
			notAfter: Date.parse(validTo),
			serialNumber: serialNumber.toLowerCase(),
			commonName: /^CN=(.*)$/m.exec(subject)?.[1]?.replace(/\\(.)/g, "$1"),
		},
		curve: publicKey.asymmetricKeyDetails?.namedCurve,
		ca,
		isWhole: raw.equals(der),
	};
}

function checkAgainstOpenSsl(der: Uint8Array, what = ""): void {
	const facts = readUsualCertificate(der);
	assert.equal(factsOfOpenSsl(der), { facts, curve: "prime256v1", ca: false, isWhole: true }, what);
}

const usual = openssl(endEntity);

/** The certificate with one part of it replaced, which stands there once. */
function replaced(from: string, to: string): Buffer {
	const digits = usual.toString("hex");
	const at = digits.indexOf(from);
	assert.ok(at >= 0 && at % 2 === 0 && digits.indexOf(from, at + 2) < 0, `${from} stands there once`);
	return Buffer.from(digits.replace(from, to), "hex");
}

test("a device's certificate: the facts are those that OpenSSL reads", () => {
	checkAgainstOpenSsl(usual);
	checkAgainstOpenSsl(chipCertificate({ uid }), "as the made-up manufacturer issues it");
	checkAgainstOpenSsl(openssl(endEntity, ["-sha384"]), "SHA-384");
	checkAgainstOpenSsl(openssl(endEntity, ["-days", "20000"]), "GeneralizedTime");
	checkAgainstOpenSsl(openssl(endEntity, ["-subj", "/O=nameless"]), "no common name");
	checkAgainstOpenSsl(openssl(endEntity, ["-subj", "/CN=first/CN=second"]), "two common names");
});

test("what is not of the usual form is left to OpenSSL", () => {
	const outer = usual.subarray(4);
	for (const [what, der] of [
		["a CA's", openssl(["basicConstraints=critical,CA:TRUE"])],
		["an RSA key", openssl(endEntity, [], ["rsa:2048"])],
		["another curve", openssl(endEntity, [], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"])],
		["a curve that is spelt out", openssl(endEntity, [], [...p256, "-pkeyopt", "ec_param_enc:explicit"])],
		["an Ed25519 signature", openssl(endEntity, [], ["ed25519"])],
		["a negative serial number", openssl(endEntity, ["-set_serial", "-5"])],
		["a name that is not ASCII", openssl(endEntity, ["-utf8", "-subj", "/CN=é"])],
		["a name with two attributes in one set", openssl(endEntity, ["-multivalue-rdn", "-subj", "/CN=a+OU=b"])],
		["a byte after it", Buffer.concat([usual, Buffer.alloc(1)])],
		["a byte less", usual.subarray(0, -1)],
		["nothing", Buffer.alloc(0)],
		["a length with a leading zero", Buffer.concat([Buffer.from([0x30, 0x83, 0x00]), usual.subarray(2, 4), outer])],
		["version 1", openssl([])],
		["version 1 by its number", replaced("a003020102", "a003020100")],
		["the 30th of February", replaced(utc(usual), hexOf("260230000000Z"))],
		["a month 0", replaced(utc(usual), hexOf("260031120000Z"))],
		["a month 13", replaced(utc(usual), hexOf("261301120000Z"))],
		["24 o'clock", replaced(utc(usual), hexOf("260215240000Z"))],
		["a minute 60", replaced(utc(usual), hexOf("260215226000Z"))],
		["a second 60", replaced(utc(usual), hexOf("260215225960Z"))],
		["a time zone", replaced(utc(usual), hexOf("2602282359+01"))],
		["a critical of neither true nor false", replaced("0603551d130101ff", "0603551d13010101")],
		["an extension twice", replaced("0603551d0e", "0603551d0f")],
	] as const)
		assert.is(readUsualCertificate(der), undefined, what);
});

/** The first UTCTime's content in hexadecimal. */
function utc(der: Buffer): string {
	const at = der.indexOf(Buffer.from([0x17, 0x0d]));
	return der.toString("hex", at + 2, at + 15);
}

const hexOf = (text: string): string => Buffer.from(text, "latin1").toString("hex");

/** Where the lengths of the certificate and of its signed part are, of two octets each. */
const lengths = { whole: 2, signed: 6 } as const;

/** The certificate with bytes inserted, and the lengths of what they stand in made greater. */
function inserted(bytes: Uint8Array, at: number, ...lengthsAt: number[]): Buffer {
	const changed = Buffer.concat([usual.subarray(0, at), bytes, usual.subarray(at)]);
	for (const length of lengthsAt) changed.writeUInt16BE(changed.readUInt16BE(length) + bytes.length, length);
	return changed;
}

test("a length of more octets than it needs, and a third date, are not of the usual form", () => {
	const signature = 8 + usual.readUInt16BE(lengths.signed) + 12;
	assert.is(readUsualCertificate(inserted(Buffer.of(0x81), signature + 1, lengths.whole)), undefined);
	const validity = usual.indexOf(Buffer.from([0x30, 0x1e, 0x17, 0x0d]));
	const date = usual.subarray(validity + 2, validity + 17);
	const three = inserted(date, validity + 2, lengths.whole, lengths.signed);
	three[validity + 1]! += date.length;
	assert.is(readUsualCertificate(three), undefined);
});

/** The certificate with another point, X ‖ Y in hexadecimal. */
function withPoint(coordinates: string): Buffer {
	const changed = Buffer.from(usual);
	const prefix = Buffer.from("03420004", "hex");
	Buffer.from(coordinates, "hex").copy(changed, usual.indexOf(prefix) + prefix.length);
	return changed;
}

const { p } = nistP256.Point.CURVE();
const digits = (value: bigint) => value.toString(16).padStart(64, "0");

test("a point that is not on the curve, or has a coordinate above the prime, is not taken", () => {
	const { x, y } = nistP256.Point.fromHex(`02${digits(5n)}`).toAffine();
	checkAgainstOpenSsl(withPoint(digits(x) + digits(y)), "on the curve");
	for (const [first, second] of [
		[x, y + 1n],
		[x + 1n, y],
		[x + p, y],
		[0n, 0n],
	] as const) {
		const changed = withPoint(digits(first) + digits(second));
		assert.is(readUsualCertificate(changed), undefined);
		assert.throws(() => new X509Certificate(changed).publicKey);
	}
});

test("of a mutated certificate OpenSSL reads the same, or it is not taken", () => {
	const random = seededRandom(createHash("sha256").update("usual certificates").digest().subarray(0, seedByteLength));
	const below = (end: number) => Math.floor(random() * end);
	const bases = [usual, chipCertificate({ uid }), openssl(endEntity, ["-days", "20000"])];
	const outcomes = { taken: 0, left: 0 };
	for (let round = 0; round < 6_000; round++) {
		const mutant = Buffer.from(bases[round % bases.length]!);
		for (let count = 1 + below(2); count > 0; count--) mutant[below(mutant.length)] = below(256);
		if (readUsualCertificate(mutant) === undefined) outcomes.left++;
		else {
			checkAgainstOpenSsl(mutant, mutant.toString("hex"));
			outcomes.taken++;
		}
	}
	assert.ok(outcomes.taken > 500 && outcomes.left > 500, JSON.stringify(outcomes));
});

test("of a certificate whose bytes of structure are mutated OpenSSL reads the same, or it is not taken", () => {
	const random = seededRandom(createHash("sha256").update("structure").digest().subarray(0, seedByteLength));
	const below = (end: number) => Math.floor(random() * end);
	const structure = [
		0x01, 0x02, 0x03, 0x04, 0x06, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x30, 0x31, 0xa3, 0x00, 0x80, 0x81, 0xff,
	];
	const places = [...usual.keys()].filter(at => structure.includes(usual[at]!));
	const outcomes = { taken: 0, left: 0 };
	for (let round = 0; round < 6_000; round++) {
		const mutant = Buffer.from(usual);
		const at = places[below(places.length)]!;
		mutant[at + below(2)] = round % 2 === 0 ? structure[below(structure.length)]! : mutant[at]! + below(5) - 2;
		if (readUsualCertificate(mutant) === undefined) outcomes.left++;
		else {
			checkAgainstOpenSsl(mutant, mutant.toString("hex"));
			outcomes.taken++;
		}
	}
	assert.ok(outcomes.taken > 200 && outcomes.left > 500, JSON.stringify(outcomes));
});

test.run();
