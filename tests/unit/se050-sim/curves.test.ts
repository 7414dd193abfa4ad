// SPDX-License-Identifier: MIT
import { createECDH, createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parametersOf } from "../../../se050/management/curves.js";
import { curveByName, type NamedCurve } from "../../../tools/se050-sim/crypto/curves.js";
import { generateEcKey } from "../../../tools/se050-sim/crypto/ecdsa.js";
import { type ChipVariant, se050c, variantTable } from "../../../tools/se050-sim/factory/variants.js";
import { command, factoryObjects, hex, type TestCard, testCard, tlv, value } from "./card.js";

const se050e = variantTable.get("SE050E2")!;
const objects = new Map([
	[se050c, await factoryObjects(se050c)],
	[se050e, await factoryObjects(se050e)],
]);
const power = (variant: ChipVariant): TestCard => testCard(variant, objects.get(variant)!);

const keyId = tlv("41", "10000001");
const onP384 = tlv("42", "04");
const create = command("80010B04", tlv("41", "04"));
const list = (card: TestCard): string => value(card.run("80020B2500")).toString("hex").toUpperCase();

/** Sets P-384 as the driver does. */
function setCurve({ run }: TestCard): void {
	assert.is(run(create), "9000");
	for (const [parameter, digits] of parametersOf("P-384"))
		assert.is(run(command("80010B40", tlv("41", "04"), tlv("42", hex(parameter, 2)), tlv("43", digits))), "9000");
}

const curves = suite("curves");

for (const variant of [se050c, se050e]) {
	const { name } = variant;

	curves(`${name}: P-384 has to be made and given its five parameters before a key is on it`, () => {
		const card = power(variant);
		const generate = command("80016100", keyId, onP384);
		assert.is(list(card), `010102${"01".repeat(14)}`);
		assert.is(card.run(generate), "6985");
		assert.is(card.run(command("80010B40", tlv("41", "04"), tlv("42", "01"), tlv("43", "00"))), "6985");
		assert.is(card.run(create), "9000");
		assert.is(card.run(generate), "6985");
		const again = power(variant);
		setCurve(again);
		assert.is(list(again), `01010202${"01".repeat(13)}`);
		assert.is(again.run(generate), "9000");
		assert.is(again.run(command("80020B36", keyId)), "4101049000");
	});

	curves(`${name}: a key on P-384 signs, verifies and agrees, and its type and size are those of the curve`, () => {
		const card = power(variant);
		setCurve(card);
		const { run } = card;
		assert.is(run(command("80016100", keyId, onP384)), "9000");
		const point = value(run(command("80020000", keyId)));
		assert.is(point.length, 97);
		const half = (start: number) => point.subarray(start, start + 48).toString("base64url");
		const key = createPublicKey({ key: { kty: "EC", crv: "P-384", x: half(1), y: half(49) }, format: "jwk" });
		for (const [digest, algorithm] of [
			["sha256", "21"],
			["sha384", "22"],
			["sha512", "26"],
		] as const) {
			const digested = tlv("43", createHash(digest).update("abc").digest("hex").toUpperCase());
			const signature = value(run(command("80030C09", keyId, tlv("42", algorithm), digested)));
			assert.ok(verify(digest, Buffer.from("abc"), key, signature));
			const verifying = [keyId, tlv("42", algorithm), digested, tlv("45", signature.toString("hex").toUpperCase())];
			assert.is(run(command("80030C0A", ...verifying)), "4101019000");
		}
		const peer = createECDH("secp384r1");
		const theirs = peer.generateKeys("hex").toUpperCase();
		assert.equal(value(run(command("8003010F", keyId, tlv("42", theirs)))), peer.computeSecret(point));
		const ofP256 = createECDH("prime256v1").generateKeys("hex").toUpperCase();
		assert.is(run(command("8003010F", keyId, tlv("42", ofP256))), "6A80");
		assert.is(run(command("80020007", keyId)), "410200309000");
		assert.is(run(command("80020026", keyId)), `4101${variant === se050e ? "2D" : "01"}4201019000`);
	});

	curves(`${name}: keys of P-384 are imported, and half of one or one of another curve is not`, () => {
		const card = power(variant);
		setCurve(card);
		const digits = (curve: NamedCurve) => {
			const { privateKey, publicKey } = generateEcKey(curve, length => randomBytes(length));
			return [privateKey, publicKey].map(bytes => Buffer.from(bytes).toString("hex").toUpperCase()) as [string, string];
		};
		const [secret, point] = digits("P-384");
		const pair = (...tlvs: string[]) => card.run(command("80016100", keyId, onP384, ...tlvs));
		assert.is(pair(tlv("43", secret)), "6985");
		assert.is(pair(tlv("43", secret), tlv("44", digits("P-384")[1])), "6A80");
		assert.is(pair(tlv("43", digits("P-256")[0]), tlv("44", digits("P-256")[1])), "6A80");
		assert.is(pair(tlv("43", secret), tlv("44", point)), "9000");
		assert.is(
			value(card.run(command("80020000", keyId)))
				.toString("hex")
				.toUpperCase(),
			point,
		);
		const publicKey = (text: string) => card.run(command("80012100", tlv("41", "10000002"), onP384, tlv("44", text)));
		assert.is(publicKey(digits("P-256")[1]), "6A80");
		assert.is(publicKey(point), "9000");
		assert.is(card.run(command("80016100", keyId, tlv("42", "03"))), "6985");
	});
}

curves("a private key alone signs and agrees, is never read, and verifies nothing", () => {
	for (const variant of [se050c, se050e]) {
		const { run } = power(variant);
		const { privateKey, publicKey } = generateEcKey("P-256", length => randomBytes(length));
		const digits = Buffer.from(privateKey).toString("hex").toUpperCase();
		const write = (value: string) => run(command("80014100", keyId, tlv("42", "03"), tlv("43", value)));
		assert.is(write(`${digits}00`), "6A80");
		assert.is(write("00".repeat(32)), "6A80");
		assert.is(write(digits), "9000");
		const digest = tlv("43", createHash("sha256").update("abc").digest("hex").toUpperCase());
		const signature = value(run(command("80030C09", keyId, tlv("42", "21"), digest)));
		const half = (start: number) => Buffer.from(publicKey.subarray(start, start + 32)).toString("base64url");
		const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x: half(1), y: half(33) }, format: "jwk" });
		assert.ok(verify("sha256", Buffer.from("abc"), key, signature));
		const tag5 = tlv("45", signature.toString("hex").toUpperCase());
		assert.is(run(command("80030C0A", keyId, tlv("42", "21"), digest, tag5)), "6985");
		assert.is(run(command("80020000", keyId)), "6985");
		assert.is(run(command("80020026", keyId)), `4101${variant === se050e ? "2A" : "02"}4201019000`);
		assert.is(run(command("80020B36", keyId)), "4101039000");
		const peer = createECDH("prime256v1");
		const theirs = peer.generateKeys("hex").toUpperCase();
		assert.equal(value(run(command("8003010F", keyId, tlv("42", theirs)))), peer.computeSecret(publicKey));
	}
});

curves("a parameter that is not the curve's is answered 6A80", () => {
	const card = power(se050c);
	assert.is(card.run(create), "9000");
	for (const [parameter, digits] of parametersOf("P-384")) {
		const wrong = digits.slice(0, -2) + (digits.endsWith("00") ? "01" : "00");
		assert.is(card.run(command("80010B40", tlv("41", "04"), tlv("42", hex(parameter, 2)), tlv("43", wrong))), "6A80");
	}
	assert.is(card.run(command("80010B40", tlv("41", "04"), tlv("42", "03"), tlv("43", "00"))), "6A80");
});

curves("a curve that is made again: 6985 on 7.x, and on 3.1.1 its parameters are gone", () => {
	const modern = power(se050e);
	setCurve(modern);
	assert.is(modern.run(create), "6985");
	assert.is(modern.run(command("80010B04", tlv("41", "03"))), "6985");
	const first = power(se050c);
	setCurve(first);
	assert.is(first.run(create), "9000");
	assert.is(list(first), `010102${"01".repeat(14)}`);
	for (const unknown of ["01", "05", "40"]) assert.is(first.run(command("80010B04", tlv("41", unknown))), "6985");
});

curves("a curve's parameters are the same here and in the driver", () => {
	const { noble } = curveByName["P-384"];
	assert.is(parametersOf("P-384").length, 5);
	assert.is(BigInt(`0x${parametersOf("P-384").find(([parameter]) => parameter === 0x08)![1]}`), noble.Point.CURVE().n);
});

curves.run();
