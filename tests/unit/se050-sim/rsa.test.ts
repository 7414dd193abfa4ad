// SPDX-License-Identifier: MIT
import {
	constants,
	createHash,
	createPublicKey,
	type KeyObject,
	publicDecrypt,
	publicEncrypt,
	randomBytes,
	verify,
} from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { repeatableRandom } from "../../../tools/se050-sim/crypto/random.js";
import { rsaSpki } from "../../../tools/se050-sim/crypto/rsa.js";
import { generateRsaKeyPair } from "../../../tools/se050-sim/crypto/rsa-generation.js";
import { se050c, variantTable } from "../../../tools/se050-sim/factory/variants.js";
import { startSimulator } from "../../../tools/se050-sim/simulator.js";
import { abc, certificateIn, command, factoryObjects, hex, type TestCard, testCard, tlv, value } from "./card.js";
import { placeChip } from "./factory.js";
import { Host, Terminal } from "./host.js";

const objects = await factoryObjects(se050c);
const factoryKey = "F0000110";
const signCommand = "80030C09";
const verifyCommand = "80030C0A";
const testMessage = Buffer.from("abc").toString("hex");

const rsa = suite<TestCard>("RSA");
rsa.before.each(context => void Object.assign(context, testCard(se050c, objects)));

/** A policy with one entry, for anybody. */
const policy = (rights: string): string => tlv("11", `0800000000${rights}`);
const generate = (id: string, bits: number, ...more: string[]): string =>
	command("80016200", ...more, tlv("41", id), tlv("42", hex(bits, 4)));
const publicKey = ({ run }: TestCard, id: string): KeyObject => {
	const component = (number: string): string =>
		value(run(command("80020000", tlv("41", id), tlv("44", number)))).toString("base64url");
	return createPublicKey({ key: { kty: "RSA", n: component("00"), e: component("01") }, format: "jwk" });
};

const schemes = [
	["sha1", "0A", "15"],
	["sha224", "27", "2B"],
	["sha256", "28", "2C"],
	["sha384", "29", "2D"],
	["sha512", "2A", "2E"],
] as const;

for (const [digest, pkcs1, pss] of schemes)
	for (const [padding, code] of [
		[constants.RSA_PKCS1_PADDING, pkcs1],
		[constants.RSA_PKCS1_PSS_PADDING, pss],
	] as const)
		rsa(
			`RSASign with ${code} makes the ${digest} digest itself, and openssl's verification takes the signature`,
			context => {
				const key = certificateIn(context, "F0000111").publicKey;
				const signature = value(
					context.run(command(signCommand, tlv("41", factoryKey), tlv("42", code), tlv("43", testMessage))),
				);
				assert.is(signature.length, 256);
				assert.ok(
					verify(digest, Buffer.from("abc"), { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature),
				);
			},
		);

rsa("a PSS signature has a salt as long as its digest, and another each time", context => {
	const sign = (): Buffer =>
		value(context.run(command(signCommand, tlv("41", factoryKey), tlv("42", "2C"), tlv("43", testMessage))));
	const key = certificateIn(context, "F0000111").publicKey;
	const check = (saltLength: number, signature: Buffer): boolean =>
		verify("sha256", Buffer.from("abc"), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);
	assert.is(check(32, sign()), true);
	assert.is(check(20, sign()), false);
	assert.not.equal(sign(), sign());
});

rsa("a PSS signature repeats with the seed", () => {
	const sign = (seed: string): string =>
		testCard(se050c, objects, { random: repeatableRandom(seed) }).run(
			command(signCommand, tlv("41", factoryKey), tlv("42", "2C"), tlv("43", testMessage)),
		);
	assert.is(sign("a"), sign("a"));
	assert.is.not(sign("a"), sign("b"));
});

rsa("an RSA algorithm that is none is answered 6A80", ({ run }) => {
	assert.is(run(command(signCommand, tlv("41", factoryKey), tlv("42", "21"), tlv("43", testMessage))), "6A80");
});

rsa("RSAVerify tells a signature from another", ({ run }) => {
	const signature = value(
		run(command(signCommand, tlv("41", factoryKey), tlv("42", "28"), tlv("43", testMessage))),
	).toString("hex");
	const check = (message: string): string =>
		run(command(verifyCommand, tlv("41", factoryKey), tlv("42", "28"), tlv("43", message), tlv("45", signature)));
	assert.is(check(testMessage), "4101019000");
	assert.is(check("616264"), "4101029000");
});

rsa("RSADecrypt without padding signs what the host has encoded", context => {
	const digestInfo = Buffer.from(`3031300D060960864801650304020105000420${abc}`, "hex");
	const encoded = Buffer.concat([
		Buffer.of(0, 1),
		Buffer.alloc(256 - 3 - digestInfo.length, 0xff),
		Buffer.of(0),
		digestInfo,
	]);
	const signature = value(
		context.run(command("80030238", tlv("41", factoryKey), tlv("42", "0C"), tlv("43", encoded.toString("hex")))),
	);
	assert.ok(verify("sha256", Buffer.from("abc"), certificateIn(context, "F0000111").publicKey, signature));
});

rsa(
	"RSADecrypt without padding is the private operation and RSAEncrypt the public one, which undo each other",
	context => {
		const data = Buffer.concat([Buffer.of(0), randomBytes(255)]);
		const key = certificateIn(context, "F0000111").publicKey;
		const operate = (header: string, input: Buffer): Buffer =>
			value(context.run(command(header, tlv("41", factoryKey), tlv("42", "0C"), tlv("43", input.toString("hex")))));
		assert.equal(operate("80030237", data), publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, data));
		assert.equal(publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, operate("80030238", data)), data);
	},
);

rsa(
	"a bare operation takes as many bytes as the modulus has, below it: else 6A80; and no unknown padding: 6985",
	({ run }) => {
		for (const data of ["FF".repeat(256), "01".repeat(255), "01".repeat(257)])
			assert.is(run(command("80030238", tlv("41", factoryKey), tlv("42", "0C"), tlv("43", data))), "6A80");
		assert.is(run(command("80030238", tlv("41", factoryKey), tlv("42", "0B"), tlv("43", "01".repeat(256)))), "6985");
		assert.is(run(command("80030238", tlv("41", "F0000100"), tlv("42", "0C"), tlv("43", "01".repeat(256)))), "6985");
	},
);

for (const bits of [1024, 2048, 3072])
	rsa(`a key of ${bits} bits is generated in the chip, signs, and is deleted`, context => {
		const { run } = context;
		assert.is(run(generate("10000001", bits)), "9000");
		assert.is(run(command("80020007", tlv("41", "10000001"))), `4102${hex(bits / 8, 4)}9000`);
		assert.is(run(command("80020026", tlv("41", "10000001"))), "4101054201019000");
		const signature = value(run(command(signCommand, tlv("41", "10000001"), tlv("42", "28"), tlv("43", testMessage))));
		assert.ok(verify("sha256", Buffer.from("abc"), publicKey(context, "10000001"), signature));
		assert.is(run(command("80040028", tlv("41", "10000001"))), "9000");
	});

rsa("P2 4F generates a key that is kept without the Chinese remainder theorem, and its type says so", ({ run }) => {
	assert.is(run(command("8001624F", tlv("41", "10000001"), tlv("42", "0400"))), "9000");
	assert.is(run(command("80020026", tlv("41", "10000001"))), "4101044201019000");
	assert.is(run(command("80016200", tlv("41", "10000001"))), "9000");
	assert.is(run(command("80020026", tlv("41", "10000001"))), "4101044201019000");
});

rsa("a key that is there is generated again in its size, and in no other", context => {
	const { run } = context;
	assert.is(run(generate("10000001", 1024)), "9000");
	const first = publicKey(context, "10000001").export({ format: "jwk" }).n;
	assert.is(run(command("80016200", tlv("41", "10000001"))), "9000");
	assert.is.not(publicKey(context, "10000001").export({ format: "jwk" }).n, first);
	assert.is(run(generate("10000001", 2048)), "6985");
});

rsa("a size that parts do not have, or none, is answered 6985", ({ run }) => {
	for (const bits of [768, 2047, 8192]) assert.is(run(generate("10000001", bits)), "6985");
	assert.is(run(command("80016200", tlv("41", "10000001"))), "6985");
});

rsa("a key of another type at the identifier, or a part without RSA, is answered 6985", context => {
	assert.is(context.run(command("80016100", tlv("41", "10000001"), tlv("42", "03"))), "9000");
	assert.is(context.run(generate("10000001", 1024)), "6985");
	const withoutRsa = testCard(variantTable.get("SE050E2")!, []);
	assert.is(withoutRsa.run(generate("10000001", 2048)), "6985");
});

rsa("a generated key does what its policy says and no more", ({ run }) => {
	assert.is(run(generate("10000001", 1024, policy("10240000"))), "9000");
	assert.is(
		value(run(command(signCommand, tlv("41", "10000001"), tlv("42", "28"), tlv("43", testMessage)))).length,
		128,
	);
	assert.is(run(command("80030238", tlv("41", "10000001"), tlv("42", "0C"), tlv("43", "00".repeat(128)))), "6986");
	assert.is(run(command("80030237", tlv("41", "10000001"), tlv("42", "0C"), tlv("43", "00".repeat(128)))), "6986");
	assert.is(
		run(command(verifyCommand, tlv("41", "10000001"), tlv("42", "28"), tlv("43", testMessage), tlv("45", "00"))),
		"6986",
	);
	assert.is(run(command("80016200", tlv("41", "10000001"))), "6986");
	assert.is(run(command("80040028", tlv("41", "10000001"))), "9000");
});

rsa("a key too short for a digest is answered 6A80", ({ run }) => {
	assert.is(run(generate("10000001", 1024)), "9000");
	assert.is(run(command(signCommand, tlv("41", "10000001"), tlv("42", "2E"), tlv("43", testMessage))), "6A80");
});

rsa(
	"generation takes seconds, by the candidates that were tested, and 8 times as long for each in a key of twice the size",
	() => {
		const random = repeatableRandom("time");
		const { tests } = generateRsaKeyPair(2048, random.bytes, true);
		const { card } = testCard(se050c, [], { random: repeatableRandom("time") });
		const { microseconds } = card.execute(Buffer.from(generate("10000001", 2048), "hex"));
		assert.is(microseconds, se050c.latency.write + tests * se050c.latency.primeTest);
	},
);

rsa("keys of 2048 bits take two to three seconds on average", () => {
	const { bytes: random } = repeatableRandom("average");
	const counts = Array.from({ length: 12 }, () => generateRsaKeyPair(2048, random, true).tests);
	const average = (counts.reduce((sum, count) => sum + count, 0) / counts.length) * se050c.latency.primeTest;
	assert.ok(average > 1_500_000 && average < 4_000_000, `${average} µs`);
});

rsa("on the wire the chip asks for more time once a second until the key is there", async () => {
	const folder = mkdtempSync(join(tmpdir(), "se050-rsa-"));
	const stateFile = join(folder, "chip.json");
	await placeChip(stateFile);
	const requests: string[] = [];
	const chip = await startSimulator({
		stateFile,
		listen: { path: join(folder, "s") },
		clock: "virtual",
		seed: "wtx",
		trace: record =>
			void (
				record.layer === "t1" &&
				record.from === "chip" &&
				record.bytes.startsWith("a5c3") &&
				requests.push(record.bytes)
			),
	});
	const host = await Host.connect(chip.address);
	const terminal = new Terminal(host);
	await terminal.open();
	const began = host.time;
	assert.is(await terminal.transceive(generate("10000001", 2048)), "9000");
	const seconds = (host.time - began) / 1e6;
	assert.ok(
		requests.length > 0 && Math.abs(requests.length - seconds / 0.95) < 1,
		`${requests.length} requests in ${seconds} s`,
	);
	await host.close();
	await chip.close();
	rmSync(folder, { recursive: true });
});

rsa("the same seed generates the same key, another seed another one", () => {
	const modulus = (seed: string): string =>
		createHash("sha256")
			.update(generateRsaKeyPair(1024, repeatableRandom(seed).bytes, true).key.modulus)
			.digest("hex");
	assert.is(modulus("a"), modulus("a"));
	assert.is.not(modulus("a"), modulus("b"));
});

rsa("a generated modulus has all of its bits, and the public key is that of the private one", () => {
	const { bytes: random } = repeatableRandom("bits");
	for (const bits of [512, 1152, 1024, 1024, 1024, 1024]) {
		const { key } = generateRsaKeyPair(bits, random, true);
		assert.is(key.modulus.length, bits / 8);
		assert.ok(key.modulus[0]! >= 0x80);
		const spki = createPublicKey({ key: Buffer.from(rsaSpki(key)), format: "der", type: "spki" });
		assert.is(spki.export({ format: "jwk" }).e, "AQAB");
	}
});

rsa.run();
