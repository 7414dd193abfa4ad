// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { traceToFile } from "../../../tools/se050-sim/simulator.js";
import { type Bench, endBench, hex, openssl, se050, startBench, told } from "./tool.js";

const cli = suite<Bench & { trace: string }>("npm run se050");

cli.before(async context => {
	context.trace = join(mkdtempSync(join(tmpdir(), "se050-cli-trace-")), "trace.ndjson");
	Object.assign(context, await startBench({ trace: traceToFile(context.trace) }));
	writeFileSync(context.file("message"), "hello");
});
cli.after(endBench);

cli("info tells version, configuration, UID and memory", async ({ chip, bus }) => {
	const output = await told("info", ...bus);
	for (const line of [
		/^OEF +A200$/m,
		/^part +SE050C1$/m,
		/^applet +3\.1\.1, configuration 6fff/m,
		/^features .*ECDSA and ECDH.*RSA with CRT/m,
		new RegExp(`^UID +${hex(chip.uid)}$`, "m"),
		/^free memory +31304 bytes persistent$/m,
	])
		assert.match(output, line);
});

cli("list tells each object with type, size and name", async ({ bus }) => {
	const output = await told("list", ...bus);
	assert.match(output, /^0xF0000100 +EC key pair +32 +cloudKey0$/m);
	assert.match(output, /^0xF0000110 +RSA key pair \(CRT\) +256 +cloud connectivity 0 RSA-2048$/m);
	assert.is(output.trim().split("\n").length, 11);
});

cli("read tells a file's bytes, more than one answer carries", async ({ chip, bus }) => {
	assert.is((await told("read", "0x7FFF0206", ...bus)).trim(), hex(chip.uid));
	assert.ok((await told("read", "0xF0000101", ...bus)).startsWith(hex(chip.certificate)));
});

cli("cert gives the certificate in PEM, without its file's padding", async ({ chip, bus }) => {
	assert.equal(new Uint8Array(new X509Certificate(await told("cert", ...bus)).raw), chip.certificate);
});

cli("random gives as many bytes as asked, others each time", async ({ bus }) => {
	const first = await told("random", "16", ...bus);
	assert.match(first, /^[0-9a-f]{32}\n$/);
	assert.is.not(first, await told("random", "16", ...bus));
});

cli("openssl accepts what sign signed, and verify does too until a byte differs", async ({ file, bus }) => {
	const [message, signature, pem] = ["message", "signature", "certificate.pem"].map(file) as [string, string, string];
	await told("sign", "0xF0000100", message, "--out", signature, ...bus);
	writeFileSync(pem, new X509Certificate(await told("cert", ...bus)).publicKey.export({ format: "pem", type: "spki" }));
	assert.match(await openssl("dgst", "-sha256", "-verify", pem, "-signature", signature, message), /Verified OK/);
	assert.match(await told("verify", "0xF0000100", message, signature, ...bus), /is right/);
	writeFileSync(message, "other");
	const { status, output } = await se050("verify", "0xF0000100", message, signature, ...bus);
	assert.is(status, 1);
	assert.match(output, /WRONG/);
});

cli(
	"through a secure channel the answers are the same, and none is readable on the bus",
	async ({ trace, chip, bus }) => {
		const before = readFileSync(trace, "utf8").length;
		assert.match(await told("info", "--scp03", "auto", ...bus), new RegExp(hex(chip.uid)));
		const records = readFileSync(trace, "utf8").slice(before);
		assert.match(records, /EXTERNAL AUTHENTICATE/);
		assert.not.match(records, new RegExp(hex(chip.uid)));
	},
);

cli("trace tells every layer, and draws it", async ({ trace, file }) => {
	const output = await told("trace", trace);
	for (const line of [/i2c +write 5acf00377f/, /t1 +> S\(interface soft reset request\)/, /apdu +< SELECT 9000/])
		assert.match(output, line);
	const picture = file("timeline.svg");
	await told("trace", trace, "--svg", picture);
	assert.match(readFileSync(picture, "utf8"), /^<svg .*>SELECT 9000<.*<rect .*<\/svg>\n$/s);
});

cli("the driver's own trace tells the same, on any bus", async ({ file, bus, chip }) => {
	await told("read", "0x7FFF0206", "--trace", file("own.ndjson"), ...bus);
	const output = await told("trace", file("own.ndjson"));
	for (const line of [
		/i2c +write 5acf00377f/,
		/t1 +< S\(interface soft reset response\)/,
		new RegExp(`apdu +< ReadObject 9000 4182....${hex(chip.uid)}9000`),
	])
		assert.match(output, line);
});

for (const [what, args, sentence] of [
	[
		"a bus that is not there",
		["info", "--bus", "sim:/nowhere"],
		/There is no socket \/nowhere: start the simulator first/,
	],
	["an invalid id", ["read", "foo"], /hexadecimal digits/],
	["an unknown right", ["keygen", "0x10000002", "--rights", "fly"], /Rights must be some of forbidAll, sign, verify/],
	["an invalid user", ["keygen", "0x10000002", "--rights", "me:sign"], /hexadecimal digits/],
	[
		"a file that is not an attestation",
		["verify-attestation", "README.md"],
		/README.md is not an attestation, or it is damaged: make one with/,
	],
	[
		"a file of keys that is not there",
		["info", "--scp03-keys", "/nowhere"],
		/no such file.*name the file that has the keys/,
	],
	[
		"own keys on the command line",
		["info", "--scp03", `${"00".repeat(16)},${"11".repeat(16)}`],
		/Own keys are not taken from a command line/,
	],
	[
		"two kinds of keys",
		["info", "--scp03", "auto", "--scp03-keys", "package.json"],
		/--scp03 and --scp03-keys cannot be combined/,
	],
	["a file that is not a trace", ["trace", "package.json"], /is not a trace/],
] as const)
	cli(`${what} is refused in a sentence, with status 1`, async () => {
		const { status, complaint } = await se050(...args);
		assert.is(status, 1);
		assert.match(complaint, sentence);
		assert.not.match(complaint, /\n\s+at /);
	});

cli("an object that is missing is named by the status word and its meaning", async ({ bus }) => {
	const { status, complaint } = await se050("read", "0x12345678", ...bus);
	assert.is(status, 1);
	assert.match(complaint, /6985/);
});

cli("--help tells all commands, and each tells its options", async () => {
	assert.match(
		await told("--help"),
		/info[^]*list[^]*read[^]*cert[^]*write[^]*delete[^]*random[^]*sign[^]*verify[^]*keygen[^]*csr[^]*attest[^]*verify-attestation[^]*rotate-scp03[^]*trace/,
	);
	assert.match(await told("sign", "--help"), /--bus <bus>[^]*--scp03 <name>[^]*--scp03-keys <file>/);
});

cli.run();
