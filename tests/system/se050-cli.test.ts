import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Simulator, startSimulator, traceToFile } from "../../tools/se050-sim/simulator.js";

interface Context { folder: string; chip: Simulator; bus: string[] }

interface Result { status: number | null; output: string; complaint: string }

const cli = suite<Context>("npm run se050");

cli.before(async context => {
	context.folder = mkdtempSync(join(tmpdir(), "se050-cli-"));
	context.chip = await startSimulator({
		stateFile: join(context.folder, "chip.json"), listen: { path: join(context.folder, "s") }, clock: "virtual", latency: "instant",
		trace: traceToFile(join(context.folder, "trace.ndjson")),
	});
	context.bus = ["--bus", context.chip.address];
	writeFileSync(join(context.folder, "message"), "hello");
});
cli.after(async ({ folder, chip }) => {
	await chip.close();
	rmSync(folder, { recursive: true });
});

async function run(program: string, ...args: string[]): Promise<Result> {
	const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
	let [output, complaint] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
	child.stderr.setEncoding("utf8").on("data", (text: string) => complaint += text);
	const [status] = await once(child, "close") as [number | null];
	return { status, output, complaint };
}

const se050 = (...args: string[]): Promise<Result> => run(process.execPath, "tools/run.mjs", "se050", ...args);

async function told(...args: string[]): Promise<string> {
	const { status, output, complaint } = await se050(...args);
	assert.is(status, 0, complaint);
	return output;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

cli("info tells version, configuration, UID and memory", async ({ chip, bus }) => {
	const output = await told("info", ...bus);
	for (const line of [/^OEF +A200$/m, /^applet +3\.1\.1, configuration 6fff/m, new RegExp(`^UID +${hex(chip.uid)}$`, "m"), /^free memory +31304 bytes persistent$/m])
		assert.match(output, line);
});

cli("list tells each object with type, size and name", async ({ bus }) => {
	const output = await told("list", ...bus);
	assert.match(output, /^0xF0000100 +EC key pair +32 +cloudKey0$/m);
	assert.match(output, /^0xF0000110 +RSA key pair \(CRT\) +256/m);
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

cli("openssl accepts what sign signed, and verify does too until a byte differs", async ({ folder, bus }) => {
	const [message, signature, pem] = ["message", "signature", "certificate.pem"].map(name => join(folder, name)) as [string, string, string];
	await told("sign", "0xF0000100", message, "--out", signature, ...bus);
	writeFileSync(pem, new X509Certificate(await told("cert", ...bus)).publicKey.export({ format: "pem", type: "spki" }));
	assert.match((await run("openssl", "dgst", "-sha256", "-verify", pem, "-signature", signature, message)).output, /Verified OK/);
	assert.match(await told("verify", "0xF0000100", message, signature, ...bus), /is right/);
	writeFileSync(message, "other");
	const { status, output } = await se050("verify", "0xF0000100", message, signature, ...bus);
	assert.is(status, 1);
	assert.match(output, /WRONG/);
});

cli("keygen makes a key with a policy, and openssl accepts the request that csr makes with it", async ({ folder, bus }) => {
	assert.match(await told("keygen", "0x10000001", "--rights", "sign,read", ...bus), /BEGIN PUBLIC KEY/);
	const request = join(folder, "request.pem");
	writeFileSync(request, await told("csr", "0x10000001", "--name", "my-device", ...bus));
	const { output, complaint } = await run("openssl", "req", "-in", request, "-noout", "-verify", "-subject");
	assert.match(output + complaint, /verify OK/);
	assert.match(output, /CN ?= ?my-device/);
	const { status, complaint: refusal } = await se050("keygen", "0x10000001", ...bus);
	assert.is(status, 1);
	assert.match(refusal, /6986/);
});

cli("through a secure channel the answers are the same, and none is readable on the bus", async ({ folder, chip, bus }) => {
	const trace = join(folder, "trace.ndjson");
	const before = readFileSync(trace, "utf8").length;
	assert.match(await told("info", "--scp03", "auto", ...bus), new RegExp(hex(chip.uid)));
	const records = readFileSync(trace, "utf8").slice(before);
	assert.match(records, /EXTERNAL AUTHENTICATE/);
	assert.not.match(records, new RegExp(hex(chip.uid)));
});

cli("trace tells every layer, and draws it", async ({ folder }) => {
	const trace = join(folder, "trace.ndjson");
	const output = await told("trace", trace);
	for (const line of [/i2c +write 5acf00377f/, /t1 +> S\(interface soft reset request\)/, /apdu +< SELECT 9000/])
		assert.match(output, line);
	const picture = join(folder, "timeline.svg");
	await told("trace", trace, "--svg", picture);
	assert.match(readFileSync(picture, "utf8"), /^<svg .*<rect .*SELECT 9000.*<\/svg>\n$/s);
});

for (const [what, args, sentence] of [
	["a bus that is not there", ["info", "--bus", "sim:/nowhere"], /no such socket/],
	["an id that is none", ["read", "foo"], /hexadecimal digits/],
	["a right that is none", ["keygen", "0x10000002", "--rights", "fly"], /Rights are sign, verify/],
	["a trace that is none", ["trace", "package.json"], /is no trace of se050-sim/],
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
	assert.match(await told("--help"), /info[^]*list[^]*read[^]*cert[^]*random[^]*sign[^]*verify[^]*keygen[^]*csr[^]*trace/);
	assert.match(await told("sign", "--help"), /--bus <bus>[^]*--scp03 <keys>/);
});

cli.run();
