// SPDX-License-Identifier: MIT
import { createHash, createPublicKey, generateKeyPairSync, sign as nodeSign, verify as nodeVerify } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { curveByName, curveNames } from "../../../tools/se050-sim/crypto/curves.js";
import {
	ecdsaSign,
	ecdsaVerify,
	ecKeyOf,
	generateEcKey,
	isPoint,
	sharedSecret,
} from "../../../tools/se050-sim/crypto/ecdsa.js";
import { repeatableRandom } from "../../../tools/se050-sim/crypto/random.js";
import { bytes } from "./host.js";

/** RFC 6979, A.2.5: the key, and the signatures of two messages with SHA-256. */
const testKey = {
	private: "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
	x: "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
	y: "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
};
const vectors = [
	[
		"sample",
		"EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
		"F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
	],
	[
		"test",
		"F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
		"019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
	],
] as const;

const digestOf = (message: string | Uint8Array, algorithm = "sha256"): Uint8Array =>
	new Uint8Array(createHash(algorithm).update(message).digest());
const random = repeatableRandom("ecdsa tests").bytes;

function nodeKey(publicKey: Uint8Array): ReturnType<typeof createPublicKey> {
	const spki = Buffer.concat([bytes("3059301306072A8648CE3D020106082A8648CE3D030107034200"), publicKey]);
	return createPublicKey({ key: spki, format: "der", type: "spki" });
}

/** r and s of a DER signature, without leading zeros. */
function integers(der: Uint8Array): string[] {
	const rLength = der[3]!;
	const parts = [der.slice(4, 4 + rLength), der.slice(6 + rLength)];
	return parts.map(part =>
		Buffer.from(part)
			.toString("hex")
			.replace(/^(00)+/, "")
			.toUpperCase(),
	);
}

test("the public key of RFC 6979 A.2.5 follows from its private key", () => {
	assert.equal(Buffer.from(ecKeyOf("P-256", bytes(testKey.private))!.publicKey), bytes(`04${testKey.x}${testKey.y}`));
});

for (const [message, r, s] of vectors)
	test(`the deterministic signature of "${message}" is that of RFC 6979 A.2.5`, () => {
		const signature = ecdsaSign(ecKeyOf("P-256", bytes(testKey.private))!, digestOf(message));
		assert.equal(integers(signature), [r, s.replace(/^(00)+/, "")]);
	});

for (const algorithm of ["sha1", "sha224", "sha256", "sha384", "sha512"])
	test(`node:crypto accepts a signature of a ${algorithm} digest`, () => {
		const pair = generateEcKey("P-256", random);
		const message = random(100);
		const signature = ecdsaSign(pair, digestOf(message, algorithm), random);
		assert.ok(nodeVerify(algorithm, message, nodeKey(pair.publicKey), signature));
	});

test("random signatures of one digest differ", () => {
	const pair = generateEcKey("P-256", random);
	assert.not.equal(ecdsaSign(pair, digestOf("a"), random), ecdsaSign(pair, digestOf("a"), random));
});

test("a signature of node:crypto is accepted, and not for another digest or key", () => {
	const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const point = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-65));
	for (let round = 0; round < 20; round++) {
		const message = random(20);
		const signature = nodeSign("sha256", message, privateKey);
		assert.ok(ecdsaVerify("P-256", point, digestOf(message), signature));
		assert.not.ok(ecdsaVerify("P-256", point, digestOf(random(20)), signature));
		assert.not.ok(ecdsaVerify("P-256", generateEcKey("P-256", random).publicKey, digestOf(message), signature));
	}
});

test("a signature with any bit changed is refused", () => {
	const pair = generateEcKey("P-256", random);
	const digest = digestOf("abc");
	const signature = ecdsaSign(pair, digest, random);
	for (let bit = 0; bit < signature.length * 8; bit += 5) {
		const damaged = signature.slice();
		damaged[bit >> 3]! ^= 1 << (bit & 7);
		assert.not.ok(ecdsaVerify("P-256", pair.publicKey, digest, damaged), `bit ${bit}`);
	}
});

test("a signature whose s is not below the group's order is refused", () => {
	const pair = generateEcKey("P-256", random);
	const [r, s] = integers(ecdsaSign(pair, digestOf("abc"), random)) as [string, string];
	const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
	const integer = (value: bigint): Buffer => {
		const digits = value.toString(16);
		const content = bytes(digits.padStart(digits.length + (digits.length % 2), "0"));
		const padding = content[0]! & 0x80 ? [0] : [];
		return Buffer.from([0x02, padding.length + content.length, ...padding, ...content]);
	};
	const signature = (value: bigint): Buffer => {
		const content = Buffer.concat([integer(BigInt(`0x${r}`)), integer(value)]);
		return Buffer.from([0x30, content.length, ...content]);
	};
	assert.ok(ecdsaVerify("P-256", pair.publicKey, digestOf("abc"), signature(BigInt(`0x${s}`))));
	assert.not.ok(ecdsaVerify("P-256", pair.publicKey, digestOf("abc"), signature(BigInt(`0x${s}`) + order)));
});

for (const [what, signature] of [
	["nothing", ""],
	["r = 0", "3006020100020101"],
	["a negative r", "3006020181020101"],
	["a padded r", "300702020001020101"],
	["trailing bytes", "300602010102010100"],
	["one integer", "3003020101"],
] as const)
	test(`${what} is no signature`, () => {
		assert.not.ok(ecdsaVerify("P-256", generateEcKey("P-256", random).publicKey, digestOf("abc"), bytes(signature)));
	});

test("a number that is not below the group's order is no private key", () => {
	assert.is(ecKeyOf("P-256", new Uint8Array(32)), undefined);
	assert.is(ecKeyOf("P-256", new Uint8Array(32).fill(0xff)), undefined);
	assert.is(ecKeyOf("P-256", bytes("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")), undefined);
	assert.ok(ecKeyOf("P-256", bytes("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550")));
});

for (const name of curveNames) {
	const { noble, hash, fieldLength, opensslName } = curveByName[name];

	test(`${name}: repeatable signatures are those of @noble/curves, for digests shorter and longer than the order`, () => {
		for (let round = 0; round < 20; round++) {
			const pair = generateEcKey(name, random);
			const digest = random([20, 28, 32, 48, 64][round % 5]!);
			const expected = noble.sign(digest, pair.privateKey, { prehash: false, lowS: false, format: "der" });
			assert.equal(ecdsaSign(pair, digest), expected);
			assert.ok(ecdsaVerify(name, pair.publicKey, digest, ecdsaSign(pair, digest, random)));
		}
	});

	test(`${name}: OpenSSL accepts signatures, and agrees on a secret`, () => {
		const pair = generateEcKey(name, random);
		const other = generateKeyPairSync("ec", { namedCurve: opensslName });
		const point = new Uint8Array(
			other.publicKey.export({ format: "der", type: "spki" }).subarray(-(1 + 2 * fieldLength)),
		);
		const { d = "" } = other.privateKey.export({ format: "jwk" });
		const secret = sharedSecret(ecKeyOf(name, new Uint8Array(Buffer.from(d, "base64url")))!, pair.publicKey);
		assert.equal(sharedSecret(pair, point), secret);
		assert.is(secret!.length, fieldLength);
		const half = (start: number) =>
			Buffer.from(pair.publicKey.subarray(start, start + fieldLength)).toString("base64url");
		const key = { kty: "EC", crv: name, x: half(1), y: half(1 + fieldLength) };
		const message = random(40);
		const signature = ecdsaSign(pair, digestOf(message, hash), random);
		assert.ok(nodeVerify(hash, message, createPublicKey({ key, format: "jwk" }), signature));
	});

	test(`${name}: a point of another curve, or of none, is no point of it`, () => {
		const { publicKey } = generateEcKey(name, random);
		assert.ok(isPoint(name, publicKey));
		assert.not.ok(isPoint(name === "P-256" ? "P-384" : "P-256", publicKey));
		const off = publicKey.slice();
		off[off.length - 1]! ^= 1;
		assert.not.ok(isPoint(name, off));
		assert.is(sharedSecret(generateEcKey(name, random), off), undefined);
	});
}

test("a nonce of zero or above the order is drawn again", () => {
	const pair = generateEcKey("P-256", random);
	const draws = [new Uint8Array(32), new Uint8Array(32).fill(0xff), random(32)];
	const signature = ecdsaSign(pair, digestOf("a"), () => draws.shift()!);
	assert.is(draws.length, 0);
	assert.ok(ecdsaVerify("P-256", pair.publicKey, digestOf("a"), signature));
});

test("a seed repeats its numbers, and another gives others", () => {
	assert.equal(repeatableRandom("1").bytes(50), repeatableRandom("1").bytes(50));
	assert.not.equal(repeatableRandom("1").bytes(50), repeatableRandom("2").bytes(50));
});

test.run();
