// SPDX-License-Identifier: MIT
import { createHash, createPublicKey, verify } from "node:crypto";
import { writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type AttestationFile, attest } from "../../../tools/se050/attest.js";
import { ChipError, ChipProcess } from "../../../tools/se050/chip.js";
import { certificateRequest } from "../../../tools/se050/csr.js";
import { defaultKeyPolicy, generate, isRight, sign } from "../../../tools/se050/keys.js";
import { publicKeyOf } from "../../../tools/se050/public-key.js";
import { verifyAttestation } from "../../../tools/se050/verify-attestation.js";
import { authoritiesOf, type Bench, endBench, hex, openssl, startBench } from "./tool.js";

const message = Buffer.from("hello");
const id = 0x10000001;

interface Context extends Bench {
	driver: ChipProcess;
	pem: string;
}

/** The driver on XS against the simulated chip: all forms of attestations, plain and through a secure channel. */
for (const [variant, scp03] of [
	["SE050C1", ""],
	["SE050C1", "auto"],
	["SE050E2", ""],
	["SE050E2", "auto"],
	["SE050F2", "auto"],
] as const) {
	const keys = suite<Context>(`keys of an ${variant}${scp03 ? " over SCP03" : ""}`);

	keys.before(async context => {
		Object.assign(context, await startBench({ variant }));
		context.driver = await ChipProcess.open({ bus: context.chip.address, scp03 });
		context.pem = await generate(context.driver, id, "P-256", defaultKeyPolicy("P-256"));
	});
	keys.after(async context => {
		await context.driver.close();
		await endBench(context);
	});

	keys(
		"a generated key signs, and OpenSSL accepts it by the public key that the chip shows",
		async ({ driver, pem }) => {
			assert.ok(verify("sha256", message, createPublicKey(pem), await sign(driver, id, message, "SHA-256")));
		},
	);

	keys("a key on P-384, whose curve the driver sets, signs and is attested", async context => {
		const { driver, file } = context;
		const onP384 = 0x10000384;
		const pem = await generate(driver, onP384, "P-384", defaultKeyPolicy("P-384"));
		assert.is(createPublicKey(pem).asymmetricKeyDetails?.namedCurve, "secp384r1");
		assert.ok(verify("sha384", message, createPublicKey(pem), await sign(driver, onP384, message, "SHA-384")));
		const request = await certificateRequest(driver, onP384, await publicKeyOf(driver, onP384), "CN=x");
		writeFileSync(file("request384.pem"), request);
		assert.match(await openssl("req", "-in", file("request384.pem"), "-noout", "-verify"), /verify OK/);
		const expectation = { authorities: authoritiesOf(context) };
		const { lines, verified } = await verifyAttestation(await attest(driver, onP384), expectation);
		assert.ok(verified, lines.join("\n"));
		assert.ok(lines.join("\n").includes(pem.trim()));
	});

	keys("openssl accepts the request that it signs", async ({ driver, file }) => {
		writeFileSync(file("request.pem"), await certificateRequest(driver, id, await publicKeyOf(driver, id), "CN=x"));
		assert.match(await openssl("req", "-in", file("request.pem"), "-noout", "-verify"), /verify OK/);
	});

	keys("its attestation says that it was made in this chip, and is right by the manufacturer's CAs", async context => {
		const { driver, chip, pem } = context;
		const freshness = new Uint8Array(16).fill(7);
		const { lines, verified } = await verifyAttestation(await attest(driver, id, freshness), {
			authorities: authoritiesOf(context),
			freshness,
		});
		const said = lines.join("\n");
		assert.ok(verified, said);
		assert.match(
			said,
			new RegExp(`^chip +${hex(chip.uid)} \\(applet ${variant === "SE050E2" ? "7" : "3"}\\.x\\)$`, "m"),
		);
		assert.match(said, /^origin +internal/m);
		assert.ok(said.includes(pem.trim()));
		assert.not.match(said, /Note:/);
	});

	keys("a key of the factory is attested as provisioned", async context => {
		const { lines, verified } = await verifyAttestation(await attest(context.driver, 0xf0000100), {
			authorities: authoritiesOf(context),
		});
		assert.ok(verified);
		assert.match(lines.join("\n"), /^origin +provisioned/m);
	});

	keys("an old answer is refused when another freshness was asked for", async ({ driver }) => {
		const { lines, verified } = await verifyAttestation(await attest(driver, id), { freshness: new Uint8Array(16) });
		assert.not(verified);
		assert.match(lines.join("\n"), /not what was asked for: the answer is an old one/);
	});

	keys("the chain of another manufacturer is refused", async context => {
		const other = await startBench();
		try {
			const { lines, verified } = await verifyAttestation(await attest(context.driver, id), {
				authorities: authoritiesOf(other),
			});
			assert.not(verified);
			assert.match(lines.join("\n"), /none of the given CAs has issued/);
		} finally {
			await endBench(other);
		}
	});

	keys("the driver's errors keep their names and status words on the way", async ({ driver }) => {
		try {
			await driver.call("read", 0x12345678);
			assert.unreachable();
		} catch (error) {
			assert.instance(error, ChipError);
			assert.is((error as ChipError).name, "MissingObjectError");
			assert.is((error as ChipError).sw, 0x6985);
		}
	});

	keys.run();
}

const rsa = suite<Context>("RSA keys of an SE050C1");

rsa.before(async context => {
	Object.assign(context, await startBench());
	context.driver = await ChipProcess.open({ bus: context.chip.address });
	await generate(context.driver, id, "RSA-2048", defaultKeyPolicy("RSA-2048"));
});
rsa.after(async context => {
	await context.driver.close();
	await endBench(context);
});

for (const [name, key] of [
	["the factory's", 0xf0000110],
	["a generated one", id],
] as const) {
	rsa(`OpenSSL accepts signatures in both schemes by ${name}`, async ({ driver }) => {
		for (const [hash, scheme] of [
			["SHA-256", "RSASSA-PKCS1-v1_5"],
			["SHA-512", "RSASSA-PKCS1-v1_5"],
			["SHA-256", "RSASSA-PSS"],
			["SHA-512", "RSASSA-PSS"],
		] as const)
			assert.ok(
				await isRight(driver, key, message, await sign(driver, key, message, hash, scheme), hash, scheme),
				`${scheme} ${hash}`,
			);
	});

	rsa(`openssl accepts a request by ${name}`, async ({ driver, file }) => {
		writeFileSync(file("request.pem"), await certificateRequest(driver, key, await publicKeyOf(driver, key), "CN=x"));
		assert.match(await openssl("req", "-in", file("request.pem"), "-noout", "-verify"), /verify OK/);
	});
}

rsa("an attestation is of modulus and exponent, which applet 3.x does not prove", async context => {
	const file = await attest(context.driver, id);
	const judged = (reads: AttestationFile["reads"]) =>
		verifyAttestation({ ...file, reads }, { authorities: authoritiesOf(context) });
	const { lines, verified } = await judged(file.reads);
	assert.not(verified);
	assert.match(lines.join("\n"), /^Applet 3\.x does not prove that an object of type RSA key pair \(CRT\) was made/m);
	assert.not.match(lines.join("\n"), /WRONG|not of one whole object|not the chip's attestation key/);
	assert.match((await judged(file.reads.slice(1))).lines.join("\n"), /not of one whole object/);
});

rsa("an ECDSA signature of an RSA key is refused by the key's type", async ({ driver }) => {
	const digest = new Uint8Array(createHash("sha256").update(message).digest());
	let refusal = "";
	await driver.call("sign", 0xf0000110, "SHA-256", digest, "ECDSA").catch((error: Error) => (refusal = error.message));
	assert.match(refusal, /is of type RSA key pair|6A80|6985/);
});

rsa.run();
