// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Bench, endBench, openssl, se050, startBench, told, writeAuthorities } from "./tool.js";

const cli = suite<Bench>("npm run se050, keys of an SE050C1");

cli.before(async context => {
	Object.assign(context, await startBench());
	writeFileSync(context.file("message"), "hello");
	await told("keygen", "10000001", ...context.bus);
});
cli.after(endBench);

cli("openssl accepts the request that a generated key signs, with its subject", async ({ file, bus }) => {
	assert.is(
		await told("csr", "10000001", "--subject", "CN=my-device,O=Acme\\, Inc.", "--out", file("request.pem"), ...bus),
		"",
	);
	const said = await openssl("req", "-in", file("request.pem"), "-noout", "-verify", "-subject");
	assert.match(said, /verify OK/);
	assert.match(said, /CN ?= ?my-device, O ?= ?"Acme, Inc\."/);
});

cli("an attestation is made in one place and checked in another", async context => {
	const { file, bus } = context;
	const freshness = "000102030405060708090a0b0c0d0e0f";
	await told("attest", "10000001", "--freshness", freshness, "--out", file("key.json"), ...bus);
	const output = await told(
		"verify-attestation",
		file("key.json"),
		"--ca",
		writeAuthorities(context),
		"--freshness",
		freshness,
	);
	for (const line of [
		/^origin +internal/m,
		/^policy +everybody: sign, verify, read, delete$/m,
		/BEGIN PUBLIC KEY/,
		/^Verified: signed by /m,
	])
		assert.match(output, line);
	assert.not.match(output, /Note:/);
});

cli("a changed attestation is refused with status 1, and shows no key", async ({ file, bus }) => {
	await told("attest", "10000001", "--out", file("forged.json"), ...bus);
	const forged = JSON.parse(readFileSync(file("forged.json"), "utf8")) as { reads: { response: string }[] };
	const [read] = forged.reads;
	read!.response = read!.response.replace(
		/^(4182004104)(..)/,
		(_, kept: string, first: string) => kept + (first === "ff" ? "00" : "ff"),
	);
	writeFileSync(file("forged.json"), JSON.stringify(forged));
	const ca = ["--ca", file("manufacturer.json")];
	const { status, output } = await se050("verify-attestation", file("forged.json"), ...ca);
	assert.is(status, 1);
	assert.match(output, /The signature is WRONG/);
	const unchecked = await se050("verify-attestation", file("key.json"));
	assert.is(unchecked.status, 1);
	assert.match(unchecked.output, /give the manufacturer's root and attestation CA with --ca/);
	assert.not.match(unchecked.output, /PUBLIC KEY/);
	assert.not.match(output, /PUBLIC KEY/);
});

cli("a key that is there is not replaced, and one that was deleted is gone", async ({ bus }) => {
	const taken = await se050("keygen", "10000001", ...bus);
	assert.is(taken.status, 1);
	assert.match(taken.complaint, /0x10000001 is already in this chip, and nothing was changed/);
	await told("keygen", "10000009", ...bus);
	assert.match(await told("delete", "0x10000009", ...bus), /0x10000009 is deleted/);
	assert.match((await se050("delete", "0x10000009", ...bus)).complaint, /0x10000009 is not in this chip/);
});

cli(
	"what a policy does not give is refused, and a key that may not be read is shown to nobody",
	async ({ file, bus }) => {
		assert.is(await told("keygen", "1000000a", "--rights", "delete", "--rights", "7DA00001:sign", ...bus), "");
		const { status, complaint } = await se050("sign", "1000000a", file("message"), "--scheme", "ECDSA", ...bus);
		assert.is(status, 1);
		assert.match(complaint, /6986/);
	},
);

cli("openssl accepts a request and a PSS signature by an RSA key of the factory", async ({ file, bus }) => {
	await told("csr", "F0000110", "--subject", "CN=rsa-device", "--out", file("request.pem"), ...bus);
	assert.match(await openssl("req", "-in", file("request.pem"), "-noout", "-verify"), /verify OK/);
	await openssl("req", "-in", file("request.pem"), "-noout", "-pubkey", "-out", file("key.pem"));
	await told("sign", "F0000110", file("message"), "--scheme", "RSASSA-PSS", "--out", file("pss"), ...bus);
	const pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
	assert.match(
		await openssl("dgst", "-sha256", ...pss, "-verify", file("key.pem"), "-signature", file("pss"), file("message")),
		/Verified OK/,
	);
	assert.match(
		await told("verify", "F0000110", file("message"), file("pss"), "--scheme", "RSASSA-PSS", ...bus),
		/is right/,
	);
});

cli.run();
