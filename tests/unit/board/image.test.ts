// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ChipName, chipNames, imageFolder, readImage } from "../../../tools/board/image.js";
import { root } from "../../../tools/lib/root.js";

const test = suite<{ folder: string }>("image");

test.before.each(context => {
	context.folder = mkdtempSync(join(tmpdir(), "image-"));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** An entry of a partition table (ESP-IDF, "Partition Tables"). */
function entry(type: number, subtype: number, offset: number): Buffer {
	const bytes = Buffer.alloc(32);
	bytes.writeUInt16LE(0x50aa, 0);
	bytes[2] = type;
	bytes[3] = subtype;
	bytes.writeUInt32LE(offset, 4);
	return bytes;
}

function write(folder: string, entries: readonly Buffer[], ...files: string[]): void {
	writeFileSync(join(folder, "partition-table.bin"), Buffer.concat([...entries, Buffer.alloc(32, 0xff)]));
	for (const file of files) writeFileSync(join(folder, file), "x");
}

const offsets = (folder: string, chip: ChipName) =>
	Object.fromEntries(readImage(folder, chip).map(({ offset, file }) => [basename(file), offset]));

/** Where `flasher_args.json` of an ESP-IDF v6.0 build puts the bootloader. */
const bootloaders: Readonly<Record<ChipName, number>> = { esp32: 0x1000, esp32s3: 0, esp32c3: 0, esp32c6: 0 };

for (const chip of chipNames)
	test(`the parts of an image for the ${chip} go where its build puts them`, ({ folder }) => {
		write(folder, [entry(1, 2, 0x9000), entry(0, 0, 0x10000)], "bootloader.bin", "xs_esp32.bin");
		assert.equal(offsets(folder, chip), {
			"bootloader.bin": bootloaders[chip],
			"partition-table.bin": 0x8000,
			"xs_esp32.bin": 0x10000,
		});
	});

test("with two applications, the first is written, and the data that selects it", ({ folder }) => {
	const table = [entry(1, 2, 0x9000), entry(1, 0, 0xf000), entry(0, 0x10, 0x20000), entry(0, 0x11, 0x200000)];
	write(folder, table, "bootloader.bin", "xs_esp32.bin", "ota_data_initial.bin");
	assert.equal(offsets(folder, "esp32c6"), {
		"bootloader.bin": 0,
		"partition-table.bin": 0x8000,
		"ota_data_initial.bin": 0xf000,
		"xs_esp32.bin": 0x20000,
	});
});

test("a table without an application is refused", ({ folder }) => {
	write(folder, [entry(1, 2, 0x9000)], "bootloader.bin", "xs_esp32.bin");
	assert.throws(() => readImage(folder, "esp32"), /names no application partition/);
});

test("an image lies where mcconfig puts it for the chip", () => {
	const at = (chip: ChipName) => imageFolder("/sdk", chip);
	assert.is(at("esp32"), join("/sdk/build/bin/esp32/release", basename(root)));
	assert.is(at("esp32c6"), join("/sdk/build/bin/esp32/esp32c6/release", basename(root)));
});

test.run();
