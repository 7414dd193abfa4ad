// SPDX-License-Identifier: MIT
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../lib/root.js";
import { UserError } from "../lib/user-error.js";

/** A part of an image and where it goes in flash. */
export interface FlashPart {
	offset: number;
	file: string;
}

/** Where the ROM of each chip looks for the bootloader (ESP-IDF, CONFIG_BOOTLOADER_OFFSET_IN_FLASH). */
const bootloaderOffsets = { esp32: 0x1000, esp32s3: 0, esp32c3: 0, esp32c6: 0 } as const;

export type ChipName = keyof typeof bootloaderOffsets;

/** The chips that the firmware is built for. */
export const chipNames = Object.keys(bootloaderOffsets) as readonly ChipName[];

/** ESP-IDF's default for CONFIG_PARTITION_TABLE_OFFSET. */
const partitionTableOffset = 0x8000;
/** An entry of the partition table (ESP-IDF, "Partition Tables"): magic, type, subtype, offset, size, name, flags. */
const entry = { size: 32, magic: 0x50aa, typeApp: 0, typeData: 1, subtypeOtaData: 0 } as const;

/** The platform of a chip as mcconfig names it. */
export function platformOf(chip: ChipName): string {
	return chip === "esp32" ? chip : `esp32/${chip}`;
}

/** Where mcconfig puts what it builds of this project. */
export function imageFolder(sdk: string, chip: ChipName): string {
	return join(sdk, "build", "bin", platformOf(chip), "release", basename(root));
}

/** Offset of the first partition of a kind; undefined when the table has none. */
function partition(table: Buffer, isWanted: (type: number, subtype: number) => boolean): number | undefined {
	for (let at = 0; at + entry.size <= table.length && table.readUInt16LE(at) === entry.magic; at += entry.size)
		if (isWanted(table[at + 2] ?? 0, table[at + 3] ?? 0)) return table.readUInt32LE(at + 4);
	return undefined;
}

/** When the image of a folder was written, in milliseconds; undefined when there is none. */
export function imageTime(folder: string): number | undefined {
	return statSync(join(folder, "xs_esp32.bin"), { throwIfNoEntry: false })?.mtimeMs;
}

/**
 * The parts of a built image.
 * @param before `imageTime` before the build: make reports success even if ESP-IDF's part of it failed
 * @throws UserError when the folder has no image, or still the one of before
 */
export function readImage(folder: string, chip: ChipName, before?: number): FlashPart[] {
	const file = (name: string) => join(folder, name);
	const needed = ["bootloader.bin", "partition-table.bin", "xs_esp32.bin"].map(file);
	const missing = needed.find(path => !existsSync(path));
	if (missing)
		throw new UserError(`There is no image: ${missing} does not exist. Build it first (leave out --skip build).`);
	if (before !== undefined && imageTime(folder) === before)
		throw new UserError(
			"mcconfig ended without an error, but wrote no new image: ESP-IDF's part of the build has failed. The lines above say why.",
		);
	const table = readFileSync(file("partition-table.bin"));
	const application = partition(table, type => type === entry.typeApp);
	const otaData = partition(table, (type, subtype) => type === entry.typeData && subtype === entry.subtypeOtaData);
	if (application === undefined)
		throw new UserError(`${file("partition-table.bin")} names no application partition: build the image again.`);
	return [
		{ offset: bootloaderOffsets[chip], file: file("bootloader.bin") },
		{ offset: partitionTableOffset, file: file("partition-table.bin") },
		...(otaData !== undefined && existsSync(file("ota_data_initial.bin"))
			? [{ offset: otaData, file: file("ota_data_initial.bin") }]
			: []),
		{ offset: application, file: file("xs_esp32.bin") },
	];
}
