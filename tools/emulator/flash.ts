// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { imageTime, readImage } from "../board/image.js";
import { UserError } from "../lib/user-error.js";

/** Sizes of flash chips that the emulator has, in bytes. */
const sizes = [2, 4, 8, 16].map(megabytes => megabytes << 20);
/** First byte of an image (ESP-IDF, "Image header"). */
const imageMagic = 0xe9;
const bootloaderOffset = 0x1000;

/** Puts the parts of a build folder where a flash program writes them. */
function merge(folder: string): Buffer {
	const parts = readImage(folder, "esp32").map(({ offset, file }) => ({ offset, file, bytes: readFileSync(file) }));
	const end = Math.max(...parts.map(({ offset, bytes }) => offset + bytes.length));
	const size = sizes.find(candidate => candidate >= Math.max(end, 4 << 20));
	if (size === undefined) throw new UserError(`The image in ${folder} is larger than 16 MB.`);
	const flash = Buffer.alloc(size, 0xff);
	for (const { offset, bytes } of parts) flash.set(bytes, offset);
	return flash;
}

/**
 * The contents of a flash chip: of a file that holds it, or of a folder of mcconfig's build.
 * @throws UserError when it is neither
 */
export function readFlash(path: string): Buffer {
	const status = statSync(path, { throwIfNoEntry: false });
	const isFolder = status?.isDirectory() ?? false;
	if (!status || (isFolder && imageTime(path) === undefined))
		throw new UserError(
			`There is no image ${path}: name the folder that mcconfig -t build prints as "Built files at", or a file with the whole flash.`,
		);
	const flash = isFolder ? merge(path) : readFileSync(path);
	if (flash[bootloaderOffset] !== imageMagic || !sizes.includes(flash.length))
		throw new UserError(
			`${basename(path)} is not the whole flash of an ESP32: it must have 2, 4, 8 or 16 MB and a bootloader at 0x1000. Name the build folder in its place, or make the file with: esptool merge_bin --fill-flash-size 4MB.`,
		);
	return flash;
}
