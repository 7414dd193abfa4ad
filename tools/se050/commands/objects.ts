// SPDX-License-Identifier: MIT
import { X509Certificate } from "node:crypto";
import type { Command } from "commander";
import { objects } from "../../../se050/objects.js";
import { wholeNumber } from "../../lib/command-line.js";
import { counted } from "../../lib/counted.js";
import { oneLine } from "../attestation-certificate.js";
import type { ChipProcess } from "../chip.js";
import { certificateContent, type FileOptions, readInput, writeFile } from "../files.js";
import { idText, info, infoLines, list, objectLine } from "../info.js";
import { parseObjectId, type ToolOptions, withChipOptions } from "../options.js";
import { deliver, outOption, report } from "../output.js";
import { addFileOptions, inputPath, over, withInput } from "./command.js";

async function writeCertificate(chip: ChipProcess, id: number, file: string, options: ToolOptions & FileOptions) {
	const { content, leaf } = certificateContent(file);
	await writeFile(chip, id, content, options);
	const fields = { id: idText(id), subject: oneLine(leaf.subject), length: content.length };
	const text = `${fields.id} holds the certificate of ${fields.subject}, ${counted(fields.length, "byte")}.`;
	report("written", fields, [text], options);
}

/** What the chip is, and the objects in it. */
export function addObjectCommands(tool: Command): void {
	const command = (usage: string, summary: string) => withChipOptions(tool.command(usage).description(summary));

	command("info", "part, applet, features, UID, free memory").action((options: ToolOptions) =>
		over(options, async chip => {
			const found = await info(chip);
			report("info", { ...found }, infoLines(found), options);
		}),
	);

	command("list", "all objects with type and size").action((options: ToolOptions) =>
		over(options, async chip => {
			for (const object of await list(chip)) report("object", { ...object }, [objectLine(object)], options);
		}),
	);

	command("read", "the bytes of a file or the point of a public key, in hexadecimal digits")
		.argument("<id>", "the object", parseObjectId)
		.addOption(outOption)
		.action((id: number, options: ToolOptions) =>
			over(options, async chip => deliver("read", { id: idText(id) }, ["bytes", await chip.call("read", id)], options)),
		);

	addFileOptions(command("cert", "a certificate, in PEM; with --write, puts one into the chip"))
		.argument("[id]", "its file", parseObjectId, objects.cloudCertificate0)
		.addOption(outOption)
		.option(
			"--write <file>",
			"make the object from a PEM or DER file: the certificate, then its issuers if any",
			inputPath,
		)
		.action((id: number, options: ToolOptions & FileOptions & { write?: string }) =>
			over(options, async chip => {
				if (options.write !== undefined) return writeCertificate(chip, id, options.write, options);
				const pem = new X509Certificate(await chip.call("certificate", id)).toString();
				deliver("certificate", { id: idText(id) }, ["pem", pem], options);
			}),
		);

	addFileOptions(command("write", "makes a file in the chip; nothing is replaced"))
		.argument("<id>", "the object", parseObjectId)
		.argument("<file>", "its content; - for standard input", inputPath)
		.action((id: number, file: string, options: ToolOptions & FileOptions) =>
			withInput(
				options,
				() => readInput(file),
				async (chip, content) => {
					await writeFile(chip, id, content, options);
					const { length } = content;
					report("written", { id: idText(id), length }, [`${idText(id)} holds ${counted(length, "byte")}.`], options);
				},
			),
		);

	command("delete", "deletes an object for good")
		.argument("<id>", "the object", parseObjectId)
		.action((id: number, options: ToolOptions) =>
			over(options, async chip => {
				await chip.call("delete", id);
				report("deleted", { id: idText(id) }, [`${idText(id)} is deleted.`], options);
			}),
		);

	command("random", "bytes of the chip's random numbers, in hexadecimal digits")
		.argument("<count>", "how many", wholeNumber(1, 1_000_000))
		.addOption(outOption)
		.action((count: number, options: ToolOptions) =>
			over(options, async chip => deliver("random", {}, ["bytes", await chip.call("random", count)], options)),
		);
}
