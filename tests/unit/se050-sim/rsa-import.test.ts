// SPDX-License-Identifier: MIT
import { constants, generateKeyPairSync, type JsonWebKey, privateDecrypt, publicEncrypt, verify } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { repeatableRandom } from "../../../tools/se050-sim/crypto/random.js";
import { oaep, pkcs1 } from "../../../tools/se050-sim/crypto/rsa-encoding.js";
import { se050c, variantTable } from "../../../tools/se050-sim/factory/variants.js";
import { command, factoryObjects, hex, type TestCard, testCard, tlv, value } from "./card.js";

const objects = await factoryObjects(se050c);
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
const other = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ format: "jwk" });
const jwk = privateKey.export({ format: "jwk" });

/** A number of a key as a TLV. */
const part = (tag: string, name: keyof JsonWebKey, key = jwk): string =>
	tlv(
		tag,
		Buffer.from(key[name] as string, "base64url")
			.toString("hex")
			.toUpperCase(),
	);
/** The components of a pair for CRT, in the order in which NXP's host sends them, one with each command. */
const crt = [
	part("43", "p"),
	part("44", "q"),
	part("45", "dp"),
	part("46", "dq"),
	part("47", "qi"),
	part("48", "e"),
	part("4A", "n"),
];
const id = tlv("41", "10000001");
const size = tlv("42", hex(1024, 4));

const imports = suite<TestCard>("RSA import and encryption");
imports.before.each(context => void Object.assign(context, testCard(se050c, objects)));

function importPair({ run }: TestCard, ...policy: string[]): void {
	crt.forEach((component, index) =>
		assert.is(run(command("80016200", ...(index === 0 ? [...policy, id, size] : [id]), component)), "9000"),
	);
}

function importPublicKey({ run }: TestCard): void {
	assert.is(run(command("80012200", id, size, part("4A", "n"))), "9000");
	assert.is(run(command("80012200", id, part("48", "e"))), "9000");
}

const signatureOf = ({ run }: TestCard): Buffer =>
	value(run(command("80030C09", id, tlv("42", "28"), tlv("43", "616263"))));

imports("a pair comes in seven commands, and signs; its type, origin and size are reported", context => {
	importPair(context);
	assert.ok(verify("sha256", Buffer.from("abc"), publicKey, signatureOf(context)));
	assert.is(context.run(command("80020026", id)), "4101054201019000");
	assert.is(context.run(command("80020007", id)), "410200809000");
	assert.is(context.chip.objects.find(0x10000001)!.origin, "external");
});

imports("a pair without CRT comes as modulus and both exponents, in one command too", context => {
	assert.is(context.run(command("8001624F", id, size, part("4A", "n"), part("48", "e"), part("49", "d"))), "9000");
	assert.ok(verify("sha256", Buffer.from("abc"), publicKey, signatureOf(context)));
	assert.is(context.run(command("80020026", id)), "4101044201019000");
});

imports("an object is there when its last component is, and with the policy of the first command", context => {
	const signOnly = tlv("11", "080000000010000000");
	crt
		.slice(0, -1)
		.forEach((component, index) =>
			assert.is(context.run(command("80016200", ...(index === 0 ? [signOnly, id, size] : [id]), component)), "9000"),
		);
	assert.is(context.run(command("80040027", id)), "4101029000");
	assert.is(context.run(command("80016200", id, crt.at(-1)!)), "9000");
	assert.is(context.run(command("80040027", id)), "4101019000");
	signatureOf(context);
	assert.is(context.run(command("80020000", id, tlv("44", "00"))), "6986");
});

imports("components that do not belong together are answered 6A80, and there is no object", context => {
	const wrong = [...crt];
	wrong[0] = part("43", "p", other);
	const answers = wrong.map((component, index) =>
		context.run(command("80016200", ...(index === 0 ? [id, size] : [id]), component)),
	);
	assert.equal([...new Set(answers.slice(0, -1))], ["9000"]);
	assert.is(answers.at(-1), "6A80");
	assert.is(context.run(command("80040027", id)), "4101029000");
	assert.is(context.run(command("80016200", id, tlv("42", hex(2048, 4)), ...crt)), "6A80");
	assert.is(context.run(command("80016200", id, ...crt)), "6985");
	assert.is(context.run(command("80012200", id, size, part("43", "p"))), "6985");
});

imports("power takes a key that is half there", context => {
	assert.is(context.run(command("80016200", id, size, crt[0]!)), "9000");
	context.chip.objects.clearTransient();
	assert.is(context.run(command("80016200", id, crt[1]!)), "6985");
});

imports("a public key verifies, encrypts and is read, and does neither sign nor decrypt", context => {
	const { run } = context;
	importPublicKey(context);
	assert.is(run(command("80020026", id)), "4101084201019000");
	assert.is(value(run(command("80020000", id, tlv("44", "00")))).toString("base64url"), jwk.n);
	assert.is(run(command("80030C09", id, tlv("42", "28"), tlv("43", "616263"))), "6985");
	assert.is(run(command("80030238", id, tlv("42", "0A"), tlv("43", "01".repeat(128)))), "6985");
	for (const [algorithm, padding] of [
		["0A", undefined],
		["0F", constants.RSA_PKCS1_OAEP_PADDING],
	] as const) {
		const ciphertext = value(run(command("80030237", id, tlv("42", algorithm), tlv("43", "616263"))));
		if (padding) assert.equal(privateDecrypt({ key: privateKey, padding }, ciphertext), Buffer.from("abc"));
		else {
			const encoded = privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, ciphertext);
			assert.equal(Buffer.from(pkcs1.decode(encoded)!), Buffer.from("abc"));
		}
	}
});

for (const [name, algorithm, padding, longest] of [
	["PKCS#1", "0A", constants.RSA_PKCS1_PADDING, 117],
	["OAEP", "0F", constants.RSA_PKCS1_OAEP_PADDING, 86],
] as const)
	imports(
		`${name}: what OpenSSL encrypts is decrypted, and nothing longer than ${longest} bytes is encrypted`,
		context => {
			const { run } = context;
			importPair(context);
			const decrypt = (ciphertext: Buffer) =>
				run(command("80030238", id, tlv("42", algorithm), tlv("43", ciphertext.toString("hex").toUpperCase())));
			for (const message of [Buffer.alloc(1), Buffer.from("abc"), Buffer.alloc(longest, 7)])
				assert.equal(value(decrypt(publicEncrypt({ key: publicKey, padding }, message))), message);
			const encrypt = (length: number) =>
				run(command("80030237", id, tlv("42", algorithm), tlv("43", "07".repeat(length))));
			assert.is(encrypt(longest + 1), "6A80");
			assert.equal(value(decrypt(value(encrypt(longest)))), Buffer.alloc(longest, 7));
			assert.is(
				decrypt(publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, Buffer.alloc(128, 1))),
				"6A80",
			);
		},
	);

imports("a damaged encoding is not decoded", () => {
	const { bytes } = repeatableRandom("encoding");
	for (const encoding of [pkcs1, oaep]) {
		const encoded = encoding.encode(Buffer.from("abc"), 128, bytes)!;
		assert.equal(Buffer.from(encoding.decode(encoded)!), Buffer.from("abc"));
		const damaged = encoded.slice();
		damaged[0] = 1;
		assert.is(encoding.decode(damaged), undefined);
	}
	assert.is(pkcs1.decode(new Uint8Array(128).fill(2).fill(0, 0, 1)), undefined);
	assert.is(pkcs1.decode(Uint8Array.of(0, 2, 1, 2, 3, 0, ...new Uint8Array(122))), undefined);
});

imports("a part without RSA answers an import by 6A80, and generation by 6985", async () => {
	const se050e = variantTable.get("SE050E2")!;
	const { run } = testCard(se050e, await factoryObjects(se050e));
	assert.is(run(command("80016200", id, size, crt[0]!)), "6A80");
	assert.is(run(command("80016200", id, size)), "6985");
});

imports.run();
