// SPDX-License-Identifier: MIT
import { constants, createHash, generateKeyPairSync, type KeyObject, privateDecrypt, verify } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodePkcs1, encodePss } from "../../../se050/rsa.js";
import { SE050, type Transceiver } from "../../../se050/se050.js";
import { WrongTypeError } from "../../../se050/status.js";
import { decodeTlvs, encodeTlv, valueOf } from "../../../se050/tlv.js";
import { bytes, hex, ScriptedChip, tlvResponse } from "./chip.js";

const message = Buffer.from("abc");
const nodeNames = { "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" } as const;
type HashName = keyof typeof nodeNames;
const hashNames = Object.keys(nodeNames) as HashName[];
const digestOf = (name: HashName, data: Uint8Array) =>
	new Uint8Array(createHash(nodeNames[name]).update(data).digest());

/** The commands that an RSA signature takes, with a key that is not in a chip. */
class RsaChip implements Transceiver {
	readonly commands: string[] = [];
	readonly #key: KeyObject;
	readonly #byteLength: number;

	constructor(key: KeyObject, byteLength: number) {
		this.#key = key;
		this.#byteLength = byteLength;
	}

	transceive(apdu: Uint8Array): ArrayBuffer {
		const header = hex(apdu.subarray(1, 4));
		this.commands.push(header);
		const data =
			header === "A40400"
				? []
				: decodeTlvs(
						apdu[4] === 0 ? apdu.subarray(7, 7 + ((apdu[5]! << 8) | apdu[6]!)) : apdu.subarray(5, 5 + apdu[4]!),
					);
		switch (header) {
			case "A40400":
				return bytes("0301016FFF010B9000").buffer;
			case "020007":
				return this.#answer(Uint8Array.of(this.#byteLength >> 8, this.#byteLength));
			case "040049":
				return this.#answer(new Uint8Array(valueOf(data, 0x41)[1]!).fill(0x5a));
			case "03000E":
				return this.#answer(digestOf(hashNames[valueOf(data, 0x41)[0]! - 4]!, valueOf(data, 0x42)));
			case "030238":
				assert.is(hex(valueOf(data, 0x42)), "0C");
				return this.#answer(privateDecrypt({ key: this.#key, padding: constants.RSA_NO_PADDING }, valueOf(data, 0x43)));
			default:
				throw new Error(`command ${header}`);
		}
	}

	#answer(value: Uint8Array): ArrayBuffer {
		return bytes(`${hex(encodeTlv(0x41, value))}9000`).buffer;
	}
}

const pairs = [2048, 4096].map(bits => ({ bits, ...generateKeyPairSync("rsa", { modulusLength: bits }) }));

for (const { bits, privateKey, publicKey } of pairs)
	for (const name of hashNames) {
		test(`OpenSSL takes a PKCS#1 v1.5 signature by a key of ${bits} bits over ${name}`, () => {
			const chip = new RsaChip(privateKey, bits / 8);
			const signature = new SE050(chip).key(0xf0000110).sign(name, digestOf(name, message), "RSASSA-PKCS1-v1_5");
			assert.ok(verify(nodeNames[name], message, { key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature));
			assert.equal(chip.commands, ["020007", "030238"]);
		});

		test(`OpenSSL takes a PSS signature by a key of ${bits} bits over ${name}, hashed by the chip or by the host`, () => {
			for (const hash of [undefined, (hashName: string, data: Uint8Array) => digestOf(hashName as HashName, data)]) {
				const chip = new RsaChip(privateKey, bits / 8);
				const signature = new SE050(chip, { hash }).key(0xf0000110).sign(name, digestOf(name, message), "RSASSA-PSS");
				assert.ok(
					verify(
						nodeNames[name],
						message,
						{ key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
						signature,
					),
				);
				assert.is(chip.commands.includes("03000E"), hash === undefined);
			}
		});
	}

test("a hash that the host does not have is the chip's", () => {
	const { privateKey } = pairs[0]!;
	const chip = new RsaChip(privateKey, 256);
	new SE050(chip, { hash: () => undefined })
		.key(0xf0000110)
		.sign("SHA-512", digestOf("SHA-512", message), "RSASSA-PSS");
	assert.is(chip.commands.filter(command => command === "03000E").length, 4);
});

test("DigestInfo of SHA-256 is the one of RFC 8017", () => {
	const encoded = encodePkcs1("SHA-256", new Uint8Array(32).fill(0xaa), 62);
	assert.is(hex(encoded), `0001FFFFFFFFFFFFFFFF00${"3031300D060960864801650304020105000420"}${"AA".repeat(32)}`);
});

test("a key too short for hash and salt, and a digest or salt of another length, are refused", () => {
	assert.throws(() => encodePkcs1("SHA-512", new Uint8Array(64), 93), /93 bytes is too short for SHA-512/);
	assert.throws(() => encodePkcs1("SHA-256", new Uint8Array(31), 256), /32 bytes, not 31/);
	assert.throws(() => encodePkcs1("MD5", new Uint8Array(16), 256), /use one of SHA-256/);
	const hash = (data: Uint8Array) => digestOf("SHA-512", data);
	assert.throws(
		() => encodePss("SHA-512", new Uint8Array(64), 129, new Uint8Array(64), hash),
		/does not fit an RSA key of 129 bytes/,
	);
	assert.is(encodePss("SHA-512", new Uint8Array(64), 130, new Uint8Array(64), hash).length, 130);
	assert.throws(() => encodePss("SHA-512", new Uint8Array(64), 256, new Uint8Array(63), hash), /salt of 63 bytes/);
});

test("the highest bit of a PSS encoding is clear, so that it is below every modulus", () => {
	for (let salt = 0; salt < 64; salt++)
		assert.ok(
			encodePss("SHA-256", new Uint8Array(32), 256, new Uint8Array(32).fill(salt), data =>
				digestOf("SHA-256", data),
			)[0]! < 0x80,
		);
});

test("an EC key that is asked for an RSA signature is named by its type", () => {
	const id = "06 4104F0000100";
	const encoded = hex(encodePkcs1("SHA-256", new Uint8Array(32), 62));
	const chip = new ScriptedChip(
		[`80020007 ${id}`, tlvResponse(Uint8Array.of(0, 62))],
		[`80030238 000049 4104F0000100 42010C 433E${encoded} 0000`, "6985"],
		[`80040027 ${id}`, "4101019000"],
		[`80020026 ${id}`, "4101014201019000"],
	);
	assert.throws(
		() => new SE050(chip).key(0xf0000100).sign("SHA-256", new Uint8Array(32), "RSASSA-PKCS1-v1_5"),
		(error: unknown) =>
			error instanceof WrongTypeError && /is of type EC key pair, an RSA key pair is needed/.test(error.message),
	);
});

test("a signature of another length than the modulus is refused", () => {
	const encoded = hex(encodePkcs1("SHA-256", new Uint8Array(32), 62));
	const chip = new ScriptedChip(
		["80020007 06 4104F0000110", tlvResponse(Uint8Array.of(0, 62))],
		[`80030238 000049 4104F0000110 42010C 433E${encoded} 0000`, tlvResponse(new Uint8Array(61))],
	);
	assert.throws(
		() => new SE050(chip).key(0xf0000110).sign("SHA-256", new Uint8Array(32), "RSASSA-PKCS1-v1_5"),
		/61 bytes instead of 62/,
	);
});

test.run();
