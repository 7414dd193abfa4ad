// SPDX-License-Identifier: MIT
import { createHash, type KeyObject, randomBytes, verify } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ChipVariant, se050c, variantTable } from "../../../tools/se050-sim/factory/variants.js";
import { certificateIn, command, factoryObjects, type TestCard, testCard, tlv, tlvsOf } from "./card.js";

const se050e = variantTable.get("SE050E2")!;
const objects = new Map([
	[se050c, await factoryObjects(se050c)],
	[se050e, await factoryObjects(se050e)],
]);
const power = (variant: ChipVariant): TestCard => testCard(variant, objects.get(variant)!, { tlvLength: "long" });

const readCommand = "80220000";
const readAttributes = "8022003B";
const testFreshness = randomBytes(16).toString("hex").toUpperCase();
const ownKey = "10000001";

/** What a command for attestation has behind the object's identifier. */
const by = (key = "F0000012", algorithm = "21", freshness = testFreshness): string =>
	tlv("45", key) + tlv("46", algorithm) + tlv("47", freshness);
const generate = (id: string, policy = ""): string => command("80016100", policy, tlv("41", id), tlv("42", "03"));
const policyFor = (rights: string): string => tlv("11", `0800000000${rights}`);

const firstTags = [0x41, 0x42, 0x43, 0x44, 0x45];

/** Whether the signature is right that an applet 3.x gives: over the concatenated values. */
function verifyFirst(answer: string, key: KeyObject, digest = "sha256"): boolean {
	const tlvs = tlvsOf(answer);
	return verify(digest, Buffer.concat(firstTags.map(tag => tlvs.get(tag) ?? Buffer.alloc(0))), key, tlvs.get(0x46)!);
}

/** Whether the signature is right that an applet 7.x gives: over the command's digest and the TLVs in front of it. */
function verifyModern(sent: string, answer: string, key: KeyObject): boolean {
	const signature = tlvsOf(answer).get(0x52)!;
	const signed = Buffer.from(answer, "hex").subarray(0, -2 - signature.length - 4);
	const withoutLe = Buffer.from(sent, "hex").subarray(0, -2);
	return verify("sha256", Buffer.concat([createHash("sha256").update(withoutLe).digest(), signed]), key, signature);
}

const attestation = suite("attestation");

attestation(
	"3.x: data, attributes, timestamp, freshness and UID, in this order, and a signature over their values",
	() => {
		const chip = power(se050c);
		assert.is(chip.run(generate(ownKey)), "9000");
		const answer = chip.run(command(readCommand, tlv("41", ownKey), by()));
		const tlvs = tlvsOf(answer);
		assert.equal([...tlvs.keys()], [...firstTags, 0x46]);
		assert.is(tlvs.get(0x41)!.length, 65);
		assert.is(tlvs.get(0x43)!.length, 12);
		assert.is(tlvs.get(0x44)!.toString("hex").toUpperCase(), testFreshness);
		assert.equal(tlvs.get(0x45), tlvsOf(chip.run(command("80020000", tlv("41", "7FFF0206")))).get(0x41));
		assert.ok(verifyFirst(answer, certificateIn(chip, "F0000013").publicKey));
	},
);

attestation(
	"7.x: data, UID, attributes, size and timestamp, and a signature over the command's digest and the TLVs",
	() => {
		const chip = power(se050e);
		assert.is(chip.run(generate(ownKey)), "9000");
		const sent = command(readCommand, tlv("41", ownKey), by());
		const answer = chip.run(sent);
		const tlvs = tlvsOf(answer);
		assert.equal([...tlvs.keys()], [0x41, 0x42, 0x43, 0x44, 0x4f, 0x52]);
		assert.is(tlvs.get(0x42)!.length, 18);
		assert.is(tlvs.get(0x44)!.toString("hex"), "0020");
		assert.is(tlvs.get(0x4f)!.length, 12);
		const key = certificateIn(chip, "F0000013").publicKey;
		assert.ok(verifyModern(sent, answer, key));
		assert.is(verifyModern(sent.replace(testFreshness, "00".repeat(16)), answer, key), false);
	},
);

attestation("attributes of 3.1: identifier, type, no authentication, no tag length, no owner, policy, origin", () => {
	const chip = power(se050c);
	const attributes = (id: string): string =>
		tlvsOf(chip.run(command(readCommand, tlv("41", id), by())))
			.get(0x42)!
			.toString("hex")
			.toUpperCase();
	assert.is(chip.run(generate(ownKey)), "9000");
	assert.is(chip.run(generate("10000002", policyFor("10240000"))), "9000");
	assert.is(chip.run(command("80010600", tlv("41", "10000003"), tlv("43", "0001"), tlv("44", "AA"))), "9000");
	assert.is(attributes(ownKey), "10000001 01 01 0000 00000000 0000 02".replaceAll(" ", ""));
	assert.is(attributes("10000002"), "10000002 01 01 0000 00000000 0000 080000000010240000 02".replaceAll(" ", ""));
	assert.is(attributes("10000003"), "10000003 0B 01 0000 00000000 0000 01".replaceAll(" ", ""));
	assert.is(attributes("F0000100"), "F0000100 01 01 0000 00000000 0000 03".replaceAll(" ", ""));
});

attestation(
	"attributes of 7.x end with a version of four bytes, and ReadAttributes tells them without a signature too",
	() => {
		const chip = power(se050e);
		assert.is(chip.run(generate(ownKey)), "9000");
		assert.is(
			chip.run(command("8002003B", tlv("41", ownKey))),
			"43820013 10000001 29 01 0000 00000000 0000 02 00000000 9000".replaceAll(" ", ""),
		);
	},
);

attestation("7.x keeps the version that a write gives, and 3.x takes none: 6A80", () => {
	const modern = power(se050e);
	const attributes = (): string =>
		tlvsOf(modern.run(command("8002003B", tlv("41", ownKey))))
			.get(0x43)!
			.toString("hex")
			.slice(-8);
	assert.is(modern.run(command("80016100", tlv("41", ownKey), tlv("42", "03"), tlv("4B", "00000102"))), "9000");
	assert.is(attributes(), "00000102");
	assert.is(modern.run(command("80016100", tlv("41", ownKey))), "9000");
	assert.is(attributes(), "00000102");
	assert.is(power(se050c).run(command("80016100", tlv("41", ownKey), tlv("42", "03"), tlv("4B", "00000102"))), "6A80");
});

attestation("applets 3.x tell attributes by attestation only", () => {
	const chip = power(se050c);
	assert.is(chip.run(command("8002003B", tlv("41", "F0000100"))), "6985");
	const answer = chip.run(command(readAttributes, tlv("41", "F0000100"), by()));
	assert.equal([...tlvsOf(answer).keys()], [0x42, 0x43, 0x44, 0x45, 0x46]);
	assert.ok(verifyFirst(answer, certificateIn(chip, "F0000013").publicKey));
});

attestation("attributes alone are attested on 7.x", () => {
	const chip = power(se050e);
	const sent = command(readAttributes, tlv("41", "F0000100"), by());
	const answer = chip.run(sent);
	assert.equal([...tlvsOf(answer).keys()], [0x42, 0x43, 0x44, 0x4f, 0x52]);
	assert.ok(verifyModern(sent, answer, certificateIn(chip, "F0000013").publicKey));
});

for (const [algorithm, digest] of [
	["11", "sha1"],
	["25", "sha224"],
	["22", "sha384"],
	["26", "sha512"],
] as const)
	attestation(`algorithm ${algorithm} signs the ${digest} digest`, () => {
		const chip = power(se050c);
		const answer = chip.run(command(readCommand, tlv("41", "F0000100"), by("F0000012", algorithm)));
		assert.ok(verifyFirst(answer, certificateIn(chip, "F0000013").publicKey, digest));
	});

attestation("an RSA key attests too", () => {
	const chip = power(se050c);
	const answer = chip.run(command(readCommand, tlv("41", "F0000100"), by("F0000110", "28")));
	assert.ok(verifyFirst(answer, certificateIn(chip, "F0000111").publicKey));
});

attestation("a component of an RSA key is attested", () => {
	const chip = power(se050c);
	const answer = chip.run(command(readCommand, tlv("41", "F0000110"), tlv("44", "01"), by()));
	assert.is(tlvsOf(answer).get(0x41)!.toString("hex"), "010001");
	assert.ok(verifyFirst(answer, certificateIn(chip, "F0000013").publicKey));
});

attestation("a part of a file is attested, and what an answer does not hold is 6985", () => {
	const chip = power(se050c);
	const part = chip.run(command(readCommand, tlv("41", "F0000101"), tlv("42", "0010"), tlv("43", "0100"), by()));
	assert.is(tlvsOf(part).get(0x41)!.length, 256);
	assert.ok(verifyFirst(part, certificateIn(chip, "F0000013").publicKey));
	assert.is(chip.run(command("80010600", tlv("41", "10000003"), tlv("43", "0370"))), "9000");
	assert.is(chip.run(command(readCommand, tlv("41", "10000003"), by())), "6985");
});

attestation("of a key that may not be read the attributes are attested, of a file nothing", () => {
	const chip = power(se050c);
	assert.is(chip.run(generate(ownKey, policyFor("10040000"))), "9000");
	assert.is(chip.run(command("80020000", tlv("41", ownKey))), "6986");
	const answer = chip.run(command(readCommand, tlv("41", ownKey), by()));
	assert.equal([...tlvsOf(answer).keys()], [0x42, 0x43, 0x44, 0x45, 0x46]);
	assert.ok(verifyFirst(answer, certificateIn(chip, "F0000013").publicKey));
	assert.is(chip.run(command("80010600", policyFor("00140000"), tlv("41", "10000003"), tlv("43", "0001"))), "9000");
	assert.is(chip.run(command(readCommand, tlv("41", "10000003"), by())), "6986");
});

attestation("a key attests whose policy allows it, and no other", () => {
	const chip = power(se050c);
	assert.is(chip.run(generate(ownKey, policyFor("10200000"))), "9000");
	assert.is(chip.run(generate("10000002", policyFor("00208000"))), "9000");
	assert.is(chip.run(command(readCommand, tlv("41", "F0000100"), by(ownKey))), "6986");
	assert.is(chip.run(command(readCommand, tlv("41", "F0000100"), by("10000002"))).slice(-4), "9000");
});

attestation(
	"a command without one of its tags, with a short freshness or an unknown algorithm is answered 6A80",
	() => {
		const { run } = power(se050c);
		assert.is(run(command(readCommand, tlv("41", "F0000100"))), "6A80");
		assert.is(run(command(readCommand, tlv("41", "F0000100"), tlv("45", "F0000012"), tlv("46", "21"))), "6A80");
		assert.is(run(command(readCommand, tlv("41", "F0000100"), by("F0000012", "21", "00".repeat(15)))), "6A80");
		assert.is(run(command(readCommand, tlv("41", "F0000100"), by("F0000012", "28"))), "6A80");
		assert.is(run(command("80020000", tlv("41", "F0000100"), by())), "6A80");
	},
);

attestation("a key that is not there, or is none, is answered 6985", () => {
	const { run } = power(se050c);
	assert.is(run(command(readCommand, tlv("41", "F0000100"), by("10000009"))), "6985");
	assert.is(run(command(readCommand, tlv("41", "F0000100"), by("F0000013"))), "6985");
	assert.is(run(command(readCommand, tlv("41", "10000009"), by())), "6985");
});

attestation("an attested read takes the time of a read and of a signature", () => {
	const { card } = power(se050c);
	const { microseconds } = card.execute(Buffer.from(command(readCommand, tlv("41", "F0000100"), by()), "hex"));
	const { read, readByte, sign, attest } = se050c.latency;
	assert.is(microseconds, read + 65 * readByte + sign + attest);
});

attestation("the key attests on every part with elliptic curves; its certificate is on C, E and F", () => {
	const certified = (name: string): boolean | undefined => {
		const pair = variantTable.get(name)!.provisioned.find(({ key }) => key === 0xf0000012);
		return pair && pair.certificate !== undefined;
	};
	assert.equal(["SE050A1", "SE050B1", "SE050C1", "SE050D2", "SE050E2", "SE050F2"].map(certified), [
		false,
		undefined,
		true,
		false,
		true,
		true,
	]);
});

attestation.run();
