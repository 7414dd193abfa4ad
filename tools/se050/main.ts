import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { decodeResponse } from "../../se050/apdu.js";
import { trimSequence } from "../../se050/der.js";
import { decodeOef } from "../../se050/identify.js";
import { objects, typeName } from "../../se050/objects.js";
import { decodeVersion } from "../../se050/version.js";
import { guard, program, wholeNumber } from "../command/run.js";
import { toHex } from "../se050-sim/bytes.js";
import { Chip } from "./chip.js";
import { freeMemory, generateKey, memories, policyRights, random, read, signSha256, size, type } from "./commands.js";
import { certificationRequest, pem, requestInfo, subjectPublicKeyInfo } from "./csr.js";
import type { Connection } from "./relay.js";
import { timeline } from "./timeline.js";
import { describeRecord, readTrace } from "./trace-file.js";

const binaryFile = 0x0B;
const defaultRights = "sign,verify,read,delete";

function objectId(text: string): number {
	const id = Number(text);
	if (!/^0x[0-9a-fA-F]{1,8}$/.test(text))
		throw new InvalidArgumentError("It is an object's id in hexadecimal digits, as in 0xF0000100.");
	return id;
}

function rightsOf(text: string): number {
	return text.split(",").reduce((rights, name) => {
		if (!Object.hasOwn(policyRights, name))
			throw new InvalidArgumentError(`Rights are ${Object.keys(policyRights).join(", ")}, with commas between them.`);
		return rights | policyRights[name as keyof typeof policyRights];
	}, 0);
}

const idName = (id: number): string => `0x${id.toString(16).toUpperCase().padStart(8, "0")}`;

/** The name that objects.ts gives to an id. */
function knownName(id: number): string {
	return Object.entries(objects).find(([, known]) => known === id)?.[0] ?? "";
}

/** Writes a result to a file, or as text to standard output. */
function deliver(bytes: Uint8Array, file: string | undefined): void {
	if (file === undefined)
		console.log(toHex(bytes));
	else
		writeFileSync(file, bytes);
}

async function info(chip: Chip): Promise<void> {
	const { atr, identity, selected } = await chip.greet();
	const { major, minor, patch, config, secureBox, variant } = decodeVersion(decodeResponse(selected).data);
	console.log(`ATR          ${toHex(atr)}`);
	console.log(`OEF          ${decodeOef(decodeResponse(identity).data).toString(16).toUpperCase()}`);
	console.log(`applet       ${major}.${minor}.${patch}, configuration ${config.toString(16)}, secure box ${secureBox.toString(16)} (${variant})`);
	const [uid] = await chip.ask(read(objects.uniqueId));
	console.log(`UID          ${toHex(uid)}`);
	const free = await chip.askEach(Object.values(memories).map(freeMemory));
	for (const [index, name] of Object.keys(memories).entries())
		console.log(`free memory  ${free[index] ?? "unknown"} bytes ${name}`);
}

async function list(chip: Chip): Promise<void> {
	const ids = await chip.ids();
	const types = await chip.askEach(ids.map(type));
	const sizes = await chip.askEach(ids.map(size));
	for (const [index, id] of ids.entries()) {
		const kind = types[index] ? typeName(types[index].type) : "unreadable";
		const transient = types[index]?.transient ? ", transient" : "";
		console.log(`${idName(id)}  ${`${kind}${transient}`.padEnd(24)} ${String(sizes[index] ?? "").padStart(5)}  ${knownName(id)}`.trimEnd());
	}
}

async function readAll(chip: Chip, id: number): Promise<Uint8Array> {
	const [kind] = await chip.ask(type(id));
	return chip.read(id, kind.type === binaryFile);
}

async function sign(chip: Chip, id: number, message: Uint8Array): Promise<Uint8Array> {
	const [signature] = await chip.ask(signSha256(id, createHash("sha256").update(message).digest()));
	return trimSequence(signature);
}

async function check(chip: Chip, id: number, message: Uint8Array, signature: Uint8Array): Promise<void> {
	const [point] = await chip.ask(read(id));
	const key = createPublicKey({ key: Buffer.from(subjectPublicKeyInfo(point)), format: "der", type: "spki" });
	const valid = verify("sha256", message, key, signature);
	console.log(valid ? "The signature is right." : "The signature is WRONG: another key, another file, or damage.");
	process.exitCode = valid ? 0 : 1;
}

async function certificate(chip: Chip, id: number): Promise<void> {
	process.stdout.write(pem("CERTIFICATE", trimSequence(await readAll(chip, id))));
}

async function keygen(chip: Chip, id: number, rights: number): Promise<void> {
	await chip.ask(generateKey(id, rights));
	if (rights & policyRights.read)
		process.stdout.write(pem("PUBLIC KEY", subjectPublicKeyInfo((await chip.ask(read(id)))[0])));
}

async function csr(chip: Chip, id: number, commonName: string): Promise<void> {
	const [point] = await chip.ask(read(id));
	const request = requestInfo(commonName, point);
	process.stdout.write(pem("CERTIFICATE REQUEST", certificationRequest(request, await sign(chip, id, request))));
}

function trace(file: string, picture: string | undefined): void {
	const records = readTrace(file);
	if (picture !== undefined)
		return writeFileSync(picture, timeline(records));
	for (const record of records)
		console.log(describeRecord(record));
}

const tool = program("se050", "Asks an SE050, real or simulated, over the firmware's own driver.", [
	"npm run se050 -- info --bus sim:state/chip.sock",
	"npm run se050 -- cert --bus /dev/i2c-1 > device.pem",
	"npm run se050 -- keygen 0x10000001 --rights sign,read && npm run se050 -- csr 0x10000001 --name my-device",
	"npm run se050 -- trace state/trace.ndjson --svg timeline.svg",
]);

/** A subcommand that talks to a chip. */
function chipCommand(usage: string, summary: string): Command {
	return tool.command(usage).description(summary)
		.option("--bus <bus>", "the chip: sim:PATH, sim:HOST:PORT or /dev/i2c-N", "sim:state/chip.sock")
		.option("--scp03 <keys>", "through a secure channel: auto, a variant's name, or ENC,MAC");
}

function open({ bus, scp03 }: Connection): Chip {
	return new Chip({ bus, ...scp03 !== undefined && { scp03 } });
}

interface Output extends Connection { out?: string }

chipCommand("info", "version, variant, UID, free memory")
	.action((options: Connection) => guard(() => info(open(options))));
chipCommand("list", "all objects with type and size")
	.action((options: Connection) => guard(() => list(open(options))));
chipCommand("read", "the bytes of a file or the point of a public key, in hexadecimal digits")
	.argument("<id>", "the object", objectId).option("--out <file>", "write the bytes to a file")
	.action((id: number, options: Output) => guard(async () => deliver(await readAll(open(options), id), options.out)));
chipCommand("cert", "a certificate, in PEM")
	.argument("[id]", "its file", objectId, objects.cloudCertificate0)
	.action((id: number, options: Connection) => guard(() => certificate(open(options), id)));
chipCommand("random", "bytes of the chip's random numbers, in hexadecimal digits")
	.argument("<count>", "how many", wholeNumber(1, 800)).option("--out <file>", "write the bytes to a file")
	.action((count: number, options: Output) => guard(async () => deliver((await open(options).ask(random(count)))[0], options.out)));
chipCommand("sign", "the ECDSA signature of a file's SHA-256 digest, DER")
	.argument("<id>", "the key pair", objectId).argument("<file>", "the file").option("--out <file>", "write the bytes to a file")
	.action((id: number, file: string, options: Output) => guard(async () => deliver(await sign(open(options), id, readFileSync(file)), options.out)));
chipCommand("verify", "checks such a signature with the public key that is in the chip")
	.argument("<id>", "the key pair", objectId).argument("<file>", "the file").argument("<signature>", "the signature, a DER file")
	.action((id: number, file: string, signature: string, options: Connection) =>
		guard(() => check(open(options), id, readFileSync(file), readFileSync(signature))));
chipCommand("keygen", "generates a P-256 pair in the chip, and shows the public key in PEM")
	.argument("<id>", "the new object", objectId)
	.addOption(new Option("--rights <list>", `its policy: ${Object.keys(policyRights).join(", ")}`).argParser(rightsOf).default(rightsOf(defaultRights), defaultRights))
	.action((id: number, options: Connection & { rights: number }) => guard(() => keygen(open(options), id, options.rights)));
chipCommand("csr", "a certificate request that the chip signs, PKCS#10 in PEM")
	.argument("<id>", "the key pair", objectId).requiredOption("--name <name>", "the subject's common name")
	.action((id: number, options: Connection & { name: string }) => guard(() => csr(open(options), id, options.name)));
tool.command("trace").description("a trace of the simulator as text, or as a timeline")
	.argument("<file>", "what se050-sim --trace wrote").option("--svg <file>", "draw the timeline into a file instead")
	.action((file: string, options: { svg?: string }) => guard(async () => trace(file, options.svg)));

await tool.parseAsync();
