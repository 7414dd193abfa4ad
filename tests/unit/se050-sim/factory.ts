// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startSimulator } from "../../../tools/se050-sim/simulator.js";

/** A chip's file and its manufacturer's. */
interface Files {
	chip: string;
	manufacturer: string;
}

async function makeChip(): Promise<Files> {
	const folder = mkdtempSync(join(tmpdir(), "se050-factory-"));
	const stateFile = join(folder, "chip.json");
	const chip = await startSimulator({ stateFile, listen: { path: join(folder, "s") }, clock: "virtual" });
	await chip.close();
	const files = {
		chip: readFileSync(stateFile, "utf8"),
		manufacturer: readFileSync(join(folder, "manufacturer.json"), "utf8"),
	};
	rmSync(folder, { recursive: true });
	return files;
}

let made: Promise<Files> | undefined;

/** Puts a chip and its manufacturer at a place, the same for all callers of a process: making keys takes its time. */
export async function placeChip(stateFile: string): Promise<void> {
	made ??= makeChip();
	const { chip, manufacturer } = await made;
	writeFileSync(stateFile, chip);
	writeFileSync(join(dirname(stateFile), "manufacturer.json"), manufacturer);
}
