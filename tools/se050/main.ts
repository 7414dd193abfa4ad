// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { SignatureScheme } from "../../se050/algorithms.js";
import type { PolicyEntry } from "../../se050/management/policy.js";
import { objects } from "../../se050/objects.js";
import { fromHex, toHex } from "../lib/bytes.js";
import { guard, program, wholeNumber } from "../lib/command-line.js";
import { attest, parseAttestationFile } from "./attest.js";
import { authoritiesIn, oneLine } from "./attestation-certificate.js";
import { type ChipProcess, withChip } from "./chip.js";
import { certificateRequest } from "./csr.js";
import { certificateContent, type FileOptions, readInput, signatureOf, writeFile } from "./files.js";
import { idText, info, list } from "./info.js";
import { generateKeys, readKeys } from "./key-file.js";
import { defaultKeyPolicy, generate, type HashName, hashNames, isRight, keyTypes, sign } from "./keys.js";
import { connection, parseObjectId, policyEntry, type ToolOptions, withChipOptions } from "./options.js";
import { publicKeyOf } from "./public-key.js";
import { presentKeys, rotateKeys } from "./rotate.js";
import { timeline } from "./timeline.js";
import { describeRecord, readTrace } from "./trace-file.js";
import { withLayers } from "./trace-layers.js";
import { verifyAttestation } from "./verify-attestation.js";

const tool = program("se050", "Asks an SE050, real or simulated, over the firmware's own driver.", [
	"npm run se050 -- info --bus sim:state/chip.sock",
	"npm run -s se050 -- cert --bus /dev/i2c-1 > device.pem",
	"npm run se050 -- keygen 0x10000001 && npm run se050 -- csr 0x10000001 --subject CN=my-device --out device.csr",
	"npm run se050 -- cert 0x10000002 --write device.pem",
	"npm run se050 -- attest 0xF0000100 --out key.json",
	"npm run se050 -- verify-attestation key.json --ca state/manufacturer.json",
	"npm run se050 -- trace state/trace.ndjson --svg timeline.svg",
]);

interface Output {
	out?: string;
}

/** A subcommand that talks to a chip, and what it does. */
function chipCommand(usage: string, summary: string): Command {
	return withChipOptions(tool.command(usage).description(summary));
}

/** Runs a body over a chip with what it needs from files, read first: in a pipe, the other end may use the chip until then. */
const withInput = <Input>(
	options: ToolOptions,
	read: () => Input,
	body: (chip: ChipProcess, input: Input) => Promise<void>,
): Promise<void> =>
	guard(async () => {
		const input = read();
		await withChip(connection(options), chip => body(chip, input));
	});

/** Runs a body over a chip. */
const over = (options: ToolOptions, body: (chip: ChipProcess) => Promise<void>): Promise<void> =>
	withInput(options, () => undefined, body);

/** Writes a result to a file, or as hexadecimal digits to standard output. */
function deliver(bytes: Uint8Array, { out }: Output): void {
	if (out === undefined) console.log(toHex(bytes));
	else writeFileSync(out, bytes);
}

function deliverText(text: string, { out }: Output): void {
	if (out === undefined) process.stdout.write(text);
	else writeFileSync(out, text);
}

const print = (lines: readonly string[]): void => lines.forEach(line => console.log(line));

function freshness(text: string): Uint8Array {
	if (!/^[0-9a-fA-F]{32}$/.test(text)) throw new InvalidArgumentError("It must be 16 bytes, 32 hexadecimal digits.");
	return fromHex(text);
}

const outOption = new Option("--out <file>", "write it to a file");
const hashOption = new Option("--hash <name>", "what the message is hashed with").choices(hashNames).default("SHA-256");
const schemeOption = new Option("--scheme <name>", "default: ECDSA, or RSASSA-PKCS1-v1_5 of an RSA key").choices([
	"ECDSA",
	"RSASSA-PKCS1-v1_5",
	"RSASSA-PSS",
]);

const rightsHelp = (defaults: string) =>
	`policy: what everybody may do (sign,verify,read,write,delete, …); with an id in front, as in 7DA00001:write,delete, \
what that user may do; repeat it for each user (default: ${defaults})`;
const fileRightsOption = new Option("--rights <list>", rightsHelp("read, write, delete")).argParser(policyEntry);
const sizeOption = new Option(
	"--size <bytes>",
	"size of the object, with zeros after the content (default: the content's)",
).argParser(wholeNumber(1, 0x7fff));

chipCommand("info", "part, applet, features, UID, free memory").action((options: ToolOptions) =>
	over(options, async chip => print(await info(chip))),
);

chipCommand("list", "all objects with type and size").action((options: ToolOptions) =>
	over(options, async chip => print(await list(chip))),
);

chipCommand("read", "the bytes of a file or the point of a public key, in hexadecimal digits")
	.argument("<id>", "the object", parseObjectId)
	.addOption(outOption)
	.action((id: number, options: ToolOptions & Output) =>
		over(options, async chip => deliver(await chip.call("read", id), options)),
	);

chipCommand("cert", "a certificate, in PEM; with --write, puts one into the chip")
	.argument("[id]", "its file", parseObjectId, objects.cloudCertificate0)
	.addOption(outOption)
	.option("--write <file>", "make the object from a PEM or DER file: the certificate, then its issuers if any")
	.addOption(sizeOption)
	.addOption(fileRightsOption)
	.action((id: number, options: ToolOptions & Output & FileOptions & { write?: string }) =>
		over(options, async chip => {
			if (options.write === undefined)
				return deliverText(new X509Certificate(await chip.call("certificate", id)).toString(), options);
			const { content, leaf } = certificateContent(options.write);
			await writeFile(chip, id, content, options);
			console.log(`${idText(id)} holds the certificate of ${oneLine(leaf.subject)}, ${content.length} bytes.`);
		}),
	);

chipCommand("write", "makes a file in the chip; nothing is replaced")
	.argument("<id>", "the object", parseObjectId)
	.argument("<file>", "its content; - for standard input")
	.addOption(sizeOption)
	.addOption(fileRightsOption)
	.action((id: number, file: string, options: ToolOptions & FileOptions) =>
		withInput(
			options,
			() => readInput(file),
			async (chip, content) => {
				await writeFile(chip, id, content, options);
				console.log(`${idText(id)} holds ${content.length} bytes.`);
			},
		),
	);

chipCommand("random", "bytes of the chip's random numbers, in hexadecimal digits")
	.argument("<count>", "how many", wholeNumber(1, 1_000_000))
	.addOption(outOption)
	.action((count: number, options: ToolOptions & Output) =>
		over(options, async chip => deliver(await chip.call("random", count), options)),
	);

interface Signing extends ToolOptions, Output {
	hash: HashName;
	scheme?: SignatureScheme;
}

chipCommand("sign", "a file's signature: DER for an EC key, the raw signature for an RSA key")
	.argument("<id>", "the key pair", parseObjectId)
	.argument("<file>", "the file; - for standard input")
	.addOption(hashOption)
	.addOption(schemeOption)
	.addOption(outOption)
	.action((id: number, file: string, options: Signing) =>
		withInput(
			options,
			() => readInput(file),
			async (chip, message) => deliver(await sign(chip, id, message, options.hash, options.scheme), options),
		),
	);

chipCommand("verify", "checks such a signature with the public key that is in the chip")
	.argument("<id>", "the key pair", parseObjectId)
	.argument("<file>", "the file")
	.argument("<signature>", "the file of the signature, as bytes or as hexadecimal digits; - for standard input")
	.addOption(hashOption)
	.addOption(schemeOption)
	.action((id: number, file: string, signature: string, options: Signing) =>
		withInput(
			options,
			() => ({ message: readFileSync(file), given: signatureOf(readInput(signature)) }),
			async (chip, { message, given }) => {
				const right = await isRight(chip, id, message, given, options.hash, options.scheme);
				console.log(
					right
						? "The signature is right."
						: "The signature is WRONG: another key, another file, another scheme, or damage.",
				);
				process.exitCode = right ? 0 : 1;
			},
		),
	);

chipCommand("keygen", "generates a key pair in the chip, and shows the public key in PEM")
	.argument("<id>", "the new object", parseObjectId)
	.addOption(new Option("--type <type>", "what kind").choices(keyTypes).default("P-256"))
	.option("--rights <list>", rightsHelp("sign, verify, read, delete, and decrypt for RSA keys"), policyEntry)
	.action((id: number, options: ToolOptions & { type: string; rights?: PolicyEntry[] }) =>
		over(
			options,
			async chip =>
				void process.stdout.write(
					await generate(chip, id, options.type, options.rights ?? defaultKeyPolicy(options.type)),
				),
		),
	);

chipCommand("csr", "a certificate request that the chip signs, PKCS#10 in PEM")
	.argument("<id>", "the key pair", parseObjectId)
	.requiredOption("--subject <name>", 'distinguished name, as in "CN=my-device,O=Acme"')
	.addOption(outOption)
	.action((id: number, options: ToolOptions & Output & { subject: string }) =>
		over(options, async chip =>
			deliverText(await certificateRequest(chip, id, await publicKeyOf(chip, id), options.subject), options),
		),
	);

chipCommand("delete", "deletes an object for good")
	.argument("<id>", "the object", parseObjectId)
	.action((id: number, options: ToolOptions) =>
		over(options, async chip => {
			await chip.call("delete", id);
			console.log(`${idText(id)} is deleted.`);
		}),
	);

chipCommand("attest", "lets the chip's attestation key sign what an object is and where it came from")
	.argument("<id>", "the object", parseObjectId)
	.addOption(outOption)
	.option("--freshness <digits>", "16 bytes that who checks it has asked for (default: random)", freshness)
	.action((id: number, options: ToolOptions & Output & { freshness?: Uint8Array }) =>
		over(options, async chip =>
			deliverText(`${JSON.stringify(await attest(chip, id, options.freshness), undefined, "\t")}\n`, options),
		),
	);

tool
	.command("verify-attestation")
	.description("checks what attest wrote; no chip is needed")
	.argument("<file>", "the attestation")
	.option(
		"--ca <file>",
		"the manufacturer's root and attestation CA, PEM, or manufacturer.json of a simulated chip; without it nothing is verified",
	)
	.option("--freshness <digits>", "the 16 bytes that were asked for", freshness)
	.action((path: string, options: { ca?: string; freshness?: Uint8Array }) =>
		guard(async () => {
			const { ca } = options;
			const verdict = await verifyAttestation(parseAttestationFile(readFileSync(path, "utf8"), path), {
				...(ca !== undefined && { authorities: authoritiesIn(readFileSync(ca, "utf8"), ca) }),
				...(options.freshness && { freshness: options.freshness }),
			});
			print(verdict.lines);
			process.exitCode = verdict.verified ? 0 : 1;
		}),
	);

const rotationWarning = `WARNING: this replaces the three keys of the chip's Platform SCP03, for good.
Whoever loses the new keys can never open a secure channel again; a chip that demands one is then lost.
There is no way back but the same command with the new keys as the present ones. Keep the file in two places.
It was tried on the simulator only, never on a real chip.`;

interface Rotation {
	bus: string;
	current: string;
	newKeys: string;
	generate?: true;
	iUnderstandThisCanLockTheChip?: true;
}

tool
	.command("rotate-scp03")
	.description("replaces the keys of Platform SCP03, for good")
	.option("--bus <bus>", "the chip: sim:PATH, sim:HOST:PORT or /dev/i2c-N", "sim:state/chip.sock")
	.requiredOption(
		"--current <keys>",
		"the present keys: auto or a variant's name for the factory's, or a file with ENC, MAC and DEK",
	)
	.requiredOption("--new-keys <file>", "the new keys: lines ENC, MAC and DEK; only its owner may read it")
	.option("--generate", "make the file, with new random keys")
	.option("--i-understand-this-can-lock-the-chip", "needed: there is no way back without the new keys")
	.action((options: Rotation) =>
		guard(async () => {
			console.error(rotationWarning);
			if (!options.iUnderstandThisCanLockTheChip)
				throw new Error("Nothing was done. If that is what you want, add --i-understand-this-can-lock-the-chip.");
			const present = await presentKeys(options.bus, options.current);
			const next = options.generate ? generateKeys(options.newKeys) : readKeys(options.newKeys);
			await rotateKeys(options.bus, present, next);
			console.log(`The chip has the keys of ${options.newKeys}, and has opened a channel with them.`);
		}),
	);

function trace(file: string, picture: string | undefined): void {
	const records = withLayers(readTrace(file));
	if (picture !== undefined) return writeFileSync(picture, timeline(records));
	print(records.map(describeRecord));
}

tool
	.command("trace")
	.description("prints a trace of the bus as text, or draws it as a timeline")
	.argument("<file>", "what --trace of this tool or of se050-sim wrote")
	.option("--svg <file>", "draw the timeline into a file instead")
	.action((file: string, options: { svg?: string }) => guard(async () => trace(file, options.svg)));

await tool.parseAsync();
