// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import type { SignatureScheme } from "../../../se050/algorithms.js";
import type { PolicyEntry } from "../../../se050/management/policy.js";
import type { ChipProcess } from "../chip.js";
import { readInput, signatureOf } from "../files.js";
import { idText } from "../info.js";
import { defaultKeyPolicy, generate, type HashName, hashNames, isRight, keyTypes, sign } from "../keys.js";
import { parseObjectId, policyEntry, type ToolOptions, withChipOptions } from "../options.js";
import { deliver, outOption, report } from "../output.js";
import { publicKeyOf } from "../public-key.js";
import { inputPath, over, rightsHelp, withInput } from "./command.js";

interface Signing extends ToolOptions {
	hash: HashName;
	scheme?: SignatureScheme;
}

interface Generating extends ToolOptions {
	type: string;
	rights?: PolicyEntry[];
}

const hashOption = new Option("--hash <name>", "what the message is hashed with").choices(hashNames).default("SHA-256");
const schemeOption = new Option("--scheme <name>", "default: ECDSA, or RSASSA-PKCS1-v1_5 of an RSA key").choices([
	"ECDSA",
	"RSASSA-PKCS1-v1_5",
	"RSASSA-PSS",
]);

async function check(chip: ChipProcess, id: number, message: Buffer, given: Uint8Array, options: Signing) {
	const valid = await isRight(chip, id, message, given, options.hash, options.scheme);
	const text = valid
		? "The signature is right."
		: "The signature is WRONG: another key, another file, another scheme, or damage.";
	report("verification", { id: idText(id), valid }, [text], options);
	process.exitCode = valid ? 0 : 1;
}

async function makeKey(chip: ChipProcess, id: number, options: Generating) {
	const { type, rights = defaultKeyPolicy(type) } = options;
	const publicKeyPem = await generate(chip, id, type, rights);
	deliver("key", { id: idText(id), type }, ["publicKeyPem", publicKeyPem], options);
}

/** Key pairs of the chip: what they sign, and new ones. */
export function addKeyCommands(tool: Command): void {
	const command = (usage: string, summary: string) => withChipOptions(tool.command(usage).description(summary));

	command("sign", "a file's signature: DER for an EC key, the raw signature for an RSA key")
		.argument("<id>", "the key pair", parseObjectId)
		.argument("<file>", "the file; - for standard input", inputPath)
		.addOption(hashOption)
		.addOption(schemeOption)
		.addOption(outOption)
		.action((id: number, file: string, options: Signing) =>
			withInput(
				options,
				() => readInput(file),
				async (chip, message) => {
					const signature = await sign(chip, id, message, options.hash, options.scheme);
					deliver("signature", { id: idText(id), hash: options.hash }, ["bytes", signature], options);
				},
			),
		);

	command("verify", "checks such a signature with the public key that is in the chip")
		.argument("<id>", "the key pair", parseObjectId)
		.argument("<file>", "the file", inputPath)
		.argument(
			"<signature>",
			"the file of the signature, as bytes or as hexadecimal digits; - for standard input",
			inputPath,
		)
		.addOption(hashOption)
		.addOption(schemeOption)
		.action((id: number, file: string, signature: string, options: Signing) =>
			withInput(
				options,
				() => ({ message: readFileSync(file), given: signatureOf(readInput(signature)) }),
				(chip, { message, given }) => check(chip, id, message, given, options),
			),
		);

	command("keygen", "generates a key pair in the chip, and shows the public key in PEM")
		.argument("<id>", "the new object", parseObjectId)
		.addOption(new Option("--type <type>", "what kind").choices(keyTypes).default("P-256"))
		.option("--rights <list>", rightsHelp("sign, verify, read, delete, and decrypt for RSA keys"), policyEntry)
		.action((id: number, options: Generating) => over(options, chip => makeKey(chip, id, options)));

	command("csr", "a certificate request that the chip signs, PKCS#10 in PEM")
		.argument("<id>", "the key pair", parseObjectId)
		.requiredOption("--subject <name>", 'distinguished name, as in "CN=my-device,O=Acme"')
		.addOption(outOption)
		.action((id: number, options: ToolOptions & { subject: string }) =>
			over(options, async chip => {
				const { certificateRequest } = await import("../csr.js"); // with libraries that take longer to load than most commands run
				const request = await certificateRequest(chip, id, await publicKeyOf(chip, id), options.subject);
				deliver("request", { id: idText(id), subject: options.subject }, ["pem", request], options);
			}),
		);
}
