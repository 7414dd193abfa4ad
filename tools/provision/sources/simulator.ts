// SPDX-License-Identifier: MIT
import { type ChipState, loadChip, objectIds } from "../../se050-sim/parts.js";
import type { Item } from "./candidate.js";

/** True for the beginning of a simulated chip's file, `tools/se050-sim`'s `--state`. */
export function isChipFile(head: string): boolean {
	return /^\s*\{\s*"format"\s*:\s*\d+\s*,\s*"variant"\s*:/.test(head);
}

function file({ objects }: ChipState, id: number): Uint8Array | undefined {
	const object = objects.find(candidate => candidate.id === id);
	return object?.type === "binary" ? object.data : undefined;
}

/** A simulated chip, running or not: its file has what the chip would answer. */
export function readSimulator(name: string): Item {
	const origin = { name };
	try {
		const chip = loadChip(name);
		const uid = chip && file(chip, objectIds.uniqueId);
		const certificate = chip && file(chip, objectIds.cloudCertificate);
		if (!certificate) return { origin, problem: "the simulated chip has no certificate 0xF0000101" };
		return { origin, uid: uid && Buffer.from(uid).toString("hex"), certificate };
	} catch (error) {
		return { origin, problem: (error as Error).message };
	}
}
