// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { fromHex } from "../../lib/bytes.js";
import { guard } from "../../lib/command-line.js";
import { attest, parseAttestationFile } from "../attest.js";
import { authoritiesIn } from "../attestation-certificate.js";
import { idText } from "../info.js";
import { parseObjectId, type ToolOptions, withChipOptions } from "../options.js";
import { deliver, type OutputOptions, outOption, report, withJsonOption } from "../output.js";
import { verifyAttestation } from "../verify-attestation.js";
import { inputPath, over } from "./command.js";

function freshness(text: string): Uint8Array {
	if (!/^[0-9a-fA-F]{32}$/.test(text)) throw new InvalidArgumentError("It must be 16 bytes, 32 hexadecimal digits.");
	return fromHex(text);
}

interface Checking extends OutputOptions {
	ca?: string;
	freshness?: Uint8Array;
}

async function check(path: string, options: Checking): Promise<void> {
	const { ca, freshness } = options;
	const verdict = await verifyAttestation(parseAttestationFile(readFileSync(path, "utf8"), path), {
		...(ca !== undefined && { authorities: authoritiesIn(readFileSync(ca, "utf8"), ca) }),
		...(freshness && { freshness }),
	});
	report("attestation", verdict.fields, verdict.lines, options);
	process.exitCode = verdict.verified ? 0 : 1;
}

/** What the chip says of an object, and how anyone checks that. */
export function addAttestationCommands(tool: Command): void {
	withChipOptions(
		tool.command("attest").description("lets the chip's attestation key sign what an object is and where it came from"),
	)
		.argument("<id>", "the object", parseObjectId)
		.addOption(outOption)
		.option("--freshness <digits>", "16 bytes that whoever checks it has asked for (default: random)", freshness)
		.action((id: number, options: ToolOptions & { freshness?: Uint8Array }) =>
			over(options, async chip => {
				const file = await attest(chip, id, options.freshness);
				if (options.json && options.out === undefined) return report("attest", { ...file }, [], options);
				deliver("attest", { id: idText(id) }, ["text", `${JSON.stringify(file, undefined, "\t")}\n`], options);
			}),
		);

	withJsonOption(tool.command("verify-attestation").description("checks what attest wrote; no chip is needed"))
		.argument("<file>", "the attestation", inputPath)
		.option(
			"--ca <file>",
			"the manufacturer's root and attestation CA, PEM, or manufacturer.json of a simulated chip; without it nothing is verified",
			inputPath,
		)
		.option("--freshness <digits>", "the 16 bytes that were asked for", freshness)
		.action((path: string, options: Checking) => guard(() => check(path, options)));
}
