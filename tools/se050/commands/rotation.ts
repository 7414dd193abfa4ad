// SPDX-License-Identifier: MIT
import type { Command } from "commander";
import { busName, checkBus } from "../../lib/arguments.js";
import { guard } from "../../lib/command-line.js";
import { generateKeys, readKeys } from "../key-file.js";
import { type OutputOptions, report, withJsonOption } from "../output.js";
import { presentKeys, rotateKeys } from "../rotate.js";
import { inputPath } from "./command.js";

const rotationWarning = `WARNING: this replaces the three keys of the chip's Platform SCP03, for good.
Whoever loses the new keys can never open a secure channel again; a chip that demands one is then lost.
There is no way back but the same command with the new keys as the present ones. Keep the file in two places.
It was tried on the simulator only, never on a real chip.`;

interface Rotation extends OutputOptions {
	bus: string;
	current: string;
	newKeys: string;
	generate?: true;
	iUnderstandThisCanLockTheChip?: true;
}

async function rotate(options: Rotation): Promise<void> {
	const { bus, current, newKeys, generate, iUnderstandThisCanLockTheChip } = options;
	console.error(rotationWarning);
	if (!iUnderstandThisCanLockTheChip)
		throw new Error("Nothing was done. If that is what you want, add --i-understand-this-can-lock-the-chip.");
	checkBus(bus);
	const present = await presentKeys(bus, current);
	const next = generate ? generateKeys(newKeys) : readKeys(newKeys);
	await rotateKeys(bus, present, next);
	const text = `The chip has the keys of ${newKeys}, and has opened a channel with them.`;
	report("rotated", { keyFile: newKeys }, [text], options);
}

export function addRotationCommand(tool: Command): void {
	withJsonOption(tool.command("rotate-scp03").description("replaces the keys of Platform SCP03, for good"))
		.option("--bus <bus>", "the chip: sim:PATH, sim:HOST:PORT or /dev/i2c-N", busName, "sim:state/chip.sock")
		.requiredOption(
			"--current <keys>",
			"the present keys: auto or a variant's name for the factory's, or a file with ENC, MAC and DEK",
		)
		.requiredOption("--new-keys <file>", "the new keys: lines ENC, MAC and DEK; only its owner may read it", inputPath)
		.option("--generate", "make the file, with new random keys")
		.option("--i-understand-this-can-lock-the-chip", "needed: there is no way back without the new keys")
		.action((options: Rotation) => guard(() => rotate(options)));
}
